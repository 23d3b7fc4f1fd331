"""What the run's page says, as Markdown: figures that add up, and hostile text that stays text."""

import re

import polars as pl
import pytest
from markdown_it import MarkdownIt

from pedigree.dataset.results import Distribution, GateResult, GateResults, LabelReadings, read_result
from pedigree.dataset.schemas import read_table
from pedigree.job_outputs import read_rows
from pedigree.report.markdown import escape_markdown
from pedigree.report.run_artifacts import (
    describe_cost,
    describe_distribution,
    describe_gates,
    describe_rejects,
    mask_and_escape,
)
from tests.support.make_finished_job import write_finished_job

NASTY = (
    "[click](https://evil.example) ![x](http://evil.example/x.png) <img src=x onerror=alert(1)> <script>1</script> "
    "| cell | `code` **bold** <https://evil.example> https://evil.example www.evil.example ~~gone~~ &lt;b&gt; # head"
)
COUNTS = {"cat": {"cat": 5, "dog": 3, "": 1}, "dog": {"dog": 3}}
READINGS = LabelReadings(by="judge", name="j", labels=["cat", "dog"], counts=COUNTS)
PICTURE = "data:image/png;base64,iVBORw0KGgo="


def read_tokens(markdown: str):
    """Return every token of a Markdown text, as GitHub's flavour has them."""
    blocks = MarkdownIt("commonmark", {"html": True}).enable(["table", "strikethrough"]).parse(markdown)
    return [token for block in blocks for token in (block, *(block.children or []))]


@pytest.fixture(scope="module")
def job(tmp_path_factory):
    return write_finished_job(tmp_path_factory.mktemp("notices"), hostile=NASTY)


@pytest.fixture(scope="module")
def notices(job):
    completions = read_table(job.table("completions"))
    rejects = read_table(job.table("rejects"))
    return {
        "labels": describe_distribution(
            read_result(Distribution, job.folder / "distribution.json"),
            read_result(GateResults, job.folder / "gates.json"),
            PICTURE,
            [PICTURE],
        ),
        "rejects": describe_rejects(job, rejects, 300),
        "gates": describe_gates(judge(job), read_rows(job), job),
        "cost": describe_cost(completions, completions["completion_id"].to_list()[:3]),
    }


def judge(job) -> GateResults:
    ids = read_rows(job)["row_id"].sort().to_list()
    failed = GateResult(
        name="no links", severity="critical", passed=False, figure=5, limit=0, failing_rows=5,
        message=f"no text holds a link: 5 of 240 rows fail, 0 may {NASTY}", failing_row_ids=ids[:5],
    )  # fmt: skip
    warned = GateResult(
        name=NASTY, severity="warning", passed=False, figure=0.123456, limit=0.1, message="read: 0.1235"
    )
    passed = GateResult(name="rows", severity="critical", passed=True, figure=1000, limit=1000, message="rows: 1,000")
    return GateResults(passed=False, suite="text-classification", gates=[passed, failed, warned])


@pytest.mark.parametrize("name", ["labels", "rejects", "gates", "cost"])
def test_hostile_text_stays_text(notices, name):
    tokens = read_tokens(notices[name])
    shown = " ".join(token.content for token in tokens if token.type == "text")
    assert NASTY.split()[0] in shown or name == "labels"
    assert not [token for token in tokens if token.type.startswith(("link", "html", "code", "fence", "s_"))]
    assert [token.attrs["src"] for token in tokens if token.type == "image"] == [PICTURE] * 2 * (name == "labels")
    assert not re.search(r"https?://|www\.evil", notices[name])  # what a viewer would make a link of by itself
    widths = {line.count(" | ") for line in notices[name].splitlines() if line.startswith("| no links")}
    assert len(widths) <= 1


