"""The functions of the language as they are written: what each takes, its size rule, and the node it stands for.

May import core and operations. A function of the table whose name is written as such needs no line here: its signature
gives its form. The others, which mean one operation or another depending on sizes, stand at the end.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING, Any

from dvec.core import algebra
from dvec.core.errors import FormulaError
from dvec.core.layouts import pattern_of
from dvec.core.node import CONSTANT, Node, Op, constant, make, postorder
from dvec.core.signature import Dimension, Signature
from dvec.core.sizes import AnySize, Size
from dvec.notation import complaints
from dvec.notation.tree import Item
from dvec.notation.unification import Side, Unknown, find, joined
from dvec.operations import TABLE, constants, matrix_functions, norms, structure
from dvec.operations.derivative import DERIVATIVE

if TYPE_CHECKING:
    from dvec.notation.inference import Inference

Infer = Callable[["Inference", Item], None]
Build = Callable[[Item], Node]


@dataclass(frozen=True, slots=True)
class Form:
    """How a function is written, and what that means. The arguments are formulas, then options, then sizes."""

    name: str
    inputs: int
    infer: Infer  # fills in the size of the result, having compared those of the arguments
    build: Build
    sizes: int = 0
    options: int = 0  # words such as 'fro', at most this many
    keys: bool = False  # whether named sizes follow, as in rearrange
    usage: str = ""

    @property
    def least(self) -> int:
        return self.inputs + self.sizes + (self.options if self.keys else 0)

    @property
    def most(self) -> int:
        return self.inputs + self.sizes + self.options

    def complaint(self, count: int) -> str:
        wanted = str(self.least) if self.least == self.most else f"{self.least} or {self.most}"
        return f"{self.name} takes {wanted} argument{'s' * (self.most != 1)}, here are {count}: {self.usage}"


# ---------------------------------------------------------------- size rules from signatures

_Spec = str | int | Dimension


def _spec(dimension: Dimension) -> _Spec:
    return 1 if not dimension.letters else dimension.letters[0] if len(dimension.letters) == 1 else dimension


def _value(spec: _Spec, bound: dict[str, Side]) -> Side:
    if type(spec) is str:
        return bound[spec]
    return joined(spec.joint, [bound[x] for x in spec.letters]) if isinstance(spec, Dimension) else 1


def size_rule(signature: Signature, name: str) -> Infer:
    """The rule that a signature such as "ij,kl->(ik)(jl)" or "m,n;->mn" states, for the parser's sides."""
    inputs = [(_spec(rows), _spec(cols)) for rows, cols in signature.inputs]
    rows_out, cols_out = (_spec(side) for side in signature.output)
    letters = [spec for pair in inputs for spec in pair]
    if (
        len(inputs) == 1
        and not signature.parameters
        and all(isinstance(x, str) for x in letters)
        and len(set(letters)) == 2
    ):
        if (rows_out, cols_out) == inputs[0]:
            return _same_as_argument
        if (rows_out, cols_out) == (1, 1):
            return _scalar_result
    parameters = signature.parameters
    square = len(inputs) == 1 and inputs[0][0] == inputs[0][1] and isinstance(inputs[0][0], str)

    def rule(inference: Inference, item: Item) -> None:
        args = item.args
        bound: dict[str, Side] = {}
        for letter, size in zip(parameters, args[len(inputs) :], strict=True):
            bound[letter] = size.rows
        for specs, arg in zip(inputs, args, strict=False):
            for spec, side in zip(specs, (arg.rows, arg.cols), strict=True):
                if type(spec) is str and spec not in bound:
                    bound[spec] = side
                    continue
                wanted = _value(spec, bound)
                if wanted is side or inference.unifier.equal(wanted, side, inference.tree, item):
                    continue
                if square:
                    raise complaints.square(inference, arg, name)
                if wanted == 1 and spec == 1:
                    needed = "a column vector" if specs[1] == 1 else "a row vector"
                    raise complaints.kind(inference, arg, name, needed, side)
                raise complaints.mismatch(inference, item, name, side, wanted)
        item.rows = _value(rows_out, bound)
        item.cols = _value(cols_out, bound)

    return rule


def _same_as_argument(inference: Inference, item: Item) -> None:
    arg = item.args[0]
    item.rows, item.cols = arg.rows, arg.cols


def _scalar_result(inference: Inference, item: Item) -> None:
    item.rows = item.cols = 1


# ---------------------------------------------------------------- nodes


