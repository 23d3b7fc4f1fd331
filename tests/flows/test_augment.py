"""A real labelled set goes in; its rare labels are filled up, and the published rows say which are real."""

import json
from contextlib import chdir
from shutil import copytree

import polars as pl
import pytest

from flows.augment import augment
from flows.synthesize import synthesize
from pedigree.dataset.schemas import read_table, write_table
from pedigree.errors import LinkError, RecipeError
from pedigree.generation.prompts import PromptBuilder
from pedigree.generation.rounds import Rounds
from pedigree.job import open_job
from pedigree.ledger.ledger import Ledger
from pedigree.provenance.trace import trace_row
from pedigree.recipe.yaml_file import load_recipe, set_keys
from pedigree.workspace import Workspace
from tasks.distribution import check_labels
from tasks.forget import find_erasure, forget
from tasks.plan import plan
from tasks.validate import validate
from tasks.verify import verify
from tests.support.repository import Household, settle
from tests.support.tampering import Scene

NAME = "support-tickets"
REAL = f"data/seeds/{NAME}/real.jsonl"
COUNTS = [16, 14, 12, 10, 8, 6, 5, 4]  # real rows of each label, in the recipe's order
FILLED = 12  # so that the first three labels keep what they have, and the others get more
FILES = ["dvc.lock", *(f"data/{NAME}/{name}" for name in ("train.parquet", "validation.parquet", "rejects.parquet",
         "prompts.parquet", "metrics.json", "manifest.json", "gates.json", "report.html", "README.md"))]  # fmt: skip


def run(house, flow=augment, **options):
    with chdir(house.root):
        return flow(NAME, **options)


def read_rows(house):
    frames = [pl.read_parquet(house.root / f"data/{NAME}/{split}.parquet").with_columns(split=pl.lit(split))
              for split in ("train", "validation")]  # fmt: skip
    return pl.concat(frames)


def read_real(house):
    return [json.loads(line) for line in (house.root / REAL).read_text().splitlines()]


def count_held(house):
    return len(Ledger(house.root / ".pedigree/ledger"))


@pytest.fixture(scope="module")
def filled(prefect, tmp_path_factory):
    """A workspace with version 1.0.0 of a real set of 75 rows that is filled up, and what its run came to."""
    house = settle(tmp_path_factory.mktemp("filled") / "work")
    recipe = Workspace(house.root).recipe_path(NAME)
    seeds = [json.loads(line) for line in (house.root / f"data/seeds/{NAME}/seeds.jsonl").read_text().splitlines()]
    held_out = json.loads((house.root / f"data/seeds/{NAME}/held-out.jsonl").read_text().splitlines()[0])
    of_label = {label: [row for row in seeds if row["label"] == label] for label in load_recipe(recipe).labels}
    rows = [row for count, own in zip(COUNTS, of_label.values(), strict=True) for row in own[:count]]
    shouted = {**rows[0], "text": rows[0]["text"].upper()}
    extra = [{"text": held_out["text"], "label": held_out["label"]}, shouted]
    (house.root / REAL).write_text("".join(json.dumps(row) + "\n" for row in [*rows, *extra]))
    changes = {"gates.class_floor": 1, "evaluate.repeats": 1, "split.validation": 0.25}
    set_keys(recipe, changes | {f"generators.{place}.rows_per_call": 3 for place in range(3)})
    # Until the flow names the real rows, the recipe would lack what its few-shot generator shows.
    recipe.write_text(recipe.read_text().replace(f"seeds: data/seeds/{NAME}/seeds.jsonl", "seeds: null"))
    house.git("add", "-A")
    house.git("commit", "-qm", "a real set, and a recipe without seeds")
    return house, run(house, real=REAL, fill_to=FILLED)


@pytest.fixture
def house(filled, tmp_path):
    """A copy of that workspace, to change."""
    return Household(copytree(filled[0].root, tmp_path / "work"))


