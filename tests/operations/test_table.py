"""Every record of the table of operations, every column checked against the others and against definitions."""

from __future__ import annotations

import pytest
from record_checks import CHECKS

from dvec.operations import TABLE

NO_VALUE = "carried out by calculus before it has a value"
UP_TO_SIGN = "defined up to its sign only: two correct programs differ"
SKIPPED: dict[tuple[str, str], str] = {
    **{("diff", check): NO_VALUE for check in CHECKS},
    **{("d", check): NO_VALUE for check in CHECKS},
    **{(op, check): UP_TO_SIGN for op in ("topvec", "topleft", "topright") for check in ("value", "code", "text")},
    **{("conj", check): "of real arguments conj(A) is A, and so it is written" for check in ("print", "text")},
}  # fmt: skip


@pytest.mark.parametrize("check", CHECKS)
@pytest.mark.parametrize("name", TABLE)
def test_record(name: str, check: str) -> None:
    if (name, check) in SKIPPED:
        pytest.skip(SKIPPED[name, check])
    CHECKS[check](TABLE[name])
