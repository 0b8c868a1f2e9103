"""The first phase of parsing, for whole texts: formulas, equations, parts named by `where`, sizes in declarations.

May import core and operations.
"""

from __future__ import annotations

from dvec.core.sizes import AnySize, Size
from dvec.notation.size_expressions import evaluate, mark
from dvec.notation.syntax import Reader
from dvec.notation.tokens import tokenize
from dvec.notation.tree import Item, Tree


def read(text: str, sides: int = 1) -> Tree:
    """One formula, or with `sides=2` the two sides of an equation, with the parts that `where` names."""
    tokens = tokenize(text)
    reader = Reader(text, tokens)
    roots = [reader.expression()]
    while tokens[reader.at][0] == "=" and len(roots) < sides:
        reader.at += 1
        roots.append(reader.expression())
    items = reader.items
    shared: frozenset[str] = frozenset()
    if tokens[reader.at][0] == "where":
        items, shared = _where(reader)
    kind, value, start, end = tokens[reader.at]
    if kind != "end":
        raise reader.error(_rest(kind, value, sides), start, end)
    if len(roots) < sides:
        raise reader.error("an equation is expected: left side = right side", start, end)
    numbers = [token[1] for token in tokens if token[0] == "number"]
    return Tree(text, items, roots, shared, decimals=bool(numbers) and not "".join(numbers).isdigit())


def _rest(kind: str, value: str, sides: int) -> str:
    if kind == "=":
        return "an equation has one equals sign" if sides == 2 else "a formula is expected, not an equation"
    if kind == "where":
        return "where stands once, behind the formula"
    return f"the formula has ended before this {value}"


def _where(reader: Reader) -> tuple[list[Item], frozenset[str]]:
    """Reads `where T1 = …; T2 = …`: all pieces, every part before its uses, and the names."""
    sections: dict[str, list[Item]] = {}
    values: dict[str, Item] = {}
    main = reader.items
    separator = "where"
    while reader.tokens[reader.at][0] == separator:
        reader.at += 1
        kind, name, start, end = reader.tokens[reader.at]
        if kind == "end" and separator == ";":
            break
        separator = ";"
        if kind != "name" or reader.tokens[reader.at + 1][0] != "=":
            raise reader.error(
                "behind where a name and what it stands for are expected: where T1 = A*x", start, max(end, start + 1)
            )
        if name in values:
            raise reader.error(f"{name} is given twice", start, end)
        reader.at += 2
        reader.items = []
        values[name] = reader.expression()
        sections[name] = reader.items
    uses = {name: _refer(section, values) for name, section in sections.items()}
    _refer(main, values)
    ordered: list[Item] = []
    for name in _ordered(reader, uses, values):
        ordered += sections[name]
    return ordered + main, frozenset(values)


def _refer(section: list[Item], values: dict[str, Item]) -> list[str]:
    """Turns names into references to the parts that `where` names; returns those used."""
    used: list[str] = []
    for item in section:
        if item.kind == "name" and item.value in values:
            used.append(item.value)
            item.kind, item.args = "part", [values[item.value]]
    return used


def _ordered(reader: Reader, uses: dict[str, list[str]], values: dict[str, Item]) -> list[str]:
    """The names, each after those that it uses."""
    done: dict[str, None] = {}
    entered: set[str] = set()
    stack = list(reversed(uses))
    while stack:
        name = stack[-1]
        waiting = [used for used in uses[name] if used not in done]
        if name in done or not waiting:
            done[name] = None
            stack.pop()
        elif name in entered:  # what it uses has been worked on and is still not done: a circle
            item = values[name]
            raise reader.error(f"{name} is defined by itself", item.start, item.end)
        else:
            entered.add(name)
            stack += waiting
    return list(done)


def read_size(text: str) -> AnySize:
    """A size as it stands in a declaration: m*n, p + 1, 2*n^2."""
    tree = read(text)
    root = tree.roots[0]
    wrong = mark(root)
    if wrong is not None:
        raise tree.error("a size is a whole number or a name such as n", wrong)
    if of_variables := [item for item in tree.items if item.kind == "size" and item.value[0] in ("rows", "cols")]:
        what = f"{tree.text(of_variables[0])} cannot stand here: name the size, and write its name in both places"
        raise tree.error(what, of_variables[0])
    for item in tree.items:
        evaluate(tree, item)
    size = root.rows
    assert isinstance(size, (int, Size))
    return size
