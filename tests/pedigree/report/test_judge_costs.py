"""The table of what each judge cost: its figures are the sums of its own answers, and an unknown part is unknown."""

import re
from types import SimpleNamespace

import polars as pl

from pedigree.metrics.collect import _sum_by_judge
from pedigree.report.html import make_environment

ASKED = [("c1", "judge", "first"), ("c2", "judge", "first"), ("c3", "judge", "second"), ("c4", "zero-shot", "first")]
ANSWERED = [
    ("c1", 100, 7, 0.001, None),
    ("c2", 120, 9, 0.002, None),
    ("c3", 90, 5, None, None),
    ("c4", 9000, 900, 9.0, None),
]


def sum_up(answered=ANSWERED):
    prompts = pl.DataFrame(ASKED, ["completion_id", "strategy", "generator"], orient="row")
    columns = {"completion_id": pl.String, "tokens_in": pl.Int64, "tokens_out": pl.Int64, "cost_usd": pl.Float64}
    completions = pl.DataFrame(answered, {**columns, "failure": pl.String}, orient="row")
    judges = [SimpleNamespace(name=name, model=f"openai/{name}") for name in ("first", "second", "idle")]
    job = SimpleNamespace(recipe=SimpleNamespace(judges=judges))
    return _sum_by_judge(job, SimpleNamespace(tables={"prompts": prompts}, completions=completions))


def read_table(judges):
    page = make_environment().get_template("judge_costs.html.j2").render(metrics={"judges": judges})
    lines = re.findall(r"<tr>(?!<th)(.*?)</tr>", page, re.S)
    return [[re.sub("<.*?>", "", cell).strip() for cell in re.findall(r"<td.*?</td>", line, re.S)] for line in lines]


def test_the_sums_are_those_of_the_judges_own_answers():
    assert read_table(sum_up()) == [
        ["first", "openai/first", "2", "0", "220", "16", "0.0030"],
        ["second", "openai/second", "1", "0", "90", "5", "unknown"],
        ["idle", "openai/idle", "0", "0", "0", "0", "0.0000"],
    ]


def test_a_part_that_is_unknown_makes_the_sum_unknown():
    failed = [("c1", None, None, None, "timeout"), *ANSWERED[1:]]
    assert sum_up(failed)["first"] == {
        **{"model": "openai/first", "completions": 2, "failures": 1},
        **{"tokens_in": None, "tokens_out": None, "cost_usd": None},
    }
    assert read_table(sum_up(failed))[0] == ["first", "openai/first", "2", "1", "unknown", "unknown", "unknown"]
