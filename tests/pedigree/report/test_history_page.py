"""The page of a dataset's figures over its versions: charts and tables of what each version's files tell."""

import html
import json
import re
from types import SimpleNamespace

import polars as pl
import pytest

from pedigree.errors import WorkspaceError
from pedigree.report.reports_site import history
from pedigree.report.reports_site.failing_rows import list_failing_rows
from pedigree.report.reports_site.files import find_source
from pedigree.report.reports_site.history import show_history
from pedigree.report.version_charts import draw_figure
from pedigree.workspace import Workspace
from tests.support.make_measured_job import copy_measured_job
from tests.support.make_published import NAME, share_small

HOSTILE = "</script><img src=x onerror=alert(1)>\u202e"


@pytest.fixture(scope="module")
def house(tmp_path_factory):
    return share_small(tmp_path_factory)


@pytest.fixture(scope="module")
def page(house):
    return show_history(Workspace(house.root), NAME)


def read_charts(page):
    return json.loads(re.search(r'id="charts">(.*?)</script>', page, re.DOTALL)[1])


def list_values(spec):
    (values,) = spec["datasets"].values()
    return values


def test_the_charts_show_the_figures_of_each_version_in_their_order(page, house):
    drawn = {json.dumps(list_values(spec)): spec for spec in read_charts(page).values()}
    lines = [line for values in drawn for line in json.loads(values)]
    for version in ("v1.0.0", "v1.0.1"):
        metrics = json.loads(house.git("show", f"{NAME}@{version}:data/{NAME}/metrics.json"))
        own = {line["name"]: line for line in lines if line["version"] == version and "name" in line}
        useful = metrics["usefulness"]["synthetic"]
        f1 = own["synthetic rows"]
        assert (f1["value"], [f1["low"], f1["high"]]) == (useful["macro_f1"], useful["macro_f1_interval"])
        assert own["Different texts in effect (Vendi score)"]["value"] == metrics["diversity"]["vendi_tfidf"]
        assert own["Different texts in effect (Vendi score)"]["rests"] == "60 rows"
        rejected = {
            line["reason"]: line["rejected"] for line in lines if line["version"] == version and "reason" in line
        }
        assert rejected == metrics["counts"]["rejects"]
    assert list(dict.fromkeys(line["version"] for line in lines)) == ["v1.0.0", "v1.0.1"]
    assert {"Share of right labels, by estimate", "Cost of 1,000 rows (USD)"} <= {line.get("name") for line in lines}


def test_each_chart_has_its_place_a_name_and_its_figures_in_the_table(page):
    places = re.findall(r'data-chart="([^"]+)" data-says="([^"]+)" role="img" aria-label="([^"]+)"', page)
    assert [name for name, _, _ in places] and {name for name, _, _ in places} == set(read_charts(page))
    assert all(says == label for _, says, label in places) and len({says for _, says, _ in places}) == len(places)
    assert "Share of right labels, by estimate" in page.split('id="figures"')[1]


def test_versions_link_to_their_reports_and_changes(page):
    assert f'href="/{NAME}@v1.0.0/report.html"' in page and f'href="/{NAME}@v1.0.1/changes"' in page
    assert f'href="/{NAME}@v1.0.0/changes"' not in page


def test_a_chart_without_intervals_has_no_layer_of_them():
    line = {"version": "v1.0.0", "name": "x", "value": 1.0, "low": None, "high": None, "rests": ""}
    kinds = [layer["mark"]["type"] for layer in draw_figure([line], ["v1.0.0"])["layer"]]
    assert kinds == ["line", "point"]
    known = draw_figure([line, {**line, "version": "v2.0.0", "low": 0.5, "high": 2}], ["v1.0.0", "v2.0.0"])
    assert [layer["mark"]["type"] for layer in known["layer"]] == ["rule", "line", "point"]


def test_a_dataset_without_versions_is_told(house):
    with pytest.raises(WorkspaceError, match="no versions"):
        show_history(Workspace(house.root), "shop-entailment")


def test_gates_that_were_not_passed_are_shown_with_the_rows_that_fail_them(house, monkeypatch):
    row = pl.read_parquet(house.root / f"data/{NAME}/train.parquet").row(0, named=True)
    gate = {"name": f"pii{HOSTILE}", "passed": False, "severity": "warning", "message": f"Some rows fail{HOSTILE}",
            "failing_row_ids": [row["row_id"], "f" * 64], "failing_rows": 2, "figure": 2, "limit": 0}  # fmt: skip
    drift = {
        "name": "drift: lengths",
        "passed": None,
        "message": "unsure",
        "figure": 0.25,
        "limit": 0.1,
        "severity": "critical",
    }
    real = history._read_json

    def read(root, commit, dataset, name):
        found = real(root, commit, dataset, name)
        return {**found, "gates": {"gates": [gate, drift]}} if name == "manifest.json" else found

    monkeypatch.setattr(history, "_read_json", read)
    page = show_history(Workspace(house.root), NAME)
    section = page.split('id="validation"')[1].split("</section>")[0]
    assert html.escape(row["text"][:60], quote=False).replace("'", "&#39;") in section and row["label"] in section
    assert f'href="/{NAME}@v1.0.0/rows/{row["row_id"]}"' in section and "its text is not there" in section
    assert ">warning</span>" in section and ">unknown</span>" in section
    assert HOSTILE[9:30] not in page and "\u202e" not in page and "&lt;img src=x" in section
    assert [line["value"] for line in list_values(read_charts(page)["drift"])] == [0.25, 0.25]


ODD = [[], None, {"counts": 3, "usefulness": []}, {"counts": {"rejects": [], "made": 0}}, {"gates": {"gates": [3, {}]}}]


@pytest.mark.parametrize("odd", ODD)
def test_files_of_another_release_make_an_empty_page_and_no_error(house, monkeypatch, odd):
    blob = json.dumps(odd).encode()
    history._read_json.cache_clear()
    monkeypatch.setattr(history, "git", SimpleNamespace(read_blob=lambda *_: blob))
    try:
        page = show_history(Workspace(house.root), NAME)
    finally:
        history._read_json.cache_clear()
    assert read_charts(page) == {} and "Each of these versions passed all of its gates." not in page


def test_failing_rows_of_a_table_that_is_gone_have_no_text(tmp_path_factory, tmp_path):
    job, _ = copy_measured_job(tmp_path_factory, tmp_path / "w")
    row_id = pl.read_parquet(job.table("train"))["row_id"][0]
    source = find_source(job.workspace, job.dataset)
    assert list_failing_rows(source, {"failing_row_ids": [row_id]})[0].text
    job.table("validation").unlink()
    assert [tuple(row) for row in list_failing_rows(source, {"failing_row_ids": [row_id]})] == [(row_id, "", "")]
    for odd in ({}, {"failing_row_ids": None}, {"failing_row_ids": [3, None]}, {"failing_row_ids": "abc"}):
        assert list_failing_rows(source, odd) == []
