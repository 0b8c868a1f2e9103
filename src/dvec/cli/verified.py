"""What the check of an answer says, in words and as an exit status.

May import click.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any, NamedTuple

import click


class Check(NamedTuple):
    """The comparison of an answer with finite differences, as it is reported."""

    ok: bool
    error: float
    samples: int
    reason: str

    @property
    def status(self) -> int:
        """The exit status."""
        return 0 if self.ok else 1

    @property
    def refuted(self) -> bool:
        """Finite differences were found, and they are others."""
        return not self.ok and math.isfinite(self.error)

    @property
    def sentence(self) -> str:
        """One line that says what was found."""
        if self.ok:
            data = f"{self.samples} random sample{'' if self.samples == 1 else 's'}"
            return f"finite differences agree to {self.error:.1e} (relative) on {data}"
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


def check_of(verify: Callable[[], Any], what: str = "") -> Check:
    """Verifies an answer, or what is named; a check that breaks down verifies nothing."""
    try:
        result = verify()
    except Exception as problem:
        return Check(False, math.inf, 0, f"the check broke down ({type(problem).__name__}: {problem})")
    reason = getattr(result, "reason", "")
    return Check(
        result.ok, float(result.max_relative_error), result.samples, f"{what}: {reason}" if what and reason else reason
    )


def worse(one: Check, other: Check) -> Check:
    """Of two checks the one that is not passed; where both are, the first."""
    return other if one.ok and not other.ok else one
