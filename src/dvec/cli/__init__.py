"""The command line: `dvec diff | eval | simplify | taylor | index | analyze | completion`. It holds no mathematics.

May import every room, but only what a command uses and when it runs: starting up costs the reader time.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence

BAD_INPUT = 2
INTERRUPTED = 130  # as shells report SIGINT
OUR_FAULT = 70  # sysexits: internal software error
NOBODY_READS = 141  # as shells report SIGPIPE
_EXTRAS = {"sympy": ("SymPy", "entries"), "mpmath": ("SymPy", "entries"), "matplotlib": ("Matplotlib", "plot")}


def main(arguments: Sequence[str] | None = None) -> None:
    """What the command `dvec` runs; ends the process with the exit status."""
    try:
        status = _run(arguments)
    except KeyboardInterrupt:
        status = INTERRUPTED
    except Exception as fault:
        status = _report(fault)
    sys.exit(status)


def _run(arguments: Sequence[str] | None) -> int:
    import click

    from dvec.cli.commands import dvec
    from dvec.cli.shown import visible

    _open_closed_streams()
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):  # what a terminal cannot show must not end in a traceback
            stream.reconfigure(errors="backslashreplace")  # pyright: ignore[reportUnknownMemberType, reportAttributeAccessIssue]
    try:
        status = dvec.main(arguments, prog_name="dvec", standalone_mode=False)
        return status if isinstance(status, int) else 0
    except click.ClickException as wrong:
        wrong.message = visible(wrong.message)  # pyright: ignore[reportAttributeAccessIssue]  (click shows what was typed)
        wrong.show()
        return wrong.exit_code
    except click.Abort:
        return INTERRUPTED
    except SystemExit:  # click's answer to a pipe whose reader has gone; its 1 would say that a check has failed
        return NOBODY_READS


def _open_closed_streams() -> None:
    """`dvec … >&-` leaves no standard output at all; the rest of the program need not know."""
    for name, mode in (("stdin", "r"), ("stdout", "w"), ("stderr", "w")):
        if getattr(sys, name) is None:
            setattr(sys, name, open(os.devnull, mode))  # noqa: SIM115  (open until the process ends)


def _report(fault: Exception) -> int:
    from dvec.cli.shown import visible

    if os.environ.get("DVEC_TRACEBACK"):
        raise fault
    known = _known(fault)
    if known is not None:
        print(f"Error: {known}", file=sys.stderr)
        return BAD_INPUT
    said = visible(str(fault)[:500])
    print(
        f"dvec made a mistake ({type(fault).__name__}: {said}). The input may be fine: please report it,\n"
        "with what DVEC_TRACEBACK=1 in front of the command prints.",
        file=sys.stderr,
    )
    return OUR_FAULT


def _known(fault: Exception) -> str | None:
    """What to say of a fault that is not ours."""
    if isinstance(fault, ModuleNotFoundError) and fault.name in _EXTRAS:
        library, extra = _EXTRAS[fault.name]
        return f"this needs {library}: in the clone of dvec, pip install '.[{extra}]'"
    if isinstance(fault, MemoryError):
        return "the matrices are too large for the memory of this machine"
    return (fault.strerror or str(fault)) if isinstance(fault, OSError) else None
