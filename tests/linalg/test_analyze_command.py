"""`dvec analyze` as a person types it."""

import json

import numpy as np
import pytest
from click.testing import CliRunner

from dvec.cli.commands import dvec
from dvec.linalg import analyze as report_on


def run(*arguments, piped=None):
    """Through the group: a command keeps the help option that its first caller gave it, with or without -h."""
    return CliRunner().invoke(dvec, ["analyze", *(str(argument) for argument in arguments)], input=piped)


def test_a_file(tmp_path):
    np.save(tmp_path / "a.npy", np.array([[2, 1], [1, 2]]))
    result = run(tmp_path / "a.npy")
    assert result.exit_code == 0
    assert result.stdout.startswith("A 2 x 2 matrix, invertible, symmetric, positive definite.")


def test_a_pipe():
    assert "3 x 2" in run(piped="1 2\n3 4\n5 6\n").stdout
    assert "3 x 2" in run("-", piped="1,2\n3,4\n5,6\n").stdout


def test_a_literal():
    assert "singular" in run("[1,2;2,4]").stdout


def test_json():
    data = json.loads(run("[1,2;3,4]", "--json").stdout)
    wanted = report_on([[1, 2], [3, 4]])
    assert data["rank"] == 2
    assert np.isclose(data["determinant"], wanted.determinant)
    assert data["norms"] == wanted.norms
    assert {found["topic"] for found in data["findings"]} >= {"inverse", "rank", "condition"}
    rotation = json.loads(run("[0,-1;1,0]", "--json").stdout)
    assert rotation["eigenvalues"] == [[0.0, 1.0], [0.0, -1.0]]


def test_a_page(tmp_path):
    result = run("[1,2;2,4]", "--html", tmp_path / "page.html")
    assert result.exit_code == 0
    assert (tmp_path / "page.html").read_text(encoding="utf-8").startswith("<!doctype html>")
    assert "Written: " in result.stderr


@pytest.mark.parametrize(
    ("arguments", "piped", "message"),
    [
        (["nowhere.npy"], None, "nowhere.npy cannot be read: No such file"),
        (["[1,2;3]"], None, "row 2 has 1 entries"),
        (["[1,nan]"], None, r"A[0, 1] is nan"),
        ([], "", "standard input is empty"),
        (["[1]", "--html", "/nowhere/page.html"], None, "/nowhere/page.html cannot be written"),
    ],
)
def test_bad_input_is_code_2_and_a_sentence(arguments, piped, message):
    result = run(*arguments, piped=piped)
    assert result.exit_code == 2
    assert result.stdout == ""
    assert message in result.stderr
    assert "Traceback" not in result.stderr


def test_a_terminal_gets_colour_and_the_same_words(capsys):
    from rich.console import Console

    from dvec.linalg.terminal import show

    report = report_on([[1.0, 2], [2, 4]])
    show(report, Console(force_terminal=True, width=100))
    out = capsys.readouterr().out
    assert "\x1b[" in out
    for found in report.findings:
        assert found.verdict.split(",")[0] in out


def test_the_bar_goes_through_its_steps():
    from dvec.linalg.terminal import Bar

    report = report_on(np.eye(3), progress=Bar())
    assert report.rank == 3
