"""Answers of the offline model to a search for instructions: it forbids words that gave its rows away."""

import re

from pedigree.ids import seeded
from pedigree.models.offline.prompt_reader import Brief, read_content

MOST = 3  # words of a rewrite
_ASKED = re.compile(r"instructions after \d{1,3} that were tried")
_WORD = re.compile(r'gives your rows away: "([^\W\d_]{4,})"')


def write_rewrite(messages: list[dict], seed: str) -> list[str] | None:
    """Return instructions, as messages ask for; None where they ask for none.

    They name some of the words that told the rows of earlier instructions; a request for rows then reads them as words
    to avoid.
    """
    brief = Brief("\n".join(map(read_content, messages)))
    if not _ASKED.fullmatch(brief.first("Rewrite")):
        return None
    words = sorted({found[1] for line in brief.all("Telling") if (found := _WORD.match(line))})
    chance = seeded("rewrite", seed)
    chosen = chance.sample(words, min(MOST, len(words)))
    manner = chance.choice(("Vary how rows begin.", "Write as people speak.", "Let some rows be short."))
    return [*([f"Avoid: {', '.join(chosen)}"] if chosen else []), manner]
