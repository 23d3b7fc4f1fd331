"""Rows of people with words swapped and deleted: two of the operations of EDA (Wei and Zou 2019, arXiv 1901.11196).

Its other two need a list of synonyms of the language, which no kept library has for all languages.
"""

import random
from collections.abc import Mapping, Sequence

SHARE = 0.1  # of the words of a text that are changed, at least one


def sample_edits(
    texts: Sequence[str], label_ids: Sequence[int], wanted: Mapping[int, int], seed: int
) -> tuple[list[str], list[int]]:
    """Return so many changed texts of each label, and their label ids; deterministic. A label without texts has none.

    The texts of a label are taken in turn, in an order of chance.
    """
    found, ids = [], []
    for label, rows in wanted.items():
        own = [text for text, one in zip(texts, label_ids, strict=True) if one == label]
        chance = random.Random(f"{seed} {label}")
        chance.shuffle(own)
        made = [edit_words(own[place % len(own)], chance) for place in range(rows if own else 0)]
        found += made
        ids += [label] * len(made)
    return found, ids


def edit_words(text: str, chance: random.Random) -> str:
    """Return a text with a tenth of its words swapped with others, or deleted; one of a single word as it is."""
    words = text.split()
    changes = max(1, round(SHARE * len(words)))
    if len(words) < 2:
        return text
    if chance.random() < 0.5:
        for _ in range(changes):
            one, other = chance.sample(range(len(words)), 2)
            words[one], words[other] = words[other], words[one]
        return " ".join(words)
    gone = set(chance.sample(range(len(words)), min(changes, len(words) - 1)))
    return " ".join(word for place, word in enumerate(words) if place not in gone)