def test_every_real_row_is_there_as_it_is_and_marked(filled):
    house, outcome = filled
    rows = read_rows(house)
    real = rows.filter(pl.col("real"))
    assert outcome.version == f"{NAME}@v1.0.0" and outcome.rows == rows.height == 16 + 14 + 6 * FILLED
    expected = sorted((row["text"], row["label"]) for row in read_real(house)[:-2])
    assert sorted(zip(real["text"], real["label"], strict=True)) == expected
    assert set(real["generator"]) == {"real"} and real["completion_id"].null_count() == real.height
    lines = [row["text"] for row in read_real(house)]
    assert all(lines[position - 1] == text for position, text in real.select("position", "text").iter_rows())
    made = rows.filter(~pl.col("real"))
    assert made["completion_id"].null_count() == 0 and "real" not in made["generator"]


def test_the_rare_labels_are_filled_up_and_no_other(filled):
    house, _ = filled
    recipe = load_recipe(Workspace(house.root).recipe_path(NAME))
    wanted = {label: max(count, FILLED) for label, count in zip(recipe.labels, COUNTS, strict=True)}
    assert dict(read_rows(house)["label"].value_counts().iter_rows()) == wanted == recipe.targets
    made = read_rows(house).filter(~pl.col("real"))
    assert set(made["label"]) == {label for label, count in zip(recipe.labels, COUNTS, strict=True) if count < FILLED}
    asked = read_table(house.root / f"data/{NAME}/prompts.parquet")
    assert set(asked["label"]) == set(made["label"])


def test_the_recipe_says_what_ran_and_its_comments_stay(filled):
    house, _ = filled
    text = house.git("show", f"{NAME}@v1.0.0:recipes/{NAME}.yaml")
    assert f"real: {REAL} " in text and "rows: 102" in text and "# shares are those of the inbox" in text
    assert house.git("show", f"{NAME}@v1.0.0:{REAL}") == (house.root / REAL).read_text().strip()


def test_what_does_not_enter_is_a_reject_with_its_reason(filled):
    house, _ = filled
    out = read_table(house.root / f"data/{NAME}/rejects.parquet").filter(generator="real").sort("position")
    assert out.select("position", "reason").rows() == [(76, "held-out-overlap"), (77, "exact-duplicate")]
    shown = read_table(house.root / f"data/{NAME}/prompts.parquet")["seed_row_ids"].explode()
    assert out["row_id"][0] not in shown.to_list()  # nor is it shown to a model


def test_real_rows_serve_as_shots_where_the_recipe_names_no_seeds(filled):
    house, _ = filled
    prompts = read_table(house.root / f"data/{NAME}/prompts.parquet").filter(strategy="few-shot")
    shown = {id for ids in prompts["seed_row_ids"] for id in ids}
    assert shown and shown <= set(read_rows(house).filter(pl.col("real"))["row_id"])


def test_a_second_run_is_free_and_makes_no_version(house):
    held, before = count_held(house), house.read(*FILES)
    outcome = run(house, real=REAL, fill_to=FILLED)
    assert (outcome.version, outcome.asked_now) == (None, 0)
    assert count_held(house) == held and house.read(*FILES) == before
    assert house.git("status", "--porcelain") == ""
    assert run(house, synthesize).version is None  # the recipe says it all


@pytest.mark.full
def test_raising_fill_to_grows_the_version_and_moves_no_row(house):
    before = {row["row_id"]: row["split"] for row in read_rows(house).iter_rows(named=True)}
    outcome = run(house, fill_to=15)
    assert (outcome.version, outcome.rows) == (f"{NAME}@v1.1.0", 16 + 7 * 15)
    after = {row["row_id"]: row["split"] for row in read_rows(house).iter_rows(named=True)}
    assert before.items() <= after.items()
    [base] = load_recipe(Workspace(house.root).recipe_path(NAME)).grown_from
    assert (base.version, base.rows, list(base.targets.values())) == ("v1.0.0", 102, [16, 14, *[12] * 6])
    assert verify.fn(Workspace(house.root), NAME).version == f"{NAME}@v1.1.0"
    assert run(house, fill_to=15).version is None


def test_verify_walks_the_chain_of_real_rows_too(filled):
    house, _ = filled
    for rev in (None, "v1.0.0"):
        assert verify.fn(Workspace(house.root), NAME, rev).rows == 102


