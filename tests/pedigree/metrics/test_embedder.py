"""Texts become unit vectors, each by itself; what are no vectors is refused."""

import numpy as np
import pytest

from pedigree.errors import ProviderError
from pedigree.metrics.embedder import MAX_CHARS, Embedder

PLACES = {"north": (0, 2), "east": (3, 0), "nowhere": (0, 0)}


class Scribe:
    """Gives the vector of each text's first word, and remembers what it was asked."""

    def __init__(self):
        self.asked = []

    def __call__(self, texts):
        self.asked.append(texts)
        return np.array([PLACES[text.split()[0]] for text in texts])


def test_vectors_are_as_long_as_one_and_zero_where_there_is_nothing():
    vectors = Embedder("x", Scribe()).embed(["north", "east", "nowhere", "", " \n"])
    assert vectors.tolist() == [[0, 1], [1, 0], [0, 0], [0, 0], [0, 0]]
    assert vectors.dtype == np.float64


def test_a_text_is_asked_for_once_and_blank_ones_never():
    scribe = Scribe()
    embedder = Embedder("x", scribe)
    embedder.embed(["north b", "east", "", "east", "north a"])
    embedder.embed(["east", "nowhere"])
    assert scribe.asked == [["east", "north a", "north b"], ["nowhere"]]


def test_order_and_company_of_a_text_make_no_difference():
    rng = np.random.default_rng(0)
    table = {f"text {place}": rng.normal(size=7) for place in range(50)}
    texts = sorted(table)
    whole = Embedder("x", lambda asked: np.array([table[text] for text in asked])).embed(texts)
    some = Embedder("x", lambda asked: np.array([table[text] for text in asked])).embed(texts[::-3])
    assert np.array_equal(whole[::-3], some)
    assert np.allclose(np.linalg.norm(whole, axis=1), 1, atol=1e-12)


def test_of_a_long_text_only_the_beginning_is_read():
    scribe = Scribe()
    embedder = Embedder("x", scribe)
    embedder.embed(["north " + "a" * MAX_CHARS, "north " + "a" * (MAX_CHARS + 1), "east"])
    assert [len(text) for text in scribe.asked[0]] == [4, MAX_CHARS]
    assert embedder.cut == 1


def test_no_texts_are_no_vectors():
    embedder = Embedder("x", Scribe())
    assert embedder.embed([]).shape == (0, 1)
    assert embedder.embed(["", ""]).tolist() == [[0], [0]]
    assert embedder.dimensions is None
    embedder.embed(["east"])
    assert (embedder.dimensions, embedder.embed([]).shape, embedder.embed([""]).shape) == (2, (0, 2), (1, 2))


WRONG = {
    "too few": lambda texts: np.ones((len(texts) - 1, 2)),
    "no lines": lambda texts: np.ones(len(texts)),
    "no numbers": lambda texts: np.full((len(texts), 2), np.nan),
    "infinite": lambda texts: np.full((len(texts), 2), np.inf),
    "too large for float32": lambda texts: np.full((len(texts), 2), 1e300),
    "empty": lambda texts: np.ones((len(texts), 0)),
}


@pytest.mark.filterwarnings("ignore:overflow encountered in cast")
@pytest.mark.parametrize("what", WRONG)
def test_what_are_no_vectors_is_refused(what):
    with pytest.raises(ProviderError, match=r"^x returned vectors (of shape|with NaN or infinite values)"):
        Embedder("x", WRONG[what]).embed(["a", "b"])


def test_vectors_of_another_length_than_before_are_refused():
    embedder = Embedder("x", lambda texts: np.ones((len(texts), 1 + len(texts))))
    embedder.embed(["a"])
    with pytest.raises(ProviderError, match=r"shape \(2, 3\) for 2 texts"):
        embedder.embed(["b", "c"])
