"""Derivatives: linear maps, gradients by adjoints, layouts, structured variables.

May import core, operations, notation and rewrite.
"""