def test_a_changed_real_row_is_found(house):
    path = house.root / f"data/{NAME}/train.parquet"
    real = pl.col("row_id") == read_table(path).filter(pl.col("real"))["row_id"][0]
    write_table(read_table(path).with_columns(text=pl.when(real).then(pl.lit("Bought.")).otherwise("text")), path)
    with pytest.raises(LinkError, match=r"train\.parquet"):
        verify.fn(Workspace(house.root), NAME)


def test_a_changed_file_of_real_rows_is_found(house):
    text = (house.root / REAL).read_text()
    (house.root / REAL).write_text(text.replace("I", "We", 1))
    with pytest.raises(LinkError, match=rf"inputs: {REAL}"):
        verify.fn(Workspace(house.root), NAME)


@pytest.mark.parametrize(
    ("column", "poses"),
    [("real", pl.lit(value=True)), ("completion_id", pl.lit(None, pl.String)), ("text", pl.lit("Made up."))],
)
def test_what_poses_as_real_is_found_even_where_manifest_and_lock_agree(house, column, poses):
    scene = Scene(house)
    train = scene.table("train")
    one = pl.col("row_id") == train.filter(pl.col("real") == (column == "text"))["row_id"][0]
    scene.write_table(
        "train", train.with_columns(pl.when(one).then(poses).otherwise(column).alias(column)), cunning=True
    )
    with pytest.raises(LinkError, match=r"rows: train\.parquet"):
        verify.fn(Workspace(house.root), NAME)


def test_a_real_row_is_traced_to_its_line(filled):
    house, _ = filled
    row = read_rows(house).filter(pl.col("real")).row(0, named=True)
    chain = trace_row(Workspace(house.root), row["row_id"][:12])
    assert chain["real"]["where"] == f"{REAL}:{row['position']}" and chain["real"]["fields"] == {"text": row["text"]}
    assert (chain["completion"], chain["prompt"], chain["versions"][0]["tag"]) == (None, None, f"{NAME}@v1.0.0")
    said = house.run("pedigree", "trace", row["row_id"][:12], "--rev", f"{NAME}@v1.0.0").stdout
    assert f"real        {REAL}:{row['position']}" in said and "people wrote it" in said


def test_dvc_repro_finds_everything_done(house):
    assert "Data and pipelines are up to date" in house.run("dvc", "repro").stdout


@pytest.mark.full
def test_dvc_repro_forced_makes_the_same_files(house):
    before = house.read(*FILES)
    house.run("dvc", "repro", "--force", f"curate@{NAME}", f"validate@{NAME}", f"measure@{NAME}")
    assert house.read(*FILES) == before


@pytest.mark.full
def test_a_real_row_that_is_taken_back_leaves_the_set(house):
    workspace = Workspace(house.root)
    row = read_rows(house).filter(pl.col("real")).sort("position").row(-1, named=True)  # of the rarest label
    job = open_job(workspace, NAME)
    found = find_erasure(job, row["row_id"][:12])
    assert found.row.places == {REAL: (row["position"],)}
    assert [(version.tag, version.row) for version in found.versions] == [(f"{NAME}@v1.0.0", True)]
    forget.fn(job, found)
    assert row["text"] not in (house.root / REAL).read_text()
    set_keys(workspace.recipe_path(NAME), {"generators.1.shots": 3})  # 4 of the rarest label there were
    outcome = run(house, fill_to=FILLED)
    assert outcome.version == f"{NAME}@v1.1.0" and outcome.rows == 102
    rows = read_rows(house)
    assert row["row_id"] not in rows["row_id"] and rows["real"].sum() == sum(COUNTS) - 1


