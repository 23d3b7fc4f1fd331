"""Forecast of usage and yield: from earlier calls of the same plan, or from defaults where there are none."""

import json
import re
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping
from copy import deepcopy
from dataclasses import dataclass
from math import ceil
from types import MappingProxyType

from pedigree.generation.budget import Usage
from pedigree.generation.prompts import Prompt
from pedigree.generation.rounds import Rounds
from pedigree.generation.slots import Slot
from pedigree.job import Job
from pedigree.ledger.completion import Completion
from pedigree.recipe.asked_model import AskedModel
from pedigree.recipe.fault_rates import parse_fault_rates
from pedigree.recipe.generator import Generator
from pedigree.recipe.judge import Judge
from pedigree.recipe.labels_and_fields import TypedField

YIELD = 0.96  # of the rows asked for, as models without faults give them
NOTICED = 2 / 3  # of the offline model's faults: a cut answer has whole rows, a wrong label is not always text
LONGER = 1.15  # models write longer rows than people if no row is shown
MAX_CHARS = 300  # assumed for a text field with a very high limit
PRIOR_ROWS = 20  # weight of the model's pool against a generator's own rows
Tally = dict[str, float]
WIDE = re.compile(r"[^\x00-\u024f]")  # beyond the Latin script a character is nearly a token


def guess_tokens(text: str) -> float:
    """Return about how many tokens a text is: four Latin characters each, or five quarters of any other script's."""
    wide = len(WIDE.findall(text))
    return (len(text) - wide) / 4 + wide * 0.8


@dataclass(frozen=True)
class Assumption:
    """A figure that a forecast rests on, and where it comes from."""

    value: float
    source: str


@dataclass(frozen=True)
class CallSeconds:
    """The seconds of a call, None where none of the model was timed, and where the figure comes from."""

    value: float | None
    source: str


@dataclass(frozen=True)
class AssumedStatistics:
    """What a forecast assumes of one generator; a row is one that was asked for, kept or not."""

    rows_kept: Assumption  # share
    tokens_out_per_row: Assumption
    tokens_in_per_guess: Assumption  # of guess_tokens
    text_per_row: Assumption  # visible text, in guess_tokens
    seconds_per_call: CallSeconds


class CallStatistics:
    """Usage and yield of the calls of each generator so far."""

    def __init__(
        self,
        job: Job,
        seen: Mapping[str, Assumption] = MappingProxyType({}),
        predict_seconds: Callable[[str, float], tuple[float | None, str]] = lambda model, tokens: (None, ""),
    ):
        """``seen`` is the share of rows kept of a model's, by model; it counts where this plan has no answer yet.

        ``predict_seconds`` gives the seconds of a model's call by its output tokens, None if unknown, and their source.
        """
        self._job, self._seen, self._predict_seconds = job, seen, predict_seconds
        self._tallies: dict[str, Tally] = defaultdict(lambda: defaultdict(float))

    def record(
        self, prompts: Iterable[Prompt], completions: Iterable[Completion], kept: Mapping[tuple[str, str], int]
    ) -> None:
        """Record prompts with their completions, in the same order, and the rows kept by (generator, stratum).

        Of a judge, a row is one that it was asked about.
        """
        for prompt, completion in zip(prompts, completions, strict=True):
            rows = prompt.rows or prompt.judged_rows
            tally = self._tallies[prompt.slot.generator.title]
            answered, metered = completion.failure is None, None not in (completion.tokens_in, completion.tokens_out)
            tally["unpriced"] += answered and completion.cost_usd is None
            tally["priced"] += completion.cost_usd is not None
            if not rows:
                continue
            tally["calls"] += 1
            tally["rows"] += rows
            tally["usd"] += completion.cost_usd or 0
            tally["unmetered"] += answered and not metered
            if metered:
                tally["metered"] += rows
                tally["guessed"] += sum(guess_tokens(message["content"]) for message in prompt.messages)
                tally["tokens_in"] += completion.tokens_in or 0
                tally["text"] += guess_tokens(completion.text or "")
                tally["tokens_out"] += completion.tokens_out or 0
        for (title, _), rows in kept.items():
            self._tallies[title]["kept"] += rows

    @property
    def judges(self) -> list[Judge]:
        """Return the recipe's judges."""
        return self._job.recipe.judges

    @property
    def prices_known(self) -> bool:
        """Return whether the cost of every answer so far is known; of calls without an answer it is not."""
        return self._knows("unpriced", "priced")

    def _knows(self, unknown: str, known: str) -> bool:
        count = {name: sum(one[name] for one in self._tallies.values()) for name in (unknown, known, "calls")}
        return not count[unknown] and (count[known] > 0 or not count["calls"])

    @property
    def tokens_known(self) -> bool:
        """Return whether the tokens of every answer so far are known; of calls without an answer they are not."""
        return self._knows("unmetered", "metered")

    def mean_call(self, generator: AskedModel) -> tuple[float, float]:
        """Return tokens and USD of a generator's mean call, or of its model's if it has made none yet."""
        own = self._tallies[generator.title]
        tally = own if own["calls"] else self._pool(generator)
        calls = max(1, tally["calls"])
        return (tally["tokens_in"] + tally["tokens_out"]) / calls, tally["usd"] / calls

    def estimate(self, generator: Generator) -> AssumedStatistics:
        """Return the expected statistics of a generator: its own calls shrunk to those of its model, else defaults."""
        own = self._tallies[generator.title]
        pool = self._pool(generator)
        text = _assume_rows("text", own, pool, _guess_row(self._job, generator))
        tokens_out = _assume_rows("tokens_out", own, pool, text)
        metered = own if own["tokens_in"] else pool
        ratio = Assumption(1.0, "default: 4 characters a token")
        if metered["guessed"] and metered["tokens_in"]:
            ratio = Assumption(metered["tokens_in"] / metered["guessed"], _name_source(own, pool))
        return AssumedStatistics(
            _assume_yield(generator, own, pool, self._seen.get(generator.model)),
            tokens_out,
            ratio,
            text,
            self.assume_seconds(generator, tokens_out.value * generator.rows_per_call),
        )

    def assume_seconds(self, asked: AskedModel, tokens: float) -> CallSeconds:
        """Return the seconds of a call that answers with so many tokens."""
        return CallSeconds(*self._predict_seconds(asked.model, tokens))

    def _pool(self, generator: AskedModel) -> Tally:
        alike = [one.title for one in self._job.recipe.generators if one.model == generator.model]
        pool: Tally = defaultdict(float)
        for title in alike:
            for name, amount in self._tallies[title].items():
                pool[name] += amount
        return pool


