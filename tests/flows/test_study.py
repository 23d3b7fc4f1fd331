"""A study goes on after a kill, tells a failed dataset, and stops where its budget is used up."""

from types import SimpleNamespace

import pytest

from flows import study as flow
from flows.study import StudyRun, make_cells, require_whole
from pedigree.errors import BudgetError, ProviderError
from pedigree.generation.budget import NO_USAGE, Usage
from pedigree.studies import training
from pedigree.studies.cells import Chain
from tasks.study.check import plan_recipes
from tasks.study.results import StudyResult
from tests.support.make_study import make_cell_result, make_people, make_study

USED = Usage(3, 70, 0.25)
SMALL = """\
study: pets
question: Which way of asking is best?
tasks:
  - {name: pets, recipe: recipes/pets.yaml}
  - {name: dogs, recipe: recipes/pets.yaml}
strategies: {zero-shot: {strategy: zero-shot}}
models: {small: offline/template}
sizes: [4, 8]
"""  # 8 datasets: two sizes of two tasks, by the strategy and by the baseline


@pytest.fixture
def start(tmp_path, monkeypatch):
    """Return a function that begins a run of the study; its cells are made without any model. ``made`` lists them."""
    workspace, file = make_study(tmp_path / "w", SMALL)
    recipes = plan_recipes(file, workspace)
    made: list[tuple[str, Usage]] = []
    stops: dict[str, BaseException] = {}

    def make(name, job, before, retry_failed):
        if error := stops.get(name):
            raise error
        made.append((name, before))
        return USED

    by_name = {cell.name: cell for cell in recipes}
    monkeypatch.setattr(flow, "make_cell", make)
    monkeypatch.setattr(flow, "measure_cell", lambda _, job, *__: make_cell_result(by_name[job.workspace.root.name]))
    monkeypatch.setattr(flow, "measure_people", lambda *_: make_people())
    for name in ("start_run_helper", "import_ahead"):
        monkeypatch.setattr(flow, name, lambda: None)
    for name in ("load_missing_keys", "check_start"):
        monkeypatch.setattr(flow, name, lambda job: None)

    def begin() -> StudyRun:
        return StudyRun(workspace, file, {"tfidf-logreg": None}, recipes)

    begin.made, begin.stops = made, stops
    return begin


def test_a_killed_study_goes_on_where_it_was_and_ends_with_the_same_results(start):
    whole = start()
    names = [cell.name for cell in whole.recipes]
    start.stops[names[5]] = KeyboardInterrupt()
    with pytest.raises(KeyboardInterrupt):
        make_cells(start(), retry_failed=False)
    assert [name for name, _ in start.made] == names[:5]
    start.stops.clear()
    make_cells(whole, retry_failed=False)
    assert [name for name, _ in start.made] == names
    again = start()
    make_cells(again, retry_failed=False)
    assert len(start.made) == len(names) and again.cells == whole.cells and again.people == whole.people


def test_an_edited_input_makes_its_datasets_anew(start):
    make_cells(start(), retry_failed=False)
    made = len(start.made)
    path = start().workspace.root / "data/seeds/pets/held_out.jsonl"
    path.write_text(path.read_text() + '{"text": "one more dog", "label": "dog"}\n')
    make_cells(start(), retry_failed=False)
    assert len(start.made) == 2 * made


def test_another_model_of_a_student_makes_its_datasets_anew(start, monkeypatch):
    run, embedder = start(), SimpleNamespace(sha256="one")
    monkeypatch.setattr(training, "choose_embedder", lambda *_: SimpleNamespace(embedder=embedder))
    marked = set()
    for embedder.sha256 in ("one", "other", "one"):
        run.marks = training.mark_students(run.workspace, run.file.study, ["tfidf-logreg", "model2vec/x"])
        assert run.marks == ["tfidf-logreg", f"model2vec/x {embedder.sha256}"]
        marked |= {run.mark_cell(*next(iter(run.recipes.items())))}
    assert len(marked) == 2


def test_a_dataset_that_fails_is_told_and_the_others_are_made(start):
    run = start()
    names = [cell.name for cell in run.recipes]
    start.stops[names[2]] = ProviderError("the model does not answer")
    make_cells(run, retry_failed=False)
    assert [name for name, _ in start.made] == names[:2] + names[3:]
    [failed] = [one for one in run.cells.values() if one["status"] == "failed"]
    assert failed == {"status": "failed", "why": "the model does not answer"}
    with pytest.raises(ProviderError, match="1 of 8 datasets failed"):
        require_whole(StudyResult("pets", 8, ("x: the model does not answer",), None, {}, ""))


def test_the_budget_counts_every_other_dataset_once_and_stops_the_whole_study(start):
    run = start()
    names = [cell.name for cell in run.recipes]
    start.stops[names[4]] = BudgetError("the budget is used up")
    with pytest.raises(BudgetError) as stopped:
        make_cells(run, retry_failed=False)
    assert stopped.value.exit_status == 3 and len(start.made) == 4
    # Sizes of one chain share their answers: the second one counts nothing before it, the third one the first chain.
    assert [before for _, before in start.made] == [NO_USAGE, NO_USAGE, USED, USED]
    assert run.count_others(Chain("none", "none", "none", 0)) == USED + USED
    assert len(run.cells) == 4  # and what was made is kept
