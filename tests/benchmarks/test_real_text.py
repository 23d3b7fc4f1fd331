"""The table from real models' text: what is run, its figures against plain students, and the words of its page."""

import json
import random
from dataclasses import replace

import numpy as np
import pytest
from sklearn.metrics import f1_score

from benchmarks.real_text import compute, find_absent, main
from benchmarks.real_text_figures import Figures, Score
from benchmarks.real_text_page import write_page
from benchmarks.real_text_sources import DATA, PARROT, SOURCES, SST2, Source, read_real, write_workspace
from pedigree.metrics.text_classifier import train_classifier
from pedigree.recipe.screen_settings import Screens
from pedigree.recipe.yaml_file import load_recipe
from tests.support.workspaces import REPOSITORY

WORDS = {
    "hyperbole": ["million", "tons", "endless", "galaxy", "forever", "explode", "starving", "universe"],
    "not hyperbole": ["table", "tuesday", "station", "paper", "regular", "minutes", "kitchen", "street"],
}
COMMON = ["the", "bag", "that", "we", "took", "home", "on", "a", "day", "with", "some", "rain", "was", "here"]
HYPERBOLE = Source(PARROT[0], "GPT-4", "balanced_gpt-4_augmented.json")
REVIEWS = Source(SST2, "CTRL", "train.json")


def write_text(chance, label):
    """Return a text with words of its label, or one time in seven of the other."""
    label = label if chance.random() < 0.85 else next(other for other in WORDS if other != label)
    return " ".join(chance.sample(COMMON, 3) + chance.choices(WORDS[label], k=3))


@pytest.fixture(scope="module")
def data(tmp_path_factory):
    """Made-up files of the form that the real ones have."""
    root, chance = tmp_path_factory.mktemp("data"), random.Random(1)

    def write_rows(count):
        return [{"text": write_text(chance, label), "target": label} for label in WORDS for _ in range(count)]

    parrot, sst2 = root / "llm/parrot/hypo-l", root / "llm/supergen/sst2"
    parrot.mkdir(parents=True)
    sst2.mkdir(parents=True)
    base, test = write_rows(6), write_rows(40)
    test += [{"text": base[0]["text"].upper(), "target": "hyperbole"}, test[0]]
    written = [{**row, "augmented_text": row["text"] + " indeed", "text": "x"} for row in write_rows(30)]
    written += [
        written[0],
        {"text": "x", "target": "hyperbole", "augmented_text": "(Hyperbole) a bag that was here"},
    ]
    for name, rows in (("base", base), ("test", test), ("balanced_gpt-4_augmented", written)):
        (parrot / f"{name}.json").write_text(json.dumps(rows))
    lines = [f'{row["text"]} "quoted {place}\t{place % 2}' for place, row in enumerate(write_rows(130))]
    (sst2 / "test.tsv").write_text("\n".join(["sentence\tlabel", *lines]) + "\n")
    (sst2 / "train.json").write_text(json.dumps([{"text": "a fine film", "label": "1"}]))
    return root


@pytest.fixture(scope="module")
def figures(data):
    return compute(HYPERBOLE, data)


def test_real_rows_to_learn_from_and_to_be_tested_on_share_no_text(data):
    real, tests = read_real(HYPERBOLE.task, data)
    assert (len(real), len(tests)) == (12, 80)
    real, tests = read_real(REVIEWS.task, data)
    assert (len(real), len(tests)) == (200, 60) and {row["label"] for row in real} == {"negative", "positive"}
    assert not {row["text"] for row in real} & {row["text"] for row in tests}
    assert all('"quoted' in row["text"] for row in tests)


def test_the_recipe_asks_for_every_record_and_leaves_screens_as_they_are(data, tmp_path):
    workspace = write_workspace(replace(HYPERBOLE, screens=(("pii", "off"),)), data, tmp_path / "a")
    assert [path.name for path in workspace.root.glob("recipes/*")] == ["hyperbole-gpt-4-pii-off.yaml"]
    recipe = load_recipe(workspace.recipe_path("hyperbole-gpt-4-pii-off"))
    assert recipe.rows == 62 and recipe.screens == Screens(pii="off") and recipe.split.validation == 0


def test_every_record_comes_and_what_the_screens_take_is_told(figures):
    assert (figures.came, figures.kept, figures.real, figures.tests) == (62, 60, 12, 80)
    assert figures.rejects == {"exact-duplicate": 1, "label-named": 1} and not figures.below_floor
    assert figures.labels == {"hyperbole": (6, 32, 30), "not hyperbole": (6, 30, 30)}
    assert set(figures.gains) == set(WORDS)


