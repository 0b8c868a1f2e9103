"""`dvec analyze FILE`: the report on one matrix, on the terminal, as JSON or as a page.

May import dvec.linalg, click and the standard library.
"""

import json
import sys
from pathlib import Path
from typing import Any

import click

from dvec.cli.commands import BadInput


@click.command()
@click.argument("file", default="-")
@click.option(
    "--html", "page", type=click.Path(dir_okay=False, path_type=Path), help="Write a page with pictures here."
)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object instead of the report.")
@click.option("--key", help="The name of the array wanted from an .npz of several.")
def analyze(file: str, page: Path | None, as_json: bool, key: str | None) -> None:
    """Explain one matrix: rank, inverse, condition, definiteness, eigenvalues, and why.

    FILE is .npy, .npz, .mtx (or .mtx.gz), .csv, .tsv or .txt; a literal such as '[1,2;3,4]'; or - (the default) for
    what is piped in.
    """
    from dvec.linalg import analyze as report_on

    try:
        report = report_on(_read(file, key), progress=_bar())
    except ValueError as error:
        raise BadInput(str(error)) from None
    if page is not None:
        _write(page, report)
    if as_json:
        click.echo(json.dumps(report.to_dict(), ensure_ascii=False, allow_nan=False))
    elif sys.stdout.isatty():
        from dvec.linalg.terminal import show

        show(report)
    else:
        click.echo(report.text)


def _read(file: str, key: str | None) -> Any:
    from dvec.linalg.files import parse_literal, read_bytes, read_matrix

    if file == "-":
        if sys.stdin.isatty():
            raise BadInput(
                "No file is named and nothing is piped in. Try: dvec analyze FILE, or: cat FILE | dvec analyze"
            )
        return read_bytes(sys.stdin.buffer.read(), key=key)
    if file.lstrip().startswith("["):
        from dvec.cli.values import refuse_nested

        refuse_nested(file.lstrip())
        return parse_literal(file)
    return read_matrix(file, key)


def _bar() -> Any:
    """A progress bar where a person is watching."""
    if not sys.stderr.isatty():
        return None
    from dvec.linalg.terminal import Bar

    return Bar()


def _write(page: Path, report: Any) -> None:
    try:
        page.write_text(report.html, encoding="utf-8")
    except OSError as error:
        raise BadInput(f"{page} cannot be written: {error.strerror or error}.") from None
    click.echo(f"Written: {page}", err=True)