@pytest.mark.full
def test_a_real_row_that_people_reject_is_replaced(house):
    row = read_rows(house).filter(pl.col("real")).sort("position").row(-1, named=True)
    review = house.root / f"data/reviews/{NAME}/review.jsonl"
    review.parent.mkdir(parents=True, exist_ok=True)
    review.write_text(json.dumps({"row_id": row["row_id"], "decision": "reject", "label": row["label"], "who": "Ann"}))
    set_keys(Workspace(house.root).recipe_path(NAME), {"review": f"data/reviews/{NAME}/review.jsonl"})
    outcome = run(house, fill_to=FILLED)
    rows = read_rows(house)
    assert outcome.rows == 102 and rows["real"].sum() == sum(COUNTS) - 1 and row["row_id"] not in rows["row_id"]
    assert rows.filter(label=row["label"]).height == FILLED


def test_a_recipe_that_would_drop_real_rows_is_refused_before_anything_is_paid_for(house):
    held = count_held(house)
    with pytest.raises(RecipeError, match="holds more rows than are wanted of a label: 16 of billing-dispute"):
        run(house, synthesize, rows=60)
    assert count_held(house) == held and load_recipe(Workspace(house.root).recipe_path(NAME)).rows == 102


def test_a_real_row_that_does_not_enter_is_traced_too(filled):
    house, _ = filled
    out = read_table(house.root / f"data/{NAME}/rejects.parquet").filter(reason="held-out-overlap", generator="real")
    chain = trace_row(Workspace(house.root), out["row_id"][0])
    assert (chain["real"]["where"], chain["rival"]["kind"]) == (f"{REAL}:76", "held-out row")
    copied = read_table(house.root / f"data/{NAME}/rejects.parquet").filter(reason="exact-duplicate", generator="real")
    assert trace_row(Workspace(house.root), copied["row_id"][0])["rival"]["where"] == f"{REAL}:1"


def test_rows_say_where_they_come_from_wherever_they_go(filled, tmp_path):
    house, _ = filled
    house.run("pedigree", "export", NAME, "--format", "jsonl", "--to", str(tmp_path / "lines"))
    lines = [
        json.loads(line)
        for split in ("train", "validation")
        for line in (tmp_path / f"lines/{split}.jsonl").read_text().splitlines()
    ]
    assert sum(line["real"] for line in lines) == sum(COUNTS) and "completion_id" not in lines[0]
    lineage = json.loads(house.run("pedigree", "lineage", NAME).stdout)
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


def test_figures_tell_synthetic_rows_from_real_ones(filled):
    house, _ = filled
    metrics = json.loads((house.root / f"data/{NAME}/metrics.json").read_text())
    train = read_rows(house).filter(split="train")
    assert (metrics["counts"]["real"], metrics["counts"]["rows"]) == (75, 102)
    assert metrics["fidelity"]["rows"] <= 27
    useful = metrics["usefulness"]
    assert (
        useful["synthetic"]["synthetic_rows"] == (~train["real"]).sum()
        and useful["real"]["real_rows"] == train["real"].sum()
    )


def test_a_real_row_that_is_missing_fails_a_gate(house):
    job, path = open_job(Workspace(house.root), NAME), house.root / f"data/{NAME}/train.parquet"
    train = read_table(path)
    gone = train.filter(pl.col("real"))["row_id"][0]
    write_table(train.filter(pl.col("row_id") != gone), path)
    [gate] = [gate for gate in validate.fn(job, check_labels.fn(job)).failed if gate.name == "real rows"]
    assert gate.failing_row_ids == [gone]


@pytest.mark.full
def test_two_versions_are_told_apart_and_the_mark_is_no_field(house):
    run(house, fill_to=13)
    told = json.loads(house.run("pedigree", "diff", NAME, "v1.0.0", "v1.1.0", "--json").stdout)
    assert (
        told["rows"]["fields"] == ["text"] and told["rows"]["moved"]["count"] == told["rows"]["removed"]["count"] == 0
    )
    assert told["rows"]["added"]["count"] == sum(max(0, 13 - max(count, FILLED)) for count in COUNTS)


def test_the_rarest_label_is_asked_for_first(filled):
    """So that a budget that does not reach for all helps where real rows are fewest."""
    job = open_job(Workspace(filled[0].root), NAME)
    asked = [prompt.slot.label for prompt in plan.fn(job, Rounds.for_job(job), PromptBuilder(job)).build()]
    assert list(dict.fromkeys(asked)) == list(job.recipe.labels)[:2:-1]
