"""MinHash digests of many rows, by rensa: the keys of their bands, and short digests that estimate a similarity."""

from array import array
from collections.abc import Sequence

import numpy as np
from rensa import RMinHash  # ty: ignore[missing-module-member]  # rensa ships no stubs for its compiled module

from pedigree.curation import words
from pedigree.curation.similarity.bands import hash_bands
from pedigree.curation.similarity.shingle_hashes import hash_shingles
from pedigree.curation.similarity.shingles import Texts

SEED = 1
COMPARED = 128  # hashes of a digest from which a similarity is estimated before it is computed
DIGESTED = 2_000  # rows whose digests are in memory at a time, as Python numbers


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
    if all(len(texts) == 1 for texts in rows):
        numbers, starts = hash_shingles([text for (text,) in rows])
        matrix = RMinHash.digest_matrix_from_flat_token_hashes(numbers, starts, hashes, SEED)
    else:
        matrix = RMinHash.digest_matrix_from_token_sets([_list_tokens(texts) for texts in rows], hashes, SEED)
    digests = array("I")
    for digest in matrix.to_rows():
        digests.fromlist(digest)
    return np.frombuffer(digests, np.uint32).reshape(len(rows), hashes)


def _list_tokens(texts: Texts) -> list[str]:
    """Return the shingles of a row of several texts, with the number of the field before those from the second on.

    Shingles of different fields differ, so the union is at least as similar as the least similar field.
    """
    others = (f"{field}:{gram}" for field, text in enumerate(texts[1:], 1) for gram in words.list_shingles(text))
    return [*words.list_shingles(texts[0]), *others]
