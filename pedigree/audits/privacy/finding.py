"""What the audits of texts and of tables have in common: a finding, the audit, and what was sent."""

from collections.abc import Sized
from dataclasses import dataclass

from pedigree.audits.privacy.diversity_sent import list_questions
from pedigree.audits.privacy.sent import SENT_RUN, describe_sent_rows, find_sent_rows
from pedigree.job import Job

MOST_ROWS = 5000  # whose nearness is measured; copies and personal data are looked for in all rows
MOST_PEOPLE = 2000  # rows of people of each side that nearness and membership use


@dataclass(frozen=True)
class Finding:
    """One measure: ``figure`` is a sentence part; ``warns`` is None where nothing could be measured."""

    name: str
    figure: str
    warns: bool | None
    means: str
    limits: str


@dataclass(frozen=True)
class Audit:
    """The findings on ``rows`` rows, against the rows of people that were shown and those that were not."""

    dataset: str
    rows: int
    shown: int
    unseen: int
    findings: list[Finding]
    copies: list[dict[str, object]]


def describe_sent(job: Job) -> Finding:
    """Return the finding on the rows of people that stand in a message to a generator or to the scorer of diversity."""
    found = find_sent_rows(job, list_questions(job))
    words = f"{SENT_RUN} words in a row (of a shorter row all) stand"
    what = "all values stand in one line" if job.recipe.tabular else words
    figure = "unknown: there is no table of prompts" if found is None else describe_sent_rows(found)
    return Finding(
        "sent to a model",
        figure,
        None if found is None else bool(job.recipe.private and found.rows),
        f"Rows of people of which {what} in a message to a generator, or to the model that scores diversity.",
        "Judges' prompts are not searched. Other words for the same thing are not found.",
    )


def say_unknown(shown: Sized, unseen: Sized) -> str:
    """Return why a figure that compares rows of people is unknown."""
    lack = " and ".join([*["rows that were shown"] * (not len(shown)), *["held-out rows"] * (not len(unseen))])
    return f"unknown: there are no {lack}" if lack else "unknown: there are no rows"
