"""NumPy source for every step: the primitives of a plan, and the templates of the table.

May import core. The templates are ours: nothing typed by a user ever becomes source here.
"""

from __future__ import annotations

import re
from functools import cache

from dvec.core.node import TABLE

PRIMITIVES = {
    "negative": "-{0}",
    "add": "{0} + {1}",
    "subtract": "{0} - {1}",
    "times": "{0} * {1}",
    "divide": "{0} / {1}",
    "power": "{0} ** {1}",
    "sqrt": "np.sqrt({0})",
    "matmul": "{0} @ {1}",
    "solve": "np.linalg.solve({0}, {1})",
    "transpose": "{0}.T",
    "corner": "{0}[0, 0]",
    "array": "np.atleast_2d({0})",
    "row": "{0}[[{i}], :]",
    "column": "{0}[:, [{i}]]",
    "entry": "{0}[{i}, {j}]",
    "unit": "np.eye({n})[:, [{i}]]",
    "size": "{n}",
    "whole": "_whole({0})",
    "matrix power": "np.linalg.matrix_power({0}, {k})",
    "symbolic power": "np.linalg.matrix_power({0}, {1})",
    "rearrange": "{0}.reshape({split}).transpose({order}).reshape({shape})",
}
# What may give its own argument back, or a view of it; np.diag of a matrix gives one that is read-only.
VIEWS = frozenset(["transpose", "vec", "rvec", "unvec", "rearrange", "diagonal", "matrix power", "symbolic power"])
READ_ONLY = frozenset(["diagonal"])
_NAMED = re.compile(r"\{([a-z]\w*)\}")


@cache
def template_of(what: str) -> str:
    """The NumPy source of a step, {0}, {1} standing for its arguments and {name} for its parameters."""
    found = PRIMITIVES.get(what) or TABLE[what].code
    assert found is not None, what
    return found


@cache
def parameters_of(what: str) -> tuple[str, ...]:
    """The names of a step's parameters, in their order."""
    if what not in PRIMITIVES:
        return TABLE[what].parameters
    return tuple(dict.fromkeys(_NAMED.findall(template_of(what))))


# How long calls take on small matrices, in small NumPy calls.
_HEAVY = 1000  # SciPy's matrix functions
_LINALG = 6  # NumPy's linear algebra


@cache
def cost_of(what: str) -> int:
    """How long a step takes on small matrices, in small NumPy calls."""
    source = PRIMITIVES.get(what) or (TABLE[what].code if what in TABLE else None) or ""
    return _HEAVY if "scipy." in source else _LINALG if "linalg." in source else 1
