"""The reports' site of a workspace with a study: its row in the list, its page, and the reports of its datasets."""

import json
import subprocess
from contextlib import ExitStack

import pytest

from cli.serve import serve_reports
from pedigree.studies.output_files import CELL_RESULT, find_cells, find_results
from pedigree.workspace import Workspace
from tests.pedigree.report.test_site import assert_guarded, fetch, find_free_port
from tests.support.workspaces import make_workspace

MANIFEST = {"study": "pets", "datasets": 2, "failed": 0, "tables": {"results": {"rows": 4}}}
MADE, OPEN = "pets.few-shot.small.seed-0.4", "pets.zero-shot.small.seed-0.4"
REPORT = '<title>x</title><body><p class="kicker">Dataset report</p><h1>pets</h1>'
FIGURES = {"rows": 4, "rejects": {"meta-text": 2}, "gates_failed": ["class floor"], "labels_right": 0.9,
           "labels_by": "a <b>classifier</b>"}  # fmt: skip


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    workspace = make_workspace(tmp_path_factory.mktemp("study") / "w")
    results, cells = find_results(workspace, "pets"), find_cells(workspace, "pets")
    subprocess.run(["git", "init", "-q", workspace.root], check=True)
    results.mkdir(parents=True)
    (results / "manifest.json").write_text(json.dumps(MANIFEST))
    (results / "report.html").write_text('<title>Study pets</title><body><p class="kicker">Study</p><h1>pets</h1>')
    for name, made in ((MADE, True), (OPEN, False)):
        (cells / name / "data/pets").mkdir(parents=True)
        if made:
            (cells / name / CELL_RESULT).write_text(json.dumps(FIGURES))
            (cells / name / "data/pets/report.html").write_text(REPORT)
    with ExitStack() as stack:
        yield serve_reports(Workspace(workspace.root), find_free_port(), stack)


def test_list_page_and_datasets_of_a_study_lead_to_each_other(site):
    listed = fetch(site)[2]
    assert "2 datasets compared" in listed and listed.count("see its page") == 2
    for link in ("/study-pets/report.html", "/study-pets/datasets"):
        assert f'href="{link}"' in listed
    page = fetch(f"{site}study-pets/report.html")[2]
    assert '<a href="/study-pets/datasets">its datasets</a>' in page and "Study · in the workspace" in page
    text = fetch(f"{site}study-pets/datasets")[2]
    assert f'href="/study-pets/datasets/{MADE}/report.html"' in text and f"{OPEN}/report.html" not in text
    assert "not passed: class floor" in text and "not finished" in text and "90" in text and "<b>class" not in text
    report = fetch(f"{site}study-pets/datasets/{MADE}/report.html")[2]
    assert f"<title>One dataset of study-pets · {MADE}: dataset report</title>" in report
    assert '<a href="/study-pets/report.html">results</a>' in report and "<h1>pets</h1>" in report


@pytest.mark.parametrize("path", ["report.html", "datasets", f"datasets/{MADE}/report.html"])
def test_pages_of_a_study_are_guarded_and_sent_once(site, path):
    status, headers, _ = fetch(f"{site}study-pets/{path}")
    assert status == 200 and headers["Cache-Control"] == "no-cache"
    assert_guarded(headers)
    again, headers, text = fetch(f"{site}study-pets/{path}", headers={"If-None-Match": headers["ETag"]})
    assert (again, text) == (304, "")
    assert_guarded(headers)


@pytest.mark.parametrize(
    ("path", "says"),
    [
        ("study-pets/rows", "a study has a page of results"),
        ("study-pets/README.md", "a study has a page of results"),
        (f"study-pets/datasets/{OPEN}/report.html", "has no report on this machine"),
        ("study-pets/datasets/..%2F..%2F..%2Fetc/report.html", ""),
        ("study-pets/datasets/../report.html", ""),
        ("study-none/datasets", "no dataset of this study is on this machine"),
        ("pets/datasets", "pets is no study"),
        ("study-pets@v1.0.0/datasets", ""),
    ],
)
def test_what_a_study_has_not_is_told(site, path, says):
    status, headers, text = fetch(f"{site}{path}")
    assert status == 404 and says in text and "Traceback" not in text
    assert_guarded(headers)
