"""The commands that ``benchmarks/interrupts.py`` stops, what each needs, and the workspace that they work in.

The workspace has three recipes (``pets``; ``filled``, with real rows; ``searched``, whose instructions are searched)
and a study, for an endpoint on loopback; each command that makes rows has some ten calls of a second to wait for.
"""

import csv
import json
import random
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML

from tests.support.fake_endpoint import said
from tests.support.killable_processes import WORDS, answer
from tests.support.repository import settle
from tests.support.workspaces import RECIPE

TABLE_ROWS = 60_000  # of the table that 'new --from-table' reads
LABELS = ("cat", "dog")


@dataclass(frozen=True)
class Command:
    """A command line, and the name of those that were run before it.

    ``reads``: it may change no file but those that ``writes`` names (paths of the workspace; a folder ends with /), and
    each of these is absent or whole afterwards. ``says``: the words after which it waits, for one that never ends.
    ``statuses``: that it may have when it is stopped, where 130 is not the only one.
    """

    words: tuple[str, ...]
    needs: tuple[str, ...] = ()
    reads: bool = False
    writes: tuple[str, ...] = ()
    says: str = ""
    pays: bool = False
    statuses: tuple[int, ...] = ()


VERSION = ("run",)
COMMANDS = {
    "run": Command(("run", "pets"), pays=True),
    "run again": Command(("run", "pets"), VERSION),
    "generate": Command(("generate", "pets"), pays=True),
    "curate": Command(("curate", "pets"), ("generate",)),
    "validate": Command(("validate", "pets"), ("generate", "curate")),
    "measure": Command(("measure", "pets"), ("generate", "curate", "validate")),
    "refresh": Command(("refresh", "pets", "--more-rows", "4"), VERSION, pays=True),
    "replicate": Command(("replicate", "pets", "--seed", "1", "--seed", "2"), pays=True),
    "study": Command(("study", "asked"), pays=True),
    "optimise": Command(("optimise", "searched"), pays=True),
    "evaluate": Command(("evaluate", "pets"), VERSION, reads=True, writes=(".pedigree/evaluations/",)),
    "pilot": Command(("pilot", "pets"), pays=True),
    "augment": Command(("augment", "filled"), pays=True),
    "verify": Command(("verify", "pets"), VERSION, reads=True),
    "audit": Command(("audit", "pets"), VERSION, reads=True),
    "preview": Command(("preview", "pets"), pays=True),
    "forget": Command(("forget", "pets", "--text", "{seed}", "--yes"), VERSION),
    "estimate": Command(("estimate", "pets"), VERSION, reads=True),
    "diff": Command(("diff", "pets"), ("run", "refresh"), reads=True),
    "export": Command(("export", "pets", "--to", "exported"), VERSION, reads=True, writes=("exported/",)),
    "export --with-real --difficulty": Command(
        ("export", "pets", "--with-real", "--difficulty", "--to", "exported"),
        VERSION,
        reads=True,
        writes=("exported/",),
    ),
    "review": Command(("review", "pets"), VERSION, reads=True, writes=("review-pets.csv",)),
    "new --from-table": Command(
        ("new", "fruit", "--from-table", "table.csv", "--label", "label"),
        reads=True,
        writes=("recipes/fruit.yaml", "data/seeds/fruit/"),
    ),
    "check": Command(("check", "pets"), reads=True),
    "bias": Command(("bias", "pets"), VERSION, reads=True),
    "patterns": Command(("patterns", "pets"), VERSION, reads=True),
    "coverage": Command(("coverage", "pets"), VERSION, reads=True),
    "canaries": Command(
        ("canaries", "pets"), reads=True, writes=("data/seeds/pets/with-canaries.jsonl", "canaries.json")
    ),
    "statistics": Command(("statistics", "pets"), reads=True, writes=("data/seeds/pets/statistics.json",)),
    "lineage": Command(("lineage", "pets", "--to", "prov.json"), VERSION, reads=True, writes=("prov.json",)),
    "versions": Command(("versions", "pets", "--data"), VERSION, reads=True),
    "doctor": Command(("doctor",), VERSION, reads=True),
    "ledger export": Command(("ledger", "export", "told.jsonl"), VERSION, reads=True, writes=("told.jsonl",)),
    "review --page": Command(
        ("review", "pets", "--page"), VERSION, reads=True, writes=("review-pets.csv",), says="stop with", statuses=(0,)
    ),
    "serve": Command(
        ("serve", "--port", "{port}", "--reports-port", "{port}"), VERSION, reads=True, says="stop with", statuses=(0,)
    ),
}


