"""Matrices from files and pipes: what is written comes back, and what is wrong is named."""

import gzip
import io

import numpy as np
import pytest
import scipy.io
import scipy.sparse as sps
from hypothesis import given
from hypothesis import strategies as st

from dvec.linalg.files import parse_literal, read_bytes, read_matrix

A = np.array([[1.5, -2.0, 0.0], [3e-7, 4.0, 1e10]])


def saved(tmp_path, name, write):
    path = tmp_path / name
    write(path)
    return path


def mtx(path, matrix=A):
    with path.open("wb") as file:
        scipy.io.mmwrite(file, matrix)


WRITERS = {
    "a.npy": lambda path: np.save(path, A),
    "a.npz": lambda path: np.savez(path, A),
    "a.csv": lambda path: np.savetxt(path, A, delimiter=","),
    "semicolons.csv": lambda path: np.savetxt(path, A, delimiter=";"),
    "a.tsv": lambda path: np.savetxt(path, A, delimiter="\t"),
    "a.txt": lambda path: np.savetxt(path, A),
    "heading.csv": lambda path: np.savetxt(path, A, delimiter=",", header="x,y,z", comments=""),
    "comment.csv": lambda path: np.savetxt(path, A, delimiter=",", header="made by hand"),
    "bom.CSV": lambda path: path.write_text("\ufeff" + "\n".join(",".join(map(repr, row)) for row in A.tolist())),
    "a.mtx": mtx,
    "a.mtx.gz": lambda path: (mtx(path), path.write_bytes(gzip.compress(path.read_bytes()))),
}


@pytest.mark.parametrize("name", WRITERS)
def test_what_is_written_comes_back(tmp_path, name):
    path = saved(tmp_path, name, WRITERS[name])
    assert np.array_equal(read_matrix(path), A)
    if not name.endswith(".gz"):
        assert np.array_equal(read_bytes(path.read_bytes()), A)


def test_sparse_files_stay_sparse(tmp_path):
    S = sps.csr_array(A)
    sps.save_npz(tmp_path / "s.npz", S)
    mtx(tmp_path / "s.mtx", S)
    for name in ("s.npz", "s.mtx"):
        got = read_matrix(tmp_path / name)
        assert sps.issparse(got)
        assert np.array_equal(got.toarray(), A)


def test_a_mark_at_the_end_of_each_line_is_no_entry():
    assert np.array_equal(read_bytes(b"1,2,\n3,4,\n"), [[1, 2], [3, 4]])


def test_complex_numbers_in_text():
    assert np.array_equal(read_bytes(b"1+2j, 3\n0, -1i\n"), [[1 + 2j, 3], [0, -1j]])
    assert np.array_equal(parse_literal("[1+2i, 3; 0, -1i]"), [[1 + 2j, 3], [0, -1j]])


@pytest.mark.parametrize("text", ["[1,2;3,4]", "[1 2\n3 4]", "1, 2; 3, 4", "[ 1 , 2 ; 3 , 4 ;]"])
def test_literals(text):
    assert np.array_equal(parse_literal(text), [[1, 2], [3, 4]])


def test_one_array_of_several_by_its_name(tmp_path):
    path = tmp_path / "two.npz"
    np.savez(path, first=A, second=A.T)
    assert np.array_equal(read_matrix(path, key="second"), A.T)
    with pytest.raises(ValueError, match=r"2 arrays \(first, second\), and which one is wanted is not said"):
        read_matrix(path)
    with pytest.raises(ValueError, match="none is called 'third'"):
        read_matrix(path, key="third")


def pickled():
    buffer = io.BytesIO()
    np.save(buffer, np.array([{"a": 1}], dtype=object), allow_pickle=True)
    return buffer.getvalue()


BAD = {
    "missing.npy": (None, "cannot be read: No such file"),
    "empty.csv": (b"", "is empty"),
    "a.xlsx": (b"x", "a file of a kind not known here; known are .csv, .dat, .mtx, .npy, .npz, .tsv, .txt"),
    "plain": (b"1", "a kind not known here"),
    "ragged.csv": (b"1,2\n3\n", "line 2 has 1 entries, and line 1 has 2"),
    "ragged.txt": (b"[1,2;3]", "row 2 has 1 entries"),
    "word.csv": (b"1,2\n3,four\n", "line 2 has 'four', which is not a number"),
    "gap.csv": (b"1,2,3\n4,,6\n", "line 2 has a missing entry"),
    "heading.csv": (b"a,b\n", "there is no number in it"),
    "literal.txt": (b"[]", "there is no number in it"),
    "bytes.csv": (b"\xff\xfe\x00\x01", "neither a known binary format nor UTF-8"),
    "wrong.npy": (b"not numpy", "wrong.npy: "),
    "pickle.npy": (pickled(), "Python objects"),
    "wrong.npz": (b"PK\x03\x04 broken", "wrong.npz: "),
    "wrong.mtx": (b"%%MatrixMarket matrix nonsense", "wrong.mtx: "),
    "wrong.mtx.gz": (b"not gzip", "wrong.mtx.gz: "),
}


@pytest.mark.parametrize("name", BAD)
def test_what_cannot_be_read_is_named(tmp_path, name):
    content, message = BAD[name]
    path = tmp_path / name
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(ValueError, match="(?s)" + message.replace("(", r"\(")) as caught:
        read_matrix(path)
    assert name in str(caught.value)


def read_or_refuse(content):
    """The array, or None where the content is refused with a sentence that names its origin."""
    try:
        return read_bytes(content)
    except ValueError as error:
        message = str(error)
    assert message.startswith("standard input")
    return None


@given(st.binary(max_size=60))
def test_any_bytes_give_an_array_or_a_sentence(data):
    for content in (data, b"\x93NUMPY" + data, b"PK" + data, b"%%MatrixMarket" + data, b"[" + data):
        read_or_refuse(content)


@given(st.text(alphabet="0123456789.,;[] +-eij\n\tna#%", max_size=40))
def test_any_text_gives_an_array_or_a_sentence(text):
    got = read_or_refuse(text.encode())
    assert got is None or got.ndim == 2
