"""The bridge: entries of every operation against the numeric interpreter, derivatives in every layout against diff."""

import numpy as np
import pytest
import sympy as sp
from entries_agreement import disagreement
from entries_table import sample

from dvec.calculus.differentiate import differentiate
from dvec.core.algebra import conj
from dvec.core.errors import DataError, FormulaError, NotDifferentiable
from dvec.core.node import TABLE, VARIABLE, constant, make, variable, variables_of
from dvec.core.sizes import named_size
from dvec.entries import diff, hessian
from dvec.entries.bridge import entries_of, symbols_of
from dvec.evaluation.interpreter import evaluate
from dvec.operations.constants import unit
from dvec.operations.matrix_functions import MATRIX_POWER, inv

LAYOUTS = ["mixed", "block", "vec", "numerator", "denominator", "(j a) (i b)"]
RNG_SEED = 7
SIZES = {"n": 7}
NOTATION_ONLY = {"d"}  # written in steps, never worked out
OPERATIONS = [pytest.param(op, id=name) for name, op in TABLE.items() if name not in NOTATION_ONLY]
UNDECIDED_SIGN = {"topvec", "topleft", "topright"}


def numbers_for(node):
    rng = np.random.default_rng(RNG_SEED)
    values, at = {}, {}
    for v in variables_of(node):
        array = rng.uniform(0.2, 0.8, v.size) + (np.eye(v.rows) if v.square else 0)
        array = array + array.T if v.has("symmetric") else array
        array = array + 1j * rng.uniform(0.2, 0.8, v.size) if v.complex else array
        values[v.params[0]] = array[0, 0] if v.scalar else array
        at |= dict(zip(symbols_of(v, {}).flat(), (sp.sympify(e) for e in array.reshape(-1).tolist()), strict=True))
    return values, at


@pytest.mark.parametrize("op", OPERATIONS)
def test_entries_are_what_the_interpreter_computes(op):
    node = sample(op)
    values, at = numbers_for(node)
    want = values["A"] if op.name == "diff" else np.asarray(evaluate(node, values, SIZES))  # the Jacobian of A*x is A
    got = np.array(entries_of(node, SIZES).subs(at).evalf().tolist(), dtype=complex)
    want = want.reshape(got.shape)
    assert np.allclose(got, want) or (op.name in UNDECIDED_SIGN and np.allclose(got, -want))


@pytest.mark.parametrize("op", OPERATIONS)
def test_derivatives_in_every_layout_are_those_of_the_entries(op):
    node = sample(op)
    for v in variables_of(node):
        for layout in LAYOUTS:
            try:
                derivative = differentiate(node, v, layout, structure="ignore").node
            except FormulaError:
                assert layout in ("numerator", "denominator")
                continue
            except NotDifferentiable as error:
                assert op.refusal
                pytest.skip(str(error))
            want = diff(entries_of(node, {}, structured=False), symbols_of(v, {}), layout)
            assert disagreement(entries_of(derivative, {}, structured=False), want) is None, (v, layout)


X, W, A = variable("X", 3, 2), variable("W", 2, 2), variable("A", 3, 3)
COMPOSED = {
    "quadratic": TABLE["tr"](X.T @ A @ X),
    "inverse": TABLE["tr"](inv(W) @ X.T @ A @ X),
    "logdet": TABLE["logdet"](X.T @ X),
    "tanh": TABLE["sum"](TABLE["tanh"](A @ X) * X),
    "norm": TABLE["norm2"](A @ X) ** 3,
}


@pytest.mark.parametrize("name", COMPOSED)
def test_second_derivatives_are_those_of_the_entries(name):
    f = COMPOSED[name]
    got = entries_of(differentiate(f, X, "vec", order=2).node, {})
    assert disagreement(got, hessian(entries_of(f, {})[0, 0], symbols_of(X, {})), points=1) is None


def test_sizes_by_name():
    m, n = named_size("m"), named_size("n")
    Y = variable("Y", m, n)
    first, second = sp.symbols("Y_1_1 Y_1_2")
    want = sp.Matrix([[first**2, first * second], [first * second, second**2]])
    assert entries_of(Y.T @ Y, {"m": 1, "n": 2}) == want
    with pytest.raises(DataError, match="the size n is not known"):
        entries_of(Y, {"m": 2})


def test_index_symbols_have_values_beside_the_sizes():
    assert entries_of(unit(3, "i"), {"i": 2}) == sp.Matrix([0, 1, 0])
    with pytest.raises(DataError, match="the index i has no value"):
        entries_of(unit(3, "i"), {})
    with pytest.raises(DataError, match="the index i = 4 is not between 1 and 3"):
        entries_of(unit(3, "i"), {"i": 4})


STRUCTURES = [
    (["symmetric"], lambda M: M == M.T, 6),
    (["skew"], lambda M: M == -M.T, 3),
    (["diagonal"], lambda M: M.is_diagonal(), 3),
    (["lower triangular"], lambda M: M.is_lower, 6),
    (["upper triangular"], lambda M: M.is_upper, 6),
    (["toeplitz"], lambda M: M[:2, :2] == M[1:, 1:], 5),
    (["symmetric", "toeplitz"], lambda M: M == M.T and M[:2, :2] == M[1:, 1:], 3),
    (["diagonal", "toeplitz"], lambda M: M == M[0, 0] * sp.eye(3), 1),
    (["lower triangular", "toeplitz"], lambda M: M.is_lower and M[:2, :2] == M[1:, 1:], 3),
    (["positive definite"], lambda M: M == M.T, 6),
    (["hermitian"], lambda M: M.H == M, 6),
    (["complex"], lambda M: all(s.is_complex and s.is_real is None for s in M), 9),
    (["orthogonal"], lambda M: True, 9),
]


