"""Measures what 150 labels cost beside the demo: ``python benchmarks/many_labels.py [LABELS] [STAGE ...]``.

Makes the demo's dataset (8 labels, 1,000 rows, 384 rows of people) and one of LABELS labels (default 150) with 20 rows
each and 14 rows of people each, both with the offline model, and prints the processor seconds of each command (user
and system, with its helper processes, one thread) and their ratio. Exits with 1 if the whole costs more than LIMIT
times the demo. The labels are pairs of an act and a thing, so each shares a word with 23 others. Rows are invented.
"""

import json
import os
import random
import subprocess
import sys
import tempfile
from itertools import product
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from ruamel.yaml import YAML

from tests.support.repository import settle

LIMIT, ROWS, SEEDS, HELD_OUT = 3.0, 20, 10, 4
STAGES = {"generate": [], "curate": [], "validate": ["--record"], "measure": []}
DEMO, NAME = "support-tickets", "intents"
ACTS = {
    "check": "look at|see|check|view",
    "change": "change|update|edit|correct",
    "cancel": "cancel|call off|drop|undo",
    "book": "book|reserve|arrange|get",
    "find": "find|locate|look up|search for",
    "report": "report|flag|tell you about",
    "pay": "pay|settle|cover|pay off",
    "share": "share|send on|forward|pass on",
    "explain": "explain|describe|clarify",
    "renew": "renew|extend|prolong|keep",
    "compare": "compare|weigh up|tell apart",
    "delete": "delete|remove|erase",
    "move": "move|transfer|shift|relocate",
    "rate": "rate|review|judge|score",
    "lock": "lock|freeze|block|suspend",
}
THINGS = {
    "card": "card|bank card|plastic",
    "flight": "flight|plane ticket|seat on the plane",
    "meal": "meal|dinner|lunch order",
    "alarm": "alarm|wake-up call|reminder",
    "playlist": "playlist|music list|songs",
    "parcel": "parcel|package|delivery",
    "account": "account|profile|login",
    "hotel": "hotel|hotel room|stay",
    "bill": "bill|invoice|statement",
    "car": "car|rental car|vehicle",
}
FRAMES = (
    "could you {act} my {thing}",
    "I need to {act} the {thing} {when}",
    "how do I {act} my {thing}",
    "{act} the {thing} {when}",
    "please {act} my {thing}, {why}",
    "is there a way to {act} a {thing} {when}",
    "{why}, so {act} my {thing}",
    "I want to {act} that {thing}",
    "help me {act} the {thing} for {who}",
    "can {who} {act} my {thing} {when}",
)
WORDS = {
    "when": "today|tonight|before noon|next week|on Friday|right now|this evening|as soon as possible|after work",
    "why": "I am in a hurry|it is urgent|my boss asks|we leave soon|I forgot yesterday|the old one is wrong",
    "who": "my wife|my brother|a friend|our team|my mother|the office|two people",
}


def write_people(act: str, thing: str, rows: int) -> list[str]:
    """Return so many different texts of people for a label, the same on every machine."""
    chance, found = random.Random(f"{act} {thing}"), {}
    while len(found) < rows:
        drawn = {name: chance.choice(words.split("|")) for name, words in WORDS.items()}
        drawn |= {"act": chance.choice(ACTS[act].split("|")), "thing": chance.choice(THINGS[thing].split("|"))}
        found[chance.choice(FRAMES).format(**drawn)] = None
    return list(found)


def write_dataset(root: Path, count: int) -> None:
    """Write the recipe and the rows of people of a dataset of so many labels."""
    pairs = list(product(ACTS, THINGS))[:count]
    yaml = YAML(typ="safe")
    recipe = yaml.load((root / f"recipes/{DEMO}.yaml").read_text(encoding="utf-8"))
    names = [f"{act}-{thing}" for act, thing in pairs]
    recipe["dataset"], recipe["task"], recipe["rows"] = NAME, "What does this person want?", ROWS * count
    recipe["labels"] = {
        name: {
            "share": 1 / count,
            "means": f"the person wants to {act} a {thing}",
            "unlike": [names[place - 1]],
        }
        for place, (name, (act, thing)) in enumerate(zip(names, pairs, strict=True))
    }
    recipe["budget"] = {"usd": 2.0, "calls": 4000, "tokens": 20_000_000, "rounds": 8}
    folder = root / f"data/seeds/{NAME}"
    folder.mkdir(parents=True)
    people = [write_people(act, thing, SEEDS + HELD_OUT) for act, thing in pairs]
    for key, part in (("seeds", slice(SEEDS)), ("held_out", slice(SEEDS, None))):
        path = folder / f"{key.replace('_', '-')}.jsonl"
        rows = [
            {"text": text, "label": name} for name, texts in zip(names, people, strict=True) for text in texts[part]
        ]
        path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
        recipe[key] = str(path.relative_to(root))
    with (root / f"recipes/{NAME}.yaml").open("w", encoding="utf-8") as file:
        yaml.dump(recipe, file)


def time_stage(root: Path, stage: str, dataset: str) -> float:
    """Return the processor seconds of a command."""
    threads = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "POLARS_MAX_THREADS"), "1")
    command = [sys.executable, "-m", "cli", stage, dataset, *STAGES[stage]]
    process = subprocess.Popen(
        command, cwd=root, env={**os.environ, **threads}, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE
    )
    with process.stderr:
        told = process.stderr.read()
    _, status, used = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise SystemExit(f"{' '.join(command)} exited with {process.returncode}:\n{told.decode()}")
    return used.ru_utime + used.ru_stime


def main() -> None:
    """Measure as the command line says; the two datasets take turns, so that other work meets both."""
    count = next((int(word) for word in sys.argv[1:] if word.isdigit()), 150)
    with tempfile.TemporaryDirectory() as passing:
        root = settle(Path(passing) / "work").root
        write_dataset(root, count)
        print(f"load {os.getloadavg()[0]:.1f}; processor seconds: demo, {count} labels, ratio", flush=True)
        sums = [0.0, 0.0]
        for stage in STAGES:
            seconds = [time_stage(root, stage, dataset) for dataset in (DEMO, NAME)]
            sums = [one + other for one, other in zip(sums, seconds, strict=True)]
            print(f"{stage}: {seconds[0]:.1f}, {seconds[1]:.1f}, {seconds[1] / seconds[0]:.1f}", flush=True)
        report = root / f"data/{NAME}/report.html"
        print(f"in all: {sums[0]:.1f}, {sums[1]:.1f}, {sums[1] / sums[0]:.2f} (limit {LIMIT:g})")
        print(f"report.html: {report.stat().st_size / 1e6:.2f} MB; load {os.getloadavg()[0]:.1f}")
    sys.exit(sums[1] > LIMIT * sums[0])


if __name__ == "__main__":
    main()
