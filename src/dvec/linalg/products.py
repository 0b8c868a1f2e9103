"""Products of matrices that change their shape: direct sum, Hadamard, both Kronecker products, Khatri–Rao.

May import NumPy, SciPy, this room's checks and its operators.
"""

from typing import Any, Literal, overload

import numpy as np
import scipy.linalg as sla
from numpy.typing import ArrayLike

from dvec.linalg._checks import Array, as_matrix, as_matrix_or_sparse, require_same_shape
from dvec.linalg.entrywise_operators import HadamardOperator, KhatriRaoOperator
from dvec.linalg.operators import DirectSumOperator, KroneckerOperator, StructuredOperator


@overload
def direct_sum(*A: ArrayLike, lazy: Literal[False] = False) -> Array: ...
@overload
def direct_sum(*A: Any, lazy: Literal[True]) -> DirectSumOperator: ...
def direct_sum(*A: Any, lazy: bool = False) -> Any:
    """A₁ ⊕ A₂ ⊕ …: the block diagonal matrix of any number of matrices, of any shapes. Associative, not commutative.

    With `lazy` an operator that keeps the blocks apart; they may then be sparse, or operators.
    Source: Horn & Johnson, Matrix Analysis (2013), section 0.9.2.

    >>> direct_sum([[1, 2]], [[3]])
    array([[1., 2., 0.],
           [0., 0., 3.]])
    """
    if not A:
        raise ValueError("A direct sum needs at least one matrix.")
    if lazy:
        return DirectSumOperator(*(_factor(block, f"A[{i}]") for i, block in enumerate(A)))
    return sla.block_diag(*(as_matrix(block, f"A[{i}]") for i, block in enumerate(A)))


@overload
def hadamard(A: ArrayLike, B: ArrayLike, *, lazy: Literal[False] = False) -> Array: ...
@overload
def hadamard(A: ArrayLike, B: ArrayLike, *, lazy: Literal[True]) -> HadamardOperator: ...
def hadamard(A: ArrayLike, B: ArrayLike, *, lazy: bool = False) -> Any:
    """A ⊙ B: the product entry by entry of two matrices of equal shape; no broadcasting.

    Source: Horn & Johnson, Topics in Matrix Analysis (1991), chapter 5.

    >>> hadamard([[1, 2]], [[3, 4]])
    array([[3., 8.]])
    """
    left, right = as_matrix(A), as_matrix(B, "B")
    require_same_shape(left, right)
    return HadamardOperator(left, right) if lazy else left * right


@overload
def kron(A: ArrayLike, B: ArrayLike, *, lazy: Literal[False] = False) -> Array: ...
@overload
def kron(A: Any, B: Any, *, lazy: Literal[True]) -> KroneckerOperator: ...
def kron(A: Any, B: Any, *, lazy: bool = False) -> Any:
    """A ⊗ B, the (right) Kronecker product: blocks aᵢⱼ B; mp×nq for A m×n and B p×q.

    With `lazy` an operator that never forms it; the factors may then be sparse, or operators.
    Source: Horn & Johnson (1991), definition 4.2.1.

    >>> kron([[1, 2]], [[0, 1]])
    array([[0., 1., 0., 2.]])
    """
    if lazy:
        return KroneckerOperator(_factor(A, "A"), _factor(B, "B"))
    return np.kron(as_matrix(A), as_matrix(B, "B"))


@overload
def kron_left(A: ArrayLike, B: ArrayLike, *, lazy: Literal[False] = False) -> Array: ...
@overload
def kron_left(A: Any, B: Any, *, lazy: Literal[True]) -> KroneckerOperator: ...
def kron_left(A: Any, B: Any, *, lazy: bool = False) -> Any:
    """The left Kronecker product of A and B: blocks A bᵢⱼ. It is B ⊗ A.

    >>> kron_left([[1, 2]], [[0, 1]])
    array([[0., 0., 1., 2.]])
    """
    if lazy:
        return KroneckerOperator(_factor(B, "B"), _factor(A, "A"))
    left, right = as_matrix(A), as_matrix(B, "B")
    return np.kron(right, left)


@overload
def khatri_rao(A: ArrayLike, B: ArrayLike, *, lazy: Literal[False] = False) -> Array: ...
@overload
def khatri_rao(A: ArrayLike, B: ArrayLike, *, lazy: Literal[True]) -> KhatriRaoOperator: ...
def khatri_rao(A: ArrayLike, B: ArrayLike, *, lazy: bool = False) -> Any:
    """The Khatri–Rao product of A (m×n) and B (p×n): column k is aₖ ⊗ bₖ; mp×n.

    Source: Kolda & Bader, Tensor Decompositions and Applications (2009), section 2.6.

    >>> khatri_rao([[1, 2]], [[3, 4], [5, 6]])
    array([[ 3.,  8.],
           [ 5., 12.]])
    """
    left, right = as_matrix(A), as_matrix(B, "B")
    if left.shape[1] != right.shape[1]:
        raise ValueError(f"A has {left.shape[1]} columns and B has {right.shape[1]}: they must be equal.")
    if lazy:
        return KhatriRaoOperator(left, right)
    return (left[:, None, :] * right[None, :, :]).reshape(-1, left.shape[1])


def _factor(value: Any, name: str) -> Any:
    return value if isinstance(value, StructuredOperator) else as_matrix_or_sparse(value, name)
