"""Names of variables in print: Greek letters, subscripts.

May import nothing of dvec.
"""

import re

GREEK = {
    "alpha": "α", "beta": "β", "gamma": "γ", "delta": "δ", "epsilon": "ε", "zeta": "ζ", "eta": "η", "theta": "θ",
    "iota": "ι", "kappa": "κ", "lambda": "λ", "mu": "μ", "nu": "ν", "xi": "ξ", "rho": "ρ", "sigma": "σ", "tau": "τ",
    "upsilon": "υ", "phi": "φ", "chi": "χ", "psi": "ψ", "omega": "ω", "Gamma": "Γ", "Delta": "Δ", "Theta": "Θ",
    "Lambda": "Λ", "Xi": "Ξ", "Pi": "Π", "Sigma": "Σ", "Upsilon": "Υ", "Phi": "Φ", "Psi": "Ψ", "Omega": "Ω",
}  # fmt: skip
_LETTERS = {sign: name for name, sign in GREEK.items()}
_PARTS = re.compile(r"([^\W\d_]+)_?(\w*)")
_SUPERSCRIPTS = str.maketrans("0123456789-+/kn", "⁰¹²³⁴⁵⁶⁷⁸⁹⁻⁺ᐟᵏⁿ")


def latex_name(name: str) -> str:
    """x1 → x_{1}, lambda → \\lambda, cost → \\mathrm{cost}"""
    match = _PARTS.fullmatch(name)
    base, subscript = (match[1], match[2]) if match else (name, "")
    base = _LETTERS.get(base, base)
    if base in GREEK:
        base = f"\\{base}"
    elif len(base) > 1:
        base = f"\\mathrm{{{base}}}"
    subscript = subscript.replace("_", ",")
    return f"{base}_{{{subscript}}}" if subscript else base


def unicode_name(name: str) -> str:
    """lambda → λ"""
    match = _PARTS.fullmatch(name)
    if match is None:
        return name
    return GREEK.get(match[1], match[1]) + name[len(match[1]) :]


def superscript(text: str) -> str | None:
    """The text as superscript characters, None if some have none."""
    return text.translate(_SUPERSCRIPTS) if re.fullmatch(r"-?(\d+|[kn])", text) else None
