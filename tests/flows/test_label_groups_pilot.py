"""A judge that is shown some of the labels works in a pilot, and a recipe with one in a preview, offline."""

import io
import json

from rich.console import Console

from flows.pilot import run_pilot
from flows.preview import preview_dataset
from tests.support.workspaces import make_workspace

NAMES = ("price", "discount", "delivery", "stock", "hours")
LABELS = {name: {"share": 0.2, "means": f"asks about the {name}"} for name in NAMES}
JUDGE = {"model": "offline/template", "labels_shown": 3, "rows_per_call": 5, "calibrate": 0, "on_disagreement": "keep"}


def make(root):
    generators = [{"strategy": "zero-shot", "model": "offline/template", "rows_per_call": 5}]
    judges = [{"name": name, **JUDGE} for name in ("one", "two")]
    return make_workspace(
        root, labels=LABELS, rows=25, seeds=None, held_out=None, generators=generators, judges=judges, screens={}
    )


def test_a_pilot_rates_rows_by_groups_and_says_so(tmp_path):
    pilot = run_pilot(make(tmp_path / "w"), "pets", 2)
    assert {row.asked for row in pilot.ratings} == set(NAMES)
    assert all(set(row.given) == {"one", "two"} for row in pilot.ratings)
    assert "Judges were shown 3 of 5 labels about a row" in pilot.caution


def test_a_preview_shows_answers_and_asks_no_judge(tmp_path):
    workspace, shown = make(tmp_path / "w"), io.StringIO()
    preview_dataset(workspace, "pets", "stock", True, Console(file=shown, width=200))
    rows = [json.loads(line[2:]) for line in shown.getvalue().splitlines() if line.startswith("+ ")]
    assert rows and "none of these" not in shown.getvalue()
