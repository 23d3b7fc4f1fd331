"""Removal of what a model thinks aloud in its answer, in the markup of any model: thoughts are no rows.

A thought is what stands between an opening and a closing mark; what stands before a closing mark that nothing opened;
what stands after an opening mark that nothing closes; and every channel of gpt-oss but the final one. A mark inside a
JSON object is a part of a text.
"""

import re
from collections.abc import Iterator
from contextlib import suppress

from pedigree.curation.json_repair import DECODER, DEEPEST, measure_depth

_NAMES = (
    r"think|thinking|thought|thoughts|inner[ _-]?thoughts|reasoning|reason|analysis|scratch[ _-]?pad|reflection|"
    r"monologue|inner[ _-]?monologue|planning|plan|brainstorm|drafts?"
)
MARK = re.compile(
    rf"<\s*(?P<tag_end>/?)\s*(?:\w+:)?(?:{_NAMES})(?:\s[^<>{{}}]{{0,80}})?>"  # <think>, </think>, <seed:think>
    r"|[\[◁]\s*(?P<bracket_end>/?)\s*(?:think|thinking|reasoning)\s*[\]▷]"  # [THINK], ◁/think▷
    r"|<\|(?:(?P<word_end>end)|begin|start)_(?:of_)?(?:thought|thinking|think|reasoning)\|>"  # <|begin_of_thought|>
    r"|<\|channel>\s*thought|(?P<channel_end><channel\|>)",
    re.IGNORECASE,
)
MARK_OR_OBJECT = re.compile(rf"(?P<object>\{{)|{MARK.pattern}", re.IGNORECASE)
CHANNEL = re.compile(r"<\|channel\|>\s*(\w+)(?:(?!<\|(?:message|channel|start|end)\|>).)*<\|message\|>", re.DOTALL)
CHANNEL_END = re.compile(r"<\|(?:end|return|call|start|channel)\|>")
BARE_CHANNELS = re.compile(r"\s*analysis.*assistant\s*final", re.DOTALL)  # gpt-oss without its marks
VISIBLE = re.compile(r"[^\r\n]")


def blank_thoughts(text: str) -> str:
    """Return the text with spaces in the place of thoughts, so that what remains keeps its place."""
    if "<|channel|>" in text:
        text = _keep_final_channel(text)
    elif bare := BARE_CHANNELS.match(text):
        text = _blank(text, 0, bare.end())
    for start, end in _find_thoughts(text):
        text = _blank(text, start, end)
    return text


def _keep_final_channel(text: str) -> str:
    kept = 0
    for channel in CHANNEL.finditer(text):
        if channel[1].lower() == "final":
            text, kept = _blank(text, kept, channel.end()), channel.end()
            end = CHANNEL_END.search(text, kept)
            kept = end.start() if end else len(text)
    return _blank(text, kept, len(text))


def _find_thoughts(text: str) -> list[tuple[int, int]]:
    """Return start and end of each thought, in order."""
    found: list[tuple[int, int]] = []
    opened: int | None = None
    for start, end, closes in _find_marks(text):
        if not closes:
            opened = start if opened is None else opened
        elif opened is None:
            found = [(0, end)]
        else:
            found.append((opened, end))
            opened = None
    return found if opened is None else [*found, (opened, len(text))]


def _find_marks(text: str) -> Iterator[tuple[int, int, bool]]:
    """Yield start and end of each mark outside of JSON objects, and whether it closes a thought."""
    if not MARK.search(text):
        return
    at, decodes = 0, measure_depth(text) <= DEEPEST
    while found := MARK_OR_OBJECT.search(text, at):
        at = found.end()
        if found["object"] and decodes:
            with suppress(ValueError, RecursionError):
                at = DECODER.raw_decode(text, found.start())[1]
        elif not found["object"]:
            yield found.start(), at, any(found[name] for name in ("tag_end", "bracket_end", "word_end", "channel_end"))


def _blank(text: str, start: int, end: int) -> str:
    return text[:start] + VISIBLE.sub(" ", text[start:end]) + text[end:]
