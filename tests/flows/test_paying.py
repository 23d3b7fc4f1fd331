"""What is paid for: what the ledger lacks, and nothing else."""

import polars as pl
import pytest

from pedigree.recipe.yaml_file import set_keys
from tests.support.killable_processes import Counter, make, settle

RECIPE = "recipes/pets.yaml"


@pytest.fixture
def endpoint():
    with Counter(0, 0.005) as served:
        yield served


@pytest.fixture
def made(endpoint, tmp_path):
    """A dataset of 150 rows that was paid for."""
    root = settle(tmp_path / "w", endpoint.url)
    make(root)
    return root


def read(root, table):
    return pl.read_parquet(root / f"data/pets/{table}.parquet")


def count_rows(root):
    return read(root, "train").height + read(root, "validation").height


def test_two_hundred_more_rows_pay_for_about_two_hundred(made, endpoint):
    before, paid = set(read(made, "completions")["completion_id"]), len(endpoint.served)
    set_keys(made / RECIPE, {"rows": 350})
    make(made)
    calls = len(endpoint.served) - paid
    assert count_rows(made) == 350 and before <= set(read(made, "completions")["completion_id"])
    assert 200 <= 2 * calls <= 260  # two rows a call, an eighth or so rejected


@pytest.mark.full
def test_a_changed_definition_pays_only_for_prompts_whose_messages_changed(made, endpoint):
    before, paid = read(made, "prompts"), len(endpoint.served)
    set_keys(made / RECIPE, {"labels.cat.means": "about a cat, or about something that a cat did"})
    make(made)
    after, calls = read(made, "prompts"), len(endpoint.served) - paid
    changed = after.filter(~pl.col("prompt_id").is_in(before["prompt_id"].to_list()))
    assert calls == changed.height and set(changed["label"]) == {"cat"}
    assert after.filter(label="dog").height - changed.height < after.height / 2


@pytest.mark.full
def test_other_screens_shares_and_gates_pay_for_no_prompt_twice(made, endpoint):
    before, paid = set(read(made, "prompts")["prompt_id"]), len(endpoint.served)
    set_keys(made / RECIPE, {"screens.near_duplicate": 0.6, "labels.cat.share": 0.4, "labels.dog.share": 0.6})
    make(made)
    new = set(read(made, "prompts")["prompt_id"]) - before
    assert len(endpoint.served) - paid == len(new) < 30
