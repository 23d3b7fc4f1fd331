"""A real labelled set goes in; its rare labels are filled up, and the published rows say which are real."""

import json

import polars as pl
import pytest

from pedigree.dataset.schemas import read_table
from pedigree.generation.prompt_builder import PromptBuilder
from pedigree.generation.rounds import Rounds
from pedigree.job import open_job
from pedigree.provenance.trace import trace_row
from pedigree.recipe.yaml_file import load_recipe
from pedigree.workspace import Workspace
from tasks.plan import plan
from tests.support.cli_runner import Shell
from tests.support.make_augmented import COUNTS, FILLED, REAL, copy_augmented, read_real, read_rows
from tests.support.make_published import NAME


@pytest.fixture(scope="module")
def house(prefect, tmp_path_factory):
    """A workspace with version 1.0.0 of a real set of 75 rows that is filled up."""
    return copy_augmented(tmp_path_factory)


def test_every_real_row_is_there_as_it_is_and_marked(house):
    rows = read_rows(house)
    real = rows.filter(pl.col("real"))
    assert house.git("tag") == f"{NAME}@v1.0.0" and rows.height == 16 + 14 + 6 * FILLED
    expected = sorted((row["text"], row["label"]) for row in read_real(house)[:-2])
    assert sorted(zip(real["text"], real["label"], strict=True)) == expected
    assert set(real["generator"]) == {"real"} and real["completion_id"].null_count() == real.height
    lines = [row["text"] for row in read_real(house)]
    assert all(lines[position - 1] == text for position, text in real.select("position", "text").iter_rows())
    made = rows.filter(~pl.col("real"))
    assert made["completion_id"].null_count() == 0 and "real" not in made["generator"]


def test_the_rare_labels_are_filled_up_and_no_other(house):
    recipe = load_recipe(Workspace(house.root).recipe_path(NAME))
    wanted = {label: max(count, FILLED) for label, count in zip(recipe.labels, COUNTS, strict=True)}
    assert dict(read_rows(house)["label"].value_counts().iter_rows()) == wanted == recipe.targets
    made = read_rows(house).filter(~pl.col("real"))
    assert set(made["label"]) == {label for label, count in zip(recipe.labels, COUNTS, strict=True) if count < FILLED}
    asked = read_table(house.root / f"data/{NAME}/prompts.parquet")
    assert set(asked["label"]) == set(made["label"])


def test_the_recipe_says_what_ran_and_its_comments_stay(house):
    text = house.git("show", f"{NAME}@v1.0.0:recipes/{NAME}.yaml")
    assert f"real: {REAL} " in text and "rows: 102" in text and "# shares are those of the inbox" in text
    assert house.git("show", f"{NAME}@v1.0.0:{REAL}") == (house.root / REAL).read_text().strip()


def test_what_does_not_enter_is_a_reject_with_its_reason(house):
    out = read_table(house.root / f"data/{NAME}/rejects.parquet").filter(generator="real").sort("position")
    assert out.select("position", "reason").rows() == [(76, "held-out-overlap"), (77, "exact-duplicate")]
    shown = read_table(house.root / f"data/{NAME}/prompts.parquet")["seed_row_ids"].explode()
    assert out["row_id"][0] not in shown.to_list()  # nor is it shown to a model


def test_real_rows_serve_as_shots_where_the_recipe_names_no_seeds(house):
    prompts = read_table(house.root / f"data/{NAME}/prompts.parquet").filter(strategy="few-shot")
    shown = {id for ids in prompts["seed_row_ids"] for id in ids}
    assert shown and shown <= set(read_rows(house).filter(pl.col("real"))["row_id"])


def test_a_real_row_is_traced_to_its_line(house, capsys):
    row = read_rows(house).filter(pl.col("real")).row(0, named=True)
    chain = trace_row(Workspace(house.root), row["row_id"][:12])
    assert chain["real"]["where"] == f"{REAL}:{row['position']}" and chain["real"]["fields"] == {"text": row["text"]}
    assert (chain["completion"], chain["prompt"], chain["versions"][0]["tag"]) == (None, None, f"{NAME}@v1.0.0")
    said = Shell(house.root, capsys)("trace", row["row_id"][:12], "--rev", f"{NAME}@v1.0.0").out
    assert f"real        {REAL}:{row['position']}" in said and "people wrote it" in said


def test_a_real_row_that_does_not_enter_is_traced_too(house):
    out = read_table(house.root / f"data/{NAME}/rejects.parquet").filter(reason="held-out-overlap", generator="real")
    chain = trace_row(Workspace(house.root), out["row_id"][0])
    assert (chain["real"]["where"], chain["rival"]["kind"]) == (f"{REAL}:76", "held-out row")
    copied = read_table(house.root / f"data/{NAME}/rejects.parquet").filter(reason="exact-duplicate", generator="real")
    assert trace_row(Workspace(house.root), copied["row_id"][0])["rival"]["where"] == f"{REAL}:1"


def test_rows_say_where_they_come_from_wherever_they_go(house, tmp_path, capsys):
    shell = Shell(house.root, capsys)
    assert shell("export", NAME, "--format", "jsonl", "--to", str(tmp_path / "lines")).status == 0
    lines = [
        json.loads(line)
        for split in ("train", "validation")
        for line in (tmp_path / f"lines/{split}.jsonl").read_text().splitlines()
    ]
    assert sum(line["real"] for line in lines) == sum(COUNTS) and "completion_id" not in lines[0]
    lineage = json.loads(shell("lineage", NAME).out)
    derived = [
        one["prov:generatedEntity"]
        for one in lineage["wasDerivedFrom"].values()
        if one["prov:usedEntity"] == f"v:{REAL}"
    ]
    assert {f"v:data/{NAME}/{name}.parquet" for name in ("train", "validation", "rejects", "prompts")} <= set(derived)
    card = (house.root / f"data/{NAME}/README.md").read_text()
    assert "102 rows with 8 labels, language `en`, 75 of them real, the others synthetic" in card
    [column] = [
        one
        for one in json.loads((house.root / f"data/{NAME}/croissant.json").read_text())["recordSet"][2]["field"]
        if one["name"] == "train/real"
    ]
    assert column["dataType"] == "sc:Boolean"
    assert "<b>75 of the 102 rows are real</b>" in (house.root / f"data/{NAME}/report.html").read_text()


def test_figures_tell_synthetic_rows_from_real_ones(house):
    metrics = json.loads((house.root / f"data/{NAME}/metrics.json").read_text())
    train = read_rows(house).filter(split="train")
    assert (metrics["counts"]["real"], metrics["counts"]["rows"]) == (75, 102)
    assert metrics["fidelity"]["rows"] <= 27
    useful = metrics["usefulness"]
    assert (
        useful["synthetic"]["synthetic_rows"] == (~train["real"]).sum()
        and useful["real"]["real_rows"] == train["real"].sum()
    )


def test_the_rarest_label_is_asked_for_first(house):
    """So that a budget that does not reach for all helps where real rows are fewest."""
    job = open_job(Workspace(house.root), NAME)
    asked = [prompt.slot.label for prompt in plan.fn(job, Rounds.for_job(job), PromptBuilder(job)).build()]
    assert list(dict.fromkeys(asked)) == list(job.recipe.labels)[:2:-1]
