"""The table of a study, what it finds, its files and its page."""

import json
import re

import numpy as np
import polars as pl
import pytest
from sklearn.metrics import f1_score

from pedigree.report.studies.mixes import list_gains, list_mixes
from pedigree.report.studies.page import write_page
from pedigree.report.studies.sentences import describe_findings, describe_mixing, describe_ranking, describe_writers
from pedigree.studies.comparison import compare
from pedigree.studies.output_files import read_study, write_results
from pedigree.studies.settings import REAL, TEMPLATE
from pedigree.studies.table import SCHEMA, tabulate
from tests.support.make_study import make_results


@pytest.fixture(scope="module")
def results(tmp_path_factory):
    file, cells, models, people = make_results(tmp_path_factory.mktemp("study") / "w")
    people = {key: one | ({"agreement": [1.0, 0.5] * 20} if key[0] == "hens" else {}) for key, one in people.items()}
    table = tabulate(file.study, cells, models, people)
    return file, cells, people, table, compare(file.study, table, cells, people)


def test_the_table_has_a_row_for_each_dataset_amount_and_student(results):
    _, cells, _, table, _ = results
    assert dict(table.schema) == SCHEMA
    assert table.filter(pl.col("strategy") != REAL).height == len(cells) * 2
    assert table.filter(pl.col("strategy") == REAL).height == 4 * 2 * 2
    row = table.row(by_predicate=(pl.col("task") == "hens") & (pl.col("strategy") == "few-shot") & (pl.col("seed") == 7)
                    & (pl.col("size") == 8) & (pl.col("real_rows") == 2), named=True)  # fmt: skip
    cell = next(one for one in cells if one.name == "hens.few-shot.small.seed-7.8")
    trial = cells[cell]["trials"][1]
    true = np.arange(40) % 2
    assert row["macro_f1"] == pytest.approx(f1_score(true, trial["predicted"], average="macro"), abs=1e-6)
    assert row["macro_f1_low"] < row["macro_f1"] < row["macro_f1_high"] and row["accuracy"] == 0.9
    assert row["gap_to_real"] == pytest.approx(row["real_macro_f1"] - row["macro_f1"], abs=1e-5)
    assert row["gap_low"] < row["gap_to_real"] < row["gap_high"]
    assert (row["written_by"], row["subjectivity"], row["cost_usd"], row["rejected"]) == ("offline", 4, 0.25, 2)
    assert json.loads(row["rejects"]) == {"meta-text": 2}


def test_the_systems_are_ranked_over_the_tasks(results):
    ranking = results[4]["students"]["tfidf-logreg"]["ranking"]
    assert ranking["systems"] == {REAL: 1, "few-shot": 2, "zero-shot": 3, TEMPLATE: 4}
    assert ranking["tasks"] == 4 and ranking["can_tell"] and ranking["p"] < 0.05
    assert ranking["different"] == [[REAL, TEMPLATE]]
    [first, rests] = describe_ranking(ranking)
    assert first.startswith("Real is better than template (Friedman's chi-square is 12.00")
    assert "4 tasks and 4 systems" in rests and "Demšar 2006 asks for more than 10 tasks" in rests


def test_the_gap_is_set_against_subjectivity_and_seeds_have_a_spread(results):
    found = results[4]["students"]["tfidf-logreg"]
    few = next(one for one in found["subjectivity"] if one["system"] == "few-shot")
    assert few["pairs"] == 4 and few["exact"] and [one["subjectivity"] for one in few["points"]] == [1, 2, 3, 4]
    system = next(one for one in found["systems"] if one["system"] == "few-shot")
    assert system["seeds"] == 2 and system["std"] == pytest.approx(np.std(system["each"], ddof=1), abs=1e-6)
    assert any("few-shot: Spearman's rho" in said and "n = 4" in said for said in describe_findings(found))


def test_the_gap_of_a_system_has_a_paired_interval_and_its_task_is_described(results):
    found = results[4]
    systems = {(one["task"], one["system"]): one for one in found["students"]["tfidf-logreg"]["systems"]}
    few, real = systems["hens", "few-shot"], systems["hens", REAL]
    assert few["gap"] == pytest.approx(real["macro_f1"] - few["macro_f1"], abs=1e-6)
    assert few["gap_low"] < few["gap"] < few["gap_high"] and few["accuracy"] == 0.85
    assert real["gap"] is None and real["rows"] == [6, 6] and few["rows"] == [8, 8]
    assert found["tasks"]["hens"] == {"labels": 2, "held_out": 40, "real": 6} and found["subjectivity"]["hens"] == 4


def test_synthetic_rows_beside_real_ones_are_set_against_as_many_real_ones(results):
    file, _, _, table, _ = results
    rows = [{**row, "system": row["strategy"]} for row in table.iter_rows(named=True)]
    lines = {(line["task"], line["real_rows"]): line for line in list_mixes(file.study, rows)}
    assert {amount for _, amount in lines} == {0, 2} and lines["hens", 0]["real"] is None
    mixed = lines["hens", 2]
    assert mixed["systems"]["few-shot"]["gain"] == mixed["systems"]["few-shot"]["macro_f1"] - mixed["real"]
    gains = list_gains(file.study, rows)
    assert {gain["amount"] for gain in gains} == {2} and TEMPLATE not in {gain["system"] for gain in gains}
    assert describe_mixing(gains, 2)[0].endswith("of 8 pairs of task and system, of 2 seeds each.")


