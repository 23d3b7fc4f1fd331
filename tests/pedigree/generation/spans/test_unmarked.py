"""Rows of people that would be shown without marks are told before a run."""

import logging

import pytest

from pedigree.generation.spans.unmarked import warn_of_unmarked
from tests.support.marked_texts import MARKED
from tests.support.workspaces import make_job

SEEDS = [
    {"text": "[Rome](from_city) to [Kyiv](to_city)", "label": "cat"},
    {"text": "Rome to Kyiv", "label": "cat"},
    {"text": "is it late", "label": "dog"},
]
FEW_SHOT = {"strategy": "few-shot", "shots": 1, "model": "offline/template"}


@pytest.mark.parametrize("seeds, strategy, told", [(SEEDS, FEW_SHOT, True), (SEEDS[::2], FEW_SHOT, False),
                         (SEEDS, {"strategy": "zero-shot", "model": "offline/template"}, False)])  # fmt: skip
def test_a_seed_without_marks_is_told_if_seeds_are_shown(tmp_path, caplog, seeds, strategy, told):
    job = make_job(tmp_path / "w", seeds=seeds, generators=[strategy], **MARKED)
    with caplog.at_level(logging.WARNING, "pedigree"):
        warn_of_unmarked(job)
    assert (
        "1 of 2 seed rows whose labels have slots lack the marks of some, the first in line 2" in caplog.text
    ) == told
