"""A real labelled set of 75 rows whose rare labels were filled up to 12 rows by the flow, as version 1.0.0."""

import json
from contextlib import chdir
from pathlib import Path
from shutil import copytree

import polars as pl

from flows.augment import augment
from pedigree.recipe.yaml_file import load_recipe, set_keys
from pedigree.workspace import Workspace
from tests.support.make_published import NAME
from tests.support.once import make_once
from tests.support.repository import Household, settle

REAL = f"data/seeds/{NAME}/real.jsonl"
COUNTS = [16, 14, 12, 10, 8, 6, 5, 4]  # real rows of each label, in the recipe's order
FILLED = 12  # so that the first three labels keep what they have, and the others get more


def run_flow(house: Household, flow=augment, **options):
    """Run a flow for the dataset and return what it came to."""
    with chdir(house.root):
        return flow(NAME, **options)


def read_rows(house: Household) -> pl.DataFrame:
    """Return the rows with their split."""
    frames = [pl.read_parquet(house.root / f"data/{NAME}/{split}.parquet").with_columns(split=pl.lit(split))
              for split in ("train", "validation")]  # fmt: skip
    return pl.concat(frames)


def read_real(house: Household) -> list[dict]:
    """Return the real rows as their file has them."""
    return [json.loads(line) for line in (house.root / REAL).read_text().splitlines()]


def copy_augmented(tmp_path_factory) -> Household:
    """Return a copy of that workspace, which the first test file that needs it makes; it needs a Prefect server."""
    made = make_once(tmp_path_factory, "augmented", lambda folder: _fill(folder / "work"))
    return Household(copytree(made / "work", tmp_path_factory.mktemp("filled") / "work"))


def _fill(root: Path) -> None:
    house = settle(root)
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
    outcome = run_flow(house, real=REAL, fill_to=FILLED, labels="rare")
    assert (outcome.version, outcome.rows) == (f"{NAME}@v1.0.0", 16 + 14 + 6 * FILLED)
