"""What somebody may have meant by a function that does not exist.

May import nothing of dvec.
"""

from __future__ import annotations

from collections.abc import Collection

_MEANT = {
    "trace": "tr(A)", "Tr": "tr(A)", "transpose": "A'", "T": "A'", "adjoint": "A^H", "ctranspose": "A^H",
    "H": "A^H", "inverse": "inv(A)", "Inv": "inv(A)", "pseudoinverse": "pinv(A)", "determinant": "det(A)",
    "Det": "det(A)", "slogdet": "logdet(A)", "log_det": "logdet(A)", "lndet": "logdet(A)", "ln": "log(x)",
    "log10": "log(x)/log(10)", "log2": "log(x)/log(2)", "log1p": "log(x .+ 1)", "expm1": "exp(x) .- 1",
    "exponential": "exp(x)", "hadamard": "A.*B", "multiply": "A.*B", "times": "A.*B", "mul": "A.*B", "dot": "x'*y",
    "inner": "x'*y", "outer": "x*y'", "matmul": "A*B", "mtimes": "A*B", "divide": "A./B", "power": "A.^p",
    "pow": "A.^p", "square": "x.^2", "frobenius": "normF(A)", "fro": "normF(A)", "norm_F": "normF(A)",
    "norm_f": "normF(A)", "normf": "normF(A)", "nuclear": "norm(A,'nuc')", "norm_nuc": "norm(A,'nuc')",
    "trace_norm": "norm(A,'nuc')", "spectral": "norm(A)", "norm_2": "norm(A,2) (induced) or norm2(A) (entrywise)",
    "norm_1": "norm(A,1) (induced) or norm1(A) (entrywise)", "norm_inf": "norm(A,inf)", "norm_max": "norm(A,'max')",
    "normInf": "norm(A,inf)", "max": "norm(x,'max') for the largest |x|",
    "min": "-logsumexp(-x) for a smooth minimum", "Sigma": "sum(x)", "identity": "eye(n)", "Id": "eye(n)",
    "one": "ones(m,n)", "zero": "zeros(m,n)", "full": "c*ones(m,n)", "kronecker": "kron(A,B)",
    "direct_sum": "dsum(A,B)", "blkdiag": "dsum(A,B)", "block_diag": "dsum(A,B)", "khatri_rao": "khatri(A,B)",
    "vectorize": "vec(A)", "flatten": "vec(A)", "ravel": "rvec(A)", "reshape": "unvec(x, m, n)",
    "mat": "unvec(x, m, n)", "unvectorize": "unvec(x, m, n)", "diagonal": "diag(A)", "Diag": "diag(x)",
    "diagm": "diag(x)", "arcsin": "asin(x)", "arccos": "acos(x)", "arctan": "atan(x)", "sgn": "sign(x)",
    "logistic": "sigmoid(x)", "expit": "sigmoid(x)", "sigma": "sigmoid(x)", "lse": "logsumexp(x)",
    "heaviside": "step(x)", "ReLU": "relu(x)", "sqr": "x^2", "average": "mean(x)", "nrows": "rows(A)",
    "ncols": "cols(A)", "numrows": "rows(A)", "numcols": "cols(A)", "size": "rows(A) or cols(A)",
    "grad": "diff(F, X)", "gradient": "diff(F, X)", "jacobian": "diff(F, X)", "derivative": "diff(F, X)",
    "D": "diff(F, X)", "conjugate": "conj(A)", "Re": "(z + conj(z))/2", "real": "(z + conj(z))/2", "solve": "A\\b",
    "mldivide": "A\\b", "lambda_max": "eigmax(A)", "maxeig": "eigmax(A)", "lambda_min": "eigmin(A)",
    "mineig": "eigmin(A)", "sumsqr": "norm2(x)^2", "sumsq": "norm2(x)^2", "sum_squares": "norm2(x)^2",
    "Sum": "sum(A)", "prod": "exp(sum(log(x)))",
}  # fmt: skip


def function_hint(name: str, known: Collection[str]) -> str:
    """The message for a function that does not exist, with what may have been meant."""
    if name in _MEANT:
        return f"there is no function {name}: write {_MEANT[name]}"
    if len(name) == 1:
        entry = (
            ""
            if "a" <= name <= "g"
            else f", {name}[i,j] for an entry"
            if name.isupper()
            else f", {name}[i] for an entry"
        )
        return f"{name} is no function: write {name}*(…) for a product{entry}"
    near = closest(name, known)
    return f"there is no function {name}" + (f": did you mean {near}?" if near else f"; for a product write {name}*(…)")


def closest(name: str, known: Collection[str]) -> str | None:
    """The known name that is most like this one, if any is."""
    import difflib  # only where something is wrong

    by_case = {k.lower(): k for k in known}
    if name.lower() in by_case:
        return by_case[name.lower()]
    found = difflib.get_close_matches(name, list(known), 1, 0.7)
    return found[0] if found else None
