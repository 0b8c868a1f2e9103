"""Functions of a matrix with a scalar value, and softmax: trace, determinant, sum, rank.

May import core.
"""

from dvec.core.algebra import ONE, eye, ones
from dvec.core.atoms import Atom, RankOne
from dvec.core.node import Node
from dvec.operations.entrywise import EXP, LOG
from dvec.operations.matrix_functions import inv
from dvec.operations.records import general, multilinear


def _trace_of_function(node: Node) -> list[tuple[Node, list[Atom]]] | None:
    """d tr f(X) = tr(f'(X) dX) for a matrix function f, though d f(X) itself has no such form."""
    inner = node.args[0]
    if inner.op.trace_derivative is None:
        return None
    return [(inner.args[0], [RankOne(ONE, inner.op.trace_derivative(*inner.args, *inner.params).T)])]


TRACE = multilinear(
    "tr", "ii->11", invariant=True, maps=(lambda A: [RankOne(ONE, eye(A.rows))],), linearize=_trace_of_function,
    properties=lambda A: ["positive"] * A.has("positive definite"), code="np.trace({0})",
    latex=r"\operatorname{{tr}}({0})",
)  # fmt: skip
SUM = multilinear(
    "sum", "ij->11", invariant=True, maps=(lambda A: [RankOne(ONE, ones(A.rows, A.cols))],),
    properties=lambda A: ["positive"] * A.has("positive"), code="np.sum({0})", latex=r"\operatorname{{sum}}({0})",
)  # fmt: skip
DET = general(
    "det", "nn->11", rule="differential of a determinant (Jacobi)", invariant=True,
    differential=(lambda X, d: DET(X) * TRACE(inv(X) @ d),), domain="invertible",
    properties=lambda X: ["positive"] * X.has("positive definite"), code="np.linalg.det({0})", latex=r"\det({0})",
    source="Magnus & Neudecker, Matrix Differential Calculus, sec. 8.3",
)  # fmt: skip
LOGDET = general(
    "logdet", "nn->11", rule="differential of a log-determinant", invariant=True,
    differential=(lambda X, d: TRACE(inv(X) @ d),), domain="invertible", real=True,
    code="np.linalg.slogdet({0})[1]", latex=r"\log\left|\det({0})\right|",
    source="Magnus & Neudecker, Matrix Differential Calculus, sec. 8.4",
)  # fmt: skip
RANK = general(
    "rank", "mn->11", invariant=True, real=True, code="float(np.linalg.matrix_rank({0}))",
    latex=r"\operatorname{{rank}}({0})",
    properties=lambda X: ["integer"], refusal="it is constant but for jumps, and its derivative tells nothing",
)  # fmt: skip
SOFTMAX = general(
    "softmax", "n1->n1", rule="differential of softmax",
    differential=(lambda x, d: SOFTMAX(x) * d - SOFTMAX(x) @ (SOFTMAX(x).T @ d),),
    properties=lambda x: ["positive"], latex=r"\operatorname{{softmax}}({0})",
    definition=lambda x: EXP(x) / SUM(EXP(x)),
    code="(lambda x: np.exp(x - np.max(x)) / np.sum(np.exp(x - np.max(x))))({0})",
)  # fmt: skip
LOGSUMEXP = general(
    "logsumexp", "n1->11", rule="differential of logsumexp", differential=(lambda x, d: SOFTMAX(x).T @ d,),
    latex=r"\operatorname{{logsumexp}}({0})", definition=lambda x: LOG(SUM(EXP(x))),
    code="(lambda x: np.max(x) + np.log(np.sum(np.exp(x - np.max(x)))))({0})",
)  # fmt: skip
