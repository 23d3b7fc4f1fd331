"""Evaluate: a version is measured again from git and DVC alone, and what is no test of it is refused."""

import json
from contextlib import chdir

import pytest

from flows.evaluate import evaluate
from pedigree.errors import CommandError, PedigreeError, WorkspaceError
from pedigree.report.evaluation_page import write_evaluation
from pedigree.report.markdown import escape_markdown
from pedigree.usefulness.stopping_advice import DEMONSTRATION
from tasks import evaluate as evaluation
from tests.support.make_published import NAME, share_small
from tests.support.word_encoder import Words

OTHER = f"data/seeds/{NAME}/other.jsonl"


@pytest.fixture(scope="module")
def house(prefect, tmp_path_factory):
    """The shared workspace, and a file of ten rows that nobody published."""
    house = share_small(tmp_path_factory)
    yield house
    (house.root / OTHER).unlink(missing_ok=True)


def measure(house, *arguments, **options):
    with chdir(house.root):
        return evaluate.fn(NAME, *arguments, **options)  # without Prefect's engine, a second a call


def read_held_out(house) -> list[dict]:
    lines = (house.root / f"data/seeds/{NAME}/held-out.jsonl").read_text(encoding="utf-8").splitlines()
    return [json.loads(line) for line in lines if line]


def write_other(house, rows: list[dict]) -> str:
    (house.root / OTHER).write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    return OTHER


@pytest.fixture(scope="module")
def found(house):
    """What the flow measures the latest version as, while a table of it is missing in the working folder."""
    before = house.git("status", "--porcelain"), house.git("rev-parse", "HEAD")
    train = house.root / f"data/{NAME}/train.parquet"
    aside = train.rename(train.with_suffix(".aside"))
    try:
        with chdir(house.root):
            found = evaluate(NAME)
        assert not train.exists()
    finally:
        aside.rename(train)
    assert (house.git("status", "--porcelain"), house.git("rev-parse", "HEAD")) == before
    return found


def test_the_latest_version_has_the_figures_it_was_published_with_whatever_lies_in_the_folder(found):
    assert (found.version, found.own, found.evidence) == (f"{NAME}@v1.0.1", True, False)
    assert {figure.difference for figure in found.figures} == {0}
    assert found.interval[0] < found.macro_f1 < found.interval[1]


def test_what_was_measured_is_kept_whole(house, found):
    kept = json.loads((house.root / found.path).read_text(encoding="utf-8"))
    assert found.path == f".pedigree/evaluations/{NAME}@v1.0.1.json"
    assert kept["macro_f1"] == kept["metrics"]["usefulness"]["synthetic"]["macro_f1"] == found.macro_f1
    assert kept["commit"] == house.git("rev-parse", f"{NAME}@v1.0.1^{{commit}}")


def test_students_and_labels_are_compared_and_no_advice_is_given_where_there_is_no_evidence(house, found):
    useful = json.loads((house.root / found.path).read_text(encoding="utf-8"))["metrics"]["usefulness"]
    assert found.advice == useful["advice"]["text"] == DEMONSTRATION
    first = found.compared[0]
    assert first.of == "both instead of real rows alone"
    assert first.difference == useful["differences"]["both_minus_real"]["macro_f1"]
    assert {one.of: one.difference for one in found.gains} == {
        label: gain["f1"] for label, gain in useful["gains"].items()
    }
    text = write_evaluation(found)
    assert f"| {first.of} | {first.difference:+.4f} |" in text.replace("\\", "")
    assert all(escape_markdown(label) in text for label in useful["gains"])


def test_other_held_out_rows_are_another_test_of_the_version_that_was_named(house):
    rows = read_held_out(house)[:40]
    seed = (house.root / f"data/seeds/{NAME}/seeds.jsonl").read_text(encoding="utf-8").splitlines()[0]
    found = measure(house, "1.0.0", held_out=write_other(house, [*rows, json.loads(seed)]))
    assert found.path == f".pedigree/evaluations/{NAME}@v1.0.0.{found.held_out_sha256[:12]}.json"
    assert [figure.now for figure in found.figures if figure.name == "held-out rows"] == [41]
    assert not found.own and "version's own held-out rows" in found.notes[0]
    assert "1 of the 41 held-out rows are also among the version's seeds" in found.notes[1]


