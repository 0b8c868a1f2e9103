"""What counts as an explicit matrix, and the sentence for what does not."""

from fractions import Fraction

import numpy as np
import pytest
import sympy as sp

from dvec import entries
from dvec.core.errors import DataError
from dvec.entries.reading import read, read_variables

x, y = sp.symbols("x y")
WANT = sp.Matrix([[x, y], [2, x * y]])


@pytest.mark.parametrize(
    "given",
    [WANT, sp.ImmutableMatrix(WANT), sp.SparseMatrix(WANT), [[x, y], [2, x * y]], ((x, y), (2, x * y)),
     "[x, y; 2, x*y]", [["x", "y"], [2, "x*y"]], np.array([[x, y], [2, x * y]], dtype=object)],
    ids=["matrix", "immutable", "sparse", "lists", "tuples", "text", "texts", "array"],
)  # fmt: skip
def test_every_form_of_input_is_the_same_matrix(given):
    assert read(given).matrix == WANT
    assert entries.diff(given, [x]) == WANT.diff(x)


@pytest.mark.parametrize("given", [x, "x", 3, 0.5, Fraction(1, 2), np.float64(0.5), 2j, sp.Integer(3)])
def test_bare_scalars_stay_bare(given):
    found = read(given)
    assert found.plain
    assert found.kind == "scalar"


@pytest.mark.parametrize(
    ("given", "kind"),
    [([[x, y]], "row"), ([x, y], "column"), ("[x; y]", "column"), ("[x]", "scalar"), (WANT, "matrix")],
)
def test_kinds(given, kind):
    assert read(given).kind == kind
    assert not read(given).plain


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ([], "an empty list has no entries"),
        ([[]], "it is 1×0, without entries"),
        (sp.zeros(0, 2), "it is 0×2, without entries"),
        ([[x, y], [x]], "its rows have 2, 1 entries"),
        ([[x, y], x], "some rows are lists and some are single entries"),
        (np.zeros((2, 2, 2)), "an array with 3 axes"),
        ({"x": 1}, r"this is not a scalar: \{'x': 1\} \(dict\)"),
        (None, "this is not a scalar: None"),
        ([[x, None]], r"entry \(1,2\) is not a scalar: None"),
        ([[x, True]], r"entry \(1,2\) is not a scalar: True"),
        ([[x], [sp.Eq(x, 1)]], r"entry \(2,1\) is not a scalar: Eq\(x, 1\) \(Equality\)"),
        ([[x, "[x, y]"]], r"entry \(1,2\) is not a scalar"),
        ([sp.Symbol("A", commutative=False)], r"entry \(1,1\) is not a scalar: A"),
        ([sp.MatrixSymbol("A", 2, 2)], r"entry \(1,1\) is not a scalar: A"),
        ([sp.oo], r"entry \(1,1\) is not a finite scalar: oo"),
        (sp.MatrixSymbol("A", sp.Symbol("n"), 2), "the matrix A has no entries to show: its size is n×2"),
    ],
)
def test_what_is_no_matrix_of_scalars(given, message):
    with pytest.raises(DataError, match=message):
        read(given)


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ("[x; x]", "the variable x stands twice"),
        (sp.Matrix([[x, y], [y, x]]), "the variable y stands twice"),
        ("[x, 2*y]", r"entry \(1,2\) of what to differentiate by is 2\*y, which is not a plain symbol"),
        ("x^2", r"this of what to differentiate by is x\*\*2, which is not a plain symbol"),
        (sp.Function("f")(x), "which is not a plain symbol"),
        (sp.MatrixSymbol("X", 2, 2), "which is not a plain symbol; a matrix of its own symbols is written out"),
    ],
)
def test_what_cannot_be_differentiated_by(given, message):
    with pytest.raises(DataError, match=message):
        read_variables(given)


def test_importing_dvec_does_not_load_sympy():
    import subprocess
    import sys

    code = "import sys, dvec, dvec.cli.entries as c; assert 'sympy' not in sys.modules; c.explicit_derivative('x', 'x')"
    subprocess.run([sys.executable, "-c", code], check=True)