@pytest.mark.parametrize(("properties", "holds", "count"), STRUCTURES, ids=["+".join(p) for p, _, _ in STRUCTURES])
def test_declared_structure_shows_in_the_symbols(properties, holds, count):
    S = variable("S", 3, 3, properties)
    M = entries_of(S, {})
    assert holds(M)
    assert len(M.free_symbols) == count
    assert M[0, 0].name == "S_1_1" if M[0, 0] != 0 else "skew" in properties
    assert len(entries_of(S, {}, structured=False).free_symbols) == 9


def test_the_gradient_by_a_symmetric_matrix_follows_from_shared_symbols():
    S, a = variable("S", 2, 2, ["symmetric"]), variable("a", 2)
    f = a.T @ S @ a
    s11, s12, s22 = sp.symbols("S_1_1 S_1_2 S_2_2")
    a1, a2 = sp.symbols("a_1 a_2")
    assert diff(entries_of(f, {}), [[s11, s12, s22]]).applyfunc(sp.expand) == sp.Matrix([[a1**2, 2 * a1 * a2, a2**2]])


@pytest.mark.parametrize("name", ["trace", "determinant", "entrywise"])
def test_the_free_gradient_by_a_symmetric_matrix_is_that_by_its_shared_symbols(name):
    S = variable("S", 3, 3, ["symmetric"])
    formulas = {"trace": TABLE["tr"](A @ S @ A.T @ S), "determinant": TABLE["det"](S)}
    f = formulas.get(name) or TABLE["sum"](TABLE["exp"](S) * A)
    got = entries_of(differentiate(f, S, structure="free").node, {})
    value = entries_of(f, {})[0, 0]
    assert disagreement(got, symbols_of(S, {}, structured=True).applyfunc(lambda s: sp.diff(value, s))) is None


def test_names():
    assert entries_of(variable("x", 2), {}) == sp.Matrix(sp.symbols("x_1 x_2"))
    assert entries_of(variable("x", 1, 2), {}) == sp.Matrix([sp.symbols("x_1_1 x_1_2")])
    assert entries_of(variable("lambda"), {}) == sp.Matrix([sp.Symbol("lambda")])
    with pytest.raises(FormulaError, match="the symbol X_1_1 would stand for entries of"):
        entries_of(variable("X_1", 2, 1).T @ variable("X", 2, 2), {})


def test_conjugates_of_complex_entries():
    z = variable("z", 2, 1, ["complex"])
    first, second = sp.symbols("z_1 z_2", complex=True)
    assert entries_of(conj(z).T @ z, {}) == sp.Matrix([first * sp.conjugate(first) + second * sp.conjugate(second)])


def test_a_long_chain_needs_no_recursion():
    node = constant(0)
    for _ in range(10_000):
        node = constant(1) - node
    assert entries_of(node, {}) == sp.Matrix([0])


@pytest.mark.parametrize(
    ("node", "message"),
    [
        (
            make(TABLE["eigmax"], (variable("S", 3, 3, ["symmetric"]),)),
            "eigmax of a 3×3 matrix of symbols",
        ),
        (make(TABLE["norm"], (variable("X", 3, 4),)), "the spectral norm of a 3×3 matrix"),
        (make(TABLE["inv"], (TABLE["ones"](params=(2, 2)),)), "the inverse of a singular matrix"),
        (make(MATRIX_POWER, (W, variable("k"))), "a matrix to the power k has no explicit entries"),
    ],
)
def test_what_has_no_entries(node, message):
    with pytest.raises(FormulaError, match=message):
        entries_of(node, {})


@pytest.mark.parametrize("name", ["expm", "logm", "sqrtm"])
def test_functions_of_special_matrices(name):
    D = variable("D", 3, 3, ["diagonal"])
    function = {"expm": sp.exp, "logm": sp.log, "sqrtm": sp.sqrt}[name]
    assert entries_of(make(TABLE[name], (D,)), {}) == sp.diag(*[function(sp.Symbol(f"D_{k}_{k}")) for k in (1, 2, 3)])


@pytest.mark.parametrize(("name", "want"), [("expm", [[1, 1], [0, 1]]), ("logm", [[0, 1], [0, 0]])])
def test_functions_of_a_matrix_with_one_eigenvalue(name, want):
    nilpotent = unit(2, 1) @ unit(2, 2).T
    argument = nilpotent if name == "expm" else TABLE["eye"](params=(2,)) + nilpotent
    assert entries_of(make(TABLE[name], (argument,)), {}) == sp.Matrix(want)


def test_pseudoinverse_of_numbers_without_full_rank():
    ones = TABLE["ones"](params=(2, 3))
    assert entries_of(make(TABLE["pinv"], (ones,)), {}) == sp.ones(3, 2) / 6


@pytest.mark.parametrize("name", sorted(NOTATION_ONLY))
def test_what_only_steps_write_has_no_entries(name):
    with pytest.raises(FormulaError, match="has no explicit entries"):
        entries_of(sample(TABLE[name]), {})


def test_every_operation_has_a_sample():
    assert all(sample(op).op is op for op in TABLE.values())
    assert VARIABLE.name in TABLE
