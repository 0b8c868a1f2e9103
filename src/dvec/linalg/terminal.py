"""A matrix report on a terminal, and a progress bar for long work.

May import this room's report and pages, and rich.
"""

from typing import Any

from dvec.linalg.pages import facts, grade, omitted, seconds
from dvec.linalg.report import MatrixReport


class Bar:
    """Progress on standard error: a bar that fills by the expected share of each step, and the time gone."""

    def __init__(self) -> None:
        from rich.console import Console
        from rich.progress import BarColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

        self._bar: Any = Progress(
            SpinnerColumn(),
            TextColumn("{task.description}"),
            BarColumn(),
            TimeElapsedColumn(),
            console=Console(stderr=True),
            transient=True,
        )
        self._task: Any = None
        self._running = 0.0

    def step(self, purpose: str, share: float) -> None:
        """The step `purpose` begins; the one before it is finished."""
        if self._task is None:
            self._bar.start()
            self._task = self._bar.add_task(purpose, total=1.0)
        self._bar.update(self._task, advance=self._running, description=purpose)
        self._running = share

    def done(self) -> None:
        """Takes the bar away."""
        self._bar.stop()


def show(report: MatrixReport, console: Any = None) -> None:
    """Prints the report on a terminal with rich: a table of numbers, then the verdicts."""
    from rich.console import Console
    from rich.padding import Padding
    from rich.table import Table
    from rich.text import Text

    out = Console() if console is None else console
    out.print(Text(report.text.partition("\n")[0], style="bold"))
    numbers = Table(show_header=False, box=None, padding=(0, 2, 0, 0))
    for name, value in facts(report):
        numbers.add_row(Text(name, style="cyan"), Text(value))
    out.print(numbers)
    for finding in report.findings:
        out.print()
        out.print(
            Text.assemble(
                (f"{finding.topic}: ", "bold"),
                (finding.verdict, "bold green" if grade(finding.verdict) == "fine" else "bold red"),
            )
        )
        if finding.why:
            out.print(Padding(Text(finding.why), (0, 0, 0, 2)))
    if report.omitted:
        out.print(Text("\nleft out", style="bold"))
        for name, why in omitted(report):
            out.print(Padding(Text(f"{name}: {why}."), (0, 0, 0, 2)))
    if report.calls:
        out.print(Text("\ncomputed by", style="bold"))
        for call in report.calls:
            out.print(Text(f"  {call.routine:<10} {seconds(call.seconds):>9}  {call.purpose}", style="dim"))
