"""A matrix report as plain text, as one HTML page, and as data for JSON.

May import NumPy, this room's report and wording, and its pictures where a page is asked for.
"""

import html
from collections.abc import Iterator
from typing import Any

import numpy as np
import scipy.sparse as sps

from dvec.linalg.report import MatrixReport
from dvec.linalg.wording import determinant, number

_SHOWN = 8
_WIDTH = 100


def facts(report: MatrixReport) -> Iterator[tuple[str, str]]:
    """The numbers of a report, name and value, in reading order."""
    rows, columns = report.shape
    entries = "complex" if report.matrix.dtype.kind == "c" else "real"
    stored = f", sparse with {report.matrix.nnz:,} stored entries" if sps.issparse(report.matrix) else ""
    yield "shape", f"{rows:,} x {columns:,} {entries} ({report.matrix.dtype}){stored}"
    if report.rank is not None:
        yield "rank", number(report.rank)
    if report.trace is not None:
        yield "trace", number(report.trace)
    if report.determinant is not None:
        yield "determinant", determinant(report.determinant, report.log_determinant)
    if report.condition is not None:
        yield "condition number", number(report.condition)
    for name, label in _NORMS.items():
        if name in report.norms and label not in report.estimates:
            yield label, number(report.norms[name])
    if report.singular_values is not None:
        yield "singular values", _listed(report.singular_values)
    if report.eigenvalues is not None:
        yield "eigenvalues", _listed(_by_modulus(report))
    for name, (value, note) in report.estimates.items():
        yield name, f"{number(value)}  ({note})"


_NORMS = {
    "1": "1-norm (largest column sum)",
    "2": "2-norm (largest singular value)",
    "inf": "inf-norm (largest row sum)",
    "fro": "Frobenius norm",
    "nuc": "nuclear norm",
    "max": "largest modulus",
}


def _by_modulus(report: MatrixReport) -> Any:
    """Hermitian: ascending as they are; else the largest moduli first."""
    values = report.eigenvalues
    return values if report.is_hermitian else values[np.argsort(-np.abs(values), kind="stable")]


def _listed(values: Any) -> str:
    shown = [number(value, 5) for value in values[:_SHOWN]]
    if len(values) <= _SHOWN:
        return ", ".join(shown)
    half = _SHOWN // 2
    ends = [number(value, 5) for value in values[-half:]]
    return f"{', '.join(shown[:half])}, …, {', '.join(ends)}  ({len(values):,} of them)"


def as_text(report: MatrixReport) -> str:
    """The report as plain text, at most 100 characters wide."""
    lines = [_headline(report), ""]
    width = max(len(name) for name, _ in facts(report))
    for name, value in facts(report):
        lines += _wrapped(value, f"{name:<{width}}  ", " " * (width + 2))
    for finding in report.findings:
        lines += ["", *_wrapped(f"{finding.topic.upper()}: {finding.verdict}", "", "  ")]
        lines += _wrapped(finding.why, "  ", "  ") if finding.why else []
    if report.omitted:
        lines += ["", "LEFT OUT"]
        lines += [line for name, why in omitted(report) for line in _wrapped(f"{name}: {why}.", "  ", "    ")]
    if report.calls:
        lines += ["", "COMPUTED BY"]
        lines += [f"  {call.routine:<10} {seconds(call.seconds):>9}  {call.purpose}" for call in report.calls]
    return "\n".join(lines)


def _headline(report: MatrixReport) -> str:
    rows, columns = report.shape
    kind = {
        "inverse": "invertible",
        "left": "of full column rank",
        "right": "of full row rank",
        "pseudo": "singular" if rows == columns else "rank-deficient",
    }.get(report.inverse_kind or "", "whose rank is not decided")
    words = [word for word, holds in (("Hermitian", report.is_hermitian and not report.is_symmetric),) if holds]
    words += ["symmetric"] if report.is_symmetric else []
    words += [str(report.definiteness)] if report.definiteness is not None and report.is_hermitian else []
    return f"A {rows:,} x {columns:,} matrix, {', '.join([kind, *words])}."


def omitted(report: MatrixReport) -> list[tuple[str, str]]:
    """What was left out, those with the same reason together."""
    by_reason: dict[str, list[str]] = {}
    for name, why in report.omitted.items():
        by_reason.setdefault(why, []).append(name)
    return [(", ".join(names), why) for why, names in by_reason.items()]


def seconds(time: float) -> str:
    return f"{time:.2f} s" if time >= 1 else f"{1000 * time:.2f} ms"


def _wrapped(text: str, first: str, rest: str) -> list[str]:
    import textwrap

    return textwrap.wrap(
        text, _WIDTH, initial_indent=first, subsequent_indent=rest, break_long_words=False, break_on_hyphens=False
    )


