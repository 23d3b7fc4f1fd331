"""What is looked up for a whole batch decides as row by row comparison does."""

import random

import numpy as np
import polars as pl
import pytest

from pedigree.curation import duplicates
from pedigree.curation.duplicates import DuplicateChecker
from pedigree.curation.similarity.bands import BandHits, BandIndex
from pedigree.curation.similarity.runs import HashedWords, RunFilter
from pedigree.dataset.examples import Example
from tests.support.make_candidates import PAIR, make_recipe

WORDS = "the order refund my parcel late broken screen please help why is it not working".split()  # noqa: SIM905
SIGNS = "我的订单还没有到请帮忙退款账户被锁定密码重置电话电池颜色错误谢谢"
ODD = ("!!!", "?? !!", "...", "a", "x\u00a0y\tz", "#tag @me")


def write_text(chance):
    kind = chance.random()
    if kind < 0.15:
        return "".join(chance.choices(SIGNS, k=chance.randint(4, 40)))
    if kind < 0.2:
        return chance.choice(ODD)
    return " ".join(chance.choices(WORDS, k=chance.randint(3, 35)))


def vary(text, pool, chance):
    words = text.split(" ")
    return chance.choice(
        [
            text,
            f"{text} {write_text(chance)}",
            text.upper() + "!",
            " ".join(words[:12] + chance.choice(pool).split(" ")[:9]),
            " ".join([*words[1:], chance.choice(WORDS)]),
        ]
    )


def make_case(seed):
    """Return a checker's arguments and three tables of candidates, copied, varied and put together from others."""
    chance = random.Random(seed)
    screens = [{}, {"near_duplicate": None}, {"near_duplicate": 0.6, "seed_copy": 0.5}, {"shot_copy": 0.4}][seed % 4]
    recipe = make_recipe(screens=screens, **({"fields": PAIR} if seed % 3 == 2 else {}))
    pool = [write_text(chance) for _ in range(30)]

    def fill():
        make = (lambda: vary(chance.choice(pool), pool, chance), lambda: write_text(chance))
        return {name: chance.choice(make)() for name in recipe.text_fields}

    seeds, held_out = (
        [Example(id=f"{kind}{line}", line=line, label=next(iter(recipe.labels)), fields=fill()) for line in range(12)]
        for kind in "sh"
    )
    tables = []
    for table in range(3):
        rows = [
            {"row_id": f"{table}-{row}", "seed_row_ids": [f"s{chance.randrange(12)}"], **fill()} for row in range(60)
        ]
        tables.append(pl.DataFrame(rows))
        pool += [row[recipe.text_fields[0]] for row in rows[:20]]
    return (recipe, seeds, held_out), tables


def decide(arguments, tables):
    checker = DuplicateChecker(*arguments)
    return [checker.compare(table, {"1-3", "1-4", "2-5"}) for table in tables]


@pytest.mark.parametrize("seed", [pytest.param(seed, marks=[pytest.mark.full] * (seed > 4)) for seed in range(12)])
def test_rows_that_are_passed_over_would_not_have_been_found(seed, monkeypatch):
    arguments, tables = make_case(seed)
    quick = decide(arguments, tables)
    monkeypatch.setattr(duplicates, "BATCH", 7)
    assert decide(arguments, tables) == quick
    suspect = DuplicateChecker._suspect
    passed = []

    def suspect_all(self, texts, *others):
        passed.append(suspect(self, texts, *others).count(False))
        return [True] * len(texts)

    monkeypatch.setattr(DuplicateChecker, "_suspect", suspect_all)
    assert decide(arguments, tables) == quick
    assert sum(passed) > 10
    assert any(match is not None for table in quick for match in table)


def test_an_index_finds_the_rows_of_equal_keys_over_many_additions():
    chance = np.random.default_rng(5)
    keys = chance.integers(0, 40, (300, 4)).astype(np.uint64) + np.arange(4, dtype=np.uint64) * np.uint64(1000)
    index = BandIndex()
    for start in range(0, 250, 10):
        index.add(keys[start : start + 10])
    hits = BandHits(index, keys[250:])
    found, start = {place: [] for place in range(50)}, 0
    while start < 50:
        start, places, positions = hits.pair(start, 30)
        for place, position in zip(places.tolist(), positions.tolist(), strict=True):
            found[place].append(position)
    for place in range(50):
        expected = np.flatnonzero((keys[:250] == keys[250 + place]).any(axis=1))
        assert found[place] == expected.tolist()
        assert hits.in_index[place] == bool(len(expected))


def test_runs_are_found_in_whole_texts_only():
    texts = HashedWords(["a b c d", "c d", "e a b c", "", "我们 a b c", "a  b c"])
    assert texts.plain.tolist() == [True, True, True, True, False, False]
    found = RunFilter(["b c d", "d c d", "a b c"], 3).find(texts)
    pairs = sorted(pair for pair in zip(*(part.tolist() for part in found), strict=True) if texts.plain[pair[0]])
    assert pairs == [(0, 0), (0, 2), (2, 2)]
