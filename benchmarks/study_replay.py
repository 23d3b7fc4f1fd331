"""A study of five open sets that real models wrote, by replay: makes a scratch workspace of them and runs it there.

    python -m benchmarks.study_replay DATA_FOLDER [--into FOLDER] [--kills 5]

DATA_FOLDER holds ``parrot/`` (GPT-4 and Llama-2-70B rewrote crowd-labelled texts; four tasks) and ``supergen/sst2``
(CTRL wrote film reviews from scratch). Nothing is sent anywhere. ``--kills`` runs the study once more, kills it so
often on its way, and compares the bytes of the results. It prints wall time, CPU time, whether the machine was idle
otherwise, and for each file of the results whether it has the same bytes; the exit status is 1 where one has not.
"""

import argparse
import csv
import hashlib
import json
import os
import random
import resource
import shutil
import signal
import subprocess
import sys
import time
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from tempfile import mkdtemp

from pedigree.recipe.plain_words import quote_key

REPOSITORY = Path(__file__).parents[1]
RUN = "import sys; sys.path.insert(0, sys.argv.pop(1)); from cli.main import main; main()"
MODELS = {"gpt-4": "gpt-4", "llama-2-70b": "llama-2-70b"}
ASKED = {
    "sentiment": "Which feeling does this tweet express?",
    "crowdflower": "Which emotion does this tweet express?",
    "hypo-l": "Is this sentence a hyperbole?",
    "questionintimacy": "How intimate is this question?",
    "sst2": "What does the writer of this sentence think of the film?",
}
# An order from the clearest to the most personal reading, for the chart against subjectivity.
ORDER = {"sst2": 1, "hypo-l": 2, "sentiment": 3, "questionintimacy": 4, "crowdflower": 5}
SOURCE = "an order assumed by benchmarks/study_replay.py; nobody measured it"
SEEDS, REAL, TEST, SIZES, AMOUNTS = 200, 1500, 1000, (300, 1000), (0, 100, 1000)
RESULTS = ("results.parquet", "results.csv", "results.json", "comparison.json", "manifest.json", "report.html")
IDLE = 0.1  # share of all cores that other work may take on a machine that is called idle
Rows = list[tuple[str, str]]


