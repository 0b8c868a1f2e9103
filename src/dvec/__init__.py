"""dvec: derivatives of matrix formulas in closed form, checked; and a toolbox for numeric matrices.

The public face: names only, imported when first used, so that `import dvec` loads no numeric library.
"""

from importlib import import_module
from typing import Any

__version__ = "0.1.0"

_HOME = {
    "analyze": "dvec.linalg",
    "MatrixReport": "dvec.linalg",
}
_MODULES = ("linalg",)

__all__ = ["__version__", *_HOME, *_MODULES]  # pyright: ignore[reportUnsupportedDunderAll]


def __getattr__(name: str) -> Any:
    if name in _HOME:
        value = getattr(import_module(_HOME[name]), name)
    elif name in _MODULES:
        value = import_module(f"dvec.{name}")
    else:
        raise AttributeError(f"module 'dvec' has no attribute {name!r}")
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted(__all__)
