"""Every example in the README, the documentation and the docstrings is run, and must give what it says."""

from __future__ import annotations

import contextlib
import doctest
import importlib
import io
import re
import shlex
from pathlib import Path
from typing import Any

import pytest
from sybil import Sybil
from sybil.example import Example
from sybil.parsers.markdown import CodeBlockParser, PythonCodeBlockParser

from dvec.cli import main
from dvec.notation.functions import FORMS
from dvec.notation.index_sums import COUNTS
from dvec.operations import TABLE

ROOT = Path(__file__).parents[2]
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]
MODULES = sorted(
    ".".join(path.relative_to(ROOT / "src").with_suffix("").parts).removesuffix(".__init__")
    for path in (ROOT / "src" / "dvec").rglob("*.py")
)
FLAGS = doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE


class Session(CodeBlockParser):
    """`$ dvec …` and below it what is printed, in a pipe (console) or on a terminal (terminal)."""

    def __init__(self, language: str, watched: bool) -> None:
        super().__init__(language)
        self.watched = watched

    def evaluate(self, example: Example) -> str | None:
        session = re.split(r"^\$ ", str(example.parsed), flags=re.MULTILINE)
        assert not session[0].strip(), "a session begins with a command"
        for part in session[1:]:
            command, _, wanted = part.partition("\n")
            found = _printed(command, self.watched)
            if not _same(found, wanted):
                return f"$ {command}\nprints\n{found}\nand not\n{wanted}"
        return None


def _printed(command: str, watched: bool) -> str:
    words = shlex.split(command)
    assert words[0] == "dvec", command
    out = io.StringIO()
    out.isatty = lambda: watched  # type: ignore[method-assign]
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(out), contextlib.suppress(SystemExit):
        main(words[1:])
    return out.getvalue()


def _same(found: str, wanted: str) -> bool:
    """Without trailing blanks; an ellipsis stands for anything, one measured error for another."""
    a, b = (_comparable(text) for text in (found, wanted))
    pattern = ".*".join(re.escape(part) for part in b.split("…"))
    return re.fullmatch(pattern, a, flags=re.DOTALL) is not None


def _comparable(text: str) -> str:
    lines = [re.sub(r"\b\d\.\de-\d\d\b", "tiny", line).rstrip() for line in text.splitlines()]
    return "\n".join(lines).strip("\n")


PARSERS = [PythonCodeBlockParser(doctest_optionflags=FLAGS), Session("console", False), Session("terminal", True)]


@pytest.mark.parametrize("page", PAGES, ids=lambda path: str(path.relative_to(ROOT)))
def test_page(page: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("COLUMNS", "100")
    monkeypatch.setenv("TERM", "dumb")
    monkeypatch.chdir(tmp_path)
    document = Sybil(parsers=PARSERS, path=str(ROOT), encoding="utf-8").parse(page)
    for example in document.examples():
        example.evaluate()


@pytest.mark.parametrize("name", MODULES)
def test_docstrings(name: str) -> None:
    module: Any = importlib.import_module(name)
    runner = doctest.DocTestRunner(optionflags=FLAGS)
    report = io.StringIO()
    for test in doctest.DocTestFinder(exclude_empty=True).find(module, name):
        runner.run(test, out=report.write)
    assert not runner.failures, report.getvalue()


def test_no_example_is_of_a_kind_that_is_not_run() -> None:
    """A fence whose language nobody runs is prose: only these are."""
    for page in PAGES:
        languages = set(re.findall(r"^```(\w+)", page.read_text(encoding="utf-8"), flags=re.MULTILINE))
        assert languages <= {"python", "console", "terminal", "text", "sh", "bash", "toml", "latex", "math"}, page


def test_the_page_on_the_language_has_every_function() -> None:
    """It says that it is the whole language; a function that can be evaluated only is marked."""
    page = (ROOT / "docs" / "language.md").read_text(encoding="utf-8")
    rows = [line for line in page.splitlines() if line.startswith("| `")]
    assert [name for name in FORMS if not any(re.search(rf"\b{name}\b", row) for row in rows)] == []
    assert [binder for binder in COUNTS if f"`{binder}(i" not in page] == []
    later = {op.name.partition("_")[0] for op in TABLE.values() if op.refusal} & FORMS.keys()
    later -= {"diff", "conj"}  # carried out before anything is differentiated; differentiated where all is real
    marked = " ".join(row.split(" | ")[0] for row in rows if " * " in row or "* |" in row)
    assert [name for name in sorted(later) if not re.search(rf"\b{name}\b", marked)] == []


def test_ci_runs_the_readmes_line() -> None:
    """The newcomer's two commands are in the README, and .ci/run takes them from there."""
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    lines = [line for line in readme.splitlines() if line.startswith("python3 -m venv .venv && ")]
    assert len(lines) == 2
    assert ".venv/bin/dvec diff" in lines[0]
    assert '-e ".[test]" && .venv/bin/pytest' in lines[1]
    assert "python3 -m venv .venv && " in (ROOT / ".ci" / "run").read_text(encoding="utf-8")


def test_the_pages_name_no_machine() -> None:
    for page in [*PAGES, ROOT / ".ci" / "run"]:
        assert not re.search(r"(^|[^\w.~])/(work|home|root|tmp|opt)/", page.read_text(encoding="utf-8")), page