def _inverse(a: Node) -> Node:
    return a**-1 if a.scalar else matrix_functions.inv(a)


# Operations that are something simpler where a side is 1: there the helper decides.
_SIMPLER: dict[str, Callable[..., Node]] = {
    "eye": algebra.eye, "ones": algebra.ones, "zeros": algebra.zeros, "commutation": constants.commutation,
    "diag": structure.diag, "diagonal": structure.diagonal, "vec": structure.vec, "unvec": structure.unvec,
    "kron": structure.kron, "conj": algebra.conj,
    "inv": _inverse,
}  # fmt: skip


def application(op: Op) -> Build:
    """Builds op(arguments; sizes), whose sizes have been checked."""
    inputs = len(op.signature.inputs) if op.signature is not None else 1
    simpler = _SIMPLER.get(op.name)

    def build(item: Item) -> Node:
        args = tuple([arg.node for arg in item.args[:inputs]])
        params = tuple([arg.rows for arg in item.args[inputs:]])
        if simpler is not None and (op is algebra.CONJUGATE or _touches_one(item, args, params)):
            return simpler(*args, *params)
        return make(op, args, params, (item.rows, item.cols))

    return build


def _touches_one(item: Item, args: tuple[Node, ...], params: tuple[AnySize, ...]) -> bool:
    return 1 in (item.rows, item.cols) or 1 in params or any(a.rows == 1 or a.cols == 1 for a in args)


def _usage(name: str, inputs: int, parameters: tuple[str, ...]) -> str:
    return f"{name}({', '.join([*'AB'[:inputs], *parameters])})"


def _plain_form(op: Op) -> Form:
    assert op.signature is not None
    inputs, parameters = len(op.signature.inputs), op.signature.parameters
    return Form(
        op.name, inputs, size_rule(op.signature, op.name), application(op), len(parameters),
        usage=_usage(op.name, inputs, parameters if parameters != ("i", "j") else ("m", "n")),
    )  # fmt: skip


# No function has a name of one letter: those are variables, whatever operations are called inside.
FORMS: dict[str, Form] = {
    op.name: _plain_form(op)
    for op in TABLE.values()
    if op.signature is not None
    and op.text is None
    and op.name.isidentifier()
    and len(op.name) > 1
    and op is not CONSTANT
}
"""Every function by the name it is written with."""


def _form(name: str, usage: str, infer: Infer, build: Build, inputs: int = 1, **more: Any) -> None:
    FORMS[name] = Form(name, inputs, infer, build, usage=usage, **more)


# ---------------------------------------------------------------- diag, norms, Kronecker from the left

_OF_DIAGONAL = size_rule(Signature("ii->i1"), "diag")


def _infer_diag(inference: Inference, item: Item) -> None:
    arg = item.args[0]
    if arg.cols == 1:
        item.rows = item.cols = arg.rows
    elif arg.rows == 1:
        raise complaints.kind(inference, arg, "diag", "a column vector or a square matrix")
    else:
        _OF_DIAGONAL(inference, item)


def _build_diag(item: Item) -> Node:
    arg = item.args[0].node
    if arg.scalar:
        return arg
    return make(structure.DIAG if arg.cols == 1 else structure.DIAGONAL, (arg,), (), (item.rows, item.cols))


_NORMS: dict[str, Op] = {
    "2": norms.SPECTRAL, "1": norms.INDUCED1, "inf": norms.INDUCED_INF, "fro": norms.NORM2, "nuc": norms.NUCLEAR,
    "max": norms.MAXNORM,
}  # fmt: skip
_NORMS_OF_COLUMNS = _NORMS | {"2": norms.NORM2, "1": norms.NORM1, "inf": norms.MAXNORM}
_NORM_USAGE = "norm(A), norm(A,1), norm(A,inf), norm(A,'fro'), norm(A,'nuc'), norm(A,'max')"


def _infer_norm(inference: Inference, item: Item) -> None:
    which = item.args[1].value.lower() if len(item.args) > 1 else "2"
    if which not in _NORMS:
        raise inference.tree.error(f"there is no norm {item.args[1].value!r}: {_NORM_USAGE}", item.args[1])
    arg = item.args[0]
    if arg.rows == 1 and arg.cols != 1 and which in ("1", "inf"):
        raise inference.tree.error(
            f"norm(…,{which}) of a row has two meanings, that of a vector and that of a 1×n matrix: write "
            "norm1(x) for the sum, norm(x,'max') for the largest of the absolute values", item,
        )  # fmt: skip
    if len(item.args) > 1:
        item.args[1].value = which
    item.rows = item.cols = 1


