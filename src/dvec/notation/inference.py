"""The second phase of parsing: the size of every piece, found by unification over the whole formula.

May import core and operations. Each kind of piece has one rule; functions bring theirs with their form.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from contextlib import suppress

from dvec.core.errors import FormulaError, Span
from dvec.core.node import Node
from dvec.core.properties import NONE, Properties
from dvec.core.sizes import Size, names_of
from dvec.notation import complaints, index_sums
from dvec.notation.functions import FORMS
from dvec.notation.reading import read
from dvec.notation.size_expressions import evaluate
from dvec.notation.tokens import GREEK
from dvec.notation.tree import Item, Tree
from dvec.notation.unification import PutOff, Side, Unifier, Unknown, find


class Symbol:
    """A variable as far as it is known: its sides and its properties."""

    __slots__ = ("cols", "guessed", "name", "node", "properties", "rows", "used")

    def __init__(
        self, name: str, rows: Side, cols: Side, properties: Properties = NONE, node: Node | None = None
    ) -> None:
        self.name = name
        self.rows = rows
        self.cols = cols
        self.properties = properties
        self.node = node  # once its sizes are known
        self.used = False
        self.guessed = False  # whether its kind is known from its name only


def kind_by_name(name: str) -> str:
    """a…g and Greek lower case are scalars, h…z vectors, A…Z matrices; "" for letters without a rule."""
    if name.rstrip("0123456789_") in GREEK or name.partition("_")[0] in GREEK:
        return "scalar"
    first = name[0]
    if "a" <= first <= "g":
        return "scalar"
    if "h" <= first <= "z":
        return "vector"
    return "matrix" if "A" <= first <= "Z" else ""


def symbol_of_kind(name: str, kind: str) -> Symbol:
    if kind == "scalar":
        return Symbol(name, 1, 1)
    return Symbol(name, Unknown(name, False), 1 if kind == "vector" else Unknown(name, True))


class Inference:
    """What is known of one or more formulas that share their names."""

    __slots__ = (
        "from_context", "indices", "inferred", "reserved", "size_names", "symbols", "tree", "unifier",
    )  # fmt: skip
    tree: Tree  # the one that is being visited

    def __init__(self, reserved: Iterable[str] = ()) -> None:
        self.symbols: dict[str, Symbol] = {}
        self.unifier = Unifier()
        self.size_names: set[str] = set()
        self.reserved = set(reserved)  # names that fresh sizes leave alone
        self.indices: dict[str, tuple[Tree, Item]] = {}
        self.from_context: list[tuple[Tree, Item]] = []  # pieces whose size the context must give
        self.inferred: list[str] = []  # the names given to sizes that nobody named

    def enter(self, symbols: Iterable[Symbol]) -> None:
        """Adds names that are declared or known already."""
        for symbol in symbols:
            self.symbols[symbol.name] = symbol
            for side in (symbol.rows, symbol.cols):
                if isinstance(side, Size):
                    self.size_names |= names_of(side)

    def visit(self, tree: Tree) -> None:
        """Finds the sizes of all pieces of one text, as far as that text tells them."""
        self.tree = tree
        if clash := tree.shared.intersection(self.symbols):
            name = min(clash)
            where = tree.source.rfind(name)
            what = f"{name} is a variable already: give the part behind where another name"
            raise FormulaError(what, tree.source, Span(where, where + len(name)))
        if tree.shared:  # names count in the order in which they stand, not in that of their use
            for item in sorted((item for item in tree.items if item.kind == "name"), key=lambda item: item.start):
                self._symbol(item)
        item = tree.roots[0]
        try:
            for item in tree.items:
                if item.kind == "call":
                    if item.value.sizes or item.value.keys:
                        self._check_sizes(item)
                    item.value.infer(self, item)
                else:
                    _RULES[item.kind](self, item)
        except FormulaError as error:
            raise complaints.size_as_number(self, item) or error.at(tree.source, Span(item.start, item.end)) from None

    def _check_sizes(self, item: Item) -> None:
        least = 1 if item.value.keys else 0  # zeros(n, 0) has its uses
        for arg in item.args:
            if arg.kind == "size" and isinstance(arg.rows, int) and arg.rows < least:
                raise self.tree.error(f"a size is at least {least}", arg)

    def as_number(self, size: str) -> str:
        """How the value of a size is written, found by reading the text once more with a number for the name.

        What is not declared is found anew: the complaint that led here has named what was not known yet.
        """
        fresh: dict[Side, Unknown] = {}

        def anew(side: Side) -> Side:
            return fresh.setdefault(side, Unknown(side.origin, side.columns)) if isinstance(side, Unknown) else side

        trial = Inference(self.reserved)
        trial.enter(Symbol(s.name, anew(s.rows), anew(s.cols)) for s in self.symbols.values())
        trial.symbols[size] = Symbol(size, 1, 1)
        trial.tree = read(self.tree.source, len(self.tree.roots))
        with suppress(FormulaError):
            for item in trial.tree.items:
                (item.value.infer if item.kind == "call" else _RULES[item.kind])(trial, item)
        for symbol in trial.symbols.values():
            for function, side in (("rows", find(symbol.rows)), ("cols", find(symbol.cols))):
                if isinstance(side, Size) and str(side) == size:
                    return f"{function}({symbol.name})"
        return f"tr(eye({size}))"

    def finish(self) -> None:
        """Decides what was put off, names the sizes that are still free, and refuses what does not fit."""
        try:
            self._settle()
            self.name_all(())
            self._settle()
        except FormulaError as error:
            raise error.at(self.tree.source, Span(0, len(self.tree.source))) from None
        for tree, item in self.from_context:
            if not all(isinstance(find(side), (int, Size)) for side in (item.rows, item.cols)):
                raise tree.error(
                    f"the context does not tell the size of {tree.text(item)}: write it out, "
                    "as in eye(n), ones(m,n) or c*ones(m,n)", item,
                )  # fmt: skip
        if left := [entry for entry in self.unifier.put_off if entry[2] is not None]:
            self._refuse(left[0])
        for name, (tree, item) in self.indices.items():
            if name in self.symbols:
                raise tree.error(f"{name} is an index here and a variable elsewhere: rename one of them", item)

    def _settle(self) -> None:
        if self.unifier.put_off and (wrong := self.unifier.settle()):
            self._refuse(wrong)

    def _refuse(self, entry: PutOff) -> None:
        a, b, tree, item = entry
        assert tree is not None
        assert item is not None
        self.tree = tree
        raise complaints.mismatch(self, item, tree.text(item), a, b)

    def name_all(self, others: Iterable[Side]) -> None:
        """Names the free sizes of all variables in order of appearance, then those of other pieces."""
        free = [
            side
            for s in sorted(self.symbols.values(), key=lambda s: not s.used)
            for side in (s.rows, s.cols)
            if not isinstance(side, (int, Size))
        ]
        if free or others:
            taken = self.size_names.union(self.reserved, self.symbols, self.indices, self.inferred)
            self.inferred += self.unifier.name_unknowns([*free, *others], taken, bool(others))

    # -------------------------------------------------------------- leaves

    def _symbol(self, item: Item) -> None:
        name = item.value
        symbol = self.symbols.get(name)
        if symbol is None:
            if name in ("I", "pi"):
                item.kind = name
                return
            if name in FORMS:
                raise self.tree.error(
                    f"{name} is a function: write {FORMS[name].usage}, or declare it if a variable is meant", item
                )
            kind = kind_by_name(name)
            if not kind:
                raise self.tree.error(
                    f"the letter of {name} says nothing of its kind: declare it, {name}: vector", item
                )
            symbol = self.symbols[name] = symbol_of_kind(name, kind)
            symbol.guessed = True
        if not symbol.used:
            # Variables count in the order in which they are used; declared ones move up to their first use.
            symbol.used = True
            del self.symbols[name]
            self.symbols[name] = symbol
        item.rows, item.cols = symbol.rows, symbol.cols

    def leaf(self, item: Item) -> None:
        self._symbol(item)
        if item.kind != "name":
            _RULES[item.kind](self, item)

    def identity(self, item: Item) -> None:
        item.rows = item.cols = Unknown("I", False, True)
        self.from_context.append((self.tree, item))

    def scalar(self, item: Item) -> None:
        item.rows = item.cols = 1

    def part(self, item: Item) -> None:
        item.rows, item.cols = item.args[0].rows, item.args[0].cols

    # -------------------------------------------------------------- operators

    def sum_(self, item: Item) -> None:
        """A sum, or an entrywise product in which scalars are left out."""
        equal, first = self.unifier.equal, None
        for arg in item.args:
            if first is None:
                first = arg
                continue
            rows, cols = first.rows, first.cols
            if rows is not arg.rows and (
                rows == 1 or arg.rows == 1 or not equal(rows, arg.rows, self.tree, item)
            ) and rows != arg.rows:  # fmt: skip
                raise complaints.sum_(self, item, first, arg)
            if cols is not arg.cols and not equal(cols, arg.cols, self.tree, item):
                raise complaints.sum_(self, item, first, arg)
        assert first is not None
        item.rows, item.cols = first.rows, first.cols

    def hadamard(self, item: Item) -> None:
        matrices = [arg for arg in item.args if arg.rows != 1 or arg.cols != 1]
        if len(matrices) < 2:
            one = matrices[0] if matrices else item.args[0]
            item.rows, item.cols = one.rows, one.cols
            return
        args, item.args = item.args, matrices
        self.sum_(item)
        item.args = args

    def spread(self, item: Item) -> None:
        """A .+ c"""
        a, b = item.args
        if a.rows == 1 and a.cols == 1:
            item.rows, item.cols = b.rows, b.cols
        elif b.rows == 1 and b.cols == 1:
            item.rows, item.cols = a.rows, a.cols
        else:
            self.sum_(item)

    def product(self, item: Item) -> None:
        """Left to right; scalars scale, and what has become a scalar (x'*y) scales what follows."""
        rows: Side = 1
        cols: Side = 1
        started = False
        splits: list[int] = []
        for position, arg in enumerate(item.args):
            if arg.rows == 1 and arg.cols == 1:
                continue
            if rows == 1 and cols == 1:
                if arg.kind == "over" and position:
                    raise self._scalar_over_matrix(item, position)
                if started:
                    splits.append(position)
                started = True
                rows, cols = arg.rows, arg.cols
            else:
                if cols is not arg.rows and not self.unifier.equal(cols, arg.rows, self.tree, item):
                    raise complaints.product(self, item, position, rows, cols)
                cols = arg.cols
        item.rows, item.cols, item.value = rows, cols, splits

    def _scalar_over_matrix(self, item: Item, position: int) -> FormulaError:
        left, right = self.tree.text(*item.args[:position]), self.tree.text(item.args[position])
        inverse = f"inv({right})" if left == "1" else f"{left}*inv({right})"
        return self.tree.error(
            f"a scalar divided by a matrix has two readings: write {inverse} or {left}./{right} (entrywise)",
            *item.args[:position], item.args[position],
        )  # fmt: skip

    def left_division(self, item: Item) -> None:
        a, b = item.args
        if a.rows == 1 and a.cols == 1:
            item.rows, item.cols = b.rows, b.cols
            return
        if not self.unifier.equal(a.rows, a.cols, self.tree, a):
            raise complaints.square(self, a, "A\\B", "pinv(A)*B is the least-squares solution")
        if not self.unifier.equal(a.cols, b.rows, self.tree, item):
            raise complaints.mismatch(self, item, "A\\B", b.rows, a.cols)
        item.rows, item.cols = a.rows, b.cols

    def over(self, item: Item) -> None:
        arg = item.args[0]
        if arg.rows is not arg.cols and not self.unifier.equal(arg.rows, arg.cols, self.tree, arg):
            instead = f"entry by entry write ./{self.tree.text(arg)}"
            raise complaints.square(self, arg, "division by a matrix", instead)
        item.rows, item.cols = arg.cols, arg.rows

    def postfix(self, item: Item) -> None:
        arg = item.args[0]
        if item.value in ("-T", "-H") and not self.unifier.equal(arg.rows, arg.cols, self.tree, arg):
            raise complaints.square(self, arg, f"^{item.value}")
        item.rows, item.cols = arg.cols, arg.rows

    def power(self, item: Item) -> None:
        base, exponent = item.args
        if exponent.rows != 1 or exponent.cols != 1:
            raise complaints.exponent(self, base, exponent)
        if base.rows is not base.cols and not self.unifier.equal(base.rows, base.cols, self.tree, base):
            raise complaints.square(self, base, "^", "the power entry by entry is .^")
        item.rows, item.cols = base.rows, base.cols

    def entrywise_power(self, item: Item) -> None:
        self.hadamard(item)

    def index(self, item: Item) -> None:
        base, entries = item.args[0], item.value
        if len(entries) == 1:
            if base.cols != 1 and base.rows != 1:
                raise complaints.kind(self, base, "one index", "a vector", base.cols)
            entries = item.value = (entries[0], "1") if base.cols == 1 else ("1", entries[0])
        for entry, side in zip(entries, (base.rows, base.cols), strict=True):
            if isinstance(entry, index_sums.BoundIndex):
                index_sums.run_over(self, item, entry, side)
            elif entry != ":" and not entry.isdigit():
                self.indices.setdefault(entry, (self.tree, item))
        item.rows = base.rows if entries[0] == ":" else 1
        item.cols = base.cols if entries[1] == ":" else 1

    def size(self, item: Item) -> None:
        if item.value[0] == "name":
            self.size_names.add(item.value[1])
        evaluate(self.tree, item)


_RULES: dict[str, Callable[[Inference, Item], None]] = {
    "name": Inference.leaf, "number": Inference.scalar, "imaginary": Inference.scalar, "pi": Inference.scalar,
    "I": Inference.identity, "part": Inference.part, "sum": Inference.sum_, "neg": Inference.part,
    "dotover": Inference.part, "over": Inference.over, "product": Inference.product, "hadamard": Inference.hadamard,
    "spread": Inference.spread, "left": Inference.left_division, "postfix": Inference.postfix,
    "power": Inference.power, "dotpower": Inference.entrywise_power, "index": Inference.index, "size": Inference.size,
    "binder": index_sums.infer,
}  # fmt: skip
