"""Words that two texts have in the same order are counted as the textbook's table counts them."""

from hypothesis import given, settings
from hypothesis import strategies as st

from pedigree.curation.similarity.word_order import count_in_order, measure_order

TEXT = st.lists(st.sampled_from("abcd"), max_size=12)


def count_by_table(one, other):
    table = [[0] * (len(other) + 1) for _ in range(len(one) + 1)]
    for row, word in enumerate(one, 1):
        for place, found in enumerate(other, 1):
            best = max(table[row - 1][place], table[row][place - 1])
            table[row][place] = table[row - 1][place - 1] + 1 if word == found else best
    return table[-1][-1]


@settings(max_examples=60, deadline=None)
@given(TEXT, TEXT)
def test_the_count_is_that_of_the_table(one, other):
    assert count_in_order(one, other) == count_in_order(other, one) == count_by_table(one, other)


def test_the_share_is_of_the_longer_text_and_the_least_of_the_fields():
    long, short, odd = "a b c d e f g h i j".split(), "a b c d e f g h i".split(), "a x c d e f g h i j".split()  # noqa: SIM905
    assert measure_order([long], [short], 0.9) == 0.9
    assert measure_order([long, odd], [short, long], 0.85) == 0.9
    assert measure_order([long], [short], 0.95) is None
    assert measure_order([long, []], [long, []], 1) == 1
    assert measure_order([long, []], [long, ["a"]], 0.5) is None
