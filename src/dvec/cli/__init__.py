"""The command line: `dvec diff | eval | simplify | analyze | completion`. A face: it holds no mathematics.

May import every room, but only what a command uses and when it runs: starting up costs the reader time.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence

BAD_INPUT = 2
INTERRUPTED = 130  # as shells report SIGINT
OUR_FAULT = 70  # sysexits: internal software error


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

    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):  # what a terminal cannot show must not end in a traceback
            stream.reconfigure(errors="backslashreplace")  # pyright: ignore[reportUnknownMemberType, reportAttributeAccessIssue]
    try:
        status = dvec.main(arguments, prog_name="dvec", standalone_mode=False)
        return status if isinstance(status, int) else 0
    except click.ClickException as wrong:
        wrong.show()
        return wrong.exit_code
    except click.Abort:
        return INTERRUPTED


def _report(fault: Exception) -> int:
    if os.environ.get("DVEC_TRACEBACK"):
        raise fault
    if isinstance(fault, OSError):
        print(f"Error: {fault.strerror or fault}", file=sys.stderr)
        return BAD_INPUT
    print(
        f"dvec made a mistake ({type(fault).__name__}: {str(fault)[:500]}). The input may be fine: please report it,\n"
        "with what DVEC_TRACEBACK=1 in front of the command prints.",
        file=sys.stderr,
    )
    return OUR_FAULT
