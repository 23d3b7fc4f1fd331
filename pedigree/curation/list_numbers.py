"""Removes list numbers that a model put before the texts of one answer: "1. ", "2. ", and so on."""

import re
from collections.abc import Sequence

NUMBER = re.compile(r"\(?(\d{1,3})[.):]\s+(?=\S)")


def strip_list_numbers(texts: Sequence[str]) -> list[str]:
    """Return the texts of an answer without their list numbers.

    They are unchanged unless there are at least two, each begins with a number, and the numbers rise: a single "1. "
    may be part of what a person writes, as in "1. FC Köln won".
    """
    if len(texts) < 2 or not NUMBER.match(texts[0]):
        return list(texts)
    found = [NUMBER.match(text) for text in texts]
    numbers = [int(match[1]) for match in found if match]
    if len(numbers) < len(texts) or numbers != sorted(set(numbers)):
        return list(texts)
    return [text[match.end() :] for text, match in zip(texts, found, strict=True) if match]
