"""A change is carried over to a text in another layout, and touches no other line."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pedigree.system.line_merge import carry_over

WORDS = st.lists(st.sampled_from(["a: 1", "b:", "  c: 2", "  - d", "# e", ""]), max_size=8)
OWN = "a:   1  # why\nb:\n- c:  2\n  d: 3\n\ne: {\n  f: 1 }\n"
PLAIN = "a: 1    # why\nb:\n  - c: 2\n    d: 3\n\ne: {f: 1}\n"


@pytest.mark.parametrize(
    ("change", "becomes"),
    [
        (("a: 1 ", "a: 5 "), OWN.replace("a:   1  #", "a: 5    #")),
        (("    d: 3", "    d: 4"), OWN.replace("d: 3", "d: 4")),
        (("    d: 3", "    d: 3\n    g: 4"), OWN.replace("d: 3", "d: 3\n  g: 4")),
        (("{f: 1}", "{f: 2}"), OWN.replace("{\n  f: 1 }", "{f: 2}")),
        (("{f: 1}\n", "{f: 1}\nh: 3\n"), OWN + "h: 3\n"),
        (("a: 1    # why\n", ""), OWN.removeprefix("a:   1  # why\n")),
        (("", ""), OWN),
    ],
)
def test_only_the_lines_of_the_change_are_touched(change, becomes):
    assert carry_over(OWN, PLAIN, PLAIN.replace(*change)) == becomes


@given(WORDS, WORDS)
@settings(max_examples=40)
def test_where_the_layout_is_equal_the_text_is_the_changed_one(before, after):
    old, new = ("\n".join([*lines, "end"]) + "\n" for lines in (before, after))
    assert carry_over(old, old, new) == new