def say(body: dict[str, Any]) -> dict[str, Any]:
    """Answer a generator with rows, a judge with one label for every text, and a search with instructions."""
    asked = body["messages"][-1]["content"]
    if tried := re.search(r"^Rewrite: instructions after (\d+) that were tried", asked, re.MULTILINE):
        return said(json.dumps({"instructions": [f"Let row number {tried[1]} be short."]}))
    if texts := re.findall(r"^Text (\d+):", asked, re.MULTILINE):
        return said(json.dumps({"verdicts": [{"row": int(number), "label": "cat"} for number in texts]}))
    return answer(body)


def write_workspace(root: Path, url: str) -> None:
    """Write a workspace under git and DVC for the endpoint at a URL."""
    house = settle(root)
    asked = {"model": "openai/fake", "api_base": url, "concurrency": 4, "structured": "text"}
    judged = {**asked, "question": "relabel", "rows_per_call": 4, "calibrate": 0, "on_disagreement": "keep"}
    pets = {
        **RECIPE,
        "seeds": _write_rows(root, "pets", "seeds", 20),
        "held_out": _write_rows(root, "pets", "held_out", 20),
        "generators": [{"strategy": "few-shot", "shots": 3, "rows_per_call": 2, **asked}],
        "judges": [{"name": name, **judged} for name in ("first", "second")],
        "gates": {"class_floor": 1, "label_precision": 0},
        "rows": 16,
    }
    filled = {
        **pets,
        "dataset": "filled",
        "judges": [],
        "seeds": None,
        "real": _write_rows(root, "filled", "real", 20, 8),
    }
    filled["held_out"] = _write_rows(root, "filled", "held_out", 20)
    searched = {
        **pets,
        "dataset": "searched",
        "judges": [],
        "seeds": _write_rows(root, "searched", "seeds", 60),
        "held_out": None,
        "generators": [{"strategy": "zero-shot", "rows_per_call": 4, **asked}],
        "optimise": {**asked, "rounds": 2, "rows": 20},
    }
    study = {
        "study": "asked",
        "question": "Does a row that is shown help?",
        "tasks": [{"name": "pets", "recipe": "recipes/pets.yaml"}],
        "strategies": {"few-shot": {"strategy": "few-shot", "shots": 3, "rows_per_call": 2}},
        "models": {"fake": asked},
        "sizes": [8, 16],
    }
    for recipe in (pets, filled, searched):
        YAML(typ="safe").dump(recipe, root / f"recipes/{recipe['dataset']}.yaml")
    YAML(typ="safe").dump(study, root / "studies/asked.yaml")
    house.git("add", "-A")
    house.git("commit", "-qm", "pets")
    chance = random.Random(1)
    with (root / "table.csv").open("w", encoding="utf-8", newline="") as file:
        written = csv.writer(file)
        written.writerow(["label", "note", "weight", "count"])
        for number in range(TABLE_ROWS):
            note = " ".join(chance.choices(WORDS, k=6))
            written.writerow([LABELS[number % 2], note, f"{chance.gauss(5, 1):.2f}", chance.randrange(40)])


def read_seed(root: Path) -> str:
    """Return the text of a seed row."""
    return json.loads((root / "data/seeds/pets/seeds.jsonl").read_text(encoding="utf-8").splitlines()[0])["text"]


def _write_rows(root: Path, dataset: str, name: str, *counts: int) -> str:
    """Write so many labelled rows of each label (the second count is of the second label); return the file's path."""
    chance = random.Random(f"{dataset} {name}")
    path = root / f"data/seeds/{dataset}/{name}.jsonl"
    path.parent.mkdir(parents=True, exist_ok=True)
    rows = [
        {"text": f"the {label} {' '.join(chance.sample(WORDS, 6))}", "label": label}
        for label, count in zip(LABELS, (*counts, *counts), strict=False)
        for _ in range(count)
    ]
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    return str(path.relative_to(root))
