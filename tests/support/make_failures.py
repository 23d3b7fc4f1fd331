"""A dataset whose classifier fails on a part of people's rows, and an endpoint that answers what it is asked for.

Half of each label's rows of people hold a word that plain prompts never bring (HARD); the endpoint uses it only where a
prompt shows it. All other words are drawn at random, so that they say nothing about a label.
"""

import json
import random
import re
from pathlib import Path
from typing import Any

from pedigree.ids import sha256_of
from pedigree.job import Job
from tests.support.fake_endpoint import Endpoint, rows
from tests.support.workspaces import make_job

EASY, HARD = {"cat": "purrs", "dog": "barks"}, {"cat": "stalks", "dog": "fetches"}
SYLLABLES = [first + vowel for first in "bdfgklmnprstvz" for vowel in "aeiou"]
ASKED, MISTAKEN = re.compile(r"^Label: (\w+)$", re.MULTILINE), re.compile(r"^Mistaken for: (\w+)", re.MULTILINE)
ROWS_PER_CALL = 4


def draw_words(key: object, count: int = 9) -> list[str]:
    """Return made-up words that follow from a key."""
    chance = random.Random(sha256_of(key))
    return ["".join(chance.choices(SYLLABLES, k=3)) for _ in range(count)]


def list_people(each: int = 10) -> list[dict[str, str]]:
    """Return rows of people: so many easy and so many hard ones of each label."""
    return [
        {"text": " ".join([*draw_words([label, word, number], 6), word, *draw_words([word, label, number], 3)]),
         "label": label}
        for label in EASY
        for word in (EASY[label], HARD[label])
        for number in range(each)
    ]  # fmt: skip


def answer(body: dict[str, Any], hard: bool = True) -> dict[str, Any]:
    """Answer with easy rows of the label, or, where hard ones are shown and with ``hard``, with hard ones."""
    brief = body["messages"][-1]["content"]
    label = ASKED.search(brief)[1]
    word = HARD[label] if hard and MISTAKEN.search(brief) and f" {HARD[label]} " in brief else EASY[label]
    return rows(
        *(
            " ".join([*draw_words([brief, place]), word, *draw_words([place, brief], 4)])
            for place in range(ROWS_PER_CALL)
        )
    )


def make_failures_job(root: Path, endpoint: Endpoint, rows: int = 80, **changes: Any) -> Job:
    """Return a job of failure-driven rounds whose generator asks the endpoint; ``failures`` are further settings."""
    generator = {
        "strategy": "failures", "model": "openai/fake", "api_base": endpoint.url, "structured": "text", "retries": 0,
        "rows_per_call": ROWS_PER_CALL, "shots": 2, "failures": changes.pop("failures", {}),
    }  # fmt: skip
    return make_job(root, rows=rows, seeds=changes.pop("seeds", list_people()), generators=[generator], **changes)


def make_offline_job(root: Path, **changes: Any) -> Job:
    """Return such a job with the offline model; ``dev`` are the rows of a dev file."""
    workspace_folder = "data/seeds/pets"
    settings, dev = changes.pop("failures", {}), changes.pop("dev", None)
    if dev:
        path = root / workspace_folder / "dev.jsonl"
        path.parent.mkdir(parents=True)
        path.write_text("".join(json.dumps(row) + "\n" for row in dev), encoding="utf-8")
        settings = {**settings, "dev": f"{workspace_folder}/{path.name}"}
    generator = {
        "strategy": changes.pop("strategy", "failures"), "model": "offline/template", "shots": 0,
        "rows_per_call": ROWS_PER_CALL, "failures": settings,
    }  # fmt: skip
    changes = {"seeds": list_people(), "rows": 80, **changes}
    return make_job(root, generators=[generator], **{name: value for name, value in changes.items() if value})
