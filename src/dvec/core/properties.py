"""The properties that can be declared of a variable and what each implies.

May import nothing of dvec.
"""

from __future__ import annotations

from functools import lru_cache

Properties = frozenset[str]
NONE: Properties = frozenset()

# What follows at once from a property, by definition.
IMPLIES: dict[str, tuple[str, ...]] = {
    "symmetric": (),
    "hermitian": ("complex",),
    "skew": (),
    "diagonal": ("symmetric", "lower triangular", "upper triangular"),
    "orthogonal": ("invertible", "full column rank", "full row rank"),
    "unitary": ("complex", "invertible", "full column rank", "full row rank"),
    "positive definite": ("positive semidefinite", "invertible"),
    "positive semidefinite": (),
    "invertible": ("full column rank", "full row rank"),
    "lower triangular": (),
    "upper triangular": (),
    "toeplitz": (),
    "full column rank": (),
    "full row rank": (),
    "positive": (),
    "integer": (),
    "complex": (),
}
SQUARE = frozenset({
    "symmetric", "hermitian", "skew", "diagonal", "orthogonal", "unitary", "invertible",
    "positive definite", "positive semidefinite", "lower triangular", "upper triangular",
})  # fmt: skip
STRUCTURES = frozenset({
    "symmetric", "hermitian", "skew", "diagonal", "toeplitz", "lower triangular", "upper triangular",
})  # fmt: skip


@lru_cache(maxsize=1024)
def closure(properties: Properties) -> Properties:
    """The properties together with all that they imply: definite means symmetric (Hermitian if complex), two of
    symmetric, lower and upper triangular mean diagonal."""
    if not properties:
        return NONE
    found = set(properties)
    todo = list(found)
    while todo:
        for implied in IMPLIES[todo.pop()]:
            if implied not in found:
                found.add(implied)
                todo.append(implied)
    if "positive semidefinite" in found:
        found.add("hermitian" if "complex" in found else "symmetric")
    if len(found.intersection(IMPLIES["diagonal"])) > 1:
        found.update(["diagonal"], IMPLIES["diagonal"])
    return frozenset(found)
