"""The table's tests notice every mistake: each rule of each record is spoiled in turn, and some check must fail.

A mutant that no check can tell from the record is equivalent to it: those are listed, with the reason.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, NamedTuple

from record_checks import CHECKS, arguments, property_cases

import dvec.core.node as node_module
from dvec.core.algebra import transposed
from dvec.core.atoms import Atom, Mask, Opaque, RankOne, Sandwich, Scale, Transposition
from dvec.core.errors import FormulaError
from dvec.core.node import TABLE, Node, Op, constant, make
from dvec.core.signature import Signature
from dvec.evaluation import interpreter, templates

MINUS = constant(-1)


class Mutant(NamedTuple):
    """One column of one record with one mistake in it."""

    op: str
    column: str
    mistake: str
    value: Any

    @property
    def name(self) -> str:
        return f"{self.op}-{self.column}-{self.mistake}"


# The checks that look at a column; the whole table's test runs them all.
LOOKING_AT = {
    "maps": ("differential", "adjoint", "matrix"),
    "adjoint": ("adjoint",),
    "matrix": ("matrix",),
    "derivative": ("differential",),
    "differential": ("differential",),
    "trace_derivative": ("trace",),
    "linearize": ("linearize",),
    "transpose": ("transpose",),
    "conjugate": ("conjugate",),
    "inverse": ("inverse",),
    "homogeneous": ("homogeneous",),
    "invariant": ("invariant",),
    "parity": ("parity",),
    "properties": ("properties",),
    "einsum": ("einsum",),
    "signature": ("value", "wrong_sizes", "einsum"),
    "code": ("value", "code"),
}


# ------------------------------------------------------------------ mistakes


def changed(rule: Callable[..., Any], change: Callable[[Any], Any]) -> Callable[..., Any]:
    return lambda *args: change(rule(*args))


RESULTS: dict[str, Callable[[Any], Any]] = {
    "negated": lambda result: -result,
    "doubled": lambda result: 2 * result,
    "transposed": lambda result: result.T,
}


def of_rule(op: Op, rule: Callable[..., Any]) -> Iterator[tuple[str, Callable[..., Any]]]:
    """The rule with its result changed."""
    for mistake, change in RESULTS.items():
        yield mistake, changed(rule, change)


def of_differential(op: Op, rule: Callable[..., Any]) -> Iterator[tuple[str, Callable[..., Any]]]:
    for mistake, spoiled in of_rule(op, rule):
        if mistake != "transposed" or not gives_scalars(op):
            yield mistake, spoiled
    yield "of the transpose", lambda *args: rule(*args[:-1], args[-1].T)


def of_atoms(op: Op, rule: Callable[..., list[Atom]], honest: Any) -> Iterator[tuple[str, Callable[..., list[Atom]]]]:
    """The rule with its map negated, doubled, after a transposition, and with each atom dropped or turned over."""
    yield "negated", lambda *args: [Scale(MINUS), *rule(*args)]
    yield "doubled", lambda *args: [Scale(constant(2)), *rule(*args)]
    if not gives_scalars(op):
        yield "transposed", lambda *args: [Transposition(), *rule(*args)]
    yield "of the transpose", lambda *args: [*rule(*args), Transposition()]
    for at, atom in enumerate(honest):
        yield f"atom {at} dropped", lambda *args, at=at: without(rule(*args), at)
        if turned(atom) != atom:
            yield (
                f"atom {at} turned",
                lambda *args, at=at: [turned(a) if k == at else a for k, a in enumerate(rule(*args))],
            )


def gives_scalars(op: Op) -> bool:
    """A 1×1 value is its own transpose, so there a transposition is no mistake."""
    args, params = arguments(op)
    return make(op, args, params).scalar


def without(atoms: list[Atom], at: int) -> list[Atom]:
    return [a for k, a in enumerate(atoms) if k != at]


def turned(atom: Atom) -> Atom:
    """The atom with its matrices transposed."""
    flip = lambda a: None if a is None else a if a.scalar else transposed(a)  # noqa: E731
    match atom:
        case Sandwich(left, right):
            return Sandwich(flip(left), flip(right))
        case Mask(by):
            return Mask(flip(by))
        case RankOne(value, against):
            return RankOne(flip(value), flip(against))
        case Opaque():
            return Opaque(atom.op, atom.args, atom.position, atom.params, not atom.adjoint)
        case _:
            return atom


def at_position(rules: tuple[Any, ...], position: int, rule: Any) -> tuple[Any, ...]:
    return (*rules[:position], rule, *rules[position + 1 :])


def of_rules(op: Op, column: str, mistakes: Any) -> Iterator[Mutant]:
    rules = getattr(op, column)
    for position, rule in enumerate(rules):
        if rule is not None:
            for mistake, spoiled in mistakes(op, rule):
                yield Mutant(op.name, column, f"{position} {mistake}", at_position(rules, position, spoiled))


def of_maps(op: Op) -> Iterator[Mutant]:
    args, params = arguments(op)
    rules = op.maps
    if callable(rules):  # one rule for all arguments
        for at in range(len(args)):
            for mistake, spoiled in of_atoms(op, rules, rules(args, at)):
                here = lambda a, k, at=at, spoiled=spoiled: (spoiled if k == at else rules)(a, k)  # noqa: E731
                yield Mutant(op.name, "maps", f"{at} {mistake}", here)
        return
    for at, rule in enumerate(rules):
        for mistake, spoiled in of_atoms(op, rule, rule(*args, *params)):
            yield Mutant(op.name, "maps", f"{at} {mistake}", at_position(rules, at, spoiled))


def mutants_of(op: Op) -> Iterator[Mutant]:
    yield from of_maps(op)
    for column in ("adjoint", "matrix"):
        yield from of_rules(op, column, of_rule)
    yield from of_rules(op, "differential", of_differential)
    for column in ("derivative", "trace_derivative", "transpose", "conjugate", "inverse"):
        rule = getattr(op, column)
        if rule is not None:
            for mistake, spoiled in of_rule(op, rule):
                yield Mutant(op.name, column, mistake, spoiled)
    if op.transpose is not None:
        count = len(arguments(op)[0])
        forgotten = lambda *args: make(op, args[:count], args[count:])  # noqa: E731
        yield Mutant(op.name, "transpose", "forgotten", forgotten)
    if op.linearize is not None:
        yield Mutant(op.name, "linearize", "negated", negated_parts(op.linearize))
    yield from of_claims(op)
    if op.einsum is not None and output_turned(op.einsum) != op.einsum:
        yield Mutant(op.name, "einsum", "output turned", output_turned(op.einsum))
    if op.signature is not None and output_turned(op.signature.text) != op.signature.text:
        yield Mutant(op.name, "signature", "output turned", Signature(output_turned(op.signature.text)))
    if op.code is not None:
        yield Mutant(op.name, "code", "negated", f"-({op.code})")


SQUARE_CLAIMS = ("symmetric", "skew", "lower triangular", "positive semidefinite", "orthogonal")


def of_claims(op: Op) -> Iterator[Mutant]:
    """What the record might claim beyond the truth."""
    args, params = arguments(op)
    for position in set(range(len(args))) - set(op.homogeneous):
        yield Mutant(op.name, "homogeneous", f"claimed of {position}", (position,))
    if op.derivative is not None and op.domain != "positive":
        for parity in {-1, 0, 1} - {op.parity}:
            yield Mutant(op.name, "parity", f"{parity}", parity)
    if len(args) == 1 and not op.invariant and args[0].cols != 1 and takes(op, (args[0].T,), params):
        yield Mutant(op.name, "invariant", "claimed", True)
    values = [make(op, *case) for case in property_cases(op)]
    claims = SQUARE_CLAIMS if any(v.square and not v.scalar for v in values) else ()
    for claim in ("positive", "integer", *claims):
        if not all(v.has(claim) for v in values if v.square or claim not in SQUARE_CLAIMS):
            yield Mutant(op.name, "properties", f"{claim} claimed", claiming(op, claim))


def takes(op: Op, args: tuple[Node, ...], params: tuple[Any, ...]) -> bool:
    try:
        make(op, args, params)
    except FormulaError:
        return False
    return True


def negated_parts(linearize: Callable[[Node], Any]) -> Callable[[Node], Any]:
    def spoiled(node: Node) -> Any:
        parts = linearize(node)
        return parts and [(inner, [Scale(MINUS), *atoms]) for inner, atoms in parts]

    return spoiled


def claiming(op: Op, claim: str) -> Callable[..., set[str]]:
    """The record with one more property claimed of every value."""
    honest = op.properties
    return lambda *args: {claim, *(honest(*args) if honest is not None else ())}


def output_turned(text: str) -> str:
    """ "ij,kl->(ik)(jl)" with the output's sides changed about."""
    head, _, output = text.partition("->")
    sides = [f"({group})" if group else single for group, single in SIDES.findall(output)]
    return f"{head}->{sides[1]}{sides[0]}"


