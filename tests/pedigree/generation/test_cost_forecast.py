"""A forecast rests on what was seen, drawn to what is alike where little was seen, and loses no fraction of a row."""

import pytest

from pedigree.generation.cost_forecast import CallStatistics, YieldRounder, forecast_remaining, guess_tokens
from pedigree.generation.prompt_builder import PromptBuilder
from pedigree.generation.rounds import Rounds
from pedigree.generation.slots import Slot
from pedigree.ledger.completion import ProviderResponse
from tests.support.workspaces import make_job

TWO = [
    {"name": "one", "model": "openai/a", "rows_per_call": 4},
    {"name": "two", "model": "openai/a", "rows_per_call": 4},
]


def tell(job, statistics, generator=0, calls=5, kept=20, usd=0.5):
    builder, one = PromptBuilder(job), job.recipe.generators[generator]
    prompts = [builder.build(Slot(one, "cat", index), 1, {}) for index in range(calls)]
    answers = [prompt.complete(ProviderResponse("x" * 80, "stop", "a", "r", 100, 40, None, usd)) for prompt in prompts]
    statistics.record(prompts, answers, {(one.title, "cat"): kept})


def test_tokens_are_guessed_by_script():
    assert guess_tokens("a cat sat") == 9 / 4
    assert guess_tokens("猫が座る") == pytest.approx(4 * 0.8)


def test_a_generator_without_calls_takes_after_its_model(tmp_path):
    job = make_job(tmp_path, generators=TWO)
    statistics = CallStatistics(job)
    tell(job, statistics)
    first, second = (statistics.estimate(generator) for generator in job.recipe.generators)
    assert first.tokens_out_per_row.value == second.tokens_out_per_row.value == 10
    assert first.tokens_out_per_row.source == "5 completions in the ledger"
    assert second.tokens_out_per_row.source == "5 completions in the ledger of the same model"


def test_the_share_of_rows_kept_says_how_it_is_computed(tmp_path):
    job = make_job(tmp_path, generators=TWO)
    few, many = CallStatistics(job), CallStatistics(job)
    tell(job, few, calls=1, kept=2)
    found = few.estimate(job.recipe.generators[0]).rows_kept
    assert found.value == pytest.approx((2 + 20 * 11.6 / 14) / 24)  # of 4 rows; 10 of the default and 20 of the model
    more = "averaged with 96%, which counts less the more rows there are"
    assert found.source == f"1 completion in the ledger: 2 of 4 rows, {more}"
    of_model = few.estimate(job.recipe.generators[1]).rows_kept.source
    assert of_model == f"1 completion in the ledger of the same model: 2 of 4 rows, {more}"
    tell(job, many, calls=1000, kept=3920)
    assert (
        many.estimate(job.recipe.generators[0]).rows_kept.source
        == "1,000 completions in the ledger: 3,920 of 4,000 rows"
    )


def test_few_calls_are_drawn_to_those_of_the_model(tmp_path):
    job = make_job(tmp_path, generators=TWO)
    statistics = CallStatistics(job)
    tell(job, statistics, calls=100, kept=400)
    tell(job, statistics, generator=1, calls=1, kept=0)
    assert statistics.estimate(job.recipe.generators[1]).rows_kept.value > 0.8


def test_fractions_of_rows_add_up(tmp_path):
    job = make_job(tmp_path)
    statistics, rounder = CallStatistics(job), YieldRounder()
    slot = Slot(job.recipe.generators[0], "cat", 0)
    given = sum((rounder.round_rows([(slot, 1)], statistics) for _ in range(25)), rounder.round_rows([], statistics))
    assert given.total() == 96  # of 100, at the default


def test_looking_ahead_leaves_the_rounds_as_they_are(tmp_path):
    job = make_job(tmp_path, rows=80)
    rounds, statistics = Rounds(job.recipe), CallStatistics(job)
    slots = rounds.next_round()
    tell(job, statistics, calls=len(slots), kept=40)
    rounds.record({("zero-shot", "cat"): 20, ("zero-shot", "dog"): 20})
    ahead = forecast_remaining(rounds, statistics)
    assert rounds.number == 1 and rounds.lacking == {"cat": 20, "dog": 20}
    assert 20 <= ahead.calls <= 24  # half of 4 rows a call are kept
    assert (ahead.tokens, ahead.usd) == (ahead.calls * 140, ahead.calls * 0.5)
