"""Formulas and derivatives as users hold them: a node with its declarations, the text as typed, and its views.

May import every room but the faces.
"""
