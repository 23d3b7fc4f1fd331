"""The map of texts."""

import numpy as np

from pedigree.metrics.projection import project_texts

TEXTS = [f"parcel {word} late {n}" for n, word in enumerate(["blue", "red", "green"] * 5)] + [
    f"refund my {word} order {n}" for n, word in enumerate(["lamp", "chair", "desk"] * 5)
]


def test_places_fill_the_square_and_alike_texts_stand_together():
    places = project_texts(TEXTS)
    assert places.shape == (30, 2)
    assert places.min(axis=0).tolist() == [-1, -1]
    assert places.max(axis=0).tolist() == [1, 1]
    assert (project_texts(TEXTS) == places).all()
    near = np.linalg.norm(places[0] - places[3])
    assert near < np.median(np.linalg.norm(places[0] - places, axis=1))


def test_too_little_to_place_gives_no_map():
    assert project_texts([]) is None
    assert project_texts(["one", "two"]) is None
    assert project_texts(["", " ", "\n", "", " "]) is None


def test_equal_texts_share_a_place():
    places = project_texts([*TEXTS, TEXTS[0]])
    assert (places[0] == places[-1]).all()