@pytest.mark.parametrize(("name", "turned_away"), [("came", False), ("curated", True)])
def test_scores_are_those_of_a_plain_student_of_the_file(data, figures, name, turned_away):
    written = json.loads(HYPERBOLE.locate(data).read_text())[: 60 if turned_away else None]
    _, tests = read_real(HYPERBOLE.task, data)
    student = train_classifier([row["augmented_text"] for row in written], [row["target"] for row in written], 0)
    said = student.predict([row["text"] for row in tests])
    assert 0.55 < np.mean(said == np.array([row["label"] for row in tests])) < 0.9
    expected = f1_score([row["label"] for row in tests], said, average="macro")
    assert figures.scores[name].f1 == pytest.approx(expected, abs=0.02)  # a row on the edge may fall to either side
    assert figures.scores[name].low <= figures.scores[name].f1 <= figures.scores[name].high


@pytest.mark.full
def test_differences_are_those_of_the_scores_and_the_same_files_give_the_same_figures(data, figures):
    for name, (one, other) in {"curated_minus_came": ("curated", "came"), "both_minus_real": ("both", "real")}.items():
        value, low, high = figures.differences[name]
        assert (
            value == pytest.approx(figures.scores[one].f1 - figures.scores[other].f1, abs=1e-6) and low <= value <= high
        )
    assert compute(HYPERBOLE, data) == figures


def make_line(**differences):
    """Return a line of a table with these differences from 0.0 to 0.0."""
    names = ("curated_minus_came", "both_minus_real", "both_real_upweighted_minus_real", "recalibrated_minus_synthetic")
    scores = {
        name: Score(0.5, 0.4, 0.6, 0.5, 0.01) for name in ("real", "came", "curated", "both", "both_real_upweighted")
    }
    return Figures(
        100, 60, 10, 50, {**scores, "recalibrated": Score(0.5, 0.4, 0.6)},
        {name: (0.0, 0.0, 0.0) for name in names} | differences, {"pii": 40}, {"a": (4, 50, 0), "b": (1, 25, 30),
            "c": (5, 25, 30)},
        {"a": 0.01, "b": 0.2, "c": -0.03}, True,
    )  # fmt: skip


def test_the_page_says_what_holds_and_names_the_lines_where_it_does_not():
    said = write_page(
        {
            "fine": make_line(both_minus_real=(0.1, 0.02, 0.2)),
            "lost": make_line(
                curated_minus_came=(-0.1, -0.2, -0.01),
                both_minus_real=(-0.1, -0.2, -0.01),
                recalibrated_minus_synthetic=(0.1, 0.02, 0.2),
            ),
        }
    ).replace("\n", " ")
    assert "as it came** (beyond the interval of the difference) in 1 of 2 lines. It is better in none: " in said
    assert "It is worse in lost, for" in said
    better = write_page({"fine": make_line(curated_minus_came=(0.1, 0.02, 0.2))})
    assert "in 1 of 1 lines. It is better in fine." in better
    assert (
        "lost: **−10.0 (−20.0 to −1.0)**; turned away `pii` 40 %; left of labels a 0 of 50, b 30 of 25, c 30 of 25."
        in said
    )
    assert "Its gate on the fewest rows of a label keeps it from being published." in said
    assert (
        "**Both beat real rows alone** in 1 of 2 lines, in 1 of them beyond the interval of the difference, and "
        "not in lost." in said
    )
    assert "They are worse in lost." in said and "The interval holds 0 in fine; lost." in said
    assert "raises macro-F1 beyond the interval in 1 of 2 lines (lost), and lowers it in none." in said
    assert "the higher in 0 of 2 lines, and not in fine; lost." in said
    assert (
        "less than an even share of the real rows gain +20.0 points of F1 on average" in said
        and "the others −1.0." in said
    )
    assert "| fine | pii 40 | a: 0 of 50 | 0.500 |" in said


def test_absent_data_are_named_and_nothing_is_written(tmp_path, monkeypatch, capsys):
    page = tmp_path / "page.md"
    monkeypatch.setattr("sys.argv", ["real_text.py", str(page)])
    monkeypatch.setattr("benchmarks.real_text.DATA", tmp_path)
    with pytest.raises(SystemExit) as stopped:
        main()
    assert stopped.value.code == 2 and not page.exists()
    said = capsys.readouterr().err
    assert "hypo-l/balanced_gpt-4_augmented.json is not there: PEDIGREE_TEST_DATA names the folder" in said


@pytest.mark.full
@pytest.mark.skipif(bool(find_absent(SOURCES, DATA)), reason=f"{DATA} is not here (PEDIGREE_TEST_DATA names its place)")
def test_the_page_of_the_repository_is_what_the_real_files_give():
    lines = {source.title: compute(source, DATA) for source in SOURCES}
    assert all(np.isfinite(one.scores["came"].f1) for one in lines.values())
    assert write_page(lines) == (REPOSITORY / "docs/real-text.md").read_text(encoding="utf-8")
