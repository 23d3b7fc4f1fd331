"""Repetition, against NLTK's figures, against plain counting, and against gzip itself."""

import gzip
import math
import random
import re
from collections import Counter
from hashlib import sha256

import polars as pl
import pytest

from pedigree.metrics.repetition import MAX_WORDS, measure_compression, measure_self_bleu
from tests.support.mixed_texts import TEXTS, mix


def series(texts):
    return pl.Series(texts, dtype=pl.String)


def recompute_self_bleu(texts):
    """Return the mean BLEU-4 by the definition: clipped precision against all other texts, brevity penalty."""
    words = [re.findall(r"\w+(?:['’]\w+)*", text.lower()) for text in texts]
    scores = []
    for place, own in enumerate(words):
        others = words[:place] + words[place + 1 :]
        logs = []
        for order in (1, 2, 3, 4):
            grams, *known = (
                Counter(zip(*(text[step:] for step in range(order)), strict=False)) for text in (own, *others)
            )
            shared = sum(min(times, max(one[gram] for one in known)) for gram, times in grams.items())
            if order == 1:
                silent = not shared
            logs.append(math.log((shared or 0.1) / max(grams.total(), 1)) / 4)
        near = min((abs(len(text) - len(own)), len(text)) for text in others)[1]
        penalty = 1 if len(own) > near else math.exp(1 - near / len(own)) if own else 0
        scores.append(0 if silent else penalty * math.exp(sum(logs)))
    return sum(scores) / len(scores)


def test_self_bleu_is_what_nltk_gives():
    """NLTK 3.10.4: the mean of sentence_bleu over texts with all others as references, smoothing method 1."""
    assert measure_self_bleu(series(TEXTS)) == pytest.approx(0.19825847846017725, abs=1e-9)


@pytest.mark.parametrize("seed", range(4))
def test_self_bleu_is_what_counting_gives(seed):
    texts = mix(25, seed) + mix(5, seed)
    assert measure_self_bleu(series(texts)) == pytest.approx(recompute_self_bleu(texts), abs=1e-9)


def test_self_bleu_of_texts_that_share_all_or_nothing():
    assert measure_self_bleu(series(["one two three four five"] * 3)) == pytest.approx(1)
    assert measure_self_bleu(series(["one two", "three four", "...", ""])) == 0


def test_self_bleu_reads_the_beginning_of_a_long_text():
    start = " ".join(map(str, range(MAX_WORDS)))
    assert measure_self_bleu(series([f"{start} one end", f"{start} another"])) == pytest.approx(1)


def test_compression_is_bytes_over_the_bytes_that_gzip_makes_of_them():
    raw = b"grau gr\xc3\xbcn"
    assert measure_compression(series(["grau grün"])) == len(raw) / len(gzip.compress(raw))
    lines = "\n".join(sorted(mix(200), key=lambda text: sha256(text.encode()).hexdigest()))
    assert measure_compression(series(mix(200))) == len(lines.encode()) / len(gzip.compress(lines.encode()))


@pytest.mark.parametrize("measure", [measure_self_bleu, measure_compression])
def test_the_order_does_not_count_and_duplicates_raise_it(measure):
    texts = mix(60)
    assert measure(series(random.Random(2).sample(texts, len(texts)))) == pytest.approx(
        measure(series(texts)), abs=1e-12
    )
    assert measure(series(texts[:30] * 2)) > measure(series(texts))


def test_nothing_repeats_in_nothing():
    assert measure_self_bleu(series([])) is measure_self_bleu(series(["alone"])) is None
    assert measure_compression(series([])) is measure_compression(series([""])) is None
