"""Pictures of a matrix for its report: entries, singular values, eigenvalues, quadratic form; PNG in base64.

May import NumPy, SciPy, this room's report, and matplotlib inside its functions.
"""

import base64
import io
from importlib.util import find_spec
from typing import Any

import numpy as np
import scipy.sparse as sps

from dvec.linalg._checks import Array
from dvec.linalg.report import MatrixReport

_PIXELS = 600


def pictures(report: MatrixReport) -> list[tuple[str, str]]:
    """Captions and PNG images (base64) of what can be drawn; empty where matplotlib is not installed."""
    if find_spec("matplotlib") is None:
        return []
    drawn = [_entries(report)]
    if report.singular_values is not None:
        drawn.append(_singular_values(report))
    if report.eigenvalues is not None:
        drawn.append(_eigenvalues(report))
    if report.is_symmetric and report.is_hermitian and report.shape[0] in (2, 3) and report.eigenvectors is not None:
        drawn += [_surface(report), _level_lines(report)]
    return [(caption, _png(figure)) for caption, figure in drawn]


def _figure(**kwargs: Any) -> tuple[Any, Any]:
    from matplotlib.figure import Figure

    figure = Figure(figsize=(6, 4.5), dpi=110, layout="constrained")
    return figure, figure.add_subplot(**kwargs)


def _png(figure: Any) -> str:
    buffer = io.BytesIO()
    figure.savefig(buffer, format="png")
    return base64.b64encode(buffer.getvalue()).decode()


def _entries(report: MatrixReport) -> tuple[str, Any]:
    figure, axes = _figure()
    rows, columns = report.shape
    extent = (0.5, columns + 0.5, rows + 0.5, 0.5)
    if sps.issparse(report.matrix):
        image = axes.imshow(np.log10(1 + _density(report.matrix)), cmap="Greys", extent=extent, aspect="auto")
        figure.colorbar(image, ax=axes, label="log10(1 + stored entries per pixel)")
        caption = "Where the stored entries are"
    else:
        caption = _dense_entries(report.matrix, figure, axes, extent)
    axes.set_xlabel("column")
    axes.set_ylabel("row")
    for axis in (axes.xaxis, axes.yaxis):
        axis.get_major_locator().set_params(integer=True, nbins=6)
        axis.set_major_formatter("{x:,.0f}")
    return caption, figure


def _dense_entries(matrix: Array, figure: Any, axes: Any, extent: tuple[float, float, float, float]) -> str:
    from matplotlib.colors import SymLogNorm

    is_complex = matrix.dtype.kind == "c"
    shown = _reduced(np.abs(matrix) if is_complex else matrix)
    moduli = np.abs(shown[shown != 0])
    largest = float(moduli.max(initial=0.0)) or 1.0
    wide = len(moduli) > 0 and float(np.median(moduli)) < 1e-2 * largest
    limits: dict[str, Any] = {"vmin": -largest, "vmax": largest}
    if wide:
        limits = {"norm": SymLogNorm(max(float(np.median(moduli)) / 10, 1e-12 * largest), vmin=-largest, vmax=largest)}
    tall = 0.2 < shown.shape[0] / shown.shape[1] < 5
    image = axes.imshow(shown, cmap="RdBu_r", extent=extent, aspect="equal" if tall else "auto", **limits)
    figure.colorbar(image, ax=axes)
    what = "The moduli of the entries" if is_complex else "The entries: blue negative, white 0, red positive"
    notes = [
        " on a logarithmic scale" if wide else "",
        " (of each pixel the largest)" if shown.size < matrix.size else "",
    ]
    return what + "".join(notes)


def _reduced(matrix: Array) -> Array:
    """A matrix of at most 600 × 600 for display: of each block the entry of largest modulus."""
    for axis in (0, 1):
        size = matrix.shape[axis]
        if size > _PIXELS:
            starts = np.linspace(0, size, _PIXELS, endpoint=False).astype(int)
            high, low = (ufunc.reduceat(matrix, starts, axis=axis) for ufunc in (np.maximum, np.minimum))
            matrix = np.where(high >= -low, high, low)
    return matrix