WRONG = {
    "no such version": (
        {"version": "v9.0.0"},
        WorkspaceError,
        r"has no version 'v9.0.0'\n  expected: one of v1.0.0, v1.0.1",
    ),
    "no version at all": ({"version": "-rf"}, WorkspaceError, "has no version '-rf'"),
    "a file outside data/": ({"held_out": "recipes/x.jsonl"}, CommandError, "must be a path below data/"),
    "a file elsewhere": ({"held_out": "data/../../x.jsonl"}, CommandError, "must be a path below data/"),
    "no such file": (
        {"held_out": "data/none.jsonl"},
        CommandError,
        "no such file\n  to do: correct that file, or name another",
    ),
}


@pytest.mark.parametrize(("options", "kind", "says"), WRONG.values(), ids=WRONG)
def test_a_wrong_parameter_is_refused(house, options, kind, says):
    with pytest.raises(kind, match=says):
        measure(house, **options)


@pytest.mark.parametrize(
    ("rows", "says"),
    [
        ([{"text": "Where is my parcel?", "label": "weather"}], "label 'weather'\n  expected: one of billing-dispute"),
        ([{"text": f"Where is parcel {n}?", "label": "delivery-problem"} for n in (1, 2)], "every row has the label"),
        ([], "no rows"),
    ],
)
def test_rows_that_are_no_test_are_refused(house, rows, says):
    with pytest.raises(CommandError, match=says):
        measure(house, held_out=write_other(house, rows))


def test_a_link_out_of_the_workspace_is_refused(house, tmp_path):
    (tmp_path / "rows.jsonl").write_text("{}")
    (house.root / OTHER).unlink(missing_ok=True)
    (house.root / OTHER).symlink_to(tmp_path / "rows.jsonl")
    with pytest.raises(WorkspaceError, match="leads out of the workspace"):
        measure(house, held_out=OTHER)


@pytest.mark.parametrize("name", ["../x", "Nobody"])
def test_a_name_that_is_no_dataset_is_refused(house, name):
    with chdir(house.root), pytest.raises(PedigreeError, match="is no dataset name"):
        evaluate.fn(name)


def test_a_dataset_that_was_never_published_is_refused(house):
    with chdir(house.root), pytest.raises(WorkspaceError, match="'pedigree run shop-entailment' makes the first"):
        evaluate.fn("shop-entailment")


def test_baselines_and_parts_of_the_rows_stand_beside_the_dataset(house):
    found = measure(house, baselines="eda")
    assert found.path == f".pedigree/evaluations/{NAME}@v1.0.1.eda.json"
    kept = json.loads((house.root / found.path).read_text(encoding="utf-8"))
    assert [one["name"] for one in kept["baselines"]["scores"]] == ["this dataset", "eda"]
    assert kept["profiles"]["scores"][0]["title"] == "all synthetic rows"
    page = write_evaluation(found)
    assert "people's rows with words swapped and deleted" in page and "without hard ones" in page
    assert page.count("Nothing is proved, as the offline model wrote rows of the dataset") == 2  # at the top, and below
    with pytest.raises(CommandError, match="no table"):
        measure(house, baselines="copula")


def test_a_fine_tuned_encoder_stands_beside_the_classifiers_of_the_report(house, monkeypatch):
    monkeypatch.setattr(evaluation, "open_encoder", lambda workspace, name: Words())
    found = measure(house, fine_tune="models/words")
    assert found.path == f".pedigree/evaluations/{NAME}@v1.0.1.models-words.json"
    kept = json.loads((house.root / found.path).read_text(encoding="utf-8"))["fine_tuned"]
    assert [one["trained_on"] for one in kept["scores"]] == ["synthetic rows", "real rows", "both"]
    assert kept["test_rows"] == len(read_held_out(house)) and kept["identity"]["sha256"] == "1" * 64
    tfidf = {one.name: one.now for one in found.figures}
    assert kept["scores"][0]["tfidf_macro_f1"] == tfidf["macro-F1, trained on the synthetic rows"]
    page = write_evaluation(found)
    score = found.fine_tuned.scores[0]
    assert f"| synthetic rows | {score.synthetic} | 0 | {score.macro_f1:.4f} | {score.interval[0]:.4f} to" in page
    assert "Fine-tuned, both instead of real rows alone: macro-F1" in page
    assert "One training of each: how far the scores differ with another seed or machine is unknown." in page
    assert len(list((house.root / ".pedigree/fine-tuned").glob("*.json"))) == 3
