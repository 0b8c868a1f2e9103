"""Canonical forms, named identities, and the shortest form that a textbook would print.

May import core, operations and notation.
"""
