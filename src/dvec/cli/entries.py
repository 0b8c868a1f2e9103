"""What `dvec diff` shows for explicit matrices: `dvec diff "[x^2*y; x]" "[x; y]"`. It holds no mathematics.

May import click; dvec.entries, when it is used and not before.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from dvec.cli.shown import derivative_object
from dvec.cli.verified import check_of

if TYPE_CHECKING:
    from dvec.entries import EntriesDerivative


def is_explicit(formula: str, wrt: str, given: str = "") -> bool:
    """Whether this is a question about explicit entries, in which every name is a scalar.

    It is where the variables are written as a matrix, or where the function is one of small letters and nothing is
    declared: `[A, B; C, D]` is a matrix of blocks.
    """
    if wrt.lstrip().startswith("["):
        return True
    blocks = any(letter.isupper() for letter in formula + wrt)
    return formula.lstrip().startswith("[") and not blocks and not given.strip()


def explicit_derivative(formula: str, wrt: str, layout: str | None = None, order: int = 1) -> EntriesDerivative:
    """The derivative with all that is shown of it. The layout is `block` unless one is named."""
    from dvec.entries import explain

    if layout is None:
        layout = "mixed" if order == 2 else "block"  # the Hessian of a scalar is the square matrix
    return explain(formula, wrt, layout, order=order)


def explicit_taylor(formula: str, wrt: str, about: str, order: int, latex: bool = False) -> str:
    """The Taylor polynomial of explicit entries, as text or LaTeX."""
    from dvec.entries import taylor
    from dvec.entries.drawing import entry_text, matrix_latex, matrix_text
    from dvec.entries.symbolic import sp

    found = taylor(formula, wrt, about, order)
    if isinstance(found, sp.MatrixBase):
        return matrix_latex(found) if latex else matrix_text(found)
    return sp.latex(found) if latex else entry_text(found)


def shown(
    found: EntriesDerivative, *, steps: bool = False, latex: bool = False, code: str | None = None, wide: bool = True
) -> str:
    """What is printed: the steps if wanted, then the matrix as code, LaTeX, drawn (`wide`), or in one line of text."""
    lines: list[str] = []
    if steps:
        lines += [f"{number}. {step.rule}\n   {_tail(step, latex)}" for number, step in enumerate(found.steps, 1)]
        lines.append("")
    if code is not None:
        lines.append(found.code(code))
    else:
        lines.append(found.latex if latex else found.unicode if wide else found.text)
    return "\n".join(lines)


def _tail(step: Any, latex: bool) -> str:
    return (step.latex if latex else step.text).replace("\n", "\n   ")


def as_json(
    found: EntriesDerivative,
    formula: str,
    wrt: str,
    *,
    steps: bool = False,
    code: str | None = None,
    verify: bool = True,
) -> dict[str, Any]:
    """The object that `--json` prints, with the keys that every derivative has."""
    return derivative_object(
        found, formula, wrt, order=found.order, given="", sizes={}, kinds=dict.fromkeys(found.names, "scalar"),
        steps=found.steps if steps else None, code=found.code(code) if code else None,
        verification=check_of(found.verify).as_dict() if verify else None,
    )  # fmt: skip
