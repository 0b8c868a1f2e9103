"""What the check of an answer says, in words and as an exit status.

May import click and core.
"""

from __future__ import annotations

import math
import os
import sys
from collections.abc import Callable, Iterable
from typing import Any, NamedTuple

import click

from dvec.core.node import Node, postorder

DIFFERENCES = "finite differences agree"
VALUES = "the values of both agree"
LONGEST = 40_000  # operations in a formula and its answer that can be checked within 2 s or so


class Check(NamedTuple):
    """The comparison of an answer with what it must agree with, as it is reported."""

    ok: bool
    error: float
    samples: int
    reason: str
    agreement: str = DIFFERENCES

    @property
    def status(self) -> int:
        """The exit status."""
        return 0 if self.ok else 1

    @property
    def refuted(self) -> bool:
        """Something was found to compare with, and it is another."""
        return not self.ok and math.isfinite(self.error)

    @property
    def sentence(self) -> str:
        """One line that says what was found."""
        if self.ok:
            data = f"{self.samples} random sample{'' if self.samples == 1 else 's'}"
            return f"{self.agreement} to {self.error:.1e} (relative) on {data}"
        if self.refuted:
            return f"WRONG: {self.reason}. This is a mistake of dvec's, do not use the answer; please report it"
        return f"UNVERIFIED: {self.reason}"

    def as_dict(self) -> dict[str, Any]:
        """For JSON, which has no infinity."""
        error = self.error if math.isfinite(self.error) else None
        return {"ok": self.ok, "max_relative_error": error, "samples": self.samples, "reason": self.reason}

    def complain(self) -> None:
        """Says on standard error what is not verified."""
        if not self.ok:
            click.echo(self.sentence, err=True)

    def show(self, answer: str, brief: str | None = None) -> int:
        """Prints an answer, says what its check found, and gives the exit status.

        A wrong answer does not go down a pipe: there it is named on standard error (`brief`, where that is shorter).
        """
        watched = sys.stdout.isatty()
        if self.refuted and not watched:
            click.echo(f"Not printed, since the check failed: {brief or answer}", err=True)
        else:
            click.echo(answer)
        if watched:
            click.echo(f"\n{self.sentence}")
        else:
            self.complain()
        return self.status


def start_numpy_lightly() -> None:
    """Checks work on small matrices: without threads for linear algebra NumPy loads in half the time."""
    if "numpy" not in sys.modules:
        os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")


def check_of(verify: Callable[[], Any], what: str = "", agreement: str = DIFFERENCES, of: Iterable[Node] = ()) -> Check:
    """Verifies an answer, or what is named; a check that breaks down verifies nothing.

    It is not begun where the formulas `of` are so long that it would take more than seconds.
    """
    if sum(len(postorder(node)) for node in of) > LONGEST:
        return Check(False, math.inf, 0, f"with more than {LONGEST:,} operations it is too long to be checked here")
    start_numpy_lightly()
    try:
        result = verify()
    except Exception as problem:
        return Check(False, math.inf, 0, f"the check broke down ({type(problem).__name__}: {problem})")
    error, reason = float(result.max_relative_error), getattr(result, "reason", "")
    if result.ok is None:  # said of explicit entries
        error, reason = math.inf, "no random point was found at which everything exists"
    elif not result.ok and not reason:
        reason = f"finite differences give something else: relative error {error:.1e}"
    return Check(bool(result.ok), error, result.samples, f"{what}: {reason}" if what and reason else reason, agreement)


def worse(one: Check, other: Check) -> Check:
    """Of two checks the one that is not passed; where both are, the first."""
    return other if one.ok and not other.ok else one
