"""Finds rows that are only a part of a text that their prompt showed, such as its last four words.

Similarity does not see them: the part is short beside the whole. How often a row of people is such a part by chance was
measured on 13 sets of people's texts (89,000 different texts: tweets, messages, questions, reviews, news): of 100,000
rows with five other rows of their set shown, fewer than 3 are from four words on, up to 6 from three, 8 from two.
"""

from collections.abc import Iterable

from pedigree.curation.similarity.shingles import Texts
from pedigree.curation.words import WORD_WEIGHT, cut_folded, join_words, weigh

LEAST_WORDS = 4  # of each text field of a row; shorter ones, such as "thank you so", are common phrases


def find_whole(texts: Texts, shown: Iterable[tuple[str, Texts]]) -> tuple[str, str] | None:
    """Return the id of the shown texts that hold each of ``texts`` as a run of words, and the first run.

    Texts that are equal to the shown ones are no part, nor are those in which a field has fewer than four words.
    """
    for id, whole in shown:
        if may_be_part(texts, whole) and all(map(_is_run, map(cut_folded, texts), map(cut_folded, whole))):
            pieces = cut_folded(texts[0])
            run = join_words(pieces[:12]) + (" …" if len(pieces) > 12 else "")
            return id, run
    return None


def may_be_part(texts: Texts, whole: Texts) -> bool:
    """Return whether ``texts`` may be a part of ``whole``; False is certain."""
    return texts != whole and all(part in text for part, text in zip(texts, whole, strict=True))


def _is_run(part: list[str], whole: list[str]) -> bool:
    if sum(map(weigh, part)) < LEAST_WORDS * WORD_WEIGHT:
        return False
    return any(whole[at : at + len(part)] == part for at in range(len(whole) - len(part) + 1))
