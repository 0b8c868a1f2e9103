"""Running the command in this process, and as a process of its own."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import pytest

from dvec.cli import main


class Ran(NamedTuple):
    """What a command left behind."""

    status: int
    out: str
    err: str


@pytest.fixture
def run(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest
) -> Callable[..., Ran]:
    """Runs `dvec` with these arguments in this process; no error may show a traceback."""
    watched = "terminal" in request.fixturenames

    def call(*arguments: str) -> Ran:
        capsys.readouterr()
        with monkeypatch.context() as patch:
            patch.setattr(sys.stdout, "isatty", lambda: watched)
            with pytest.raises(SystemExit) as ended:
                main(arguments)
        out, err = capsys.readouterr()
        assert "Traceback" not in out + err
        return Ran(int(ended.value.code or 0), out, err)

    return call


@pytest.fixture
def terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    """Makes `run` write to a terminal of 100 columns."""
    monkeypatch.setenv("COLUMNS", "100")
    monkeypatch.setenv("TERM", "dumb")
    monkeypatch.delenv("FORCE_COLOR", raising=False)


@pytest.fixture
def process() -> Callable[..., subprocess.CompletedProcess[str]]:
    """Runs `dvec` as a process of its own."""

    def call(*arguments: str | bytes, **settings: object) -> subprocess.CompletedProcess[str]:
        command = Path(sys.executable).with_name("dvec")
        settings = {"stdin": subprocess.DEVNULL, **settings}
        return subprocess.run(  # type: ignore[call-overload]
            [str(command), *arguments], capture_output=True, text=True, timeout=60, **settings
        )

    return call