def _density(matrix: Any) -> Array:
    """How many stored entries fall on each pixel."""
    coordinates = sps.coo_array(matrix)
    rows, columns = coordinates.coords
    side = [min(_PIXELS, size) for size in matrix.shape]
    pixel = rows * side[0] // matrix.shape[0] * side[1] + columns.astype(np.int64) * side[1] // matrix.shape[1]
    return np.bincount(pixel, minlength=side[0] * side[1]).reshape(side)


def _singular_values(report: MatrixReport) -> tuple[str, Any]:
    figure, axes = _figure()
    s: Array = report.singular_values
    positive = s > 0
    order = np.arange(1, len(s) + 1)
    counted = positive & (s > report.tolerance)
    for chosen, colour, label in (
        (counted, "#0f766e", "count towards the rank"),
        (positive & ~counted, "#c2410c", "count as 0"),
    ):
        if chosen.any():
            axes.semilogy(order[chosen], s[chosen], ".", color=colour, markersize=9 if len(s) < 60 else 4, label=label)
    if report.tolerance > 0 and s[-1] < 1e4 * report.tolerance:  # else it would only squeeze the picture
        axes.axhline(report.tolerance, color="#888", linestyle="--", linewidth=1, label="tolerance")
    axes.set_xlabel("number")
    axes.set_ylabel("singular value")
    axes.xaxis.get_major_locator().set_params(integer=True)
    axes.grid(alpha=0.25)
    if positive.any():
        axes.legend()
    missing = int(len(s) - np.count_nonzero(positive))
    return "Singular values" + (f" ({missing} exactly 0 not shown)" if missing else ""), figure


def _eigenvalues(report: MatrixReport) -> tuple[str, Any]:
    figure, axes = _figure()
    values: Array = report.eigenvalues
    real, imaginary = np.real(values), np.imag(values)
    axes.axhline(0, color="#888", linewidth=0.8)
    axes.axvline(0, color="#888", linewidth=0.8)
    axes.plot(real, imaginary, "o", color="#4338ca", markersize=5 if len(values) < 100 else 2.5, alpha=0.7)
    axes.set_xlabel("real part")
    axes.set_ylabel("imaginary part")
    if np.abs(imaginary).max() > 0:
        axes.set_aspect("equal", adjustable="datalim")
    else:
        axes.set_ylim(-1, 1)
        axes.set_yticks([0])
    axes.grid(alpha=0.25)
    return "Eigenvalues in the complex plane", figure


def _surface(report: MatrixReport) -> tuple[str, Any]:
    """n = 2: the graph of xᵀA x over the unit disk; n = 3: the unit sphere coloured by xᵀA x."""
    figure, axes = _figure(projection="3d", computed_zorder=False)
    draw = _graph_over_disk if report.shape[0] == 2 else _coloured_sphere
    caption = draw(axes, np.real(report.matrix), report.eigenvalues, np.real(report.eigenvectors))
    axes.set_xlabel("x1")
    axes.set_ylabel("x2")
    for axis in (axes.xaxis, axes.yaxis, axes.zaxis):
        axis.get_major_locator().set_params(nbins=5)
    return caption, figure


