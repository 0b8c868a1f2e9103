"""Functions of one number taken to every entry of a matrix.

May import core.
"""

from dvec.core.node import constant
from dvec.operations.constants import PI
from dvec.operations.records import entrywise

EXP = entrywise("exp", lambda x: EXP(x), properties=lambda x: ["positive"] + ["symmetric"] * x.has("symmetric"))
LOG = entrywise("log", lambda x: x**-1, domain="positive")
SIN = entrywise("sin", lambda x: COS(x), parity=-1)
COS = entrywise("cos", lambda x: -SIN(x), parity=1)
TAN = entrywise("tan", lambda x: 1 + TAN(x) ** 2, parity=-1)
ASIN = entrywise("asin", lambda x: (1 - x**2) ** constant("-1/2"), code="np.arcsin({0})", latex=r"\arcsin({0})",
                 domain="within 1", parity=-1)  # fmt: skip
ACOS = entrywise("acos", lambda x: -((1 - x**2) ** constant("-1/2")), code="np.arccos({0})", latex=r"\arccos({0})",
                 domain="within 1")  # fmt: skip
ATAN = entrywise("atan", lambda x: (1 + x**2) ** -1, code="np.arctan({0})", latex=r"\arctan({0})", parity=-1)
SINH = entrywise("sinh", lambda x: COSH(x), parity=-1)
COSH = entrywise("cosh", lambda x: SINH(x), parity=1)
TANH = entrywise("tanh", lambda x: 1 - TANH(x) ** 2, parity=-1)
ABS = entrywise("abs", lambda x: SIGN(x), parity=1, real=True, domain="nonzero", latex=r"\left|{0}\right|")
SIGN = entrywise("sign", lambda x: 0 * x, parity=-1, domain="nonzero", latex=r"\operatorname{{sign}}({0})")
RELU = entrywise("relu", lambda x: STEP(x), code="np.maximum({0}, 0)", domain="nonzero",
                 latex=r"\operatorname{{relu}}({0})")  # fmt: skip
STEP = entrywise("step", lambda x: 0 * x, code="np.heaviside({0}, 0.5)", domain="nonzero",
                 latex=r"\operatorname{{step}}({0})")  # fmt: skip
SIGMOID = entrywise("sigmoid", lambda x: SIGMOID(x) * (1 - SIGMOID(x)), definition=lambda x: 1 / (1 + EXP(-x)),
                    code="(lambda x: np.exp(-np.logaddexp(0, -x)))({0})", latex=r"\sigma({0})", unicode="σ({0})",
                    properties=lambda x: ["positive"] + ["symmetric"] * x.has("symmetric"))  # fmt: skip
SOFTPLUS = entrywise("softplus", lambda x: SIGMOID(x), code="np.logaddexp(0, {0})",
                     definition=lambda x: LOG(1 + EXP(x)),
                     latex=r"\operatorname{{softplus}}({0})",
                     properties=lambda x: ["positive"] + ["symmetric"] * x.has("symmetric"))  # fmt: skip
ERF = entrywise("erf", lambda x: 2 * PI() ** constant("-1/2") * EXP(-(x**2)), latex=r"\operatorname{{erf}}({0})",
                code="np.vectorize(math.erf, otypes=[float])({0})[()]", parity=-1)  # fmt: skip
