"""Carries a change over to a text in another layout: only the lines that the change is about are touched."""

from collections.abc import Iterator, Sequence
from difflib import SequenceMatcher

Block = tuple[int, int, int, int]  # from and to in the one list of lines, from and to in the other


def carry_over(own: str, before: str, after: str) -> str:
    """Return ``own`` with the change that leads from ``before`` to ``after``.

    ``own`` and ``before`` say the same in two layouts. A line that the change touches is taken from ``after``, moved to
    the indentation that it has in ``own``; where several lines of one layout stand for some of the other, all are.
    """
    if before == after:
        return own
    lines, old, new = (text.removesuffix("\n").split("\n") for text in (own, before, after))
    replaced, inserted = _list_changes(old, new)
    merged, shift = [], 0
    for start, stop, old_start, old_stop in _align(lines, old):
        places = range(old_start, old_stop)
        if places:
            merged += _shift(inserted.get(old_start, []), shift)
            shift = _indentation(lines[start]) - _indentation(old[old_start]) if stop > start else 0
        if not any(place in replaced or (place in inserted and place > old_start) for place in places):
            merged += lines[start:stop]
            continue
        for place in places:
            extra = inserted.get(place, []) if place > old_start else []
            merged += _shift([*extra, *replaced.get(place, [old[place]])], shift)
    return "\n".join([*merged, *_shift(inserted.get(len(old), []), shift)]) + "\n"


def _list_changes(old: Sequence[str], new: Sequence[str]) -> tuple[dict[int, list[str]], dict[int, list[str]]]:
    """Return what stands now in the place of old lines, and what was inserted before old lines, by their place."""
    replaced: dict[int, list[str]] = {}
    inserted: dict[int, list[str]] = {}
    for what, start, stop, new_start, new_stop in SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        if what == "insert":
            inserted[start] = list(new[new_start:new_stop])
        elif what != "equal":
            replaced.update({start: list(new[new_start:new_stop])} | {place: [] for place in range(start + 1, stop)})
    return replaced, inserted


def _align(lines: Sequence[str], old: Sequence[str]) -> Iterator[Block]:
    """Yield which lines of two layouts stand for each other, single ones where their number is equal."""
    plain = [[" ".join(line.split()) for line in one] for one in (lines, old)]
    for _, start, stop, old_start, old_stop in SequenceMatcher(None, *plain, autojunk=False).get_opcodes():
        if stop - start == old_stop - old_start:
            yield from ((start + n, start + n + 1, old_start + n, old_start + n + 1) for n in range(stop - start))
        else:
            yield start, stop, old_start, old_stop


def _indentation(line: str) -> int:
    return len(line) - len(line.lstrip(" "))


def _shift(lines: Sequence[str], by: int) -> list[str]:
    """Return lines with so many spaces more or less before them; a line without indentation stays."""
    return [" " * max(0, _indentation(line) + by) + line.lstrip(" ") if line[:1] == " " else line for line in lines]