def as_dict(report: MatrixReport) -> dict[str, Any]:
    """The report for JSON: complex numbers as [re, im], infinity and not-a-number as text."""
    scalars = ("rank", "trace", "determinant", "log_determinant", "condition", "tolerance", "inverse_kind")
    flags = ("is_symmetric", "is_hermitian", "is_normal", "is_orthogonal", "is_singular")
    data: dict[str, Any] = {"shape": list(report.shape), "dtype": str(report.matrix.dtype)}
    data |= {name: _plain(getattr(report, name)) for name in (*scalars, *flags, "eigenvalues", "singular_values")}
    data["definiteness"] = None if report.definiteness is None else str(report.definiteness)
    data["norms"] = {name: _plain(value) for name, value in report.norms.items()}
    data["estimates"] = {
        name: {"value": _plain(value), "note": note} for name, (value, note) in report.estimates.items()
    }
    data["omitted"] = dict(report.omitted)
    data["findings"] = [{"topic": f.topic, "verdict": f.verdict, "why": f.why} for f in report.findings]
    data["calls"] = [{"routine": c.routine, "purpose": c.purpose, "seconds": c.seconds} for c in report.calls]
    return data


def _plain(value: Any) -> Any:
    if isinstance(value, np.ndarray):
        return [_plain(item) for item in value.tolist()]
    if isinstance(value, complex):
        return [_plain(value.real), _plain(value.imag)]
    if isinstance(value, float) and not np.isfinite(value):
        return str(value)
    return value


def as_html(report: MatrixReport) -> str:
    """One self-contained page: numbers, pictures (where matplotlib is installed), verdicts, what was computed how."""
    from dvec.linalg.pictures import pictures

    rows = "".join(
        f"<tr><th>{html.escape(name)}</th><td>{html.escape(value)}</td></tr>" for name, value in facts(report)
    )
    found = "".join(
        f"<section class='{grade(f.verdict)}'><h3>{html.escape(f.topic)}: {html.escape(f.verdict)}</h3>"
        f"<p>{html.escape(f.why)}</p></section>"
        for f in report.findings
    )
    figures = "".join(
        f"<figure><img alt='{html.escape(caption)}' src='data:image/png;base64,{data}'>"
        f"<figcaption>{html.escape(caption)}</figcaption></figure>"
        for caption, data in pictures(report)
    )
    left_out = "".join(f"<li><b>{html.escape(name)}</b>: {html.escape(why)}.</li>" for name, why in omitted(report))
    calls = "".join(
        f"<tr><td><code>{html.escape(c.routine)}</code></td><td>{seconds(c.seconds)}</td>"
        f"<td>{html.escape(c.purpose)}</td></tr>"
        for c in report.calls
    )
    return _PAGE.format(
        title=html.escape(_headline(report)),
        facts=rows,
        findings=found,
        figures=f"<div class='figures'>{figures}</div>" if figures else "<p>Pictures need matplotlib (dvec[plot]).</p>",
        left_out=f"<h2>Left out</h2><ul>{left_out}</ul>" if left_out else "",
        calls=f"<h2>Computed by</h2><table class='calls'>{calls}</table>" if calls else "",
    )


def grade(verdict: str) -> str:
    """What the reader should look at twice is marked."""
    troubling = ("singular", "deficient", "ill conditioned", "infinite", "only the Moore", "indefinite")
    return "look" if any(word in verdict for word in troubling) else "fine"


_PAGE = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title}</title>
<style>
:root {{ color-scheme: light dark; --line: #8884; --mark: #c2410c; --calm: #0f766e; }}
body {{ font: 16px/1.5 system-ui, sans-serif; max-width: 62rem; margin: 2rem auto; padding: 0 1rem; }}
h1 {{ font-size: 1.5rem; line-height: 1.25; }} h2 {{ font-size: 1.15rem; margin-top: 2rem; }}
h3 {{ font-size: 1rem; margin: 0; }} h3::first-letter {{ text-transform: uppercase; }}
table {{ border-collapse: collapse; width: 100%; }}
th, td {{ text-align: left; vertical-align: top; padding: .25rem .75rem .25rem 0; }}
th, td {{ border-bottom: 1px solid var(--line); }}
th {{ font-weight: 600; width: 16rem; }} td {{ font-variant-numeric: tabular-nums; overflow-wrap: anywhere; }}
.calls td:first-child {{ width: 8rem; }} .calls td:nth-child(2) {{ width: 7rem; }}
section {{ border-left: 4px solid var(--calm); padding: .1rem 0 .1rem .9rem; margin: 1rem 0; }}
section.look {{ border-color: var(--mark); }} section p {{ margin: .25rem 0 0; }}
.figures {{ display: grid; grid-template-columns: repeat(auto-fit, minmax(min(26rem, 100%), 1fr)); gap: 1rem; }}
figure {{ margin: 0; }} img {{ width: 100%; background: #fff; border-radius: 4px; }}
figcaption {{ font-size: .9rem; opacity: .8; }}
</style></head><body>
<h1>{title}</h1>
<table>{facts}</table>
<h2>What it means</h2>{findings}
<h2>Pictures</h2>{figures}
{left_out}{calls}
</body></html>
"""
