"""dvec: derivatives of matrix formulas in closed form, checked; and a toolbox for numeric matrices.

The public face: names only, imported when first used, so that `import dvec` loads no numeric library.
"""

from importlib import import_module
from typing import Any

__version__ = "0.1.0"

_HOME = {
    **dict.fromkeys(
        (
            "parse",
            "diff",
            "hessian",
            "differential",
            "index_form",
            "evaluate",
            "simplify",
            "sizes",
            "scalar",
            "vector",
            "matrix",
        ),
        "dvec.answers.calls",
    ),
    **dict.fromkeys(("FormulaError", "DataError", "NotDifferentiable"), "dvec.core.errors"),
    **dict.fromkeys(("taylor", "classify_critical_point"), "dvec.answers.analysis"),
    "Expr": "dvec.answers.expr",
    "Derivative": "dvec.answers.derivative",
    "analyze": "dvec.linalg",
    "MatrixReport": "dvec.linalg",
}
_MODULES = ("linalg", "entries")

__all__ = ["__version__", *_HOME, *_MODULES]  # noqa: PLE0604  # pyright: ignore[reportUnsupportedDunderAll]  (names, computed)


def __getattr__(name: str) -> Any:
    if name in _HOME:
        value = getattr(import_module(_HOME[name]), name)
    elif name in _MODULES:
        value = import_module(f"dvec.{name}")
    else:  # a function of the formula language, as in dvec.tr(A @ B)
        known = import_module("dvec.answers.calls").function if not name.startswith("_") else None
        value = known(name) if known is not None else None
        if value is None:
            raise AttributeError(f"module 'dvec' has no attribute {name!r}")
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted(__all__)
