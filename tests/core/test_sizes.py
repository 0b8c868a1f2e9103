"""Sizes: polynomials in names, in one canonical form."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dvec.core.errors import DataError
from dvec.core.sizes import AnySize, Size, named_size, names_of, size_value, substitute_size, triangle

m, n, k = (named_size(name) for name in "mnk")
VALUES = {"m": 4, "n": 3, "k": 5}

sizes = st.recursive(
    st.sampled_from([m, n, k, 1, 2, 3]),
    lambda inner: st.tuples(st.sampled_from("+*"), inner, inner).map(
        lambda t: t[1] + t[2] if t[0] == "+" else t[1] * t[2]
    ),
    max_leaves=6,
)


def value(size: AnySize) -> int:
    return size_value(size, VALUES)


@settings(deadline=None)
@given(sizes, sizes, sizes)
def test_laws_of_arithmetic_give_the_same_object(a: AnySize, b: AnySize, c: AnySize) -> None:
    assert (a + b) is (b + a) or a + b == b + a
    pairs = [(a * b, b * a), (a * (b + c), a * b + a * c), ((a + b) + c, a + (b + c)), ((a + b) - b, a)]
    for left, right in pairs:
        assert left is right or (isinstance(left, int) and left == right)


@settings(deadline=None)
@given(sizes, sizes)
def test_values_follow(a: AnySize, b: AnySize) -> None:
    assert value(a + b) == value(a) + value(b)
    assert value(a * b) == value(a) * value(b)
    assert value(triangle(a)) == value(a) * (value(a) + 1) // 2


@settings(deadline=None)
@given(sizes)
def test_substitution_by_numbers_is_the_value(a: AnySize) -> None:
    assert substitute_size(a, VALUES) == value(a)
    assert isinstance(a, int) or names_of(a) <= set(VALUES)


@pytest.mark.parametrize(
    ("size", "text"),
    [
        (m * n, "m*n"), (n + m, "m + n"), (n * n, "n^2"), (triangle(n), "n^2/2 + n/2"), (2 * m + 1, "2*m + 1"),
        (m * n - n, "m*n - n"), (n**3, "n^3"),
    ],
)  # fmt: skip
def test_text(size: Size, text: str) -> None:
    assert str(size) == text


@pytest.mark.parametrize(("size", "values", "message"), [
    (m * n, {"m": 2}, "the size n is not known"),
    (m - n, {"m": 2, "n": 3}, "the size m - n would be -1"),
    (n / 2, {"n": 3}, "the size n/2 would be 3/2"),
])  # fmt: skip
def test_values_that_cannot_be(size: Size, values: dict[str, int], message: str) -> None:
    with pytest.raises(DataError, match=message):
        size_value(size, values)