def test_gates_that_fail_come_first_with_three_of_their_rows_and_warnings_before_all(notices, job):
    lines = notices["gates"].splitlines()
    assert lines[:3] == ["## Gates", "", "**1 failed. Nothing was published; all paid answers are kept.**"]
    assert lines[4].startswith("- **FAILED** no text holds a link: 5 of 240 rows fail, 0 may")
    assert [line[:4] for line in lines[5:8]] == ["  - "] * 3 and lines[8] == ""
    assert lines[9] == "Nobody has checked the labels."
    assert lines[11] == "- **Warning** read: 0.1235"
    assert lines[13] == "| gate | verdict | figure | limit | rows failing | what it says |"
    assert lines[14] == "| :-- | :-- | --: | --: | --: | :-- |"
    assert lines[15].startswith("| no links | **FAILED** | 5 | 0 | 5 | no text holds a link: 5 of 240 rows fail")
    assert lines[16].endswith("| **warning** | 0.1235 | 0.1 | 0 | read: 0.1235 |")
    assert lines[17] == "| rows | passed | 1,000 | 1,000 | 0 | rows: 1,000 |"


def test_labels_asked_for_and_given_are_told_beside_their_picture(job):
    gates = GateResults(passed=True, suite="text-classification", gates=[], readings=[READINGS])
    distribution = read_result(Distribution, job.folder / "distribution.json")
    lines = describe_distribution(distribution, gates, PICTURE, [PICTURE]).splitlines()
    picture = next(line for line in lines if line.startswith("![Judge"))
    assert "8 of 12 candidates the label asked for" in picture and "3 of cat as dog; 1 of cat as another" in picture
    assert "| cat | 9 | 5 | dog 3, another label 1 |" in lines and "| dog | 3 | 3 |  |" in lines


def test_every_reason_is_counted_explained_and_shown_once(notices, job):
    rejects = read_table(job.table("rejects"))
    reasons = dict(rejects["reason"].value_counts().iter_rows())
    lines = [line for line in notices["rejects"].splitlines() if line.startswith("| ")][1:]
    cells = {line.split(" | ")[0].removeprefix("| "): line.split(" | ") for line in lines}
    assert {reason: int(cells[reason][1]) for reason in reasons} == reasons
    assert cells["near-duplicate"][3].startswith("an earlier row has nearly the same text")
    examples = [line for line in notices["rejects"].splitlines() if line.startswith("- **")]
    assert [line.split("**")[1] for line in examples] == list(cells)[-len(examples) :]


def test_an_answer_without_a_row_is_a_reject_and_no_candidate(job):
    none, empty = pl.lit(None, pl.String), pl.lit("empty")
    whole = read_table(job.table("rejects")).head(2).with_columns(row_id=none, reason=empty)
    assert describe_rejects(job, whole, 0).startswith(
        "## 0 rejects of 0 candidates, and 2 answers or parts of answers without a whole row\n"
    )


def test_no_reject_is_a_table_of_nothing(job):
    assert describe_rejects(job, read_table(job.table("rejects")).clear(), 10) == "## 0 rejects of 10 candidates\n"


def test_cost_is_told_apart_by_who_paid_and_an_unknown_one_is_no_0(tmp_path, notices):
    this_run, ledger = (
        [line.split(" | ") for line in notices["cost"].splitlines() if line.startswith(f"| {source} | all")]
        for source in ("this run", "the ledger")
    )
    assert this_run[0][3] == "3" and int(ledger[0][3].replace(",", "")) > 3
    completions = read_table(write_finished_job(tmp_path, 80).table("completions"))
    unknown = completions.with_columns(cost_usd=None)
    assert describe_cost(unknown, []).rstrip().endswith("| unknown |")


def test_personal_data_is_masked_and_long_texts_are_cut():
    said = mask_and_escape("write to ann@example.org " + "x" * 400)
    assert "ann" not in said and "[e" in said.replace("\\", "") and "more characters" in said
    assert mask_and_escape("a\u202eb\nc") == escape_markdown("a\u202eb c")


def test_what_is_known_of_the_labels_comes_first_then_each_check_by_label(job, notices):
    assert notices["labels"].startswith("**People (Ann")
    assert "91% (84% to 96%)" in notices["labels"] and "7 of refund-request" in notices["labels"]
