"""Rows a second and peak memory of parsing, screening and balancing: ``python benchmarks/curation.py [ROWS] [SEEDS]``.

The answers are made here, of random words; one row in ten is a variation of an earlier one. With SEEDS, so many rows of
people are known, each prompt showed five of them, and one row in a hundred is a seed row with a tenth of its words
changed.
"""

import json
import random
import resource
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import polars as pl

sys.path.insert(0, str(Path(__file__).parents[1]))

from pedigree.dataset.examples import Example
from pedigree.dataset.schemas import COMPLETIONS, PROMPTS
from pedigree.ids import sha256_of
from pedigree.job import Job, open_duplicate_checker
from pedigree.recipe.schema import Recipe
from pedigree.system.helper_process import start_helper
from pedigree.workspace import Workspace
from tasks.balance import balance
from tasks.parse import parse
from tasks.screen import screen

PER_ANSWER, SHOTS = 10, 5


def make_job(rows: int, seeds: tuple[Example, ...]) -> Job:
    """Return a job of two labels that wants most of what is made."""
    recipe = Recipe(
        dataset="speed",
        task="How fast?",
        labels={"aye": {"share": 0.5, "means": "yes"}, "nay": {"share": 0.5, "means": "no"}},
        rows=rows * 4 // 5,
        generators=[{"model": "offline/template"}],
    )
    return Job(Workspace(Path.cwd()), recipe, seeds, ())


def list_words() -> list[str]:
    """Return the words of which texts are made."""
    chance = random.Random(1)
    return ["".join(chance.choices("abcdefghijklmnopqrstuvwxyz", k=chance.randint(2, 9))) for _ in range(8000)]


def make_seeds(number: int) -> tuple[Example, ...]:
    """Return so many rows of people, of random words."""
    chance, words = random.Random(2), list_words()
    texts = (" ".join(chance.choices(words, k=chance.randint(10, 30))) for _ in range(number))
    return tuple(Example(sha256_of(line), {"text": text}, "aye", line) for line, text in enumerate(texts, 1))


def change(text: str, words: list[str], chance: random.Random) -> str:
    """Return a text with a tenth of its words changed."""
    own = text.split()
    for place in chance.sample(range(len(own)), len(own) // 10):
        own[place] = chance.choice(words)
    return " ".join(own)


def make_tables(rows: int, seeds: tuple[Example, ...]) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Return prompts and completions of ``rows`` rows of 60 to 180 characters, ten an answer."""
    chance, words = random.Random(0), list_words()
    texts: list[str] = []
    prompts, completions = [], []
    for slot in range(rows // PER_ANSWER):
        for _ in range(PER_ANSWER):
            fresh = not texts or chance.random() > 0.1
            text = " ".join(chance.choices(words, k=chance.randint(10, 30))) if fresh else chance.choice(texts) + " ok"
            if seeds and chance.random() < 0.01:
                text = change(chance.choice(seeds).fields["text"], words, chance)
            texts.append(text)
        id = sha256_of(slot)
        answer = json.dumps({"rows": [{"text": text} for text in texts[-PER_ANSWER:]]})
        asked = {"completion_id": id, "generator": "zero-shot", "label": ("aye", "nay")[slot % 2]}
        asked["seed_row_ids"] = [one.id for one in chance.sample(seeds, min(SHOTS, len(seeds)))]
        prompts.append({**asked, "round": 0, "slot": slot, "turn": 0})
        completions.append({"completion_id": id, "text": answer, "finish_reason": "stop"})
    return pl.DataFrame(prompts, PROMPTS), pl.DataFrame(completions, COMPLETIONS)


def measure(name: str, rows: int, step: Callable[..., Any], *arguments: Any) -> Any:
    """Run a step and print its seconds and rows a second."""
    start = time.perf_counter()
    result = step(*arguments)
    seconds = time.perf_counter() - start
    print(f"{name:<8} {rows:>9,} rows {seconds:>8.2f} s {rows / seconds:>10,.0f} rows/s")
    return result


def main() -> None:
    """Measure each step on as many rows and seeds as the command line says, default 20,000 and none."""
    rows, known = (int(given) for given in (*sys.argv[1:], *("20000", "0")[len(sys.argv) - 1 :]))
    seeds = make_seeds(known)
    start_helper("pedigree.curation.similarity.minhash")  # as a run does
    job, (prompts, completions) = make_job(rows, seeds), make_tables(rows, seeds)
    parsed = measure("parse", rows, parse.fn, job, prompts, completions)
    screened = measure(
        "screen", parsed.candidates.height, screen.fn, job, parsed.candidates, open_duplicate_checker(job)
    )
    measure("balance", screened.kept.height, balance.fn, job, screened.kept)
    print(f"kept {screened.kept.height:,}; rejects {dict(screened.rejects['reason'].value_counts().iter_rows())}")
    print(f"peak memory {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:,.0f} MiB")


if __name__ == "__main__":
    main()
