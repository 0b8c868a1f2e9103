"""The examples in the room's two pages run and give what is printed there."""

import doctest
from pathlib import Path

import pytest

DOCS = Path(__file__).parents[2] / "docs"


@pytest.mark.parametrize("page", ["linalg.md", "cocktail_party.md"])
def test_the_examples_of_the_page_run(page):
    flags = doctest.NORMALIZE_WHITESPACE | doctest.IGNORE_EXCEPTION_DETAIL
    result = doctest.testfile(str(DOCS / page), module_relative=False, optionflags=flags, encoding="utf-8")
    assert result.attempted > 10
    assert result.failed == 0
