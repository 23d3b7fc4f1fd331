"""Tweets that Llama-2-70B wrote (parrot, sentiment) go through the flow: balanced, published, their duplicates told."""

import json
import os
import random
import shutil
from contextlib import chdir
from pathlib import Path

import polars as pl
import pytest
from ruamel.yaml import YAML

from flows.synthesize import synthesize
from tests.support.repository import settle
from tests.support.workspaces import REPOSITORY

DATA = Path(os.environ.get("PEDIGREE_TEST_DATA", REPOSITORY.parent / "shared/data")) / "llm/parrot/sentiment"
WRITTEN = DATA / "balanced_llama-2-70b_augmented.json"
NAME = "tweet-sentiment"
# What the file can fill: of its 1,253 negative tweets 541 are different texts.
ROWS = {"negative": 530, "neutral": 1420, "positive": 1400}
MEANS = {
    "negative": "the writer is unhappy, angry or against something",
    "neutral": "the tweet states something and takes no side",
    "positive": "the writer is happy, hopeful or for something",
}

pytestmark = pytest.mark.skipif(
    not WRITTEN.is_file(), reason=f"{WRITTEN} is not here (PEDIGREE_TEST_DATA names its data/)"
)


def read(name):
    return [{"text": row["text"], "label": row["target"]} for row in json.loads((DATA / name).read_text())]


def write_recipe(root: Path) -> None:
    seeds = read("base.json")
    shown = {row["text"] for row in seeds}
    held_out = [row for row in random.Random(0).sample(read("test.json"), 600) if row["text"] not in shown]
    folder = root / "data/seeds" / NAME
    folder.mkdir(parents=True)
    shutil.copy(WRITTEN, folder)
    for name, rows in (("seeds", seeds), ("held-out", held_out)):
        (folder / f"{name}.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    total = sum(ROWS.values())
    recipe = {
        "dataset": NAME,
        "task": "How does the writer of this tweet feel about it?",
        "language": "en",
        "seed": 0,
        "labels": {label: {"share": rows / total, "means": MEANS[label]} for label, rows in ROWS.items()},
        "fields": {"text": {"min_chars": 10, "max_chars": 600, "means": "a tweet"}},
        "seeds": f"data/seeds/{NAME}/seeds.jsonl",
        "held_out": f"data/seeds/{NAME}/held-out.jsonl",
        "rows": total,
        "generators": [
            {
                "name": "llama-2-70b",
                "strategy": "replay",
                "model": f"replay/data/seeds/{NAME}/{WRITTEN.name}",
                "rows_per_call": 50,
                "replay": {"fields": {"text": "augmented_text"}, "label": "target"},
            }
        ],
        "screens": {"pii": "off"},  # @user stands for a handle in these tweets
        "split": {"validation": 0.15},
        "gates": {"read_distance": 0.25},
        "evaluate": {"repeats": 5},
    }
    with (root / f"recipes/{NAME}.yaml").open("w", encoding="utf-8") as file:
        YAML(typ="safe").dump(recipe, file)


@pytest.fixture(scope="module")
def made(prefect, tmp_path_factory):
    """The workspace's folder of the dataset, and what the run came to."""
    house = settle(tmp_path_factory.mktemp("replay") / "work")
    write_recipe(house.root)
    with chdir(house.root):
        return house.root / "data" / NAME, synthesize(NAME)


def test_the_version_has_exactly_the_rows_wanted_of_each_label(made):
    folder, outcome = made
    rows = pl.concat([pl.read_parquet(folder / f"{split}.parquet") for split in ("train", "validation")])
    assert dict(rows["label"].value_counts().iter_rows()) == ROWS
    assert outcome.version == f"{NAME}@v1.0.0"


def test_its_texts_are_the_models_own_and_different(made):
    texts = pl.read_parquet(made[0] / "train.parquet")["text"]
    written = {row["augmented_text"].strip() for row in json.loads(WRITTEN.read_text())}
    assert texts.n_unique() == len(texts) and set(texts) <= written


def test_the_duplicates_that_are_there_are_told(made):
    folder, _ = made
    texts = [row["augmented_text"] for row in json.loads(WRITTEN.read_text())]
    there = 1 - len(set(texts)) / len(texts)
    assert there == pytest.approx(0.171, abs=0.001)
    metrics = json.loads((folder / "metrics.json").read_text())
    assert 0.16 < metrics["duplicates"]["exact_share"] < 0.18
    page = (folder / "report.html").read_text(encoding="utf-8")
    assert f'<td>Exact duplicates</td><td class="n">{100 * metrics["duplicates"]["exact_share"]:.1f} %' in page


def test_real_text_is_evidence(made):
    useful = json.loads((made[0] / "metrics.json").read_text())["usefulness"]
    assert useful["evidence"] is True and useful["test_rows"] > 590
    assert 0.35 < useful["synthetic"]["macro_f1"] < 0.6
