"""Random well-sized formulas over the whole table of operations, as hypothesis strategies that shrink to short ones.

A side of a matrix is a tuple of factors: () for 1, ("m",) for m, ("m", "n") for m*n; a factor is a number or a size, or
a sum ("+", m, n), or a triangle ("tri", n), so that direct sums and vech find their sizes. The first choice of
everything is the simplest.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any

from hypothesis import strategies as st

from dvec.core.algebra import HADAMARD, PRODUCT, eye, ones, zeros
from dvec.core.node import TABLE, Node, constant, make, postorder, variable, variables_of
from dvec.core.sizes import AnySize, named_size, triangle
from dvec.operations.constants import commutation, duplication, elimination, size_constant, unit
from dvec.operations.matrix_functions import inv
from dvec.operations.structure import diag, diagonal, khatri, kron, rearrange, unvec, vec

Factor = Any  # AnySize, ("+", AnySize, AnySize) or ("tri", AnySize)
Side = tuple[Factor, ...]

PALETTES: tuple[tuple[AnySize, ...], ...] = (
    tuple(map(named_size, "mnk")),
    (2, 3, 1),
    (named_size("n"), 2, 1),
    (2, 2, 3),
    (named_size("m"), named_size("m"), named_size("n")),
    (1, 2, 4),
    (3, 1, 1),
)
SQUARE_PROPERTIES = (
    (), ("symmetric",), ("diagonal",), ("positive definite",), ("invertible",), ("orthogonal",), ("skew",),
    ("lower triangular",), ("upper triangular",), ("positive semidefinite",), ("symmetric", "toeplitz"), ("toeplitz",),
    ("symmetric", "invertible"), ("diagonal", "positive definite"), ("symmetric", "orthogonal"),
    ("diagonal", "invertible"), ("lower triangular", "invertible"), ("symmetric", "positive"), ("positive",),
)  # fmt: skip
OTHER_PROPERTIES = ((), ("positive",), ("full column rank",), ("toeplitz",), ("full row rank",))
NUMBERS = (2, -1, 3, Fraction(1, 2), -2, Fraction(-2, 3), 0, 1)
SAFE = (
    "exp", "sin", "tanh", "cos", "sigmoid", "relu", "abs", "softplus", "atan", "sinh", "cosh", "erf", "step", "sign",
    "tan",
)  # fmt: skip
EXPONENTS = (Fraction(1, 2), -1, -2, Fraction(-1, 2), Fraction(3, 2), Fraction(1, 3))
LAYOUT_LETTERS = "ibaj"


def size_of(side: Side) -> AnySize:
    total: AnySize = 1
    for factor in side:
        total = total * factor_size(factor)
    return total


def factor_size(factor: Factor) -> AnySize:
    if isinstance(factor, tuple):
        return triangle(factor[1]) if factor[0] == "tri" else factor[1] + factor[2]
    return factor


def without_ones(side: Side) -> Side:
    return tuple(f for f in side if factor_size(f) != 1)


@dataclass
class Grower:
    """Grows one formula; every choice is drawn from hypothesis."""

    draw: Callable[[Any], Any]
    palette: tuple[AnySize, ...]
    symbols: bool = False  # whether indices may be symbols: not where they would be taken for sizes
    variables: dict[Node, None] = field(default_factory=dict)
    held: set[Node] = field(default_factory=set)  # never differentiated by: under functions without a derivative
    budget: int = 12

    def pick(self, options: Any) -> Any:
        return options[self.draw(st.integers(0, len(options) - 1))]

    def chance(self, one_in: int) -> bool:
        return self.draw(st.integers(0, one_in - 1)) == one_in - 1

    def side(self) -> Side:
        """A side of a matrix, mostly a plain size."""
        kind = self.draw(st.integers(0, 11))
        if kind < 9:
            return (self.pick(self.palette),)
        if kind == 9:
            one = self.pick(self.palette)
            return (one, one) if self.chance(3) else (one, self.pick(self.palette))
        if kind == 10:
            return (("+", self.pick(self.palette), self.pick(self.palette)),)
        return (("tri", self.pick(self.palette)),)

    # ------------------------------------------------------------------ leaves

    def variable(self, rows: Side, cols: Side, properties: Any = None) -> Node:
        m, n = size_of(rows), size_of(cols)
        known = [
            v
            for v in self.variables
            if v.size == (m, n) and (v.has(properties) if properties else not v.has("integer"))
        ]
        if known and not self.chance(3):
            return self.pick(known)
        if properties is not None:
            wanted: tuple[str, ...] = (properties,)
        elif m == 1 and n == 1:
            wanted = self.pick(((), (), ("positive",)))
        elif self.chance(2):
            wanted = self.pick(SQUARE_PROPERTIES if m == n else OTHER_PROPERTIES)
        else:
            wanted = ()
        names = "abcdefgh" if m == 1 and n == 1 else "xyzuvwrs" if n == 1 else "ABCDEFGHJKLMNPQRSUVWXYZ"
        taken = {v.params[0] for v in self.variables}
        free = [name for name in names if name not in taken]
        if not free:
            return self.pick(known) if known else ones(m, n)
        new = variable(free[0], m, n, wanted)
        self.variables[new] = None
        return new

    def leaf(self, rows: Side, cols: Side) -> Node:
        m, n = size_of(rows), size_of(cols)
        kind = self.draw(st.integers(0, 9))
        if kind < 7:
            return self.variable(rows, cols)
        if m == 1 and n == 1:
            return (
                constant(self.pick(NUMBERS)) if kind < 9 else self.pick([TABLE["pi"](), size_constant(self.palette[0])])
            )
        options: list[Callable[[], Node]] = [lambda: ones(m, n), lambda: zeros(m, n)]
        if m == n:
            options.insert(0, lambda: eye(m))
        if n == 1 and not isinstance(rows[0] if rows else 1, tuple):
            options.insert(0, lambda: unit(m, self.index(m)))
        if len(rows) == len(cols) == 2 and size_of(rows) == size_of(cols):
            options.insert(0, lambda: commutation(factor_size(rows[0]), factor_size(rows[1])))
        return self.pick(options)()

    def index(self, size: AnySize) -> int | str:
        if self.symbols and self.chance(2):
            return self.pick("ij")
        return self.draw(st.integers(1, size if isinstance(size, int) else 2))

    # ------------------------------------------------------------------ everything else

    def formula(self, rows: Side, cols: Side, depth: int) -> Node:
        """A formula of this size."""
        self.budget -= 1
        if depth <= 0 or self.budget <= 0:
            return self.leaf(rows, cols)
        rules = self.rules(rows, cols)
        return self.pick(rules)(rows, cols, depth - 1)

    def rules(self, rows: Side, cols: Side) -> list[Callable[[Side, Side, int], Node]]:
        m, n = size_of(rows), size_of(cols)
        if m == 1 and n == 1:
            return [
                self.leaf_rule, self.trace, self.sum_of_entries, self.quadratic, self.inner, self.plus, self.times,
                self.norm, self.entry, self.quotient, self.function, self.logdet, self.positive_function, self.square,
                self.det, self.logsumexp, self.minus, self.trace_of_function, self.trace_of_power, self.norm1,
                self.power, self.inside_derivative, self.negative, self.scalar_of_held,
            ]  # fmt: skip
        rules = [
            self.leaf_rule, self.matmul, self.matmul, self.plus, self.scaled, self.transpose, self.hadamard,
            self.function, self.minus, self.square, self.over_scalar, self.entrywise_quotient, self.positive_function,
            self.power, self.negative, self.everywhere, self.chain, self.rearranged, self.sliced, self.function_of_held,
        ]  # fmt: skip
        if m == n:
            rules += [self.inverse, self.inverse, self.matrix_power, self.diag, self.triangle, self.inverse_power]
            if len(rows) == 1 and not isinstance(rows[0], tuple):
                rules.append(self.unvech)
        if n == 1:
            rules += [self.softmax, self.diagonal, self.vec, self.times_ones]
            if rows[:1] and isinstance(rows[0], tuple) and rows[0][0] == "tri" and len(rows) == 1:
                rules += [self.vech, self.vech]
        if m == 1:
            rules.append(self.rvec)
        if n != 1 and m != 1:
            rules += [self.unvec, self.outer]
        if len(rows) > 1 or len(cols) > 1:
            rules += [self.kron, self.kron, self.kron]
        if len(rows) > 1:
            rules += [self.khatri, self.khatri]
            if len(rows) == 2 and rows[0] == rows[1] and not isinstance(rows[0], tuple):
                rules += [self.duplicated, self.duplicated]
            if len(rows) == 2:
                rules.append(self.commuted)
        if len(rows) == 1 and isinstance(rows[0], tuple) and rows[0][0] == "tri":
            rules += [self.eliminated, self.eliminated]
        if [isinstance(s[0], tuple) and s[0][0] == "+" for s in (rows, cols) if len(s) == 1] == [True, True]:
            rules += [self.direct_sum, self.direct_sum, self.direct_sum]
        return rules

    def leaf_rule(self, rows: Side, cols: Side, depth: int) -> Node:
        return self.leaf(rows, cols)

    # sums, products, powers

    def plus(self, rows: Side, cols: Side, depth: int) -> Node:
        return self.formula(rows, cols, depth) + self.formula(rows, cols, depth)

    def minus(self, rows: Side, cols: Side, depth: int) -> Node:
        return self.formula(rows, cols, depth) - self.formula(rows, cols, depth)

    def negative(self, rows: Side, cols: Side, depth: int) -> Node:
        return -self.formula(rows, cols, depth)

    def everywhere(self, rows: Side, cols: Side, depth: int) -> Node:
        return self.formula(rows, cols, depth) + self.formula((), (), depth)

    def times(self, rows: Side, cols: Side, depth: int) -> Node:
        return self.formula((), (), depth) * self.formula((), (), depth)

    def scaled(self, rows: Side, cols: Side, depth: int) -> Node:
        return self.formula((), (), depth) * self.formula(rows, cols, depth)

    def matmul(self, rows: Side, cols: Side, depth: int) -> Node:
        inner = self.side()
        return self.formula(rows, inner, depth) @ self.formula(inner, cols, depth)

    def outer(self, rows: Side, cols: Side, depth: int) -> Node:
        return self.formula(rows, (), depth) @ self.formula(cols, (), depth).T

    def chain(self, rows: Side, cols: Side, depth: int) -> Node:
        """An n-ary product as the parser builds it."""
        one, other = self.side(), self.side()
        factors = [self.formula(*sides, depth) for sides in ((rows, one), (one, other), (other, cols))]
        return make(PRODUCT, (constant(self.pick(NUMBERS)), *factors))

    def hadamard(self, rows: Side, cols: Side, depth: int) -> Node:
        return make(HADAMARD, (self.formula(rows, cols, depth), self.formula(rows, cols, depth)))

    def quotient(self, rows: Side, cols: Side, depth: int) -> Node:
        return self.formula((), (), depth) / self.positive((), (), depth)

    def over_scalar(self, rows: Side, cols: Side, depth: int) -> Node:
        return self.formula(rows, cols, depth) / self.positive((), (), depth)

    def entrywise_quotient(self, rows: Side, cols: Side, depth: int) -> Node:
        return self.formula(rows, cols, depth) / self.positive(rows, cols, depth)

    def square(self, rows: Side, cols: Side, depth: int) -> Node:
        return self.formula(rows, cols, depth) ** self.pick((2, 3))

    def power(self, rows: Side, cols: Side, depth: int) -> Node:
        """Powers of positive numbers: with numbers, scalars or matrices in the exponent."""
        base = self.positive(rows, cols, depth)
        kind = self.draw(st.integers(0, 3))
        if kind < 2:
            return base ** constant(
                self.pick((Fraction(1, 2), -1, -2, Fraction(-1, 2), Fraction(3, 2), Fraction(1, 3)))
            )
        return base ** (self.formula((), (), depth) if kind == 2 else self.formula(rows, cols, depth))

    def transpose(self, rows: Side, cols: Side, depth: int) -> Node:
        return self.formula(cols, rows, depth).T

    # functions of numbers

    def function(self, rows: Side, cols: Side, depth: int) -> Node:
        return TABLE[self.pick(SAFE)](self.formula(rows, cols, depth))

    def positive_function(self, rows: Side, cols: Side, depth: int) -> Node:
        kind = self.draw(st.integers(0, 3))
        if kind < 2:
            return TABLE["log"](self.positive(rows, cols, depth))
        small = TABLE["tanh"](self.formula(rows, cols, depth)) / 2
        return TABLE[("asin", "acos")[kind - 2]](small)

    def positive(self, rows: Side, cols: Side, depth: int) -> Node:
        """A formula that is mostly positive entry by entry."""
        self.budget -= 1
        scalar = size_of(rows) == 1 and size_of(cols) == 1
        if depth <= 0 or self.budget <= 0:
            return self.variable(rows, cols, "positive")
        rules: list[Callable[[], Node]] = [
            lambda: self.variable(rows, cols, "positive"),
            lambda: TABLE["exp"](self.formula(rows, cols, depth - 1)),
            lambda: self.formula(rows, cols, depth - 1) ** 2 + 1,
            lambda: self.positive(rows, cols, depth - 1) + self.positive(rows, cols, depth - 1),
            lambda: self.positive(rows, cols, depth - 1) * self.positive(rows, cols, depth - 1),
            lambda: 1 + TABLE["exp"](self.formula(rows, cols, depth - 1)),
            lambda: TABLE["sigmoid"](self.formula(rows, cols, depth - 1)),
            lambda: self.formula(rows, cols, depth - 1),
        ]
        if scalar:
            rules += [
                lambda: TABLE["norm2"](self.formula(self.side(), self.side(), depth - 1)),
                lambda: self.sum_of_squares(depth - 1),
                lambda: TABLE["sum"](TABLE["exp"](self.formula(self.side(), (), depth - 1))),
                lambda: TABLE["sum"](self.positive(self.side(), self.side(), depth - 1)),
                lambda: self.trace_of_definite(depth - 1),
            ]
        if size_of(cols) == 1 and not scalar:
            rules.append(lambda: TABLE["softmax"](self.formula(rows, cols, depth - 1)))
        return self.pick(rules)()

    def sum_of_squares(self, depth: int) -> Node:
        x = self.formula(self.side(), (), depth)
        return 1 + x.T @ x

    def trace_of_definite(self, depth: int) -> Node:
        n = (self.pick(self.palette),)
        return TABLE["tr"](self.variable(n, n, "positive definite"))

    # matrices that have an inverse

    def invertible(self, side: Side, depth: int) -> Node:
        """A square formula that mostly has an inverse."""
        self.budget -= 1
        if size_of(side) == 1:
            return self.positive((), (), depth)
        if depth <= 0 or self.budget <= 0:
            return self.variable(side, side, self.pick((None, "positive definite", "invertible", "orthogonal")))
        A = lambda: self.formula(side, side, depth - 1)  # noqa: E731
        rules: list[Callable[[], Node]] = [
            lambda: self.variable(side, side),
            lambda: self.variable(side, side, "positive definite"),
            lambda: self.gram(side, depth - 1),
            lambda: A() + 3 * eye(size_of(side)),
            lambda: self.invertible(side, depth - 1) @ self.invertible(side, depth - 1),
            lambda: inv(self.invertible(side, depth - 1)),
            lambda: diag(self.positive(side, (), depth - 1)),
            lambda: self.variable(side, side, "orthogonal"),
            lambda: self.scaled_invertible(side, depth - 1),
            A,
        ]
        return self.pick(rules)()

    def scaled_invertible(self, side: Side, depth: int) -> Node:
        return self.positive((), (), depth) * self.invertible(side, depth)

    def gram(self, side: Side, depth: int) -> Node:
        """A'A of a tall A, or A A' + I."""
        if self.chance(2):
            A = self.formula(side, self.side(), depth)
            return A @ A.T + eye(size_of(side))
        A = self.formula(self.side(), side, depth)
        return A.T @ A

    def inverse(self, rows: Side, cols: Side, depth: int) -> Node:
        return inv(self.invertible(rows, depth))

    def matrix_power(self, rows: Side, cols: Side, depth: int) -> Node:
        return make(TABLE["^"], (self.formula(rows, rows, depth), constant(self.pick((2, 3)))))

    def inverse_power(self, rows: Side, cols: Side, depth: int) -> Node:
        return make(TABLE["^"], (self.invertible(rows, depth), constant(-2)))

    # entries moved about

    def diag(self, rows: Side, cols: Side, depth: int) -> Node:
        return diag(self.formula(rows, (), depth))

    def diagonal(self, rows: Side, cols: Side, depth: int) -> Node:
        return diagonal(self.formula(rows, rows, depth))

    def times_ones(self, rows: Side, cols: Side, depth: int) -> Node:
        other = self.side()
        return self.formula(rows, other, depth) @ ones(size_of(other), 1)

    def triangle(self, rows: Side, cols: Side, depth: int) -> Node:
        return TABLE[self.pick(("tril", "triu"))](self.formula(rows, rows, depth))

    def split(self, side: Side) -> tuple[Side, Side]:
        at = self.draw(st.integers(0, len(side)))
        return side[:at], side[at:]

    def vec(self, rows: Side, cols: Side, depth: int) -> Node:
        high, low = self.split(rows)
        return vec(self.formula(low, high, depth))

    def rvec(self, rows: Side, cols: Side, depth: int) -> Node:
        high, low = self.split(cols)
        return TABLE["rvec"](self.formula(high, low, depth))

    def unvec(self, rows: Side, cols: Side, depth: int) -> Node:
        return unvec(self.formula((*cols, *rows), (), depth), size_of(rows), size_of(cols))

    def vech(self, rows: Side, cols: Side, depth: int) -> Node:
        n = (rows[0][1],)
        return TABLE["vech"](self.formula(n, n, depth))

    def unvech(self, rows: Side, cols: Side, depth: int) -> Node:
        n = rows[0]
        return TABLE["unvech"](self.formula((("tri", n),), (), depth), params=(n,))

    def commuted(self, rows: Side, cols: Side, depth: int) -> Node:
        m, n = rows
        return commutation(factor_size(n), factor_size(m)) @ self.formula((n, m), cols, depth)

    def duplicated(self, rows: Side, cols: Side, depth: int) -> Node:
        return duplication(rows[0]) @ self.formula((("tri", rows[0]),), cols, depth)

    def eliminated(self, rows: Side, cols: Side, depth: int) -> Node:
        n = rows[0][1]
        return elimination(n) @ self.formula((n, n), cols, depth)

    def kron(self, rows: Side, cols: Side, depth: int) -> Node:
        (r1, r2), (c1, c2) = self.split(rows), self.split(cols)
        return kron(self.formula(r1, c1, depth), self.formula(r2, c2, depth))

    def khatri(self, rows: Side, cols: Side, depth: int) -> Node:
        r1, r2 = self.split(rows)
        return khatri(self.formula(r1, cols, depth), self.formula(r2, cols, depth))

    def direct_sum(self, rows: Side, cols: Side, depth: int) -> Node:
        (_, m, p), (_, n, q) = rows[0], cols[0]
        return TABLE["dsum"](self.formula((m,), (n,), depth), self.formula((p,), (q,), depth))

    def sliced(self, rows: Side, cols: Side, depth: int) -> Node:
        """A row, a column; for a matrix, a row times a column."""
        other = (self.pick(self.palette),)
        n = size_of(other)
        if size_of(rows) == 1:
            return unit(n, self.index(n)).T @ self.formula(other, cols, depth)
        if size_of(cols) == 1:
            return self.formula(rows, other, depth) @ unit(n, self.index(n))
        return self.outer(rows, cols, depth)

    def rearranged(self, rows: Side, cols: Side, depth: int) -> Node:
        """The factors of both sides shuffled, and dealt out anew."""
        letters = dict(zip("acdefghl", (*rows, *cols), strict=False))
        order = self.draw(st.permutations(sorted(letters)))
        cut = self.draw(st.integers(0, len(order)))
        before, after = (order[:cut], order[cut:]), (sorted(letters)[: len(rows)], sorted(letters)[len(rows) :])
        pattern = " -> ".join(" ".join(f"({' '.join(group)})" for group in side) for side in (before, after))
        inner = self.formula(*(tuple(letters[x] for x in group) for group in before), depth)
        return rearrange(inner, pattern, tuple((x, factor_size(f)) for x, f in letters.items()))

    # scalars of matrices

    def trace(self, rows: Side, cols: Side, depth: int) -> Node:
        side = self.side()
        return TABLE["tr"](self.formula(side, side, depth))

    def sum_of_entries(self, rows: Side, cols: Side, depth: int) -> Node:
        return TABLE["sum"](self.formula(self.side(), self.side(), depth))

    def quadratic(self, rows: Side, cols: Side, depth: int) -> Node:
        side = self.side()
        x = self.formula(side, (), depth)
        return x.T @ self.formula(side, side, depth) @ x

    def inner(self, rows: Side, cols: Side, depth: int) -> Node:
        side = self.side()
        return self.formula(side, (), depth).T @ self.formula(side, (), depth)

    def norm(self, rows: Side, cols: Side, depth: int) -> Node:
        found = TABLE["norm2"](self.formula(self.side(), self.side(), depth))
        return found**2 if self.chance(2) else found

    def norm1(self, rows: Side, cols: Side, depth: int) -> Node:
        return TABLE["norm1"](self.formula(self.side(), self.side(), depth))

    def entry(self, rows: Side, cols: Side, depth: int) -> Node:
        m, n = self.pick(self.palette), self.pick(self.palette)
        return unit(m, self.index(m)).T @ self.formula((m,), (n,), depth) @ unit(n, self.index(n))

    def logdet(self, rows: Side, cols: Side, depth: int) -> Node:
        return TABLE["logdet"](self.invertible(self.side(), depth))

    def det(self, rows: Side, cols: Side, depth: int) -> Node:
        return TABLE["det"](self.invertible(self.side(), depth))

    def softmax(self, rows: Side, cols: Side, depth: int) -> Node:
        return TABLE["softmax"](self.formula(rows, cols, depth))

    def logsumexp(self, rows: Side, cols: Side, depth: int) -> Node:
        return TABLE["logsumexp"](self.formula(self.side(), (), depth))

    def trace_of_function(self, rows: Side, cols: Side, depth: int) -> Node:
        name = self.pick(("expm", "expm", "sqrtm", "sqrtm", "logm"))
        side = self.side()
        inner = self.formula(side, side, depth) if name == "expm" else self.invertible(side, depth)
        return TABLE["tr"](TABLE[name](inner))

    def trace_of_power(self, rows: Side, cols: Side, depth: int) -> Node:
        """tr(A^k), k a number or a whole variable."""
        side = self.side()
        whole = self.variable((), (), "integer")
        exponent = self.pick((constant(3), constant(2), constant(-1), whole))
        return TABLE["tr"](make(TABLE["^"], (self.formula(side, side, depth), exponent)))

    def inside_derivative(self, rows: Side, cols: Side, depth: int) -> Node:
        """diff(F, x) of a scalar by a scalar: a node that is carried out later."""
        return make(TABLE["diff"], (self.formula((), (), depth), self.variable((), ())), ("mixed",))

    # functions without a derivative, of variables that are held fixed

    def held_variable(self, rows: Side, cols: Side, properties: Any = None) -> Node:
        name = f"C{len(self.held)}"
        new = variable(name, size_of(rows), size_of(cols), (properties,) if properties else ())
        self.held.add(new)
        return new

    def scalar_of_held(self, rows: Side, cols: Side, depth: int) -> Node:
        name = self.pick(("norm", "rank", "eigmax", "eigmin", "norm_1", "norm_inf", "norm_nuc", "norm_max"))
        side = self.side()
        if name.startswith("eig"):
            return TABLE[name](self.held_variable(side, side, "symmetric"))
        other = self.side()
        if size_of(side) == 1 or size_of(other) == 1:  # norm(x) of a vector is another function, and so written
            return TABLE["rank"](self.held_variable(side, other))
        return TABLE[name](self.held_variable(side, other))

    def function_of_held(self, rows: Side, cols: Side, depth: int) -> Node:
        if rows == cols and self.chance(2):
            name = self.pick(("expm", "expm", "sqrtm", "sqrtm", "logm"))
            return TABLE[name](self.held_variable(rows, cols, "positive definite"))
        if self.chance(3):
            return TABLE["indmax"](self.held_variable(rows, cols))
        return TABLE["pinv"](self.held_variable(cols, rows))


# ------------------------------------------------------------------ problems


@dataclass(frozen=True)
class Problem:
    """What to differentiate, by what, and how it is to be laid out."""

    formula: Node
    target: Node
    second: Node | None = None
    order: int = 1
    structure: str = "projected"
    pattern: tuple[str, str] = ("bi", "ja")  # the letters of a user's own layout


STRUCTURE_CHOICES = {
    "toeplitz": ("ignore",),
    "symmetric": ("projected", "free", "ignore"),
    "diagonal": ("projected", "free", "ignore"),
    "skew": ("projected", "ignore"),
    "lower triangular": ("projected", "ignore"),
    "upper triangular": ("projected", "ignore"),
}


@st.composite
def problems(draw: Any, depth: int = 4, order: int | None = None) -> Problem:
    """A random formula and what to differentiate it by."""
    grower = Grower(draw, draw(st.sampled_from(PALETTES)), symbols=draw(st.booleans()))
    second_order = draw(st.integers(0, 3)) == 3 if order is None else order == 2
    scalar = draw(st.integers(0, 7)) > 0 if second_order else draw(st.booleans())
    rows, cols = ((), ()) if scalar else (grower.side(), () if draw(st.booleans()) else grower.side())
    # Two rules in a row at least: a leaf alone tests nothing.
    levels = draw(st.integers(1, depth))
    formula = grower.pick(grower.rules(rows, cols)[1:])(rows, cols, levels)
    used = [v for v in variables_of(formula) if not v.has("integer") and v not in grower.held]
    if not used:
        used = [grower.variable(rows, cols)]
        formula = formula + used[0]
    by_scalars = second_order and not formula.scalar  # a second derivative of a matrix is by one scalar
    if by_scalars:
        used = [v for v in used if v.scalar] or [grower.variable((), ())]
        if used[0] not in variables_of(formula):
            formula = used[0] * formula
    X = grower.pick(used)
    target = grower.pick((X, X, X, *targets(grower, X)))
    second = None
    if second_order and not by_scalars and draw(st.integers(0, 2)) == 2:
        Z = grower.pick(used)
        second = grower.pick((Z, Z, *targets(grower, Z)))
    structure = "projected"
    if target is X:
        kind = next((k for k in STRUCTURE_CHOICES if X.has(k) and (k != "symmetric" or not X.has("diagonal"))), None)
        structure = grower.pick(STRUCTURE_CHOICES[kind]) if kind is not None else "projected"
    letters = draw(st.permutations(LAYOUT_LETTERS))
    cut = draw(st.integers(0, 4))
    pattern = "".join(letters[:cut]), "".join(letters[cut:])
    return Problem(formula, target, second, 2 if second_order else 1, structure, pattern)


def targets(grower: Grower, X: Node) -> list[Node]:
    """Entries, a row, a column and the transpose of a variable."""
    if X.scalar:
        return []
    i, j = grower.index(X.rows), grower.index(X.cols)
    e, f = unit(X.rows, i), unit(X.cols, j)
    if X.cols == 1:
        return [_taken(e.T, X)]
    return [_taken(e.T, X, f), _taken(e.T, X), _taken(X, f), X.T]


def _taken(*factors: Node) -> Node:
    kept = tuple(f for f in factors if f is not constant(1))
    return kept[0] if len(kept) == 1 else make(PRODUCT, kept)


def operations_in(node: Node) -> set[str]:
    return {n.op.name for n in postorder(node)}
