"""Files of studies: what is read from them, and what is said of a wrong one."""

import pytest

from pedigree.errors import CommandError, RecipeError
from pedigree.studies.cells import list_cells, make_recipe
from pedigree.studies.settings import TEMPLATE
from pedigree.studies.study_file import find_study, load_study
from tests.support.workspaces import REPOSITORY, make_workspace

STUDY = """\
study: pets
question: Which way of asking is best?
tasks:
  - name: pets
    recipe: recipes/pets.yaml
    subjectivity: {value: 1, source: a guess}
  - name: birds
    parts:
      task: Which bird is it?
      labels: {owl: {share: 0.5, means: an owl}, jay: {share: 0.5, means: a jay}}
      held_out: data/seeds/birds/held.jsonl
strategies:
  zero-shot: {strategy: zero-shot, rows_per_call: 4}
  topics: {strategy: topic, topics: [food, sleep]}
models:
  offline: offline/template
  other: {model: offline/template, tasks: [pets], parameters: {temperature: 0.5}}
sizes: [4, 8]
real_rows: [0, 2]
seeds: [0, 7]
"""
BAD = {  # what is written instead of what -> what the error must hold
    ("study: pets", "study: dogs"): "the file's own name, 'pets'",
    ("study: pets", "study: Pets"): "line 1: study",
    ("question: Which way of asking is best?", "qestion: What?"): "write 'question', or remove it",
    ("question: Which way of asking is best?", "# none"): "question: this key is missing",
    ("sizes: [4, 8]", "sizes: [8, 4]"): "from the smallest to the largest",
    ("sizes: [4, 8]", "sizes: [4, 4]"): "4 is named twice",
    ("sizes: [4, 8]", "sizes: []"): "line 18: sizes",
    ("sizes: [4, 8]", "sizes: [1, 8]"): "line 18: sizes.0",
    ("sizes: [4, 8]", "sizes: many"): "line 18: sizes",
    ("real_rows: [0, 2]", "real_rows: [2]"): "the first must be 0",
    ("real_rows: [0, 2]", "real_rows: [0, -2]"): "line 19: real_rows.1",
    ("seeds: [0, 7]", "seeds: [0, 0]"): "0 is named twice",
    ("seeds: [0, 7]", "seeds: [99999999999999999999]"): "expected: less than 9223372036854775808",
    ("value: 1, source: a guess", "value: .nan, source: a guess"): "expected: a finite number",
    ("{value: 1, source: a guess}", "people"): "line 6: tasks.0.subjectivity",
    ("  - name: birds\n", "  - name: birds\n    subjectivity: agreement\n"): "are not on one scale",
    ("seeds: [0, 7]", "students: [svm]"): "students",
    ("seeds: [0, 7]", "students: [litellm/openai/text-embedding-3-small]"): "sends every text to a provider",
    ("seeds: [0, 7]", "budget: {dollars: 3}"): "line 20: budget.dollars: unknown key",
    ("strategy: zero-shot", "model: offline/template"): "a strategy names no model",
    ("strategy: topic", "strategy: topics"): "line 14: strategies.topics.strategy",
    ("topics: [food, sleep]", "shots: 1"): "strategy topic needs topics",
    ("  topics: {", "  template: {"): "'template' is the name of a baseline",
    ("  offline: offline/template", "  gpt-4.1: offline/template"): "'gpt-4.1' is no name",
    ("tasks: [pets]", "tasks: [cats]"): "'cats' is none of this study's tasks: pets, birds",
    ("name: birds", "name: pets"): "two tasks have the name 'pets'",
    ("recipe: recipes/pets.yaml", "recipe: data/pets.yaml"): "must be a path below recipes/",
    ("value: 1, source: a guess", "value: 1"): "line 6: tasks.0.subjectivity.source: this key is missing",
    ("      task: Which bird is it?", "      question: Which?"): "'question' is no part of a task",
    ("      task: Which bird is it?", "      language: en"): "a task without a base recipe needs parts.task",
    ("parameters: {temperature: 0.5}", "parameters: {api_key: sk-1}"): "line 17: models.other.parameters",
    ("- name: pets", "- nam: pets"): "line 4: tasks.0.nam: unknown key",
    ("tasks:\n", "tasks: [\n"): "not valid YAML",
    (STUDY, ""): "a mapping with the keys study, question, tasks, strategies, models, sizes",
}


def write(folder, text=STUDY):
    workspace = make_workspace(folder, seeds=[{"text": "a cat", "label": "cat"}, {"text": "a dog", "label": "dog"}])
    (folder / "studies").mkdir()
    (folder / "studies/pets.yaml").write_text(text, encoding="utf-8")
    return load_study(find_study(workspace, "pets")), workspace


