"""What a formula is: sizes and their unification, properties, the node, the record of an operation.

The first of the symbolic rooms: it imports none of the others.
"""
