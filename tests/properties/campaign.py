"""A long run over random formulas: `python tests/properties/campaign.py 100000 --seed 1`.

It does not stop at a failure: each distinct one is shrunk, shown as the call that shows it, and then passed over.
Two failures are the same if they are raised at the same place with the same words.
"""

from __future__ import annotations

import argparse
import re
import sys
import time
import traceback
import warnings
from collections import Counter
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parent))

from checks import Undecided, check, describe
from formulas import Problem, problems
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st

BATCH = 2000
Failure = tuple[str, str, int, str]


def failure_of(error: BaseException) -> Failure:
    """What distinguishes a failure: its kind, where it was raised, its first words without numbers and names."""
    frames = [f for f in traceback.extract_tb(error.__traceback__) if "hypothesis" not in f.filename]
    words = [word for word in re.split(r"\W+", str(error).split("\n")[0]) if word.isalpha() and len(word) > 2]
    return type(error).__name__, frames[-1].name, frames[-1].lineno or 0, " ".join(words[:5])


class Campaign:
    """Counts, and the failures that were met."""

    def __init__(self) -> None:
        self.met: dict[Failure, str] = {}
        self.counts: Counter[str] = Counter()
        self.started = time.time()

    def batch(self, number: int, size: int, depth: int) -> None:
        """One batch; after a failure its rest is run again, with the failure known."""
        fresh: list[tuple[Failure, Problem, int, str]] = []

        @seed(number)
        @settings(
            max_examples=size, deadline=None, database=None, report_multiple_bugs=False,
            suppress_health_check=list(HealthCheck), phases=[Phase.generate, Phase.shrink],
        )  # fmt: skip
        @given(problems(depth=depth), st.integers(0, 2**32 - 1))
        def run(problem: Problem, data_seed: int) -> None:
            try:
                check(problem, data_seed)
            except Undecided:
                self.counts["without data"] += not fresh
            except Exception as error:
                failure = failure_of(error)
                if failure in self.met or (fresh and fresh[-1][0] != failure):
                    self.counts["known failures"] += not fresh
                    return
                fresh.append((failure, problem, data_seed, str(error)))
                raise
            else:
                self.counts["checked"] += not fresh

        try:
            run()
        except Exception:
            if not fresh:
                raise
            failure, problem, data_seed, message = fresh[-1]
            self.met[failure] = self.shown(problem)
            print(
                f"\n{failure}\n  {self.met[failure]}\n  seed {data_seed}, pattern {problem.pattern}\n  {message[:800]}",
                flush=True,
            )

    @staticmethod
    def shown(problem: Problem) -> str:
        try:
            return describe(problem)
        except Exception:
            return repr(problem)

    def report(self) -> str:
        done = ", ".join(f"{count} {what}" for what, count in sorted(self.counts.items()))
        return f"{time.time() - self.started:.0f} s: {done}; {len(self.met)} different failures"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("examples", type=int, nargs="?", default=100_000, help="formulas to be checked")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--depth", type=int, default=5, help="rules in a row, at most")
    chosen: Any = parser.parse_args()
    warnings.simplefilter("error")
    campaign = Campaign()
    number = chosen.seed * 1_000_000
    while campaign.counts["checked"] < chosen.examples:
        campaign.batch(number, min(BATCH, chosen.examples), chosen.depth)
        number += 1
        print(campaign.report(), flush=True)
    sys.exit(bool(campaign.met))


if __name__ == "__main__":
    main()
