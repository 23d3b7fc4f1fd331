"""Plants duplicates, copies, refusals, comments and gaps in sets of each language, and counts what the screens find."""

from collections import Counter
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML

from pedigree.curation.duplicates import DuplicateChecker
from tasks.screen import screen
from tests.support.make_candidates import make_candidates, make_example, make_job

FILE = Path(__file__).parents[1] / "pedigree/curation/planted.yaml"
# What is planted -> the reasons that count as found: comments of a model on its task are refusals or meta text.
SPOKEN = {"refusal", "meta-text"}
TEXTS = {"refusals": SPOKEN, "later": SPOKEN, "meta": SPOKEN, "placeholders": {"placeholder"}}
DUPLICATES, COPIES = {"exact-duplicate", "near-duplicate"}, {"seed-duplicate", "seed-near-duplicate", "seed-copy"}
PLANTED = ("duplicates", "copies", *TEXTS)
NAMES = {"en": "English", "de": "German", "fr": "French", "es": "Spanish", "zh": "Chinese", "ja": "Japanese"}
NAMES |= {"ar": "Arabic", "hi": "Hindi"}


@dataclass(frozen=True)
class Findings:
    """What the screens did with a set: found and planted by kind, the missed texts, and rows of people turned away."""

    found: dict[str, int]
    planted: dict[str, int]
    missed: list[str]
    false_alarms: list[str]
    people: int


@cache
def load_sets() -> dict[str, Any]:
    """Return the sets by language."""
    return YAML(typ="safe").load(FILE.read_text(encoding="utf-8"))


def find_planted(language: str) -> Findings:
    """Screen the set of a language as a run would: rows of people first, then what is planted."""
    planted = load_sets()[language]
    job = make_job(language=language, fields={"text": {"min_chars": 1}})
    seeds = [make_example(text=text) for text in planted["seeds"]]
    rows = [(text, "people") for text in planted["people"]]
    rows += [(text, "duplicates") for _, text in planted["duplicates"]]
    rows += [(text, kind) for kind in ("copies", *TEXTS) for text in planted[kind]]
    screened = screen.fn(
        job, make_candidates(job, *(text for text, _ in rows)), DuplicateChecker(job.recipe, seeds, [])
    )
    reasons = dict(screened.rejects.select("row_id", "reason").iter_rows())
    wanted = {"duplicates": DUPLICATES, "copies": COPIES, **TEXTS}
    found, missed, alarms = Counter(dict.fromkeys(PLANTED, 0)), [], []
    for place, (text, kind) in enumerate(rows):
        reason = reasons.get(f"r{place}")
        if kind == "people":
            alarms += [text] if reason else []
        elif reason in wanted[kind]:
            found[kind] += 1
        else:
            missed.append(f"{kind}: {text}")
    counts = Counter(kind for _, kind in rows)
    return Findings(dict(found), {kind: counts[kind] for kind in PLANTED}, missed, alarms, counts["people"])


def tabulate_findings() -> str:
    """Return the table of docs/languages.md."""
    heads = ("language", "duplicates", "copies of seeds", "refusals", "refusals written later", "comments", "gaps")
    lines = [f"| {' | '.join(heads)} | false alarms |", "|---" * 8 + "|"]
    for language in load_sets():
        of = find_planted(language)
        cells = [f"{of.found[kind]} of {of.planted[kind]}" for kind in PLANTED]
        lines.append(f"| {NAMES[language]} | {' | '.join(cells)} | {len(of.false_alarms)} of {of.people} |")
    return "\n".join(lines)
