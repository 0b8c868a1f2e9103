"""How formulas are read and written: text in; text, Unicode and LaTeX out.

May import core and operations.
"""
