"""The last lines of a run say what was published, and warnings come last."""

import pytest

from cli.run import format_result
from flows.run_result import RunResult


def result(**changes) -> RunResult:
    plain = {
        "dataset": "pets", "rows": 8, "rejects": 0, "asked_now": 2, "held": 0, "tokens_now": 9, "usd_now": 0.0,
        "stop": "every label has its rows after 1 round", "warnings": (), "version": None, "change": None,
        "report": "data/pets/report.html",
        "labels_checked": {
            "known": "Nobody has checked the labels",
            "sentences": ["Nobody has checked the labels"],
            "evidence": [],
        },
    }  # fmt: skip
    return RunResult(**{**plain, **changes})


@pytest.mark.parametrize(
    ("publish", "version", "line"),
    [
        (True, "pets@v1.0.0", "version: pets@v1.0.0 (major)"),
        (True, None, "version: none new, the content equals that of the last one"),
        (False, None, "version: none, as --no-publish was given"),
    ],
)
def test_the_version_is_said_last(publish, version, line):
    assert format_result(result(version=version, change=version and "major"), publish)[-1] == line


def test_rejects_that_are_no_candidates_are_told():
    assert "pets: 8 rows, 0 rejects; every label" in "\n".join(format_result(result(), True))
    line = "pets: 8 rows, 9 rejects (7 of them answers or parts of answers without a whole row); every label"
    assert line in "\n".join(format_result(result(rejects=9, unread=7), True))


def test_a_warning_is_seen_after_the_version():
    lines = format_result(result(version="pets@v1.0.0", warnings=("labels are far from the target",)), True)
    assert lines[-2:] == ["WARNING: read this before you use the rows:", "  warning: labels are far from the target"]


def test_what_was_decided_about_weights_is_said_in_one_line():
    lines = format_result(result(weights="auto: every weight is 1, as no scheme was better"), True)
    assert "weights: auto: every weight is 1, as no scheme was better" in lines
    assert not any(line.startswith("weights") for line in format_result(result(), True))


def test_what_is_known_of_the_labels_comes_first():
    assert format_result(result(), True)[0] == "labels: Nobody has checked the labels"
