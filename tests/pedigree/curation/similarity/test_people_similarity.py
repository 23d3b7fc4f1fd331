"""The threshold ``auto``: what people's rows give, and what is said where they give nothing."""

import numpy as np
import pytest

from pedigree.curation.similarity.people_similarity import FEWEST, FIXED, LEAST, find_threshold
from pedigree.curation.similarity.vectors import round_vectors


def make_pairs(cosines, dimensions=600):
    """Return pairs of rows, each of its own two axes, with these cosines."""
    rows = np.zeros((2 * len(cosines), dimensions))
    for pair, cosine in enumerate(cosines):
        rows[2 * pair, 2 * pair] = 1
        rows[2 * pair + 1, 2 * pair : 2 * pair + 2] = cosine, np.sqrt(1 - cosine**2)
    return [round_vectors(rows)]


def test_one_row_in_a_hundred_may_have_another_at_the_threshold():
    cosines = np.linspace(0.5, 0.95, 100)  # 200 rows: 2 may reach the threshold, so 1 pair
    found = find_threshold("auto", {"one": make_pairs(cosines)})
    assert found.threshold == 0.95  # the second nearest pair has 0.945
    assert (found.people, found.reached) == (200, 0.01)
    assert found.why == "of 200 distinct rows of people, 1.0% have another of their label that is as similar"
    halves = {"one": make_pairs(cosines[:50]), "other": make_pairs(cosines[50:])}
    assert find_threshold("auto", halves) == found


def test_rows_that_are_far_apart_lower_it_to_the_least_and_no_further():
    found = find_threshold("auto", {"one": make_pairs([0.3] * 60)})
    assert (found.threshold, found.reached) == (LEAST, 0)
    assert found.why.endswith(f"{LEAST} is the least that is used")


def test_rows_that_the_embedder_cannot_tell_apart_leave_nothing_to_find():
    found = find_threshold("auto", {"one": make_pairs([1.0] * 60)})
    assert (found.threshold, found.reached) == (1.0, 1.0)
    assert "can't tell people's rows apart" in found.why


@pytest.mark.parametrize("people", [{}, {"one": make_pairs([0.95] * (FEWEST // 2 - 1))}, {"one": [np.ones((1, 4))]}])
def test_too_few_rows_are_said_to_be_unknown(people):
    found = find_threshold("auto", people)
    assert found.threshold == FIXED
    assert "is unknown" in found.why and "100 are needed" in found.why
    assert found.reached == (1.0 if found.people else None)


def test_a_number_in_the_recipe_is_taken_as_it_is():
    found = find_threshold(0.77, {"one": make_pairs([0.95] * 60)})
    assert (found.threshold, found.people, found.reached, found.why) == (0.77, 0, None, "as the recipe says")