class YieldRounder:
    """Turns expected shares of kept rows into whole rows, so that no fraction is lost from round to round."""

    def __init__(self):
        self._expected: dict[tuple[str, str], float] = defaultdict(float)
        self._given: Counter[tuple[str, str]] = Counter()

    def round_rows(self, slots: Iterable[tuple[Slot, int]], statistics: CallStatistics) -> Counter[tuple[str, str]]:
        """Return the rows, by (generator, stratum), that are expected to be kept of slots with so many calls each."""
        yields: dict[str, float] = {}
        for slot, calls in slots:
            title = slot.generator.title
            if title not in yields:
                yields[title] = statistics.estimate(slot.generator).rows_kept.value
            self._expected[title, slot.stratum] += yields[title] * slot.generator.rows_per_call * calls
        new = Counter({pair: round(rows) - self._given[pair] for pair, rows in self._expected.items()})
        self._given.update(new)
        return new


def forecast_remaining(rounds: Rounds, statistics: CallStatistics) -> Usage:
    """Return the expected usage of the remaining rounds, at the mean of the calls so far."""
    rounds, rounder = deepcopy(rounds), YieldRounder()
    calls, tokens, usd = 0, 0.0, 0.0
    while rounds.stop is None:
        slots = [(slot, slot.generator.turns) for slot in rounds.next_round()]
        for slot, turns in slots:
            mean_tokens, mean_usd = statistics.mean_call(slot.generator)
            calls, tokens, usd = calls + turns, tokens + turns * mean_tokens, usd + turns * mean_usd
        kept = rounder.round_rows(slots, statistics)
        for judge in statistics.judges:
            asked = ceil(kept.total() / judge.rows_per_call) * judge.votes
            mean_tokens, mean_usd = statistics.mean_call(judge)
            calls, tokens, usd = calls + asked, tokens + asked * mean_tokens, usd + asked * mean_usd
        rounds.record(kept)
    return Usage(calls, round(tokens), usd)


def _assume_yield(generator: Generator, own: Tally, pool: Tally, seen: Assumption | None) -> Assumption:
    default = Assumption(YIELD, f"default: {YIELD:.0%}")
    if generator.model.startswith("offline/") and generator.parameters.get("faults"):
        rates = vars(parse_fault_rates(generator.parameters["faults"])).values()
        default = Assumption(max(0.0, 1 - sum(rates) * NOTICED), "the recipe's faults, of which most are noticed")
    if not pool["calls"]:
        return seen or default
    of_all = (pool["kept"] + PRIOR_ROWS / 2 * default.value) / (pool["rows"] + PRIOR_ROWS / 2)
    share = (own["kept"] + PRIOR_ROWS * of_all) / (own["rows"] + PRIOR_ROWS)
    kept, rows = ((own if own["rows"] else pool)[name] for name in ("kept", "rows"))
    source = f"{_name_source(own, pool)}: {kept:,.0f} of {rows:,.0f} rows"
    if f"{share:.0%}" != f"{kept / rows:.0%}":
        source += f", averaged with {default.value:.0%}, which counts less the more rows there are"
    return Assumption(share, source)


def _assume_rows(what: str, own: Tally, pool: Tally, default: Assumption) -> Assumption:
    """Return the tokens per row: a generator's own, shrunk to those of its model."""
    if not pool["metered"] or not pool["tokens_out"]:
        return default
    of_all = pool[what] / pool["metered"]
    return Assumption((own[what] + PRIOR_ROWS * of_all) / (own["metered"] + PRIOR_ROWS), _name_source(own, pool))


def _guess_row(job: Job, generator: Generator) -> Assumption:
    """Return the tokens of a future row: the mean of the real rows, else from the fields' limits."""
    if people := job.seeds or job.held_out:
        written = [json.dumps(example.fields, ensure_ascii=False, default=str) for example in people]
        mean, path = sum(map(guess_tokens, written)) / len(written), job.recipe.seed_file or job.recipe.held_out
        if generator.shots:
            return Assumption(mean, f"the rows of {path}")
        return Assumption(mean * LONGER, f"the rows of {path}, times {LONGER:g} as none is shown")
    chars = sum(len(name) + 8 + _guess_chars(field) for name, field in job.recipe.fields.items())
    return Assumption(chars / 4, "default: texts a third as long as they may be")


def _guess_chars(field: TypedField) -> float:
    if field.type == "text":
        return min(max(field.min_chars, field.max_chars / 3), max(field.min_chars, MAX_CHARS))
    return sum(map(len, field.values)) / len(field.values) if field.values else 10 if field.type == "date" else 4


def _name_source(own: Tally, pool: Tally) -> str:
    calls = own["calls"] or pool["calls"]
    return f"{calls:,.0f} completion{'s' * (calls != 1)} in the ledger{'' if own['calls'] else ' of the same model'}"