def test_the_cost_of_a_point_is_that_of_a_dataset_by_its_f1(results):
    *_, table, found = results
    few = next(one for one in found["diversity"] if one["system"] == "few-shot")
    own = table.filter((pl.col("strategy") == "few-shot") & (pl.col("size") == 8) & (pl.col("real_rows") == 0))
    assert few["usd"] == 0.25 * 8 and few["datasets"] == 8 and few["reject_share"] == 0.2
    assert few["usd_per_point"] == pytest.approx((0.25 / (100 * own["macro_f1"])).mean(), abs=1e-6)


def test_a_failed_dataset_stays_in_the_table_without_figures(results):
    file, cells, people, *_ = results
    first, *others = cells
    broken = {first: {"status": "failed", "why": "no answer"}} | {cell: cells[cell] for cell in others}
    table = tabulate(file.study, broken, dict.fromkeys(cells, "openai/x"), people)
    [row] = table.filter(pl.col("status") == "failed").to_dicts()
    assert row["why"] == "no answer" and row["macro_f1"] is None and row["written_by"] == "model"
    assert compare(file.study, table, broken, people)["failed"] == [{"cell": first.said, "why": "no answer"}]


def test_too_few_tasks_and_replayed_rows_are_told():
    ranking = {"systems": {"a": 1, "b": 2, "c": 3}, "tasks": 2, "left_out": [], "can_tell": False, "needed": 3}
    assert describe_ranking(ranking)[0].startswith("2 tasks can't tell whether 3 systems differ: it needs 3 or more")
    assert describe_ranking(None) == ["No task has two systems, so there is nothing to rank."]
    said = describe_writers([("rewrite", "gpt-4", "replay/x.jsonl", "replay"), ("zero", "m", "openai/m", "model")])
    assert said == [
        "rewrite (gpt-4): made by replay of a file: the model was asked earlier and by others, so its prompts, and "
        "what they cost, are not known here.",
        "zero (openai/m): made by asking the model.",
    ]


def test_equal_results_give_equal_files_that_hold_the_table(results, tmp_path):
    *_, table, _ = results
    for name in ("one", "two"):
        write_results(tmp_path / name, table)
    files = {path.name: path.read_bytes() for path in (tmp_path / "one").iterdir()}
    assert files == {path.name: path.read_bytes() for path in (tmp_path / "two").iterdir()}
    assert pl.read_parquet(tmp_path / "one/results.parquet").equals(table)
    assert json.loads(files["results.json"]) == table.to_dicts()
    assert pl.read_csv(tmp_path / "one/results.csv", schema=SCHEMA)["macro_f1"].equals(table["macro_f1"])
    assert read_study(b'{"study": "x"}') and read_study(b"{}") is None and read_study(b"no") is None


def test_the_page_has_each_figure_with_what_it_rests_on(results, tmp_path, monkeypatch):
    monkeypatch.setattr("pedigree.report.html.call_in_helper", lambda *_: "")  # the scripts of Vega take seconds
    file, _, _, table, found = results
    whole = {**found, "cost": {"calls": 9, "tokens_in": 1, "tokens_out": 2, "usd": 1.5}}
    for name in ("one", "two"):
        write_page(file.study, table, whole, tmp_path / f"{name}.html")
    page = (tmp_path / "one.html").read_text(encoding="utf-8")
    assert page == (tmp_path / "two.html").read_text(encoding="utf-8")
    for id in ("scores-s0", "ranks-s0", "gaps-s0", "curves-s0", "diversity", "cost", "all", "rests"):
        assert f'<section id="{id}">' in page and f'href="#{id}"' in page
    places = re.findall(r'data-chart="([^"]+)" data-says="([^"]+)" role="img" aria-label="([^"]+)"', page)
    charts = json.loads(re.search(r'id="charts">(.*?)</script>', page, re.DOTALL)[1])
    assert {name for name, *_ in places} == {*charts} and all(says == label and says for _, says, label in places)
    assert {"scores-s0", "ranks-s0", "gaps-s0", "diversity", "mixed-s0-hens", "grown-s0-hens"} <= {*charts}
    assert "agreement-s0-hens" in charts and "agreement-s0-dogs" not in charts
    for said in (
        "are no evidence about a real model",
        "95 % intervals over 1,000 resamples of the held-out rows",
        "Ticks are the 2 seeds",
        "hens, few-shot: from all 40 rows to the 20 of agreement 100%, accuracy changed by",
        "Top-5 similarity to real",
        "+ <bdi>few-shot</bdi>",
        "Subjectivity is <bdi>a guess</bdi>",
        "Beside 2 real rows, synthetic ones changed macro-F1 by",
        "Real rows left out, as they are held out or repeat another: pets 1",
        "$1.50",
    ):
        assert said in page, said
