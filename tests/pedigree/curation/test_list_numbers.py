"""List numbers are removed only where every text of an answer has one and they rise."""

import pytest

from pedigree.curation.list_numbers import strip_list_numbers


@pytest.mark.parametrize(
    ("texts", "stripped"),
    [
        (["1. One cat", "2. Two dogs"], ["One cat", "Two dogs"]),
        (["(3) One", "5) Two", "12: Six"], ["One", "Two", "Six"]),
        (["1. FC Köln won"], ["1. FC Köln won"]),
        (["1. FC Köln won", "We lost"], ["1. FC Köln won", "We lost"]),
        (["2. One", "1. Two"], ["2. One", "1. Two"]),
        (["1. One", "1. Two"], ["1. One", "1. Two"]),
        (["1.5 kg came", "2.5 kg went"], ["1.5 kg came", "2.5 kg went"]),
        (["1. ", "2. "], ["1. ", "2. "]),
        ([], []),
    ],
)
def test_list_numbers(texts, stripped):
    assert strip_list_numbers(texts) == stripped
