"""The shingles of many texts as numbers, without a Python string for each.

A shingle's number is what rensa gives for it: rustc's FxHasher over its UTF-8 bytes, on 64 bits. So a MinHash digest
of these numbers is that of the shingles themselves.
"""

from collections.abc import Sequence
from functools import cache

import numpy as np

from pedigree.curation.words import DENSE_GRAM, GRAM, IS_DENSE

U64 = np.uint64
SEED_1, SEED_2, SEED_3 = U64(0x243F6A8885A308D3), U64(0x13198A2E03707344), U64(0xA4093822299F31D0)
FACTOR, ROTATED = U64(0xF1357AEA2E62A9C5), U64(26)
LOW, HALF = U64(0xFFFFFFFF), U64(32)
LONGEST = 24  # bytes of a slice that can be hashed: five characters have at most 20
DENSE_END = 0x40000  # no character from here on is Chinese or Japanese


def hash_shingles(texts: Sequence[str]) -> tuple[np.ndarray, np.ndarray]:
    """Return the numbers (uint64) of the shingles of all texts (``words.list_shingles``), and where each text's begin.

    The second array has one entry more than there are texts: the shingles of text ``i`` are from ``starts[i]`` to
    ``starts[i + 1]``.
    """
    joined = "".join(texts)
    signs = np.frombuffer(joined.encode("utf-32-le", "surrogatepass"), "<u4")
    first = np.concatenate(([0], np.cumsum([len(text) for text in texts]))).astype(np.int64)
    ends = np.arange(len(signs)) + np.where(_is_dense(signs), DENSE_GRAM, GRAM)
    begins = np.flatnonzero(ends <= np.repeat(first[1:], np.diff(first)))
    ends, own = ends[begins], np.searchsorted(begins, first)
    if (short := np.flatnonzero(np.diff(own) == 0)).size:  # too short for a shingle: the whole text is one
        begins, ends = np.insert(begins, own[short], first[short]), np.insert(ends, own[short], first[short + 1])
        own = own + np.concatenate(([0], np.cumsum(np.diff(own) == 0)))
    bytes_before = np.concatenate(([0], np.cumsum(_count_bytes(signs))))
    raw = joined.encode("utf-8", "surrogatepass")
    return hash_slices(raw, bytes_before[begins], bytes_before[ends]), own.astype(U64)


def hash_ascii_shingles(texts: Sequence[str]) -> tuple[np.ndarray, np.ndarray]:
    """Return what ``hash_shingles`` does, in a third of its time, for texts that ``is_simple`` holds for.

    Each of their shingles has five bytes: a number is computed at every byte, and those across two texts are left out.
    """
    lengths = np.array([len(text) for text in texts], np.int64)
    raw = "".join(texts).encode("ascii")
    whole = np.ones(len(raw), bool)
    ends = np.cumsum(lengths)
    for place in range(1, GRAM):
        whole[ends - place] = False
    first_four = _read(raw, slice(None), 4)
    numbers = _finish(first_four[:-1] ^ SEED_1, first_four[1:] ^ SEED_2, U64(GRAM))
    starts = np.concatenate(([0], np.cumsum(lengths - GRAM + 1)))
    return numbers[whole[: len(numbers)]], starts.astype(U64)


def is_simple(text: str) -> bool:
    """Return whether a text is ASCII and long enough for a shingle of five characters."""
    return text.isascii() and len(text) >= GRAM


def hash_slices(raw: bytes, starts: np.ndarray, ends: np.ndarray) -> np.ndarray:
    """Return rensa's number (uint64) for each slice of ``raw``; raises ValueError for one longer than LONGEST."""
    lengths = ends - starts
    if lengths.size and lengths.max() > LONGEST:
        raise ValueError(f"a slice of {lengths.max()} bytes; at most {LONGEST} can be hashed")
    data = raw + bytes(8)
    one, two = np.full(len(starts), SEED_1), np.full(len(starts), SEED_2)
    if (at := np.flatnonzero(lengths > 16)).size:
        inner = _mix(one[at] ^ _read(data, starts[at], 8), SEED_3 ^ _read(data, starts[at] + 8, 8))
        one[at] = two[at] ^ _read(data, ends[at] - 16, 8)
        two[at] = inner ^ _read(data, ends[at] - 8, 8)
    for least, most, size in ((8, 16, 8), (4, 7, 4)):
        if (at := np.flatnonzero((lengths >= least) & (lengths <= most))).size:
            one[at] ^= _read(data, starts[at], size)
            two[at] ^= _read(data, ends[at] - size, size)
    if (at := np.flatnonzero((lengths > 0) & (lengths < 4))).size:
        one[at] ^= _read(data, starts[at], 1)
        two[at] ^= (_read(data, ends[at] - 1, 1) << U64(8)) | _read(data, starts[at] + lengths[at] // 2, 1)
    return _finish(one, two, lengths.astype(U64))


def _finish(one: np.ndarray, two: np.ndarray, lengths: np.ndarray | np.uint64) -> np.ndarray:
    """Return rensa's numbers of slices of these lengths from the two halves of its state."""
    mixed = (_mix(one, two) ^ lengths) * FACTOR
    return (mixed << ROTATED) | (mixed >> (U64(64) - ROTATED))


def _read(data: bytes, at: np.ndarray | slice, size: int) -> np.ndarray:
    """Return the little-endian number (uint64) of so many bytes at each place."""
    numbers = np.ndarray((len(data) - size + 1,), f"<u{size}", data, strides=(1,))  # one at each byte
    return numbers[at].astype(U64)


def _mix(one: np.ndarray, two: np.ndarray) -> np.ndarray:
    """Return the two halves of the product of 64-bit numbers (128 bits), xor-ed."""
    low_one, high_one, low_two, high_two = one & LOW, one >> HALF, two & LOW, two >> HALF
    low, middle, other, high = low_one * low_two, high_one * low_two, low_one * high_two, high_one * high_two
    carried = (low >> HALF) + (middle & LOW) + (other & LOW)
    top = high + (middle >> HALF) + (other >> HALF) + (carried >> HALF)
    return ((carried << HALF) | (low & LOW)) ^ top


def _count_bytes(signs: np.ndarray) -> np.ndarray:
    """Return how many bytes of UTF-8 each character has."""
    return 1 + (signs >= 0x80).astype(np.int64) + (signs >= 0x800) + (signs >= 0x10000)


def _is_dense(signs: np.ndarray) -> np.ndarray:
    """Return of each character (bool) whether it is Chinese or Japanese."""
    if not len(signs) or signs.max() < 0x3000:
        return np.zeros(len(signs), bool)
    return _list_dense()[np.minimum(signs, DENSE_END)]


@cache
def _list_dense() -> np.ndarray:
    table = np.zeros(DENSE_END + 1, bool)
    for block in range(0x3000, DENSE_END, 0x1000):
        found = IS_DENSE.finditer("".join(map(chr, range(block, block + 0x1000))))
        table[[block + match.start() for match in found]] = True
    return table