SIDES = re.compile(r"\(([a-z+]+)\)|([a-z1])")

# ------------------------------------------------------------------ which ones are found


@contextmanager
def in_place(mutant: Mutant) -> Iterator[Op]:
    """The table with this mistake in it."""
    op = TABLE[mutant.op]
    honest = getattr(op, mutant.column)
    object.__setattr__(op, mutant.column, mutant.value)
    forget(op)
    try:
        yield op
    finally:
        object.__setattr__(op, mutant.column, honest)
        forget(op)


def forget(op: Op) -> None:
    """Nodes keep the size they were made with, templates are compiled once a process."""
    for key in [key for key in node_module._nodes if key[0] is op]:
        del node_module._nodes[key]
    templates.template_of.cache_clear()
    interpreter.function_of.cache_clear()


def found(mutant: Mutant) -> bool:
    """Whether a check fails; a rule that now crashes is found too."""
    with in_place(mutant) as op:
        for name in LOOKING_AT[mutant.column]:
            try:
                CHECKS[name](op)
            except Exception:
                return True
    return False


UNTESTED = {"variable", "constant", "diff", "d", "topvec", "topleft", "topright"}
EVERY = [mutant for op in TABLE.values() if op.name not in UNTESTED for mutant in mutants_of(op)]

SYMMETRIC = "the value is symmetric: its transpose is itself"
IDENTITY = "the rule states an identity matrix, which is its own transpose"
ZERO = "zero, negated or doubled, is zero"
TRUE = "true, though not claimed: nothing would be gained by it"
LINEAR = "true: a law of its own takes scalars out of it"
EQUIVALENT = {
    **dict.fromkeys((
        "eye-transpose-transposed", "eye-inverse-transposed", "eye-transpose-forgotten", "diag-maps-0 transposed",
        "diag-transpose-transposed", "diag-inverse-transposed", "diag-transpose-forgotten", "unvech-maps-0 transposed",
        "unvech-transpose-transposed", "unvech-transpose-forgotten",
    ), SYMMETRIC),
    "tr-maps-0 of the transpose": "tr(dX') = tr(dX)",
    "diagonal-maps-0 of the transpose": "dX' has the diagonal of dX",
    "*-maps-0 of the transpose": "the first factor is a scalar here, and its own transpose",
    "vec-matrix-0 transposed": IDENTITY, "unvec-matrix-0 transposed": IDENTITY,
    **{f"{op}-derivative-{how}": ZERO for op in ("sign", "step") for how in ("negated", "doubled")},
    "zeros-transpose-negated": ZERO, "zeros-transpose-doubled": ZERO, "zeros-code-negated": ZERO,
    **{f"*-homogeneous-claimed of {k}": LINEAR for k in range(4)},
    **{f".*-homogeneous-claimed of {k}": LINEAR for k in range(3)},
    "conj-homogeneous-claimed of 0": "true of real numbers; complex ones are a later version's",
    **{f"{op}-properties-integer claimed": TRUE for op in (
        "eye", "ones", "zeros", "unit", "commutation", "duplication", "elimination", "sign", "indmax",
    )},
    **{f"{op}-properties-positive claimed": TRUE for op in (
        "acos", "cosh", "rank", "norm", "norm_1", "norm_inf", "norm_nuc", "norm_max",
    )},
}  # fmt: skip


def test_every_mutant_is_found() -> None:
    survivors = {mutant.name for mutant in EVERY if not found(mutant)}
    assert survivors == set(EQUIVALENT)


def test_there_are_mutants_of_every_column() -> None:
    assert {mutant.column for mutant in EVERY} == set(LOOKING_AT)
