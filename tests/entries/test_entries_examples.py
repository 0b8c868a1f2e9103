"""The examples in docstrings and documentation of dvec.entries run; every public name has one, with its source."""

import doctest
from pathlib import Path

import pytest

from dvec import entries

PUBLIC = [name for name in entries.__all__ if name[0].islower()]


@pytest.mark.parametrize("name", PUBLIC)
def test_examples(name):
    call = getattr(entries, name)
    tests = doctest.DocTestFinder().find(call, name, globs={})
    results = [doctest.DocTestRunner().run(test) for test in tests]
    assert sum(r.attempted for r in results) > 0
    assert sum(r.failed for r in results) == 0
    assert "Source: " in call.__doc__


def test_documentation():
    page = Path(__file__).parents[2] / "docs" / "entries.md"
    found = doctest.testfile(str(page), module_relative=False)
    assert found.attempted > 10
    assert found.failed == 0
