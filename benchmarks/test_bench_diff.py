"""How long a derivative takes: formulas never seen before, growth with the size of the formula, whole processes.

Run `python -m pytest benchmarks/test_bench_diff.py -q` for a table, or this file as a script for the figures in one
page: `python benchmarks/test_bench_diff.py [CASES.py]`, where CASES.py defines CASES, a list of objects with formula,
wrt, given, layout, order and structure; the table takes them from the environment variable CASES.
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
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from formulas import ALL, GIVEN

import dvec
from dvec.calculus.differentiate import differentiate
from dvec.core.node import TABLE, Node, make, postorder, variable
from dvec.core.sizes import named_size

_fresh = itertools.count()


@dataclass(frozen=True)
class Job:
    """What is to be differentiated, and how."""

    formula: str
    wrt: str
    given: str
    options: dict[str, Any]

    def run(self) -> str:
        return dvec.diff(self.formula, self.wrt, given=self.given, **self.options).text

    def renamed(self) -> Job:
        """The same in names that the process has never seen, so that nothing it knows helps."""
        mark = f"_{next(_fresh)}"
        names = "|".join(sorted(dvec.parse(self.formula, self.given).scope.variables, key=len, reverse=True))
        new = [re.sub(rf"\b({names})\b(?!\()", rf"\1{mark}", text) for text in (self.formula, self.wrt, self.given)]
        return Job(*new, self.options)


def jobs(path: str | None) -> list[Job]:
    if path is None:
        return [Job(f, x, GIVEN, {"order": k}) for f, x, k in ALL]
    sys.path.insert(0, str(Path(path).parent))
    spec = importlib.util.spec_from_file_location("cases", path)
    assert spec is not None
    assert spec.loader is not None
    module = sys.modules["cases"] = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    found = []
    for c in module.CASES:
        job = Job(c.formula, c.wrt, c.given, {"layout": c.layout, "order": c.order, "structure": c.structure})
        with suppress(dvec.FormulaError):  # a notation that is not built yet
            found.append(job.renamed())
    return found


@pytest.mark.parametrize("job", jobs(os.environ.get("CASES")), ids=lambda job: job.formula)
def test_diff_of_a_formula_never_seen(benchmark, job: Job) -> None:
    try:
        job.run()
    except dvec.NotDifferentiable as refusal:
        pytest.skip(str(refusal))
    benchmark.pedantic(Job.run, setup=lambda: ((job.renamed(),), {}), rounds=15, warmup_rounds=2)


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


def times_of_diff(path: str | None) -> tuple[list[float], list[float]]:
    """Milliseconds of diff, text included, of each formula: the first time, and in the median of 15 new names."""
    Job("x'*x", "x", "", {}).run()  # imports
    first: list[float] = []
    again: list[float] = []
    for job in jobs(path):
        with suppress(dvec.NotDifferentiable):
            first.append(_milliseconds(job))
    for job in jobs(path):
        with suppress(dvec.NotDifferentiable):
            again.append(statistics.median(_milliseconds(job.renamed()) for _ in range(15)))
    return first, again


def _milliseconds(job: Job) -> float:
    start = time.perf_counter()
    job.run()
    return 1e3 * (time.perf_counter() - start)


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
    first, again = times_of_diff(path)
    for what, times in (("each once", first), ("each under 15 new names, medians", again)):
        print(f"diff and text of {len(times)} formulas never seen, {what}: median {statistics.median(times):.2f} ms, "
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
