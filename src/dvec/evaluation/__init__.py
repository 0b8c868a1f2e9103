"""Numbers: the interpreter, the plan, NumPy source text, random data, the check by finite differences.

May import core and operations; NumPy is loaded by the modules that need it, SciPy by the operations that do.
"""