def main() -> None:
    """Make the workspace, run the study and print what it took."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("data", type=Path)
    parser.add_argument("--into", type=Path, default=None)
    parser.add_argument("--kills", type=int, default=0)
    given = parser.parse_args()
    if not (given.data / "parrot").is_dir() or not (given.data / "supergen/sst2").is_dir():
        parser.error(f"{given.data} has no parrot/ and supergen/sst2/")
    root = given.into or Path(mkdtemp(prefix="study-replay-"))
    make_workspace(root, given.data)
    print(f"workspace: {root}", flush=True)
    tell_run("the study", lambda: run(root))
    if given.kills:
        other = root.with_name(f"{root.name}-killed")
        shutil.rmtree(other, ignore_errors=True)
        make_workspace(other, given.data)
        tell_run(f"the study killed {given.kills} times", lambda: run_killed(other, given.kills, count_finished(root)))
        one, two = hash_results(root), hash_results(other)
        same = {name: name in one and one[name] == two.get(name) for name in RESULTS}
        for name, equal in same.items():
            print(f"{name}: {'the same bytes' if equal else 'DIFFERENT'}")
        sys.exit(not all(same.values()))


def tell_run(what: str, work: Callable[[], None]) -> None:
    """Do something and print its wall time, its CPU time, and whether other work took the machine meanwhile."""
    started, used, busy = time.monotonic(), read_used(), read_busy()
    work()
    seconds, own, cores = time.monotonic() - started, read_used() - used, os.cpu_count() or 1
    print(f"{what}: {seconds:.0f} s of wall time, {own:.0f} s of CPU", flush=True)
    others = max(0.0, read_busy() - busy - own) / (cores * seconds)
    load = ", ".join(f"{one:.1f}" for one in os.getloadavg())
    print(f"  other work took {others:.0%} of {cores} cores ({'idle' if others < IDLE else 'NOT idle'}); load {load}")


def read_used() -> float:
    """Return the seconds of CPU of this process and of those that it waited for."""
    both = (resource.getrusage(resource.RUSAGE_SELF), resource.getrusage(resource.RUSAGE_CHILDREN))
    return sum(one.ru_utime + one.ru_stime for one in both)


def read_busy() -> float:
    """Return the seconds of CPU that all processes of this machine took since it started (Linux)."""
    user, nice, system = map(int, Path("/proc/stat").read_text(encoding="utf-8").split(maxsplit=4)[1:4])
    return (user + nice + system) / os.sysconf("SC_CLK_TCK")


def make_workspace(root: Path, data: Path) -> None:
    """Write a workspace with the study ``replay`` and the rows of its tasks."""
    for folder in ("prompts", "expectations"):
        shutil.copytree(REPOSITORY / folder, root / folder, dirs_exist_ok=True)
    for folder in ("recipes", "studies"):
        (root / folder).mkdir(parents=True, exist_ok=True)
    shutil.copy(REPOSITORY / "dvc.yaml", root / "dvc.yaml")
    tasks = []
    for name in ASKED:
        labels, people, written = read_task(data, name)
        held, real, seeds = split_people(people, written)
        folder = root / "data" / name
        folder.mkdir(parents=True, exist_ok=True)
        for file, rows in {"held-out": held, "real": real, "seeds": seeds, **written}.items():
            lines = [json.dumps({"text": text, "label": label}, ensure_ascii=False) + "\n" for text, label in rows]
            (folder / f"{file}.jsonl").write_text("".join(lines), encoding="utf-8")
        tasks.append(write_task(name, labels))
    text = STUDY.replace("TASKS", "".join(tasks)).replace("SIZES", str([*SIZES])).replace("AMOUNTS", str([*AMOUNTS]))
    (root / "studies/replay.yaml").write_text(text, encoding="utf-8")


def read_task(data: Path, name: str) -> tuple[list[str], dict[str, Rows], dict[str, Rows]]:
    """Return the labels, people's rows by use, and the rows of each model."""
    if name == "sst2":
        with (data / "supergen/sst2/test.tsv").open(encoding="utf-8", newline="") as file:
            lines = [(line[0], line[1]) for line in csv.reader(file, delimiter="\t", quoting=csv.QUOTE_NONE)][1:]
        names = {"0": "negative", "1": "positive"}
        people = shuffle([(text, names[label]) for text, label in lines])
        wrote = json.loads((data / "supergen/sst2/train.json").read_text(encoding="utf-8"))
        half = len(people) // 2
        rows = [(one["text"], names[one["label"]]) for one in wrote]
        return [*names.values()], {"held": people[:half], "real": people[half:]}, {"ctrl": rows}
    folder = data / "parrot" / name

    def read(file: str, key: str = "text") -> Rows:
        records = json.loads((folder / file).read_text(encoding="utf-8"))
        return [
            (one[key], name_label(one["target"])) for one in records if isinstance(one[key], str) and one[key].strip()
        ]

    people = {"held": shuffle(read("test.json")), "real": shuffle(read("train.json")), "seeds": read("base.json")}
    written = {model: read(f"balanced_{file}_augmented.json", "augmented_text") for model, file in MODELS.items()}
    known = {label for rows in written.values() for _, label in rows} & {label for _, label in people["held"]}
    kept = {key: [row for row in rows if row[1] in known] for key, rows in people.items()}
    return sorted(known), kept, {model: [row for row in rows if row[1] in known] for model, rows in written.items()}


def name_label(label: str) -> str:
    """Return a label as recipes spell it."""
    return label.lower().replace(" ", "-")


def split_people(people: dict[str, Rows], written: dict[str, Rows]) -> tuple[Rows, Rows, Rows]:
    """Return held-out rows, rows to train on and seeds, no text in two of them."""
    seen: set[str] = set()

    def take(rows: Sequence[tuple[str, str]], most: int) -> Rows:
        taken = list(take_new(rows, seen))[:most]
        seen.update(fold(text) for text, _ in taken)
        return taken

    held, real = take(people["held"], TEST), take(people["real"], REAL)
    return held, real, take(people["seeds"], SEEDS) if "seeds" in people else real[:100]


def take_new(rows: Sequence[tuple[str, str]], seen: set[str]) -> Iterator[tuple[str, str]]:
    """Yield rows whose texts are new, and repeat none among themselves."""
    own: set[str] = set()
    for text, label in rows:
        if (key := fold(text)) not in seen | own:
            own.add(key)
            yield text, label


