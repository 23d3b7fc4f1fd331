"""Cuts texts into words, or into characters where a script writes no spaces between words.

This is the one place that decides it: near-duplicates, shared runs, classifiers and measures cut texts here. Each
character decides for itself: a text in two scripts gives the words of the one and the characters of the other.
"""

import re
import unicodedata
from collections.abc import Iterator, Sequence
from functools import lru_cache
from itertools import pairwise

import polars as pl

# Chinese and Japanese: a word has one to three characters.
DENSE = (
    "々〇\u3041-\u3096\u309d-\u309f\u30a1-\u30fa\u30fc-\u30ff\u31f0-\u31ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff"
    "\uff66-\uff9f\U00020000-\U0003ffff"
)
# Thai, Lao, Myanmar, Khmer: a word has about three letters, each with the marks on it.
LETTER_BLOCKS = ((0x0E00, 0x0EFF), (0x1000, 0x109F), (0x1780, 0x17FF), (0xA9E0, 0xA9FF), (0xAA60, 0xAA7F))


def _list_characters(*categories: str) -> str:
    """Return the characters of these general categories in the blocks of letters."""
    signs = (chr(code) for first, last in LETTER_BLOCKS for code in range(first, last + 1))
    return "".join(sign for sign in signs if unicodedata.category(sign)[0] in categories)


LETTERS, MARKS = _list_characters("L", "N"), _list_characters("M")
CHARACTER = rf"[{DENSE}]|[{LETTERS}][{MARKS}]*"
# A pattern of Rust's regular expressions, whose \w includes marks: Python's cuts Hindi words in pieces.
WORD = rf"{CHARACTER}|[\w--[{DENSE}{LETTERS}{MARKS}]]+(?:['’][\w--[{DENSE}{LETTERS}{MARKS}]]+)*"
SYMBOL = r"[^\s\w]"
FOLDED_PIECE = re.compile(rf"{CHARACTER}|[^\s{DENSE}{LETTERS}]+")
IS_CHARACTER, IS_DENSE = re.compile(rf"(?:{CHARACTER})\Z"), re.compile(f"[{DENSE}]")

GRAM, DENSE_GRAM = 5, 2  # characters of a shingle: both are about one word
KEPT = 50_000  # words whose kind is remembered
WORD_WEIGHT, DENSE_WEIGHT, LETTER_WEIGHT = 6, 4, 2  # how much of a word a piece is, in sixths


def cut_words(texts: pl.Series) -> pl.Series:
    """Return the lower-case words of each text (lists); characters where a script has no spaces."""
    return texts.str.to_lowercase().str.extract_all(WORD).alias("words")


def list_terms(texts: Sequence[str]) -> list[list[str]]:
    """Return the terms of each text that classifiers and TF-IDF count, with repeats.

    They are words and pairs of words, or 1 to 3 characters. A text without any word, such as one of emoji, has its
    symbols as words.
    """
    lower = pl.Series("text", texts, pl.String).str.to_lowercase()
    words, symbols = lower.str.extract_all(WORD), lower.str.extract_all(SYMBOL)
    return [_list_terms(some or others) for some, others in zip(words.to_list(), symbols.to_list(), strict=True)]


def join_words(words: Sequence[str]) -> str:
    """Return words as a text: a space between two, but none between two characters of a script without spaces."""
    text = ""
    for before, word in zip(("", *words), words, strict=False):
        text += word if not before or (is_character(before) and is_character(word)) else f" {word}"
    return text


@lru_cache(KEPT)
def is_character(word: str) -> bool:
    """Return whether a word is a character of a script without spaces."""
    return bool(IS_CHARACTER.match(word))


def cut_folded(text: str) -> list[str]:
    """Return the words and characters of a text that ``fold_texts`` normalised; symbols are parts of words."""
    return FOLDED_PIECE.findall(text)


def cut_pairs(text: str) -> list[str]:
    """Return the words of a text, and pairs of characters where a script writes no spaces; case is kept."""
    pieces = pl.Series([text], dtype=pl.String).str.extract_all(WORD)[0].to_list()
    words = [piece for piece in pieces if not is_character(piece)]
    return words + [f"{one}{two}" for one, two in pairwise(pieces) if is_character(one) and is_character(two)]


def cut_shingles(text: str) -> frozenset[str]:
    """Return the set of a text's runs of 5 characters, of 2 from a Chinese or Japanese one; a shorter text is one."""
    return frozenset(list_shingles(text))


def list_shingles(text: str) -> list[str]:
    """Return the shingles of a text in their order, with repeats."""
    if not IS_DENSE.search(text):
        return [text[at : at + GRAM] for at in range(max(1, len(text) - GRAM + 1))]
    sizes = (DENSE_GRAM if IS_DENSE.match(sign) else GRAM for sign in text)
    return [text[at : at + size] for at, size in enumerate(sizes) if at + size <= len(text)] or [text]


def find_runs(pieces: Sequence[str], words: int) -> Iterator[tuple[int, int]]:
    """Yield (start, end) of each shortest run of pieces that holds as much as so many words, from every start."""
    weights, wanted = [weigh(piece) for piece in pieces], words * WORD_WEIGHT
    end, held = 0, 0
    for start, weight in enumerate(weights):
        while held < wanted:
            if end == len(weights):
                return
            held, end = held + weights[end], end + 1
        yield start, end
        held -= weight


@lru_cache(KEPT)
def weigh(piece: str) -> int:
    """Return how much of a word a piece is, in sixths: a word 6, a Chinese or Japanese character 4, another 2."""
    if IS_DENSE.match(piece):
        return DENSE_WEIGHT
    return LETTER_WEIGHT if is_character(piece) else WORD_WEIGHT


def _list_terms(words: Sequence[str]) -> list[str]:
    pairs = [f"{one} {two}" for one, two in pairwise(words)]
    single = [is_character(word) for word in words]
    if not any(single):
        return [*words, *pairs]
    triples = [
        f"{words[at]} {words[at + 1]} {words[at + 2]}" for at in range(len(words) - 2) if all(single[at : at + 3])
    ]
    return [*words, *pairs, *triples]
