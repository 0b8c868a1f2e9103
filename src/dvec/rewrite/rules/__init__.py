"""The laws of the canonical form, by families. Importing them fills the tables of canonical.

May import core, operations, notation and canonical.
"""

from dvec.rewrite.rules import entrywise, functions, matrices, products, structure

__all__ = ["entrywise", "functions", "matrices", "products", "structure"]