def _build_norm(item: Item) -> Node:
    arg = item.args[0].node
    kinds = _NORMS_OF_COLUMNS if arg.cols == 1 or arg.rows == 1 else _NORMS
    return make(kinds[item.args[1].value if len(item.args) > 1 else "2"], (arg,), (), (1, 1))


def _build_normf(item: Item) -> Node:
    return make(norms.NORM2, (item.args[0].node,), (), (1, 1))


_KRON = size_rule(Signature("kl,ij->(ik)(jl)"), "kronl")


def _build_kronl(item: Item) -> Node:
    return structure.kron(item.args[1].node, item.args[0].node)


_form("diag", "diag(x) of a vector, diag(A) of a matrix", _infer_diag, _build_diag)
_form("norm", _NORM_USAGE, _infer_norm, _build_norm, options=1)
_form("normF", "normF(A)", _scalar_result, _build_normf)
_form("kronl", "kronl(A, B)", _KRON, _build_kronl, inputs=2)


# ---------------------------------------------------------------- roots, means, sizes as scalars

_HALF = constant(Fraction(1, 2))
_MINUS_ONE = constant(-1)


def _build_sqrt(item: Item) -> Node:
    return make(algebra.POWER, (item.args[0].node, _HALF), (), (item.rows, item.cols))


def _build_mean(item: Item) -> Node:
    arg = item.args[0].node
    if arg.scalar:
        return arg
    count = constants.size_constant(arg.rows * arg.cols)
    if count.op is CONSTANT:
        share = constant(1 / count.params[0]) if count.params[0] else count
    else:
        share = make(algebra.POWER, (count, _MINUS_ONE), (), (1, 1))
    return make(algebra.PRODUCT, (share, TABLE["sum"](arg)), (), (1, 1))


_form("sqrt", "sqrt(x)", _same_as_argument, _build_sqrt)
_form("mean", "mean(x)", _scalar_result, _build_mean)
_form("rows", "rows(A)", _scalar_result, lambda item: constants.size_constant(item.args[0].node.rows))
_form("cols", "cols(A)", _scalar_result, lambda item: constants.size_constant(item.args[0].node.cols))


# ---------------------------------------------------------------- constants that take their size from the context


def _infer_constant(inference: Inference, item: Item) -> None:
    arg = item.args[0]
    if arg.rows != 1 or arg.cols != 1:
        raise complaints.kind(inference, arg, item.value.name, "a scalar, which every entry will be,", arg.rows)
    text = inference.tree.text(item)
    item.rows = Unknown(text, False, True)
    item.cols = Unknown(text, True, True) if item.value.name == "matrix" else 1
    inference.from_context.append((inference.tree, item))


def _build_constant(item: Item) -> Node:
    entry = item.args[0].node
    ones = make(algebra.ONES, (), (item.rows, item.cols))
    return ones if entry is algebra.ONE else make(algebra.PRODUCT, (entry, ones), (), (item.rows, item.cols))


_form("vector", "vector(c), of the size that fits", _infer_constant, _build_constant)
_form("matrix", "matrix(c), of the size that fits", _infer_constant, _build_constant)


# ---------------------------------------------------------------- triangles, rearrangements, derivatives


def _infer_vech(inference: Inference, item: Item) -> None:
    arg = item.args[0]
    if not inference.unifier.equal(arg.rows, arg.cols, inference.tree, item):
        raise complaints.square(inference, arg, "vech")
    item.rows, item.cols = joined("triangle", [arg.rows]), 1


def _infer_unvech(inference: Inference, item: Item) -> None:
    arg, size = item.args
    wanted = joined("triangle", [size.rows])
    if arg.cols != 1:
        raise complaints.kind(inference, arg, "unvech", "a column vector", arg.cols)
    if not inference.unifier.equal(arg.rows, wanted, inference.tree, item):
        raise complaints.mismatch(inference, item, "unvech", arg.rows, wanted)
    item.rows = item.cols = size.rows


def _infer_triangle(inference: Inference, item: Item) -> None:
    side = item.args[0].rows
    square, triangle = joined("*", [side, side]), joined("triangle", [side])
    item.rows, item.cols = (square, triangle) if item.value.name == "duplication" else (triangle, square)


def _build_rest(item: Item) -> Node:
    """Operations without a signature: the arguments, then their sizes as parameters."""
    args = tuple([arg.node for arg in item.args if arg.kind != "size"])
    return make(TABLE[item.value.name], args, tuple([arg.rows for arg in item.args if arg.kind == "size"]))


