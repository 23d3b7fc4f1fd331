"""What is unknown is never counted as nothing."""

import polars as pl
import pytest

from pedigree.dataset.schemas import COMPLETIONS
from pedigree.dataset.usage import list_distinct_names, sum_by_model, sum_known_cost, sum_usage


def completions(*lines):
    names = ["model", "model_answered", "tokens_in", "tokens_out", "cost_usd", "failure"]
    return pl.DataFrame(lines, {name: COMPLETIONS[name] for name in names}, orient="row")


def test_a_sum_with_an_unknown_part_is_unknown():
    table = completions(("a", "a-1", 10, 5, 0.1, None), ("b", "b-1", 20, 6, None, None))
    assert sum_usage(table) == {"tokens_in": 30, "tokens_out": 11, "cost_usd": None}


@pytest.mark.parametrize(
    ("names", "distinct"),
    [
        (["/models/smol-q8_0.gguf", "smol-q8_0"], ["/models/smol-q8_0.gguf"]),
        (["models/smol.GGUF", "C:\\models\\smol.gguf", "./smol.gguf"], ["./smol.gguf"]),
        (["meta/llama-3", "llama-3"], ["meta/llama-3"]),
        (["org-a/llama-3", "org-b/llama-3"], ["org-a/llama-3", "org-b/llama-3"]),
        (["smol-q8_0.gguf", "smol-q4_0.gguf"], ["smol-q4_0.gguf", "smol-q8_0.gguf"]),
        (["gpt-4.1", "gpt-4"], ["gpt-4", "gpt-4.1"]),
        (["/models/a/", "/models/b/"], ["/models/a/", "/models/b/"]),
        (["", "x"], ["", "x"]),
        ([], []),
    ],
)
def test_names_of_one_model_file_are_one_name(names, distinct):
    assert list_distinct_names(names) == distinct


def test_of_a_sum_with_an_unknown_part_the_known_part_is_told():
    table = completions(("a", "a-1", 10, 5, 0.1, None), ("a", None, None, None, None, "timeout"))
    assert sum_known_cost(table) == {"cost_known": 1, "cost_known_usd": 0.1}


def test_nothing_spent_is_zero():
    assert sum_usage(completions()) == {"tokens_in": 0, "tokens_out": 0, "cost_usd": 0.0}


def test_each_pair_of_asked_and_answered_has_a_line_and_failures_are_counted():
    table = completions(
        ("b", None, 0, 0, 0.0, "timeout"), ("b", "b-1", 1, 2, 0.5, None), ("a", "a-1", 3, 4, None, None)
    )
    assert sum_by_model(table).select("model", "model_answered", "completions", "failures", "cost_usd").rows() == [
        ("a", "a-1", 1, 0, None),
        ("b", "b-1", 1, 0, 0.5),
        ("b", None, 1, 1, 0.0),
    ]