@pytest.mark.parametrize("change, told", BAD.items(), ids=range(len(BAD)))
def test_a_bad_study_is_told_with_its_line(change, told, tmp_path):
    assert change[0] in STUDY
    path = tmp_path / "pets.yaml"
    path.write_text(STUDY.replace(*change), encoding="utf-8")
    with pytest.raises(RecipeError) as caught:
        load_study(path)
    assert told in str(caught.value) and str(path) in caught.value.found and caught.value.exit_status == 2


def test_each_task_is_made_with_each_strategy_model_seed_and_size(tmp_path):
    file, workspace = write(tmp_path)
    cells = list_cells(file, workspace)
    systems = {(cell.task, cell.strategy, cell.model) for cell in cells}
    assert systems == {
        *(("pets", strategy, model) for strategy in ("zero-shot", "topics") for model in ("offline", "other")),
        *(("birds", strategy, "offline") for strategy in ("zero-shot", "topics")),
        *((task, TEMPLATE, TEMPLATE) for task in ("pets", "birds")),
    }
    assert len(cells) == len(systems) * 2 * 2 == len({cell.name for cell in cells})
    assert [(cell.rows, cell.grown_from) for cell in cells[:2]] == [(4, ()), (8, (4,))]


def test_the_recipe_of_a_cell_has_the_parts_of_its_task_strategy_and_model(tmp_path):
    file, workspace = write(tmp_path)
    cells = {cell.name: cell for cell in list_cells(file, workspace)}
    recipe = make_recipe(file, workspace, cells["pets.topics.other.seed-7.8"])
    [generator] = recipe.generators
    assert (generator.title, generator.strategy, generator.topics) == ("topics", "topic", ["food", "sleep"])
    assert generator.parameters == {"temperature": 0.5} and generator.draw == "seed-7"
    assert recipe.seed == 7 and recipe.rows == 8 and [base.rows for base in recipe.grown_from] == [4]
    assert recipe.labels["cat"].means == "about a cat" and recipe.seeds == "data/seeds/pets/seeds.jsonl"
    assert make_recipe(file, workspace, cells["birds.topics.offline.seed-0.4"]).generators[0].draw is None


def test_a_size_can_count_the_rows_of_a_label(tmp_path):
    file, workspace = write(tmp_path, STUDY + "sizes_are: rows_per_label\n")
    assert {cell.rows for cell in list_cells(file, workspace)} == {8, 16}


def test_a_task_that_makes_no_recipe_is_told_with_the_line_of_the_study(tmp_path):
    file, workspace = write(tmp_path, STUDY.replace("{share: 0.5, means: a jay}", "{share: 0.4, means: a jay}"))
    cell = next(cell for cell in list_cells(file, workspace) if cell.task == "birds")
    with pytest.raises(RecipeError, match=r"pets.yaml, line 10: birds: zero-shot by offline, 4 rows, seed 0: labels"):
        make_recipe(file, workspace, cell)


def test_a_task_of_a_table_is_told_whether_of_a_recipe_or_of_its_parts(tmp_path):
    fields = "      fields: {age: {type: integer, min: 0, max: 9}}\n"
    file, workspace = write(tmp_path, STUDY.replace("      held_out:", f"{fields}      held_out:"))
    cell = next(cell for cell in list_cells(file, workspace) if cell.task == "birds")
    with pytest.raises(
        RecipeError, match=r"line 11: task birds has no field of text\n  expected: texts with one label"
    ):
        make_recipe(file, workspace, cell)
    table = make_workspace(tmp_path / "table", fields={"age": {"type": "integer", "min": 0, "max": 9}})
    with pytest.raises(RecipeError, match=r"line 5: recipes/pets.yaml has no field of text"):
        list_cells(file, table)


def test_a_strategy_that_no_task_is_made_with_is_an_error(tmp_path):
    text = STUDY.replace("{strategy: topic,", "{models: [other], tasks: [birds], strategy: topic,")
    file, workspace = write(tmp_path, text)
    with pytest.raises(RecipeError, match="no task is made with 'topics'"):
        list_cells(file, workspace)


@pytest.mark.parametrize(
    "given, error", [("studies/nothing.yaml", RecipeError), ("pet", RecipeError), ("/tmp/x.yaml", CommandError)]
)
def test_a_study_that_is_not_there_is_told(given, error, tmp_path, monkeypatch):
    _, workspace = write(tmp_path)
    monkeypatch.chdir(tmp_path)
    with pytest.raises(error, match=r"no such study|is not in studies/"):
        find_study(workspace, given)


def test_the_studies_of_this_repository_can_be_read():
    paths = sorted((REPOSITORY / "studies").glob("*.yaml"))
    assert {path.stem for path in paths} >= {"demo"}
    for path in paths:
        assert load_study(path).study.study == path.stem
