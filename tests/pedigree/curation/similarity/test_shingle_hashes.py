"""The numbers of shingles are those that rensa gives for their strings."""

import random

import numpy as np
import pytest
from rensa import RMinHash

from pedigree.curation.similarity import sketches
from pedigree.curation.similarity.minhash import SimilarityIndex
from pedigree.curation.similarity.shingle_hashes import hash_ascii_shingles, hash_shingles, hash_slices, is_simple
from pedigree.curation.words import list_shingles
from pedigree.system.helper_process import Call, PendingResult

SCRIPTS = (
    "abcdefg hij",
    "äöüßéñ abc",
    "中文字符々漢",
    "العربية نص",
    "हिन्दी में",
    "😀🎉👍 a",
    "한국어 글",
    "ไทยภาษา",
    "ab中😀é",
)
EDGES = ["", "a", "ab", "abcd", "abcde", "中", "中文", "a中", "中a", "é" * 4, "😀" * 5, "", "x" * 300]


def test_they_are_the_numbers_of_the_strings_in_every_script():
    chance = random.Random(1)
    texts = EDGES + ["".join(chance.choices(script, k=chance.randint(0, 40))) for script in SCRIPTS for _ in range(40)]
    numbers, starts = hash_shingles(texts)
    expected = RMinHash.hash_token_sets([list_shingles(text) for text in texts])
    found = [part.tolist() for part in np.split(numbers, starts[1:-1].astype(np.int64))]
    assert found == [list(own) for own in expected]


def test_simple_texts_have_the_same_numbers_on_the_short_way():
    chance = random.Random(3)
    signs = "".join(map(chr, range(128)))
    texts = ["abcde", "a\0b\tc!", *("".join(chance.choices(signs, k=chance.randint(5, 40))) for _ in range(60))]
    assert all(map(is_simple, texts)) and not any(map(is_simple, ["", "abcd", "abcdé"]))
    for some in (texts, texts[:1]):
        for found, expected in zip(hash_ascii_shingles(some), hash_shingles(some), strict=True):
            assert found.dtype == expected.dtype and found.tolist() == expected.tolist()


def test_no_text_has_no_numbers():
    numbers, starts = hash_shingles([])
    assert (len(numbers), starts.tolist()) == (0, [0])


def test_slices_of_every_length_up_to_the_longest():
    raw = bytes(range(65, 95))
    ends = np.arange(25)
    (expected,) = RMinHash.hash_token_sets([[raw[:end] for end in ends]])
    assert hash_slices(raw, np.zeros(25, np.int64), ends).tolist() == list(expected)
    with pytest.raises(ValueError, match="a slice of 25 bytes; at most 24"):
        hash_slices(raw, np.array([0]), np.array([25]))


@pytest.mark.parametrize("fields", [1, 2])
def test_the_helper_process_computes_a_part_of_the_digests(fields, monkeypatch):
    calls = []

    def submit(name, *arguments):
        calls.append((name, len(arguments[0])))
        return PendingResult(Call(name, arguments), None)

    chance = random.Random(2)
    rows = [tuple("".join(chance.choices("abcd ", k=12)) for _ in range(fields)) for _ in range(18)]
    batches = [rows[:9], rows[9:17], rows[17:]]
    index = SimilarityIndex(0.8)
    whole = [index.sketch(batch) for batch in batches]
    monkeypatch.setattr(sketches, "SHARED", 8)
    monkeypatch.setattr(sketches, "submit_to_helper", submit)
    ahead = index.sketch_ahead(batches)
    first = next(ahead)
    assert calls == [("pedigree.curation.similarity.digests:digest_rows", 6)] * 2  # the second one is begun already
    parts = [first, *ahead]
    assert len(calls) == 2  # the third batch is too small
    for part, one in zip(parts, whole, strict=True):
        assert part.texts == one.texts
        assert (part.keys == one.keys).all() and (part.digests == one.digests).all()
    assert list(index.sketch_ahead([])) == []
