"""Canaries: secrets that are planted in seed rows, and how much of them the rows give away.

A secret is a run of words drawn at random, which no text would hold. It is planted in 1, 4 or 16 seed rows, say, after
the beginning of a row that people wrote. After a run, a bigram model of the rows ranks each secret among secrets that
were drawn in the same way and never planted. Its exposure is log2 of their number less log2 of its rank (Carlini et al.
2019). A model that gives nothing away leaves the rank to chance: then the exposure is 1.44 bits in the mean, and x bits
or more with a chance of 2^-x.
"""

import random
from collections.abc import Sequence
from math import log, log2
from pathlib import Path

import polars as pl
from pydantic import BaseModel, ConfigDict, Field
from scipy.stats import combine_pvalues

from pedigree.audits.privacy.bigram_model import BigramModel, cut_texts
from pedigree.curation.words import cut_words
from pedigree.dataset.examples import Example
from pedigree.dataset.json_model import read_json_model
from pedigree.errors import RecipeError
from pedigree.job import Job
from pedigree.recipe.tables.texts import require_texts

SECRET_WORDS = 8
LEAST_VOCABULARY = 50  # different words of the seed rows that secrets are drawn from
OTHERS = 4095  # secrets that were never planted, among which one is ranked: exposures reach 12 bits
RUN = 4  # words of a secret in a row that a text holds
CHANCE_BITS = 1 / log(2)  # of exposure in the mean, if nothing was given away and OTHERS is large
LEVEL = 0.01  # below which ranks are no chance
REMEDY = "'pedigree canaries NAME' writes the file anew"


class Canary(BaseModel):
    """A secret, in how many seed rows it was planted, and their label."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    secret: str = Field(min_length=1)
    rate: int = Field(ge=1)
    label: str


class Canaries(BaseModel):
    """What was planted in the seeds of a dataset, and the words that secrets were drawn from."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    dataset: str
    seed: int
    words: list[str] = Field(min_length=2)
    canaries: list[Canary] = Field(min_length=1)


class Exposure(BaseModel):
    """How exposed the secrets of one rate are: ``mean`` bits, and in how many texts a run of RUN of their words stands.

    ``p`` is the chance of ranks so high without any influence (Fisher's method).
    """

    rate: int
    secrets: int
    mean: float
    most: float
    p: float
    texts: int


def plant(job: Job, rates: Sequence[int], each: int, seed: int) -> tuple[Canaries, list[dict[str, object]]]:
    """Return ``each`` canaries of each rate, and the seed rows with them (records of fields and label), shuffled.

    Raises CommandError without a text field, RecipeError with too few seed rows or words.
    """
    require_texts(job.recipe, "'pedigree canaries'")
    fields = job.recipe.text_fields
    chance, words = random.Random(seed), _list_words(job.seeds, fields[0])
    if len(words) < LEAST_VOCABULARY:
        raise RecipeError(
            f"the seed rows have {len(words):,} different words", expected=f"at least {LEAST_VOCABULARY} to draw from"
        )
    labels = [label for label in job.recipe.labels if any(one.label == label for one in job.seeds)]
    canaries, records = [], [{**one.fields, "label": one.label} for one in job.seeds]
    for rate in rates:
        for number in range(each):
            label = labels[number % len(labels)]
            secret = draw_secret(words, chance)
            own = [one for one in job.seeds if one.label == label]
            canaries.append(Canary(secret=secret, rate=rate, label=label))
            first = chance.randrange(len(own))
            records += [_hide(secret, own[(first + copy) % len(own)], fields[0]) for copy in range(rate)]
    chance.shuffle(records)
    return Canaries(dataset=job.dataset, seed=seed, words=words, canaries=canaries), records


def draw_secret(words: Sequence[str], chance: random.Random) -> str:
    """Return SECRET_WORDS words, each drawn at random."""
    return " ".join(chance.choices(words, k=SECRET_WORDS))


def load_canaries(path: Path) -> Canaries:
    """Read what was planted; raises RecipeError if the file can't be read or is of another form."""
    return read_json_model(path, Canaries, "planted canaries", REMEDY)


def measure_exposures(texts: Sequence[str], planted: Canaries) -> list[Exposure]:
    """Return how exposed the secrets of each rate are in texts, by rising rate; none without texts."""
    if not texts:
        return []
    cut = cut_texts(texts)
    model, runs = BigramModel(cut), [set(_list_runs(words[1:-1])) for words in cut]
    chance = random.Random(f"{planted.seed} others")
    others = sorted(_score(model, draw_secret(planted.words, chance)) for _ in range(OTHERS))
    found = []
    for rate in sorted({one.rate for one in planted.canaries}):
        own = [one.secret for one in planted.canaries if one.rate == rate]
        ranks = [_rank(_score(model, secret), others, chance) for secret in own]
        exposures = [log2(OTHERS + 1) - log2(rank) for rank in ranks]
        secret_runs = {run for secret in own for run in _list_runs(secret.split())}
        p = float(combine_pvalues([rank / (OTHERS + 1) for rank in ranks], "fisher")[1])
        holding = sum(not secret_runs.isdisjoint(text) for text in runs)
        mean = sum(exposures) / len(exposures)
        found.append(Exposure(rate=rate, secrets=len(own), mean=mean, most=max(exposures), p=p, texts=holding))
    return found


def _list_words(seeds: Sequence[Example], field: str) -> list[str]:
    texts = pl.Series("text", [str(one.fields[field]) for one in seeds], pl.String)
    return sorted({word for words in cut_words(texts).to_list() for word in words})


def _hide(secret: str, host: Example, field: str) -> dict[str, object]:
    """Return a row of people whose second half is replaced by a secret."""
    words = str(host.fields[field]).split()
    text = " ".join([*words[: max(1, len(words) // 2)], secret])
    return {**host.fields, field: text, "label": host.label}


def _score(model: BigramModel, secret: str) -> float:
    """Return the mean log-probability of a secret's word after the one before it."""
    return model.score(secret.split())


def _rank(score: float, others: Sequence[float], chance: random.Random) -> int:
    """Return the place (from 1) of a score among those of other secrets; of equal scores, a random one."""
    above, equal = sum(other > score for other in others), sum(other == score for other in others)
    return above + 1 + chance.randrange(equal + 1)


def _list_runs(words: Sequence[str]) -> list[tuple[str, ...]]:
    return [tuple(words[place : place + RUN]) for place in range(len(words) - RUN + 1)]
