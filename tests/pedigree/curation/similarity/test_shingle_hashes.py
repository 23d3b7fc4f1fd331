"""The numbers of shingles are those that rensa gives for their strings."""

import random

import numpy as np
import pytest
from rensa import RMinHash

from pedigree.curation.similarity import minhash
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
def test_the_helper_process_computes_the_digests_of_one_half(fields, monkeypatch):
    calls = []

    def submit(name, *arguments):
        calls.append((name, len(arguments[0])))
        return PendingResult(Call(name, arguments), None)

    chance = random.Random(2)
    rows = [tuple("".join(chance.choices("abcd ", k=12)) for _ in range(fields)) for _ in range(9)]
    whole = SimilarityIndex(0.8).sketch(rows)
    monkeypatch.setattr(minhash, "SHARED", 9)
    monkeypatch.setattr(minhash, "submit_to_helper", submit)
    halves = SimilarityIndex(0.8).sketch(rows)
    assert calls == [("pedigree.curation.similarity.digests:digest_rows", 4)]
    assert (halves.keys == whole.keys).all() and (halves.digests == whole.digests).all()
