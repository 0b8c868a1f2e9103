from __future__ import annotations

import itertools

import numpy as np
import pytest

from dvec.core.node import constant, make, postorder, variable
from dvec.core.properties import IMPLIES, SQUARE, closure
from dvec.core.sizes import named_size
from dvec.evaluation.domains import DOMAINS
from dvec.evaluation.draws import draw, satisfies
from dvec.evaluation.sampling import ATTEMPTS, NoData, Sampler
from dvec.operations import TABLE

m, n, k = (named_size(name) for name in "mnk")
A, X, S = variable("A", m, n), variable("X", m, n), variable("S", n, n)
x = variable("x", n, 1)
log, inv, det, tr = TABLE["log"], TABLE["inv"], TABLE["det"], TABLE["tr"]

# Pairs that no 4×4 matrix has at once, and those that only the zero matrix has.
IMPOSSIBLE = {
    frozenset(pair)
    for pair in [
        ("skew", "positive definite"), ("skew", "positive"), ("diagonal", "positive"), ("orthogonal", "positive"),
        ("lower triangular", "positive"), ("upper triangular", "positive"),
    ]
}  # fmt: skip
ONLY_ZERO = {"symmetric", "diagonal", "lower triangular", "upper triangular", "positive semidefinite"}
REAL = [name for name in IMPLIES if "complex" not in closure(frozenset([name]))]


@pytest.mark.parametrize("name", IMPLIES)
def test_every_property_is_drawn_and_no_more_than_it(name):
    rng = np.random.default_rng(0)
    properties = closure(frozenset([name]))
    shape = (4, 4) if name in SQUARE else (3, 5) if name == "full row rank" else (5, 3)
    drawn = [draw(rng, shape, properties) for _ in range(12)]
    assert all(a is not None and a.shape == shape and satisfies(a, p) for a in drawn for p in properties)
    assert np.iscomplexobj(drawn[0]) == ("complex" in properties)
    square = name in SQUARE
    for other in set(REAL) - properties - {"full column rank", "full row rank", "invertible", "integer", "complex"}:
        if (square or other not in SQUARE) and (name, other) not in {("diagonal", "toeplitz")}:
            assert not all(satisfies(a, other) for a in drawn if a is not None), other


@pytest.mark.parametrize("pair", list(itertools.combinations(REAL, 2)), ids=" and ".join)
def test_pairs_of_properties_are_drawn_together(pair):
    properties = closure(frozenset(pair))
    found = [draw(np.random.default_rng(seed), (4, 4), properties) for seed in range(3)]
    if "skew" in pair and ONLY_ZERO & set(pair):
        assert all(a is None or not np.any(a) for a in found)
    elif frozenset(pair) in IMPOSSIBLE:
        assert found == [None] * 3
    elif "integer" not in pair or properties <= {"integer", "positive", "toeplitz", "symmetric"}:
        assert all(a is not None for a in found)


def test_semidefinite_matrices_are_often_singular():
    rng = np.random.default_rng(0)
    ranks = [np.linalg.matrix_rank(draw(rng, (4, 4), closure(frozenset(["positive semidefinite"])))) for _ in range(20)]
    assert 3 in ranks
    assert 4 in ranks


@pytest.mark.parametrize(
    "formula",
    [
        log(x),
        log(A @ x),
        log(det(S)),
        log(-1 * (x.T @ x) + 3),
        TABLE["asin"](A @ x),
        inv(X.T @ X),
        inv(X @ X.T),
        log(det(X.T @ X)),
        TABLE["logm"](S),
        TABLE["sqrtm"](S @ S.T),
        x ** constant("1/2"),
        (A @ x) ** constant("-3/2"),
        make(TABLE["^"], (S, constant(-3))),
        TABLE["abs"](A @ x - 1),
        log(TABLE["sin"](A @ x)),
        TABLE["eigmax"](S + S.T),
        inv(variable("K", n, n, ["skew", "invertible"])),
    ],
)  # fmt: skip
def test_data_lie_in_the_domain_of_every_operation(formula):
    for seed in range(5):
        sampler = Sampler([formula], seed)
        sample = sampler.sample()
        assert all(np.all(np.isfinite(value)) for value in sample.results)
        assert sampler.problem(sample.results, ATTEMPTS) is None
        assert sampler.problem([np.nan * value for value in sample.results], 0) == "its values are not finite"


def test_every_domain_of_the_table_is_known():
    assert {op.domain for op in TABLE.values() if op.domain} == set(DOMAINS)


def test_sizes_differ():
    bound = Sampler([A @ variable("B", n, k)]).sample().bound
    assert len(set(bound.sizes.values())) == 3


def test_exponents_of_matrix_powers_are_whole_numbers():
    power = tr(make(TABLE["^"], (S, variable("p") - 1)))
    drawn = {float(Sampler([power], seed).sample().bound.arrays["p"]) for seed in range(5)}
    assert drawn == {2.0, 3.0}


