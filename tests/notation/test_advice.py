"""What errors advise: word for word, and that whoever follows the advice is understood."""

import pytest

from dvec.core.errors import Span, caret


@pytest.mark.parametrize("before", ["日本*", "é*", "e\u0301*", "x*"])
def test_the_caret_stands_under_its_place_in_columns_of_a_terminal(before):
    wide = {"日本*": 5}.get(before, 2)
    assert caret(before + "foo", Span(len(before), len(before) + 3)).splitlines()[1] == "  " + " " * wide + "^^^"
