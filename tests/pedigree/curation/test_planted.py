"""Planted duplicates, copies, refusals, comments and gaps are found in each language as in English."""

import pytest

from tests.support.planted_sets import PLANTED, find_planted, load_sets, tabulate_findings
from tests.support.workspaces import REPOSITORY

ENGLISH = find_planted("en").found


@pytest.mark.parametrize("language", load_sets())
def test_what_is_planted_is_found_and_no_text_of_people_is_turned_away(language):
    of = find_planted(language)
    assert of.false_alarms == []
    assert all(of.found[kind] >= ENGLISH[kind] for kind in PLANTED if kind != "later"), of.missed
    assert of.found["later"] >= ENGLISH["later"] - 1


def test_the_table_of_the_page_is_what_the_screens_do():
    assert tabulate_findings() in (REPOSITORY / "docs/languages.md").read_text(encoding="utf-8")
