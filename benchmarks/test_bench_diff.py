"""How long a derivative takes: formulas never seen before, growth with the size of the formula, whole processes.

Run `python -m pytest benchmarks/test_bench_diff.py -q` for a table, or this file as a script for the figures in one
page: `python benchmarks/test_bench_diff.py [CASES.py]`, where CASES.py defines CASES, a list of objects with formula,
wrt, given, layout, order and structure.
"""

from __future__ import annotations

import importlib.util
import itertools
import os
import re
import statistics
import subprocess
import sys
import time
from pathlib import Path

import pytest
from formulas import ALL, GIVEN

import dvec
from dvec.calculus.differentiate import differentiate
from dvec.core.node import TABLE, Node, make, postorder, variable
from dvec.core.sizes import named_size

_fresh = itertools.count()
_NAME = re.compile(r"\b([A-Za-z])\b(?!\()")


def renamed(formula: str, wrt: str) -> tuple[str, str, str]:
    """The same formula in names that the process has never seen, so that nothing it knows helps."""
    mark = f"_{next(_fresh)}"

    def change(text: str) -> str:
        return _NAME.sub(lambda m: m[1] + mark, text).replace("lambda", f"lambda{mark}")

    return change(formula), change(wrt), ", ".join(f"{x}{mark}" for x in "abt") + ": vector"


def derivative(formula: str, wrt: str, given: str, order: int) -> str:
    return dvec.diff(formula, wrt, given=given, order=order).text


@pytest.mark.parametrize(("formula", "wrt", "order"), ALL)
def test_diff_of_a_formula_never_seen(benchmark, formula: str, wrt: str, order: int) -> None:
    def fresh() -> tuple[tuple[str, str, str, int], dict[str, int]]:
        return (*renamed(formula, wrt), order), {}

    benchmark.pedantic(derivative, setup=fresh, rounds=15, warmup_rounds=2)


# ------------------------------------------------------------------ growth


def tanh_network(layers: int, mark: str) -> tuple[Node, Node]:
    m = named_size("m")
    W, x = variable(f"W{mark}", m, m), variable(f"x{mark}", m)
    h = x
    for _ in range(layers):
        h = TABLE["tanh"](W @ h)
    return TABLE["sum"](h), x


def long_product(factors: int, mark: str) -> tuple[Node, Node]:
    m = named_size("m")
    X = variable(f"X{mark}", m, m)
    return TABLE["tr"](make(TABLE["*"], (X, *(variable(f"A{k}{mark}", m, m) for k in range(factors))))), X


def nested_squares(depth: int, mark: str) -> tuple[Node, Node]:
    m = named_size("m")
    x, y = variable(f"x{mark}", m), variable(f"y{mark}", m)
    s = x.T @ y
    for _ in range(depth):
        s = (s + 1) * (s + 2)
    return s, x


def residual_network(layers: int, mark: str) -> tuple[Node, Node]:
    m = named_size("m")
    x = variable(f"x{mark}", m)
    h = x
    for k in range(layers):
        h = h + TABLE["tanh"](variable(f"W{k}{mark}", m, m) @ h)
    return h, x


GROWTH = [
    *((tanh_network, n) for n in (10, 100, 1_000, 10_000)),
    *((long_product, n) for n in (10, 100, 1_000)),
    (nested_squares, 10),
    (residual_network, 14),
]


@pytest.mark.parametrize(("build", "size"), GROWTH)
def test_growth(benchmark, build, size: int) -> None:
    def fresh():
        return build(size, f"_{next(_fresh)}"), {}

    result = benchmark.pedantic(lambda f, x: differentiate(f, x).node, setup=fresh, rounds=3)
    benchmark.extra_info["nodes"] = sum(1 for _ in postorder(result))


# ------------------------------------------------------------------ figures on one page


def cases(path: str | None) -> list[tuple[str, str, str, dict[str, object]]]:
    if path is None:
        return [(f, x, GIVEN, {"order": k}) for f, x, k in ALL]
    sys.path.insert(0, str(Path(path).parent))
    spec = importlib.util.spec_from_file_location("cases", path)
    assert spec is not None
    assert spec.loader is not None
    module = sys.modules["cases"] = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    found = []
    for c in module.CASES:
        options = {"layout": c.layout, "order": c.order, "structure": c.structure}
        try:
            dvec.parse(c.formula, c.given)
        except dvec.FormulaError:
            continue  # a notation that is not built yet
        found.append((c.formula, c.wrt, c.given, options))
    return found


def first_times(path: str | None) -> list[float]:
    """Milliseconds of diff, text included, each formula for the first time in the process."""
    dvec.diff("x'*x", "x").text  # noqa: B018  (imports)
    times = []
    for formula, wrt, given, options in cases(path):
        start = time.perf_counter()
        try:
            dvec.diff(formula, wrt, given=given, **options).text  # noqa: B018
        except ValueError:
            continue
        times.append(1e3 * (time.perf_counter() - start))
    return times


def process_ratio(rounds: int = 15) -> tuple[float, float]:
    """Seconds of the whole `dvec diff` process with verification, and of importing NumPy, medians of one run."""
    script = "import sys; sys.argv[0] = 'dvec'; from dvec.cli import main; main()"
    job = [sys.executable, "-c", script, "diff", "norm2(U*V' - Y)^2 + lambda/2*(norm2(U)^2 + norm2(V)^2)", "U"]
    bare = [sys.executable, "-c", "import numpy"]
    # As installed: with modules compiled once.
    environment = {k: v for k, v in os.environ.items() if k != "PYTHONDONTWRITEBYTECODE"}
    times: tuple[list[float], list[float]] = ([], [])
    for _ in range(rounds):
        for command, record in zip((job, bare), times, strict=True):
            start = time.perf_counter()
            subprocess.run(command, check=True, capture_output=True, env=environment)
            record.append(time.perf_counter() - start)
    return statistics.median(times[0]), statistics.median(times[1])


def main(path: str | None = None) -> None:
    times = first_times(path)
    print(f"diff and text of {len(times)} formulas never seen: median {statistics.median(times):.2f} ms, "
          f"worst {max(times):.1f} ms")  # fmt: skip
    for build, size in GROWTH:
        f, x = build(size, f"_{next(_fresh)}")
        node = None  # so that the time holds no clearing away of the last one
        start = time.perf_counter()
        node = differentiate(f, x).node
        seconds = time.perf_counter() - start
        print(f"{build.__name__.replace('_', ' ')} of {size}: {1e3 * seconds:.1f} ms, "
              f"{sum(1 for _ in postorder(node))} nodes")  # fmt: skip
    whole, bare = process_ratio()
    print(f"dvec diff with verification {whole:.3f} s, import numpy {bare:.3f} s: ratio {whole / bare:.2f}")


if __name__ == "__main__":
    main(*sys.argv[1:2])
