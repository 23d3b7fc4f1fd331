"""MinHash digests of many rows, by rensa: the keys of their bands, and short digests that estimate a similarity."""

from array import array
from collections.abc import Sequence

import numpy as np
from rensa import RMinHash, RMinHashDigestMatrix  # ty: ignore[missing-module-member]  # rensa ships no stubs

from pedigree.curation import words
from pedigree.curation.similarity.bands import hash_bands
from pedigree.curation.similarity.shingle_hashes import hash_ascii_shingles, hash_shingles, is_simple
from pedigree.curation.similarity.shingles import Texts

SEED = 1
COMPARED = 128  # hashes of a digest from which a similarity is estimated before it is computed
DIGESTED = 128  # rows at a time: so the numbers of their shingles stay in a core's cache, which halves the time


def digest_rows(rows: Sequence[Texts], size: int, bands: int) -> tuple[np.ndarray, np.ndarray]:
    """Return what ``Sketches`` holds of rows, their keys and short digests, for bands of so many hashes."""
    keys = [np.empty((0, bands), np.uint64)]
    short = [np.empty((0, min(COMPARED, size * bands)), np.uint8)]
    for start in range(0, len(rows), DIGESTED):
        digests = _digest(rows[start : start + DIGESTED], size * bands)
        keys.append(hash_bands(digests, bands))
        short.append(digests[:, :COMPARED].astype(np.uint8))
    return np.concatenate(keys), np.concatenate(short)


def _digest(rows: Sequence[Texts], hashes: int) -> np.ndarray:
    """Return the MinHash digests of rows (rows x hashes, uint32)."""
    if any(len(texts) > 1 for texts in rows):
        return _read_matrix(
            RMinHash.digest_matrix_from_token_sets([_list_tokens(texts) for texts in rows], hashes, SEED)
        )
    simple = np.array([is_simple(text) for (text,) in rows], bool)
    digests = np.empty((len(rows), hashes), np.uint32)
    for hash_texts, places in ((hash_ascii_shingles, np.flatnonzero(simple)), (hash_shingles, np.flatnonzero(~simple))):
        if len(places):
            numbers, starts = hash_texts([rows[place][0] for place in places.tolist()])
            matrix = RMinHash.digest_matrix_from_flat_token_hashes(numbers, starts, hashes, SEED)
            digests[places] = _read_matrix(matrix)
    return digests


def _read_matrix(matrix: RMinHashDigestMatrix) -> np.ndarray:
    """Return rensa's matrix as an array; it gives its rows as Python numbers only."""
    numbers = array("I")
    for row in matrix.to_rows():
        numbers.fromlist(row)
    return np.frombuffer(numbers, np.uint32).reshape(matrix.len(), matrix.get_num_perm())


def _list_tokens(texts: Texts) -> list[str]:
    """Return the shingles of a row of several texts, with the number of the field before those from the second on.

    Shingles of different fields differ, so the union is at least as similar as the least similar field.
    """
    others = (f"{field}:{gram}" for field, text in enumerate(texts[1:], 1) for gram in words.list_shingles(text))
    return [*words.list_shingles(texts[0]), *others]