_form("vech", "vech(A)", _infer_vech, _build_rest)
_form("unvech", "unvech(x, n)", _infer_unvech, _build_rest, sizes=1)
_form("duplication", "duplication(n)", _infer_triangle, _build_rest, inputs=0, sizes=1)
_form("elimination", "elimination(n)", _infer_triangle, _build_rest, inputs=0, sizes=1)


def _infer_rearrange(inference: Inference, item: Item) -> None:
    arg, pattern, *rest = item.args
    sizes: dict[str, Side] = {key.value: size.rows for key, size in zip(rest[::2], rest[1::2], strict=True)}
    try:
        before, after = structure.split_pattern(pattern.value)
    except FormulaError as error:
        raise inference.tree.error(error.message, pattern) from None
    letters = [letter for side in before for letter in side]
    for key in rest[::2]:
        if key.value not in letters:
            raise inference.tree.error(f"rearrange has a size for {key.value}, which is not in its pattern", item)
    for letter in letters:
        if letter not in sizes:
            sizes[letter] = Unknown(letter, False, True)
            inference.from_context.append((inference.tree, item))
    for side, letters in zip((arg.rows, arg.cols), before, strict=True):
        wanted = joined("*", [sizes[letter] for letter in letters])
        if not inference.unifier.equal(side, wanted, inference.tree, item):
            raise complaints.mismatch(inference, item, "rearrange", side, wanted)
    item.rows, item.cols = (joined("*", [sizes[letter] for letter in letters]) for letters in after)
    # Every letter with its size, also those that were left out.
    item.args = [arg, pattern, *(_letter(pattern, letter, side) for letter, side in sizes.items())]


def _letter(pattern: Item, letter: str, side: Side) -> Item:
    item = Item("letter", [], letter, pattern.start, pattern.end)
    item.rows = side
    return item


def _build_rearrange(item: Item) -> Node:
    arg, pattern, *letters = item.args
    sizes = tuple([(letter.value, _known(letter.rows)) for letter in letters])
    return structure.rearrange(arg.node, pattern.value, sizes)


def _known(side: Side) -> AnySize:
    found = find(side)
    assert isinstance(found, (int, Size))
    return found


def _infer_diff(inference: Inference, item: Item) -> None:
    function, variable, *option = item.args
    if variable.kind != "name":
        raise inference.tree.error("a derivative is taken by a variable: diff(F, X)", variable)
    layout = option[0].value if option else "mixed"
    of, by = (function.rows, function.cols), (variable.rows, variable.cols)
    try:
        item.rows, item.cols = _laid_out(layout, of, by)
    except FormulaError as error:
        sizes = [complaints.size_text(inference, *size) for size in (of, by)]
        message = error.message if "no rule" not in error.message else (
            f"the layout '{layout}' has no rule for {sizes[0]} by {sizes[1]}: take 'vec' or 'block'"
        )  # fmt: skip
        raise inference.tree.error(message, *option) from None


def _laid_out(layout: str, of: tuple[Any, Any], by: tuple[Any, Any]) -> list[Side]:
    pattern = pattern_of(layout, of, by)
    sizes: dict[str, Side] = {"i": of[0], "b": of[1], "a": by[0], "j": by[1]}
    return [joined("*", [sizes[letter] for letter in side]) for side in (pattern.rows, pattern.cols)]


_DEEPEST = 6
"""Derivatives of derivatives, each carried out; they grow fast enough that nobody reads the seventh."""


def _build_diff(item: Item) -> Node:
    function, variable, *option = item.args
    depth: dict[Node, int] = {}
    for node in postorder(function.node):
        depth[node] = max((depth[arg] for arg in node.args), default=0) + (node.op is DERIVATIVE)
    if depth[function.node] >= _DEEPEST:
        raise FormulaError(f"a derivative inside a derivative, more than {_DEEPEST} deep: take the inner ones first")
    layout = option[0].value if option else "mixed"
    return make(DERIVATIVE, (function.node, variable.node), (layout,), (item.rows, item.cols))


_form(
    "rearrange", "rearrange(J, '(b i) (j a) -> (i a) (j b)', i=m, a=p, j=q, b=n)", _infer_rearrange, _build_rearrange,
    options=1, keys=True,
)  # fmt: skip
_form("diff", "diff(F, X) or diff(F, X, 'numerator')", _infer_diff, _build_diff, inputs=2, options=1)
