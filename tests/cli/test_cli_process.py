"""The command as a process: what it loads, how long it takes, interrupted pipes, strange bytes, other commands."""

from __future__ import annotations

import os
import re
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace

import pytest

import dvec

Run = Callable[..., SimpleNamespace]
Process = Callable[..., subprocess.CompletedProcess[str]]
FACTORISATION = "norm2(U*V' - Y)^2 + lambda/2*(norm2(U)^2 + norm2(V)^2)"


def test_diff_loads_nothing_it_does_not_need() -> None:
    source = f"""
import sys
from dvec.cli import main
try:
    main(["diff", {FACTORISATION!r}, "U"])
except SystemExit:
    pass
print([m for m in ("scipy", "rich", "sympy", "matplotlib", "dvec.linalg", "dvec.entries") if m in sys.modules])
"""
    ran = subprocess.run([sys.executable, "-c", source], capture_output=True, text=True, check=True)
    assert ran.stdout.splitlines()[-1] == "[]"


def test_importing_dvec_loads_no_numpy() -> None:
    source = "import sys, dvec; dvec.diff('tr(A*X)', 'X').text; print('numpy' in sys.modules)"
    ran = subprocess.run([sys.executable, "-c", source], capture_output=True, text=True, check=True)
    assert ran.stdout == "False\n"


@pytest.mark.skipif(not hasattr(os, "wait4"), reason="the time a process uses is asked of the system")
def test_a_verified_answer_takes_at_most_three_times_the_import_of_numpy() -> None:
    """Time of the processor, which other processes do not disturb; runs taken in turn. Measured: 1.7 to 2.5 times."""
    command = str(Path(sys.executable).with_name("dvec"))
    numpy, ours = [], []
    for _ in range(5):
        numpy.append(_seconds([sys.executable, "-c", "import numpy"]))
        ours.append(_seconds([command, "diff", FACTORISATION, "U"]))
    assert statistics.median(ours) <= 3 * statistics.median(numpy)


def _seconds(command: list[str]) -> float:
    changed = ("OPENBLAS_NUM_THREADS", "PYTHONDONTWRITEBYTECODE")  # NumPy is compiled already: so must dvec be
    environment = {name: value for name, value in os.environ.items() if name not in changed}
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stdin=subprocess.DEVNULL, env=environment) as process:
        _, status, used = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
    assert process.returncode == 0
    return used.ru_utime + used.ru_stime


def test_a_pipe_that_nobody_reads_is_no_error_message() -> None:
    command = str(Path(sys.executable).with_name("dvec"))
    reading, writing = os.pipe()
    os.close(reading)
    try:
        ran = subprocess.run([command, "diff", "tr(X)", "X"], stdout=writing, stderr=subprocess.PIPE, check=False)
    finally:
        os.close(writing)
    assert (ran.returncode, ran.stderr) == (141, b"")  # 1 would say that a check has failed


@pytest.mark.parametrize(("closed", "status"), [(0, 0), (1, 0), (2, 0)], ids=["stdin", "stdout", "stderr"])
def test_a_closed_stream_is_no_fault(closed: int, status: int) -> None:
    command = str(Path(sys.executable).with_name("dvec"))
    ran = subprocess.run(
        [command, "diff", "tr(A*X)", "X"], capture_output=True, check=False, preexec_fn=lambda: os.close(closed)
    )
    assert (ran.returncode, ran.stderr) == (status, b"")
    assert ran.stdout == (b"" if closed == 1 else b"A'\n")


def test_an_answer_without_room_is_bad_input(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*args: object) -> None:
        raise MemoryError("Unable to allocate 74.5 GiB for an array")

    monkeypatch.setattr("dvec.answers.expr.Expr.evaluate", broken)
    status, out, err = run("eval", "eye(n)", "n=100000")
    assert (status, out) == (2, "")
    assert err == "Error: the matrices are too large for the memory of this machine\n"


@pytest.mark.parametrize(("missing", "extra"), [("sympy", "entries"), ("mpmath", "entries"), ("matplotlib", "plot")])
def test_a_missing_library_is_named_with_the_way_to_get_it(
    run: Run, monkeypatch: pytest.MonkeyPatch, missing: str, extra: str
) -> None:
    def broken(*args: object) -> None:
        raise ModuleNotFoundError(f"No module named {missing!r}", name=missing)

    monkeypatch.setattr("dvec.cli.entries.explicit_derivative", broken)
    status, out, err = run("diff", "[x^2*y; x]", "[x; y]")
    assert (status, out, err.count("\n")) == (2, "", 1)
    assert f"in the clone of dvec, pip install '.[{extra}]'" in err