def test_indices_are_in_range_and_the_seed_decides():
    node = TABLE["unit"](params=(n, "i")).T @ x
    first, again, other = (Sampler([node], seed).sample().bound for seed in (1, 1, 2))
    assert 1 <= first.indices["i"] <= first.sizes["n"]
    np.testing.assert_array_equal(first.arrays["x"], again.arrays["x"])
    assert first.arrays["x"].shape != other.arrays["x"].shape or np.any(first.arrays["x"] != other.arrays["x"])


@pytest.mark.parametrize(
    ("formula", "reason"),
    [
        (log(-1 * (x.T @ x)), "log needs positive entries"),
        (inv(x @ x.T), "inv needs an invertible matrix"),
        (variable("K", n, n, ["skew", "positive definite"]) @ x, "cannot be"),
        (TABLE["asin"](2 + x.T @ x), "asin needs entries between -1 and 1"),
    ],
)
def test_it_gives_up_with_a_reason(formula, reason):
    with pytest.raises(NoData, match=reason):
        Sampler([formula]).sample()


def test_it_gives_up_on_long_formulas_in_time():
    h = x
    for _ in range(20000):
        h = TABLE["tanh"](h)
    sampler = Sampler([log(-1 * (h.T @ h))])
    with pytest.raises(NoData):
        sampler.sample()
    assert len(list(postorder(h))) == 20001


# ------------------------------------------------------------------ scales, indices, kinks


@pytest.mark.parametrize(
    "formula",
    [
        constant("1/1000000000000") * (x.T @ x),
        constant(602 * 10**21) * (x.T @ x),
        TABLE["exp"](constant(30)) * (x.T @ x),
        x.T @ x + 10**12,
        TABLE["sum"]((x - 1000) ** 4),
        log(variable("c") - 10**6),
        log(variable("c") ** 2 - 100),
        (variable("c") - 5) ** constant("1/2"),
        TABLE["asin"](10**5 * x),
        inv(constant("1/100000") * S),
    ],
)
def test_large_constants_and_shifted_domains(formula):
    for seed in range(5):
        sample = Sampler([formula], seed).sample()
        assert all(np.all(np.isfinite(value)) for value in sample.results)


def test_the_scale_asked_for():
    small, large = (Sampler([x], 1).sample(scale).bound.arrays["x"] for scale in (1, 1000))
    np.testing.assert_array_equal(1000 * small, large)
    P = variable("P", n, n, ["positive definite"])
    assert satisfies(draw(np.random.default_rng(0), (3, 3), P.properties, scale=100.0), "symmetric")
    Q = draw(np.random.default_rng(0), (3, 3), closure(frozenset(["orthogonal"])), scale=100.0)
    assert satisfies(Q, "orthogonal")
    N = draw(np.random.default_rng(0), (3, 3), closure(frozenset(["integer"])), scale=0.01)
    assert satisfies(N, "integer")
    assert np.all(N != 0)


def test_a_root_is_called_as_it_is_typed():
    with pytest.raises(NoData, match="sqrt needs a positive base"):
        Sampler([(-1 * (x.T @ x)) ** constant("1/2")]).sample()


def test_products_of_a_thousand_matrices_neither_over_nor_underflow():
    B, C = variable("B", n, n), variable("C", n, n)
    product = B
    for _ in range(1000):
        product = product @ (B + C)
    value = np.abs(Sampler([tr(product)]).sample().results[-1])
    assert 1e-250 < value < 1e250


def test_indices_typed_as_numbers_fit():
    unit = TABLE["unit"]
    nodes = [unit(params=(n, 9)).T @ x, unit(params=(m, 2)).T @ A @ unit(params=(n, 30)), unit(params=(m * k, 40))]
    for seed in range(5):
        sizes = Sampler(nodes, seed).sample().bound.sizes
        assert sizes["n"] == 30
        assert sizes["m"] < 30
        assert 40 <= sizes["m"] * sizes["k"] < 400


@pytest.mark.parametrize("formula", [TABLE["unit"](params=(n, 10**9)).T @ x, tr(variable("B", 10**4, 10**4))])
def test_what_is_too_large_is_not_drawn(formula):
    with pytest.raises(NoData, match="too large to check"):
        Sampler([formula]).sample()


def test_both_sides_of_a_kink_are_drawn():
    relu, c = TABLE["relu"], variable("c")
    for seed in range(5):
        sampler = Sampler([relu(x - 3)], seed)
        entries = np.concatenate([sampler.sample().bound.arrays["x"] for _ in range(3)])
        assert np.min(entries) < 3 < np.max(entries)
        sampler = Sampler([TABLE["abs"](c) + relu(c - 2) * x], seed)
        numbers = [sampler.sample().bound.arrays["c"] for _ in range(3)]
        assert min(numbers) < 0
        assert max(numbers) > 2
    sampler = Sampler([relu(-1 * TABLE["exp"](x))])
    assert np.max(sampler.sample().results[-1]) == np.max(sampler.sample().results[-1]) == 0  # one side alone will do