def fold(text: str) -> str:
    """Return a text without case and spaces, to be compared."""
    return "".join(text.casefold().split())


def shuffle(rows: Rows) -> Rows:
    """Return rows in a fixed random order in which labels take turns, so that each has rows in any first part."""
    by_label: dict[str, Rows] = defaultdict(list)
    for row in random.Random(0).sample(rows, len(rows)):
        by_label[row[1]].append(row)
    places = [(place / len(of), label, row) for label, of in sorted(by_label.items()) for place, row in enumerate(of)]
    return [row for _, _, row in sorted(places, key=lambda one: one[:2])]


def write_task(name: str, labels: list[str]) -> str:
    """Return a task of the study as YAML."""
    share = {label: round(1 / len(labels), 6) for label in labels}
    share[labels[-1]] = round(1 - sum(share[label] for label in labels[:-1]), 6)
    said = "".join(
        f"        {quote_key(label)}: {{share: {share[label]}, means: {quote_key(label)}}}\n" for label in labels
    )
    return TASK.format(
        name=name, task=ASKED[name], labels=said, order=ORDER[name], source=SOURCE, real=f"data/{name}/real.jsonl",
    )  # fmt: skip


TASK = """\
  - name: {name}
    real: {real}
    subjectivity: {{value: {order}, source: {source}}}
    parts:
      task: {task}
      labels:
{labels}\
      fields: {{text: {{min_chars: 3, max_chars: 2000}}}}
      seeds: data/{name}/seeds.jsonl
      held_out: data/{name}/held-out.jsonl
      screens: {{pii: off}}          # tweets name people
"""
STUDY = """\
# Written by benchmarks/study_replay.py.
study: replay
question: What is text that real models wrote for five tasks worth to a classifier, beside people's rows?
after: Li et al. 2023 and 2024, with other tasks and other models
tasks:
TASKS\
strategies:
  rewrite:                          # a real text in other words, as the authors of parrot asked for it
    strategy: replay
    rows_per_call: 20
    replay: {fields: {text: text}}
    models: [gpt-4, llama-2-70b]
  zero-shot:
    strategy: replay
    rows_per_call: 20
    replay: {fields: {text: text}}
    models: [ctrl]
models:
  gpt-4:
    model: "replay/data/{task}/gpt-4.jsonl"
    tasks: [sentiment, crowdflower, hypo-l, questionintimacy]
  llama-2-70b:
    model: "replay/data/{task}/llama-2-70b.jsonl"
    tasks: [sentiment, crowdflower, hypo-l, questionintimacy]
  ctrl:
    model: "replay/data/{task}/ctrl.jsonl"
    tasks: [sst2]
sizes: SIZES
real_rows: AMOUNTS
"""


def count_finished(root: Path) -> int:
    """Return how many datasets of the study are finished."""
    return len([*root.glob(".pedigree/studies/replay/cells/*/result.json")])


def run_killed(root: Path, kills: int, datasets: int) -> None:
    """Run the study, killed so often on its way; the last run goes to the end."""
    for number in range(kills):
        run(root, kill_at=1 + number * datasets // kills)
    run(root)


def run(root: Path, kill_at: int | None = None) -> None:
    """Run the study in a workspace; kill it once so many datasets are there."""
    environment = {**os.environ, "DO_NOT_TRACK": "1", "PREFECT_HOME": str(root / ".prefect")}
    command = [sys.executable, "-P", "-c", RUN, str(REPOSITORY), "study", "replay", "--no-publish"]
    process = subprocess.Popen(command, cwd=root, env=environment, start_new_session=True)
    while kill_at is not None and count_finished(root) < kill_at and process.poll() is None:
        time.sleep(0.05)
    if kill_at is not None and process.poll() is None:
        time.sleep(random.Random(kill_at).random())
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        print(f"killed with {count_finished(root)} datasets finished", flush=True)
    elif status := process.wait():
        sys.exit(status)


def hash_results(root: Path) -> dict[str, str]:
    """Return name -> sha256 of the files of the study's results."""
    folder = root / "data/study-replay"
    return {
        name: hashlib.sha256((folder / name).read_bytes()).hexdigest() for name in RESULTS if (folder / name).is_file()
    }


if __name__ == "__main__":
    main()