@pytest.mark.parametrize(
    "arguments",
    [["diff", "x\x1b[31m*y", "x"], ["eval", "x", "x=\x1b[31m.npy"], ["diff", "x", "x", "\x1b[31m"], ["\x1b[31m"],
     ["diff", "x\x9b31m", "x"], ["diff", "x\u202e", "x"], ["simplify", "x\x7f"], ["analyze", "\x1b[31m.npy"]],
    ids=ascii,
)  # fmt: skip
def test_a_terminal_does_not_obey_what_was_typed(run: Run, arguments: list[str]) -> None:
    status, out, err = run(*arguments)
    assert (status, out) == (2, "")
    assert not any(ord(sign) < 32 or 126 < ord(sign) < 160 or sign == "\u202e" for sign in err if sign != "\n")


def test_a_caret_stays_in_its_place(run: Run) -> None:
    _, where, mark = run("diff", "x\x1b*y", "x").err.splitlines()
    assert where[mark.index("^")] == "␛"


def test_an_interrupt_ends_quietly(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(*args: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(dvec, "diff", interrupted)
    status, out, err = run("diff", "tr(X)", "X")
    assert (status, out, err.strip()) == (130, "", "")


def test_a_fault_of_ours_says_so(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*args: object) -> None:
        raise AssertionError("no such case")

    monkeypatch.setattr(dvec, "diff", broken)
    monkeypatch.delenv("DVEC_TRACEBACK", raising=False)
    status, out, err = run("diff", "tr(X)", "X")
    assert (status, out) == (70, "")
    assert "dvec made a mistake (AssertionError: no such case)" in err
    assert "report" in err


@pytest.mark.parametrize("formula", [b"x'\xff*x", b"\xf0\x9f\x92\xa9", "\u202ex".encode(), b"x\n\n\t*\r"], ids=repr)
def test_strange_bytes_are_bad_input(process: Process, formula: bytes) -> None:
    ran = process("diff", formula, "x")
    assert ran.returncode == 2
    assert ran.stderr.startswith("Error: ")
    assert "Traceback" not in ran.stderr


def test_a_terminal_without_unicode_is_no_traceback(process: Process) -> None:
    settings = {**os.environ, "PYTHONIOENCODING": "latin-1"}
    ran = process("diff", "tr(A*X)", "X", "--json", env=settings)
    assert ran.returncode == 0
    assert "\\u2202" in ran.stdout


def test_a_pathological_formula_ends_within_five_seconds(process: Process) -> None:
    start = time.perf_counter()
    ran = process("diff", "(" * 100_000, "x")
    assert ran.returncode == 2
    assert time.perf_counter() - start < 5


DEEP = {
    "functions": ("sin(" * 25_000 + "a" + ")" * 25_000, "a"),
    "a network": ("sum(" + "tanh(A*" * 10_000 + "x" + ")" * 10_001, "x"),
    "a second derivative": ("sin(" * 3000 + "a" + ")" * 3000, "a", "--order", "2"),
}


@pytest.mark.parametrize("arguments", DEEP.values(), ids=DEEP)
def test_what_cannot_be_answered_within_seconds_is_refused(run: Run, arguments: tuple[str, ...]) -> None:
    status, out, err = run("diff", *arguments)
    assert (status, out) == (2, "")
    assert "nested too deep" in err


def test_what_cannot_be_checked_within_seconds_is_unverified(run: Run) -> None:
    status, out, err = run("diff", "sin(" * 14_000 + "a" + ")" * 14_000, "a")
    assert status == 1
    assert out.startswith("cos(a)*")
    assert err.startswith("UNVERIFIED: with more than 40,000 operations it is too long to be checked")


def _on_a_terminal(*arguments: str, **environment: str) -> tuple[int | None, bytes]:
    """The exit status, and all that a terminal is sent."""
    pty = pytest.importorskip("pty")
    command = str(Path(sys.executable).with_name("dvec"))
    ours, theirs = pty.openpty()
    settings = {name: value for name, value in os.environ.items() if name not in ("NO_COLOR", "FORCE_COLOR")}
    with subprocess.Popen(
        [command, *arguments], stdout=theirs, stderr=theirs, stdin=theirs, env={**settings, **environment}
    ) as ran:
        os.close(theirs)
        shown = b""
        while True:
            try:
                read = os.read(ours, 4096)
            except OSError:  # Linux' way to say that the other side is closed
                break
            if not read:
                break
            shown += read
    os.close(ours)
    return ran.returncode, shown


def test_a_real_terminal() -> None:
    status, shown = _on_a_terminal("diff", "tr(A*X)", "X", TERM="xterm")
    assert status == 0
    assert "Aᵀ" in shown.decode()
    assert b"\x1b[" in shown


@pytest.mark.parametrize("arguments", [["diff", "tr(A*X)", "X"], ["diff", "tr(", "X"], ["analyze", "[1"]], ids=" ".join)
def test_no_color_means_no_color(arguments: list[str]) -> None:
    colours = re.compile(rb"\x1b\[[0-9;]*3[0-9]")  # red and the like; bold and dim are no colours
    assert colours.search(_on_a_terminal(*arguments, TERM="xterm")[1])
    assert not colours.search(_on_a_terminal(*arguments, TERM="xterm", NO_COLOR="1")[1])


def test_version_and_help(run: Run) -> None:
    assert run("--version").out == f"dvec, version {dvec.__version__}\n"
    out = run("--help").out
    assert all(command in out for command in ("diff", "eval", "simplify", "analyze", "completion"))
    for command in ("diff", "eval", "simplify", "analyze", "completion"):
        assert run(command, "--help").out.startswith("Usage: dvec")
    for command in ((), ("diff",), ("eval",), ("index",), ("taylor",), ("analyze",), ("completion",)):
        assert run(*command, "-h").out == run(*command, "--help").out
    for arguments in (("diff", "tr(X)", "X"), ("simplify", "x"), ("eval", "x", "x=[1;2]"), ("analyze", "[1]")):
        assert run(*arguments, "-h").out == run(arguments[0], "--help").out


def test_minus_h_may_be_a_formula(run: Run) -> None:
    assert run("diff", "-h", "h").out == "-eye(m)\n"
    assert run("eval", "-h", "h=[1;2]").out == "-1\n-2\n"


def test_an_unknown_command_names_the_known(run: Run) -> None:
    status, _, err = run("tr(A*X)", "X")
    assert status == 2
    assert "diff, eval, simplify" in err


def test_simplify(run: Run) -> None:
    assert run("simplify", "inv(A)*A*x + x") == (0, "2*x\n", "")
    assert run("simplify", "A'*x + S*x - S'*x", "--given", "S: matrix symmetric", "--latex").out == "A^{\\top} x\n"
    assert '"text": "2*x"' in run("simplify", "x + x", "--json").out
    assert run("simplify", "x + ").status == 2


@pytest.mark.usefixtures("terminal")
def test_simplify_on_a_terminal(run: Run) -> None:
    out = run("simplify", "x + x").out
    assert "=  2 x" in out


def test_analyze_is_there(run: Run) -> None:
    status, out, _ = run("analyze", "[2,1;1,3]")
    assert status == 0
    assert "2" in out


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_completion_script(process: Process, shell: str) -> None:
    ran = process("completion", shell)
    assert ran.returncode == 0
    assert "_DVEC_COMPLETE" in ran.stdout


@pytest.mark.parametrize(
    ("typed", "offered"),
    [
        (["dvec", ""], {"diff", "eval", "simplify", "taylor", "index", "analyze", "completion"}),
        (["dvec", "diff", "tr(A*X)", ""], {"A", "X"}),
        (["dvec", "diff", "tr(A*X)", "X", "--layout", "v"], {"vec"}),
        (["dvec", "diff", "tr(A*X)", "X", "--structure", ""], {"projected", "free", "ignore"}),
        (["dvec", "diff", "tr(A*X)", "X", "--code", "n"], {"numpy"}),
        (["dvec", "diff", "tr(A*", ""], set()),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else None,
)
def test_what_is_offered(process: Process, typed: list[str], offered: set[str]) -> None:
    words = " ".join(f"'{word}'" if "(" in word else word for word in typed)
    settings = {**os.environ, "_DVEC_COMPLETE": "bash_complete", "COMP_WORDS": words, "COMP_CWORD": str(len(typed) - 1)}
    ran = process(env=settings)
    assert {line.partition(",")[2] for line in ran.stdout.splitlines() if line} == offered
    assert "Traceback" not in ran.stderr
