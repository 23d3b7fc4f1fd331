"""What is told of a study before it runs: rows of one label, files outside, held-out rows that tell no agreement."""

import json

import pytest

from pedigree.errors import RecipeError
from tasks.study.check import list_findings, plan_recipes, require_files
from tests.support.make_study import STUDY, make_study

HELD = "data/seeds/pets/held_out.jsonl"
REPLAY = "{strategy: replay, rows_per_call: 4, replay: {fields: {text: text}}}"


def find(root, text=STUDY, **files):
    """Return the findings of a study as texts; ``files`` are rows of its task."""
    workspace, file = make_study(root, text)
    for name, rows in files.items():
        path = workspace.root / f"data/seeds/pets/{name}.jsonl"
        path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    recipes = plan_recipes(file, workspace)
    found = list_findings(file, workspace, recipes)
    if any(one.level == "error" for one in found):
        with pytest.raises(RecipeError):
            require_files(file, workspace, recipes)
    return [f"{one.level}: {one.found}" for one in found]


def test_rows_of_one_label_are_no_test_and_teach_nothing(tmp_path):
    cats = [{"text": f"cat {number}", "label": "cat"} for number in range(3)]
    found = find(tmp_path / "w", held_out=cats)
    assert any("task pets has 3 held-out rows, all of the label 'cat'" in one for one in found)
    text = STUDY.replace(
        "    recipe: recipes/pets.yaml", "    recipe: recipes/pets.yaml\n    real: data/seeds/pets/real.jsonl"
    )
    found = find(tmp_path / "v", text, real=cats)
    assert any("task pets has 3 real rows to train on, all of the label 'cat'" in one for one in found)


def test_a_replayed_file_outside_of_the_workspace_is_an_error(tmp_path):
    (tmp_path / "x.jsonl").write_text('{"text": "a cat"}\n')
    text = STUDY.replace("{strategy: zero-shot, rows_per_call: 4}", REPLAY).replace(
        "offline/template", "replay/../x.jsonl"
    )
    assert any("../x.jsonl leads out of the workspace" in one for one in find(tmp_path / "w", text))


def test_agreement_that_no_held_out_row_tells_is_an_error(tmp_path):
    text = STUDY
    for number in (1, 2, 3, 4):
        text = text.replace(f"{{value: {number}, source: a guess}}", "agreement")
    told = "no held-out row tells how far its annotators agreed"
    assert sum(told in one for one in find(tmp_path / "w", text)) == 4
    rows = [{"text": f"the {label}", "label": label, "annotations": [label, "cat"]} for label in ("cat", "dog")]
    assert not any(told in one for one in find(tmp_path / "v", text, held_out=rows))
