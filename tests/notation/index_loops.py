"""A second opinion on index notation: a small interpreter that runs loops over the indices of a text.

It knows sums over indices, entries, rows and columns of variables, arithmetic and functions of one number. What stands
in matrix notation, such as the base of inv(X)[i,j], is given to `matrices`, a function from text to array.
"""

from __future__ import annotations

import itertools
import math
import operator
import re

import numpy as np

FUNCTIONS = {
    "exp": np.exp, "log": np.log, "sqrt": np.sqrt, "sin": np.sin, "cos": np.cos, "tan": np.tan, "asin": np.arcsin,
    "acos": np.arccos, "atan": np.arctan, "sinh": np.sinh, "cosh": np.cosh, "tanh": np.tanh, "abs": np.abs,
    "sign": np.sign, "relu": lambda x: max(x, 0.0), "step": lambda x: np.heaviside(x, 0.5), "erf": math.erf,
    "sigmoid": lambda x: 1 / (1 + np.exp(-x)), "softplus": lambda x: np.log1p(np.exp(x)), "conj": np.conj,
    "norm2": np.linalg.norm, "norm1": lambda x: np.sum(np.abs(x)),
}  # fmt: skip
ARITHMETIC = {
    "+": operator.add, "-": operator.sub, "*": operator.mul, "/": operator.truediv, "^": operator.pow,
}  # fmt: skip
_WORD = re.compile(r"\s*([A-Za-z_]\w*)")
_NUMBER = re.compile(r"\s*(\d+(?:\.\d+)?)")


class Loops:
    """Evaluates index texts at arrays (2-D, also columns and rows; scalars as numbers) and index values from 1."""

    def __init__(self, arrays, matrices):
        self.arrays = arrays
        self.matrices = matrices

    def value(self, text, **indices):
        self.text, self.at = text, 0
        tree = self.sum()
        assert not text[self.at :].strip(), text[self.at :]
        return self.run(tree, indices)

    # ------------------------------------------------------------------ reading

    def next(self, sign):
        while self.text[self.at : self.at + 1].isspace():
            self.at += 1
        if self.text.startswith(sign, self.at):
            self.at += len(sign)
            return True
        return False

    def sum(self):
        tree = self.product()
        while True:
            if self.next("+"):
                tree = ("+", tree, self.product())
            elif self.next("-"):
                tree = ("-", tree, self.product())
            else:
                return tree

    def product(self):
        tree = self.negative()
        while True:
            if self.next("*"):
                tree = ("*", tree, self.negative())
            elif self.next("/"):
                tree = ("/", tree, self.negative())
            else:
                return tree

    def negative(self):
        return ("*", ("number", -1.0), self.negative()) if self.next("-") else self.power()

    def power(self):
        tree = self.operand()
        while self.next("'"):
            tree = ("'", tree, ())
        if self.next("^"):
            minus = self.next("-")
            exponent = self.operand()
            tree = ("^", tree, ("*", ("number", -1.0), exponent) if minus else exponent)
        return tree

    def operand(self):
        found = _NUMBER.match(self.text, self.at)
        if found:
            self.at = found.end()
            return ("number", float(found[1]))
        start = self.at
        word = _WORD.match(self.text, self.at)
        name = word[1] if word else ""
        self.at = word.end() if word else self.at
        if self.text[self.at : self.at + 1] == "(":
            inside = self.at + 1
            end = self.closing(self.at)
            head = re.match(r"\s*([\w\s,]+):", self.text[inside:end])
            if name == "sum" and head:
                return self.inner(inside + head.end(), end, lambda tree: ("sum", re.findall(r"\w+", head[1]), tree))
            if self.text[end + 1 : end + 2] == "[" or (name and name not in FUNCTIONS):
                self.at = end + 1
                return self.indexed(("matrix", self.text[start : end + 1].strip()))
            return self.inner(inside, end, lambda tree: ("call", name, tree) if name else tree)
        if not name:
            assert self.next("("), self.text[self.at :]
            self.at -= 1
            return self.operand()
        return self.indexed(("name", name))

    def inner(self, start, end, made):
        self.at = start
        tree = self.sum()
        assert self.next(")")
        assert self.at == end + 1
        return made(tree)

    def closing(self, start):
        depth = 0
        for at in range(start, len(self.text)):
            depth += {"(": 1, ")": -1}.get(self.text[at], 0)
            if not depth:
                return at
        raise AssertionError(self.text)

    def indexed(self, base):
        if self.text[self.at : self.at + 1] != "[":
            return base
        end = self.text.index("]", self.at)
        entries = tuple(part.strip() for part in self.text[self.at + 1 : end].split(","))
        self.at = end + 1
        return ("entry", base, entries)

    # ------------------------------------------------------------------ running

    def run(self, tree, indices):
        kind = tree[0]
        if kind == "number":
            return tree[1]
        if kind in "+-*/^":
            a, b = (self.run(part, indices) for part in tree[1:])
            if kind == "*" and np.size(a) > 1 and np.size(b) > 1:
                found = a @ b
                return found.item() if found.size == 1 else found
            return ARITHMETIC[kind](a, b)
        if kind == "'":
            return np.transpose(self.run(tree[1], indices))
        if kind == "call":
            return FUNCTIONS[tree[1]](self.run(tree[2], indices))
        if kind == "sum":
            _, names, body = tree
            ranges = [range(1, self.extent(name, body) + 1) for name in names]
            at = (dict(zip(names, values, strict=True)) for values in itertools.product(*ranges))
            return sum(self.run(body, {**indices, **values}) for values in at)
        if kind == "entry":
            base = self.base(tree[1])
            at = [(int(e) if e.isdigit() else indices[e]) - 1 if e != ":" else slice(None) for e in tree[2]]
            if len(at) == 1:
                return base.ravel()[at[0]]
            found = np.atleast_2d(base[at[0]] if at[0] != slice(None) else base)
            found = found[:, at[1]].reshape(-1, 1) if at[1] != slice(None) else found
            return found.item() if found.size == 1 else found
        base = np.asarray(self.base(tree))
        return base.item() if base.size == 1 else base

    def base(self, tree):
        if tree[0] == "matrix":
            return self.matrices(tree[1])
        return math.pi if tree[1] == "pi" and "pi" not in self.arrays else self.arrays[tree[1]]

    def extent(self, name, tree):
        """How far an index runs, by what it stands behind."""
        stack = [tree]
        while stack:
            part = stack.pop()
            if part[0] == "entry" and name in part[2]:
                base = self.base(part[1])
                return base.shape[part[2].index(name)] if len(part[2]) == 2 else base.size
            if part[0] == "sum" and name in part[1]:
                continue
            stack += [p for p in part[1:] if isinstance(p, tuple) and p and isinstance(p[0], str) and len(p) > 1]
        raise AssertionError(f"{name} indexes nothing")
