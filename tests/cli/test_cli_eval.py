"""`dvec eval`: files, literals, numbers, and what is wrong with them."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
import scipy.io
import scipy.sparse as sps

from dvec.cli.shown import number, table
from dvec.cli.values import literal

Run = Callable[..., SimpleNamespace]
A = np.array([[1.0, 2.0, 3.0], [4.0, 5.0, 6.5]])


def _saved(folder: Path, suffix: str) -> Path:
    path = folder / f"A{suffix}"
    if suffix == ".npy":
        np.save(path, A)
    elif suffix == ".npz":
        np.savez(path, anything=A)
    elif suffix == ".mtx":
        scipy.io.mmwrite(path, sps.coo_array(A))
    else:
        np.savetxt(path, A, delimiter=",")
    return path


@pytest.mark.parametrize("suffix", [".npy", ".npz", ".csv", ".mtx"])
def test_files(run: Run, tmp_path: Path, suffix: str) -> None:
    assert run("eval", "sum(A)", f"A={_saved(tmp_path, suffix)}") == (0, "21.5\n", "")


def test_a_sparse_npz(run: Run, tmp_path: Path) -> None:
    sps.save_npz(tmp_path / "A.npz", sps.csr_array(A))
    assert run("eval", "sum(A)", f"A={tmp_path / 'A.npz'}").out == "21.5\n"


@pytest.mark.parametrize(
    ("arguments", "printed"),
    [
        (["x'*A*x", "A=[2,1;1,3]", "x=[1;2]"], "18"),
        (["A*x", "A=[2 1\n1 3]", "x=[1,2]"], "4\n7"),
        (["A'", "A=[1,2;3,4]"], "1,3\n2,4"),
        (["lambda*eye(2)", "λ=1/4"], "0.25,0\n0,0.25"),
        (["a", "a=1/3"], str(1 / 3)),
        (["a", "a=pi"], "3.141592653589793"),
        (["a", "a=−2*sqrt(4)"], "-4"),
        (["a", "a=nan"], "nan"),
        (["a", "a=-inf"], "-inf"),
        (["sum(x)", "x=[1, inf]"], "inf"),
        (["A*x", "A=eye(2)", "x=[1,2]"], "1\n2"),
        (["a*x", "a=-1.5e1", "x=[1/3; sqrt(4)]"], "-5\n-30"),
        (["ones(n,1)", "n=3"], "1\n1\n1"),
        (["-x'*x", "x=[1;2]"], "-5"),
        (["inv(A)*b", "A=[2,0;0,4]", "b=[1;1]", "--given", "b: vector"], "0.5\n0.25"),
        (["a/b", "a=1", "b=0"], "inf"),
    ],
    ids=lambda value: value[0] if isinstance(value, list) else None,
)
def test_values_in_a_pipe_are_csv(run: Run, arguments: list[str], printed: str) -> None:
    assert run("eval", *arguments) == (0, printed + "\n", "")


def test_what_is_printed_reads_back(run: Run, tmp_path: Path) -> None:
    path = tmp_path / "out.csv"
    values = np.random.default_rng(0).normal(size=(3, 2))
    path.write_text(table(values))
    assert run("eval", "A", f"A={path}").out == table(values) + "\n"


def test_json(run: Run) -> None:
    found = json.loads(run("eval", "A*a", "A=[1,2;3,4]", "a=0.5", "--json").out)
    assert found == {
        "formula": "A*a",
        "shape": [2, 2],
        "given": "A: matrix(m, n); a: scalar",
        "value": [[0.5, 1.0], [1.5, 2.0]],
        "verification": None,
    }
    assert json.loads(run("eval", "1/a", "a=0", "--json").out)["value"] == "inf"


@pytest.mark.usefixtures("terminal")
def test_a_terminal_draws_the_matrix(run: Run) -> None:
    out = run("eval", "A*B", "A=[1,0;0,2]", "B=[1,2;3,4]").out
    assert "⎡1  2⎤" in out
    assert "⎣6  8⎦" in out
    assert "2 × 2" in out
    large = run("eval", "eye(n)", "n=100").out
    assert "⋮" in large
    assert all(len(line) <= 100 for line in large.splitlines())


@pytest.mark.parametrize(
    ("values", "complaint"),
    [
        (["A"], "'A' is no value"),
        (["=3"], "is no value"),
        (["A=[1,2;3]"], "row 2"),
        (["A=[1,2"], "never closed"),
        (["A=[]"], "no number"),
        (["A=[1,two]"], "'two' is no number"),
        (["A=[1;2]", "A=[1;2]"], "given twice"),
        (["A=nowhere.npy"], "nowhere.npy cannot be read"),
        (["A=file.exe"], "a file of a kind not known"),
        (["A="], "A: "),
        (["A=."], "A: "),
        ([], "no value is given for A"),
        (["B=[1]"], "no value is given for A"),
        (["A=[1,2;3,4]"], "A is 2×2"),
        (["A=[[1,2],[3,4]]"], "write '[1,2;3,4]'"),
        (["A=[[1, 2, 3], [4, 5, 6]]"], "write '[1, 2, 3;4, 5, 6]'"),
        (["A=[1;2,3]"], "row 2 of '[1;2,3]' has 2 entries, row 1 has 1"),
        (["A=[1,2;3]"], "has 1 entry, row 1 has 2"),
        (["A=[1,eye(2)]"], "'eye(2)' is no number"),
        (["A=1/x"], "a file of a kind not known"),
        (["A=__import__('os').getpid()"], "a file of a kind not known"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else None,
)
def test_bad_values_are_said_in_words(run: Run, values: list[str], complaint: str) -> None:
    status, out, err = run("eval", "A*ones(3,1)", *values)
    assert (status, out) == (2, "")
    assert complaint in err
    assert "dvec made a mistake" not in err


@pytest.mark.parametrize("suffix", [".npy", ".npz", ".csv", ".mtx"])
@pytest.mark.parametrize("content", [b"", b"\x00\xff\xfe garbage", b"PK\x03\x04", b"\x93NUMPY\x01\x00"], ids=repr)
def test_broken_files_are_said_in_words(run: Run, tmp_path: Path, suffix: str, content: bytes) -> None:
    path = tmp_path / f"A{suffix}"
    path.write_bytes(content)
    status, out, err = run("eval", "tr(A)", f"A={path}")
    assert (status, out) == (2, "")
    assert err.startswith("Error: A: ")


@pytest.mark.parametrize("content", ["", " \n\n", "# nothing\n"], ids=repr)
def test_a_csv_without_numbers_is_said_in_words(run: Run, tmp_path: Path, content: str) -> None:
    path = tmp_path / "A.csv"
    path.write_text(content)
    status, out, err = run("eval", "sum(A)", f"A={path}")
    assert (status, out) == (2, "")
    assert "is empty" in err or "no number" in err


def test_of_several_arrays_the_one_with_the_name_is_taken(run: Run, tmp_path: Path) -> None:
    path = tmp_path / "both.npz"
    np.savez(path, A=A, **{"λ": np.array(2.0)})
    assert run("eval", "lambda*sum(A)", f"A={path}", f"lambda={path}") == (0, "43\n", "")
    status, out, err = run("eval", "sum(B)", f"B={path}")
    assert (status, out) == (2, "")
    assert err == f"Error: B: {path}: it holds 2 arrays (A, λ), and none is called B\n"


def test_what_is_piped_in(process: Callable[..., subprocess.CompletedProcess[str]], tmp_path: Path) -> None:
    np.savez(tmp_path / "both.npz", A=A, B=2 * A)
    for name, total in (("A", "21.5\n"), ("B", "43\n")):
        with (tmp_path / "both.npz").open("rb") as piped:
            assert process("eval", f"sum({name})", f"{name}=-", stdin=piped).stdout == total
    with _saved(tmp_path, ".csv").open("rb") as piped:
        assert process("eval", "sum(A)", "A=-", stdin=piped).stdout == "21.5\n"


@pytest.mark.parametrize("suffix", [".npy", ".npz"])
@pytest.mark.parametrize("length", [6, 20, 100, 150, -1])
def test_what_was_cut_short_is_said_in_our_words(run: Run, tmp_path: Path, suffix: str, length: int) -> None:
    path = _saved(tmp_path, suffix)
    path.write_bytes(path.read_bytes()[:length])
    status, out, err = run("eval", "sum(A)", f"A={path}")
    assert (status, out) == (2, "")
    assert err == f"Error: A: {path}: it is damaged, or was cut short\n"


@pytest.mark.parametrize(("suffix", "save"), [(".npy", np.save), (".npz", np.savez)], ids=[".npy", ".npz"])
def test_objects_are_said_in_our_words(run: Run, tmp_path: Path, suffix: str, save: Callable[..., None]) -> None:
    path = tmp_path / f"A{suffix}"
    save(path, np.array([{"a": 1}]))
    err = run("eval", "tr(A)", f"A={path}").err
    assert err == f"Error: A: {path}: it holds Python objects, and numbers are needed\n"


def test_pickles_are_not_opened(run: Run, tmp_path: Path) -> None:
    path = tmp_path / "A.npy"
    np.save(path, np.array([{"a": 1}]), allow_pickle=True)
    assert run("eval", "tr(A)", f"A={path}").status == 2


def test_a_literal_is_read_and_never_executed() -> None:
    assert literal("[1, -2.5e-1; 1/8, −3]").tolist() == [[1, -0.25], [0.125, -3]]
    with pytest.raises(ValueError, match="is no number"):
        literal("[__import__('os').getpid(), 1]")


@pytest.mark.parametrize("value", [0.1, 1e300, -2.5, 3.0, float("inf"), 1e-320])
def test_numbers_read_back(value: float) -> None:
    assert float(number(value)) == value
