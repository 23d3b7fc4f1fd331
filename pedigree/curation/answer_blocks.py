"""Which of several JSON blocks in one answer count as its rows.

A block is one JSON value, or a list of single rows without a word between them (JSON lines). The text between two
blocks may say that the later one replaces what stands before ("Here is the corrected version"): then only what follows
counts. Otherwise blocks count together if nothing says that they are drafts, at most the requested number of rows is
in them, and no row is in two of them. Otherwise blocks that all say the same count once. Any other answer is ambiguous.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from pedigree.curation.answer_rows import ParsedObject
from pedigree.ids import canonical_json

_ADJECTIVE = (
    r"(?:correct|corrected|revised|improved|updated|fixed|refined|rewritten|redone|polished|amended|reworded|rephrased|"
    r"finali[sz]ed|cleaned[- ]up|final|definitive|better|proper)"
)
_NOUN = r"(?:answer|version|output|result|response|reply|json|rows|list|set|array|solution|draft|submission)"
_CHANGE = r"(?:fix|correct|revise|rewrite|redo|improve|retry|try again|rephrase|reword|start over)"
_EARLIER = r"(?:the )?(?:above|previous|first|earlier|draft|old)"
REPLACES = re.compile(
    rf"\b{_ADJECTIVE}\s+(?:[\w-]+\s+){{0,2}}{_NOUN}\b|\b{_ADJECTIVE}\b[^\w\n]*(?::|\*|\n|$)"
    rf"|\bhere(?:'s|’s| is| are)(?: the| my| a)? {_ADJECTIVE}\b|<\s*\w*(?:final|answer|output|solution)\w*\s*>"
    rf"|\b(?:let me|let's|let’s|i(?:'|’)ll|i will|i should) (?:\w+ )?{_CHANGE}\b"
    r"|(?:^|[.!?\n*:—–-])\s*(?:no,|wait\b|actually\b|hmm+\b|oops\b|scratch that|never ?mind|better[:,]|"
    r"correction\b|revision\b|on second thought|on reflection|apologies\b|sorry\b|i apologi[sz]e|my mistake)"
    r"|\buse (?:this|these|the following)\b|\b(?:use|take|try|write)\b[^.\n]{0,40}\binstead\b|\bshould have been\b"
    rf"|\b(?:ignore|disregard|discard|replaces?|replacing|instead of) (?:{_EARLIER}|that|those|my|what i)\b"
    r"|\b(?:that|this|it|these|those)(?:'s|’s| is| was| are| were) (?:wrong|incorrect|"
    r"(?:only |just )?a (?:first )?draft|not (?:right|good|correct|valid|what)|"
    r"too (?:similar|short|long|generic|close|dull|bland))"
    r"|\bkorrigiert|\büberarbeitet|\bverbesserte|\bendgültig|\bcorrigé|\brévisé|\bversion définitive"
    r"|\bversión (?:final|definitiva)"
    r"|\bcorregid[ao]s?\b|最终|修正|更正|修改后|訂正",
    re.IGNORECASE,
)
_THESE = (
    r"(?:that|this|these|those|it|them|everything|(?:all of )?the above"
    r"|(?:the|my) (?:above|previous|last|first|rows|json|answer|draft|list|version))"
)
_CONDITION = r"(?!\s+(?:if|unless|when|note|line|part|sentence|message|notice|field|key)\b)"
WITHDRAWN = re.compile(  # after the last block: it is taken back
    rf"(?:^|[.!?\n*:,—–-])\s*(?:(?:no|wait|actually|sorry|oops|please)\b[\s,.]*)*"
    rf"(?:scrap|scratch|forget|ignore|disregard|discard)\s+{_THESE}\b{_CONDITION}"
    r"|\bi (?:take (?:that|this|it|them) back|retract|withdraw)\b"
    rf"|\b(?:do not|don['’]t) use {_THESE}\b{_CONDITION}"
    r"|\b(?:actually|wait|on second thought|on reflection)\b[^.\n]{0,20}\bi (?:cannot|can['’]t|won['’]t) "
    r"(?:do|provide|write|complete|help)\b(?! (?:\w+ ){0,3}(?:more|further|other|another|rest|remaining)\b)"
    r"|(?:^|[.!?\n])\s*(?:\w+, )?i (?:cannot|can['’]t) do (?:this|that|it)[.!\s]*$",
    re.IGNORECASE,
)
DRAFT = re.compile(r"\b(?:drafts?|attempts?|versions?|alternatives?|alternatively)\b", re.IGNORECASE)
DRAFT_BEFORE = re.compile(r"\b(?:draft|attempt)\b[^.{\[]{0,40}$", re.IGNORECASE)  # before the first block
# What stands between rows of a list without being a word: a wrapper's key, a fence with its language, numbers.
NO_WORDS = re.compile(r"""[{\[]\s*["'][^"'\n]*["']\s*:|```[ \t]*[\w-]*""")
WORD = re.compile(r"[^\W\d_]")
TEMPLATE = re.compile(r"[.…\s]*|<[^<>]*>|\[[^\[\]]*\]|(?:string|text|your text here)", re.IGNORECASE)


@dataclass(frozen=True)
class Element:
    """What stands at one place of an answer's text (start, end): the rows of a JSON value, or a broken piece."""

    start: int
    end: int
    found: tuple[ParsedObject, ...]
    single: bool  # a row, or a piece of one; not a wrapper with rows

    @property
    def rows(self) -> list[ParsedObject]:
        """Return what can be read."""
        return [one for one in self.found if not one.broken]


Block = list[Element]


def choose_blocks(text: str, elements: Sequence[Element], requested: int | None) -> list[Element] | None:
    """Return the elements that count, in order; None if the answer is ambiguous.

    It is ambiguous too if the text after the last element takes it back. ``requested``: how many rows were asked for;
    None if any number may be there.
    """
    if elements and _is_withdrawn(text[elements[-1].end :]):
        return None
    blocks, doubted = _list_blocks(text, elements)
    if len(blocks) > 1:
        blocks = [block for block in blocks if not _is_template(block)] or blocks
    with_rows = [block for block in blocks if _list_keys(block)]
    if len(with_rows) > 1:
        keys = [_list_keys(block) for block in with_rows]
        shared = len({key for one in keys for key in one}) < sum(len(set(one)) for one in keys)
        too_many = requested is not None and sum(map(len, keys)) > requested
        if doubted or too_many or (shared and max(map(len, keys)) > 1):
            says_the_same = all(set(one) == set(keys[-1]) for one in keys)
            return with_rows[-1] if says_the_same else None
    return [element for block in blocks for element in block]


def _list_blocks(text: str, elements: Sequence[Element]) -> tuple[list[Block], bool]:
    """Return the blocks that no later one replaces, and whether a text before one of them calls them drafts."""
    blocks: list[Block] = []
    doubted = False
    for place, element in enumerate(elements):
        before = elements[place - 1] if place else None
        gap = text[before.end if before else 0 : element.start]
        words = NO_WORDS.sub(" ", gap)
        if before and REPLACES.search(words):
            blocks, doubted = [[element]], False
            continue
        doubted = doubted or bool((DRAFT if before else DRAFT_BEFORE).search(words))
        if before and before.single and element.single and not _is_boundary(gap, words):
            blocks[-1].append(element)
        else:
            blocks.append([element])
    return blocks, doubted


def _is_withdrawn(rest: str) -> bool:
    """Return whether the text after the last element takes it back; words within a broken piece of JSON do not."""
    found = WITHDRAWN.search(rest)
    return found is not None and not any(sign in rest[: found.end()] for sign in '"{[')


def _is_boundary(gap: str, words: str) -> bool:
    """Return whether a new block begins after the text between two rows."""
    return bool(WORD.search(words)) or "```" in gap or ("]" in gap and "[" in gap.split("]")[-1])


def _list_keys(block: Block) -> list[str]:
    """Return what identifies each row of a block."""
    return [_identify(one) for element in block for one in element.rows]


def _identify(one: ParsedObject) -> str:
    try:
        return canonical_json(one.value)
    except ValueError:  # NaN and infinity
        return repr(one.value)


def _is_template(block: Block) -> bool:
    """Return whether a block shows the form of an answer: each text in it is a placeholder."""
    rows = [one.value for element in block for one in element.rows]
    texts = [held for row in rows if isinstance(row, dict) for held in row.values() if isinstance(held, str)]
    return bool(texts) and all(TEMPLATE.fullmatch(text.strip()) for text in texts)
