"""Proposes weights of generators from what each brought in a pilot; where too little is known, none, and why."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from pedigree.usefulness.cross_fitting import MIN_ROWS
from tasks.judging.generator_gain import MIN_MADE, Gain
from tasks.judging.generator_pilot import GeneratorPilot

LEAST = 0.1  # a generator that brings nothing keeps a tenth of an equal share, as a pilot is small
RULE = "share of rows kept x share with the right label x gain on people's rows / cost of a requested row"


@dataclass(frozen=True)
class Proposal:
    """The weight of each generator, with mean 1 before the least weight; empty where ``why`` says what is missing."""

    why: str
    weights: dict[str, float] = field(default_factory=dict)


def propose_weights(generators: Sequence[GeneratorPilot]) -> Proposal:
    """Return weights in proportion to ``RULE``, a negative gain taken as 0; at least 0.1 each.

    None are proposed where a figure is unknown, or no gain lies above 0 beyond its interval. Where nothing costs
    anything, the cost is left out.
    """
    if missing := _find_missing(generators):
        return Proposal(missing)
    free = all(one.usd == 0 for one in generators)
    values = [_value(one, free=free) for one in generators]
    total = sum(values)
    weights = {
        one.name: max(LEAST, round(len(values) * value / total, 2))
        for one, value in zip(generators, values, strict=True)
    }
    return Proposal(f"in proportion to: {RULE}" + ("; nothing costs anything, so cost has no part" * free), weights)


def find_gain(one: GeneratorPilot) -> Gain | None:
    """Return the gain that decides; None where it is unknown."""
    return next((gain for gain in one.gains if gain.decides), None)


def _value(one: GeneratorPilot, *, free: bool) -> float:
    gain = find_gain(one)
    cost = 1.0 if free else (one.usd or 0) / one.requested
    return one.kept / one.requested * one.as_made / one.rated * max(gain.gain if gain else 0, 0) / cost


def _find_missing(generators: Sequence[GeneratorPilot]) -> str | None:
    """Return the first thing that keeps weights from being proposed."""
    if len(generators) < 2:
        return "rows of two generators or more are needed that this pilot made"
    for one in generators:
        if min(one.kept, one.rated) < MIN_MADE:
            return (
                f"{one.name} has {one.kept:,} rows that passed the screens and {one.rated:,} rated ones; "
                f"{MIN_MADE} of each are needed: ask for more with --rows-per-label"
            )
        if one.usd is None:
            return f"the cost of {one.name} is unknown: give its 'prices' in the recipe"
        if not find_gain(one):
            return f"the gain of {one.name} is unknown: people's rows (seeds, real, dev) must be {MIN_ROWS} or more"
    if len({one.usd == 0 for one in generators}) > 1:
        return "some generators cost nothing and others do: gain per cost is not comparable"
    gains = [gain for one in generators if (gain := find_gain(one))]
    if not any(gain.interval[0] > 0 for gain in gains):
        return "no generator's gain on people's rows lies above 0 beyond its interval"
    if not any(_value(one, free=True) for one in generators):
        return "no generator with a gain has a row that was rated as it was made for"
    return None