def _graph_over_disk(axes: Any, A: Array, values: Array, vectors: Array) -> str:
    radius, angle = np.linspace(0, 1, 30)[:, None], np.linspace(0, 2 * np.pi, 90)
    points = np.stack([radius * np.cos(angle), radius * np.sin(angle)])
    limit = float(np.abs(values).max()) or 1.0
    axes.plot_surface(*points, _form(A, points), cmap="coolwarm", vmin=-limit, vmax=limit, alpha=0.85, linewidth=0)
    reach = np.linspace(-1, 1, 41)
    for value, vector in zip(values, vectors.T, strict=True):
        axes.plot(reach * vector[0], reach * vector[1], value * reach**2, color="black", linewidth=1.8, zorder=10)
        axes.text(1.12 * vector[0], 1.12 * vector[1], value, f"{value:.3g}", zorder=11, fontweight="bold")
    axes.set_zlabel("x'Ax")
    return "The quadratic form x'Ax over the unit disk; black: along the eigenvectors, with the eigenvalues"


def _coloured_sphere(axes: Any, A: Array, values: Array, vectors: Array) -> str:
    from matplotlib import colormaps

    height, angle = np.linspace(0, np.pi, 60)[:, None], np.linspace(0, 2 * np.pi, 90)
    points = np.stack([np.sin(height) * np.cos(angle), np.sin(height) * np.sin(angle), np.cos(height) + 0 * angle])
    limit = float(np.abs(values).max()) or 1.0
    colours = colormaps["coolwarm"](0.5 + _form(A, points) / limit / 2)
    axes.plot_surface(*points, facecolors=colours, rstride=1, cstride=1, linewidth=0, antialiased=False, shade=False)
    towards = np.array([0.43, -0.75, 0.5])  # the viewer, at matplotlib's default angles
    for value, vector in zip(values, vectors.T, strict=True):
        out = vector if vector @ towards >= 0 else -vector
        axes.plot(*np.outer(out, [1.0, 1.5]), color="black", linewidth=2, zorder=10)
        axes.text(*(1.6 * out), f"{value:.3g}", zorder=11, fontweight="bold")
    axes.set_aspect("equal")
    axes.set_zlabel("x3")
    return "x'Ax on the unit sphere (blue negative, red positive); black: the eigenvectors, with the eigenvalues"


def _form(A: Array, points: Array) -> Array:
    """xᵀA x at each point; the first axis of `points` numbers the coordinates."""
    return np.einsum("i...,ij,j...->...", points, A, points)


def _level_lines(report: MatrixReport) -> tuple[str, Any]:
    """The level lines of xᵀA x: in the plane for n = 2, in the plane of the two outer eigenvectors for n = 3."""
    figure, axes = _figure()
    A, vectors = np.real(report.matrix), np.real(report.eigenvectors)
    basis = np.eye(2) if len(A) == 2 else vectors[:, [0, 2]]
    ticks = np.linspace(-1.3, 1.3, 161)
    plane = np.stack(np.meshgrid(ticks, ticks))
    form = _form(basis.T @ A @ basis, plane)
    step = (float(np.abs(form).max()) or 1.0) / 10
    levels = step * np.arange(-10, 11)
    colours = ["#1d4ed8" if level < 0 else "#b91c1c" if level > 0 else "black" for level in levels]
    lines = axes.contour(*plane, form, levels=levels, colors=colours, linewidths=1, linestyles="solid")
    axes.clabel(lines, levels=levels[::2], fmt="%.3g", fontsize=7)
    for value, vector in zip(report.eigenvalues[[0, -1]], (basis.T @ vectors[:, [0, -1]]).T, strict=True):
        axes.annotate("", xy=tuple(vector), xytext=(0, 0), arrowprops={"arrowstyle": "->", "linewidth": 2})
        axes.annotate(
            f"{value:.3g}", xy=tuple(1.13 * vector), ha="center", va="center", bbox={"color": "white", "pad": 1}
        )
    axes.set_aspect("equal")
    names = ("x1", "x2") if len(A) == 2 else ("along the first eigenvector", "along the third eigenvector")
    axes.set_xlabel(names[0])
    axes.set_ylabel(names[1])
    where = "" if len(A) == 2 else " in the plane of the first and third eigenvector"
    return f"Level lines of x'Ax{where} (blue below 0, black 0, red above); arrows: eigenvectors", figure
