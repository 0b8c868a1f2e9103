"""Entries of a matrix laid out for other axes: every arrangement of three axes, and of two of them repeated."""

import itertools
from math import prod

import numpy as np
import pytest

from dvec.core.node import variable
from dvec.core.sizes import named_size
from dvec.evaluation.interpreter import evaluate
from dvec.notation.lifting_layout import spread
from dvec.notation.lifting_terms import Axis, Factor, size_of

LENGTHS = {"m": 2, "n": 3, "p": 4}
AXES = [Axis(named_size(name), name) for name in LENGTHS]


def arrangements(axes):
    """Every way to have these axes on two sides."""
    for order in itertools.permutations(axes):
        for cut in range(len(order) + 1):
            yield order[:cut], order[cut:]


def laid_out(table, names, rows, cols):
    """A tensor with these axes as a matrix."""
    wanted = [axis.name for axis in (*rows, *cols)]
    shape = [prod(LENGTHS[axis.name] for axis in side) for side in (rows, cols)]
    return np.transpose(table, [names.index(name) for name in wanted]).reshape(shape)


@pytest.mark.parametrize(
    "present", [AXES, AXES[:2], AXES[1:], AXES[:1], AXES[2:]], ids=lambda axes: "".join(a.name for a in axes)
)
def test_every_layout_has_the_same_entries(present):
    rng = np.random.default_rng(0)
    names = [axis.name for axis in AXES]
    table = rng.uniform(size=[LENGTHS[name] if any(a.name == name for a in present) else 1 for name in names])
    whole = np.broadcast_to(table, [LENGTHS[name] for name in names])
    inner = table.reshape([LENGTHS[axis.name] for axis in present])
    for rows, cols in arrangements(present):
        node = variable("A", size_of(rows), size_of(cols))
        array = laid_out(inner, [axis.name for axis in present], rows, cols)
        values = {"A": array[:, 0] if array.shape[1] == 1 else array, **LENGTHS}
        for new_rows, new_cols in arrangements(AXES):
            found = spread(Factor(node, rows, cols), new_rows, new_cols)
            assert found.size == (size_of(new_rows), size_of(new_cols))
            want = laid_out(whole, names, new_rows, new_cols)
            assert np.allclose(np.asarray(evaluate(found, values, LENGTHS)).reshape(want.shape), want), str(found)
