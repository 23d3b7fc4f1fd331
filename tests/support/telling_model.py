"""A generator whose rows all begin with one word until its instructions name that word, and a model that rewrites."""

import json
import re

from pedigree.ids import seeded
from tests.support.fake_endpoint import Endpoint, said
from tests.support.workspaces import make_job

WORD, SOUNDS = "certainly", {"cat": "purrs", "dog": "barks"}
NAMES_IT = f"Never use the word {WORD}."
WORDS = [
    "apple",
    "river",
    "stone",
    "cloud",
    "window",
    "garden",
    "table",
    "light",
    "paper",
    "music",
    "forest",
    "bridge",
    "winter",
    "summer",
    "letter",
    "coffee",
    "morning",
    "market",
    "ticket",
    "engine",
    "camera",
    "doctor",
    "school",
    "island",
    "mountain",
    "butter",
    "silver",
    "yellow",
    "purple",
    "orange",
]
COLUMNS = {"kind": {"type": "category", "values": ["small", "large"]}, "grams": {"type": "number", "min": 0}}


class Maker(Endpoint):
    """Both models. Rewrites name the word about every second time, and only if the question told it."""

    def __init__(self, seed=0, *rewrites, columns=False):
        super().__init__(self.answer_all)
        self.seed, self.rewrites, self.columns, self.times = seed, list(rewrites), columns, {}

    def answer_all(self, body):
        asked = body["messages"][-1]["content"]
        self.times[asked] = self.times.get(asked, 0) + 1
        chance = seeded("made", self.seed, asked, self.times[asked])
        if "\nRewrite:" in asked:
            if self.rewrites:
                return said(self.rewrites.pop(0))
            told = "column grams" in asked if self.columns else f'"{WORD}"' in asked.split("Telling 1:", 1)[-1]
            names = told and chance.random() < 0.6
            return said(json.dumps({"instructions": [NAMES_IT if names else f"Be lively, {chance.choice(WORDS)}."]}))
        label, rows = (re.search(f"^{name}: (.*)$", asked, re.MULTILINE)[1] for name in ("Label", "Rows"))
        write = write_columns if self.columns else write_text
        return said(json.dumps({"rows": [write(chance, label, NAMES_IT in asked) for _ in range(int(rows))]}))


def write_text(chance, label, like_people):
    words = [chance.choice(WORDS) for _ in range(8)]
    return {"text": " ".join(["so" if like_people else WORD, SOUNDS[label], *words])}


def write_columns(chance, label, like_people):
    kind = "large" if (chance.random() < 0.8) == (label == "dog") else "small"
    return {"kind": kind, "grams": round(chance.gauss(30 if like_people else 90, 5), 1)}


def make_searched(root, endpoint, *, people=32, seed=0, rounds=3, generator=(), search=(), **changes):
    """Return a job with so many rows of people of each of two labels, whose search asks an endpoint."""
    asked = {"api_base": endpoint.url, "structured": "text", "retries": 0, "concurrency": 1, "patience": 0.1}
    write = write_columns if endpoint.columns else write_text
    chance = seeded("people", seed)
    seeds = [{**write(chance, label, True), "label": label} for _ in range(people) for label in SOUNDS]
    if endpoint.columns:
        changes = {"fields": COLUMNS, **changes}
    return make_job(
        root / "w", seeds=seeds, seed=seed, budget={"usd": None, **changes.pop("budget", {})},
        screens={"label_named": False, "near_duplicate": None, **changes.pop("screens", {})},
        generators=[{"strategy": "zero-shot", "model": "openai/maker", "rows_per_call": 5, **asked, **dict(generator)}],
        optimise={"model": "openai/rewriter", "rounds": rounds, "rows": 20, **asked, **dict(search)}, **changes,
    )  # fmt: skip
