"""How a command ends when a person stops it: ``python benchmarks/interrupts.py [COMMAND] [options]``.

Starts the command on a pseudo-terminal, presses Ctrl+C (or sends SIGTERM) at moments that a seed draws, and says for
each: the seconds until the prompt is back, the exit status, and the lines that came after. A quarter of the moments lie
before the first call, a quarter while calls are made, and half of them after the last answer: in curation, validation,
measuring and publishing.
COMMAND is run, refresh, pilot, replicate, preview, estimate, generate, curate, validate, measure, evaluate, audit,
verify, export or diff; moments of one that calls no model lie anywhere in it. "all" is each of them but run and
generate. The model is an endpoint on loopback whose answers take a second. Limit: 10 s, one line, no traceback, exit
status 130 (143 of SIGTERM), and a command that only reads has changed nothing.

With --again each interrupted command is run again to its end. Of both runs it says how many of the answers that were
sent before Ctrl+C the ledger lacks after it, how many requests were in flight then, how many more requests both runs
made than one without an interrupt, and whether the rows are the same.
"""

import argparse
import json
import os
import random
import re
import shutil
import signal
import statistics
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import polars as pl
from ruamel.yaml import YAML

sys.path.insert(0, str(Path(__file__).parents[1]))

from pedigree.ledger.ledger import Ledger
from tests.support.fake_endpoint import Endpoint, said
from tests.support.killable_processes import answer, make_seeds
from tests.support.repository import settle
from tests.support.terminal import Terminal
from tests.support.workspaces import RECIPE

LIMIT, SECONDS = 10.0, 180.0
NOISE = ("Traceback", "Crash detected", "Finished in state", "Error ", "Exception", "Aborted")
PHASES = ("start", "calls", "after")  # before the first call, while calls are made, after the last answer
RESULTS = ("prompts.parquet", "train.parquet", "distribution.json", "gates.json", "metrics.json", "manifest.json")
STAGES = ("generate", "curate", "validate", "measure")  # each needs what those before it write
OF = {"replicate": ("--seed", "1", "--seed", "2"), "refresh": ("--more-rows", "4"), "export": ("--to", "exported")}
READING = ("estimate", "evaluate", "audit", "verify", "export", "diff")  # change no dataset and no version
PUBLISHED = ("refresh", "evaluate", "audit", "verify", "export", "diff")  # need a version
EACH = (
    *("preview", "estimate", "curate", "validate", "measure", "pilot", "evaluate", "audit", "verify", "export", "diff"),
    *("replicate", "refresh"),
)
STOPPED = {"int": 130, "term": 143}


def say(body: dict) -> dict:
    """Answer a generator with rows, and a judge with one label for every text that it is shown."""
    if not (texts := re.findall(r"^Text (\d+):", body["messages"][-1]["content"], re.MULTILINE)):
        return answer(body)
    return said(json.dumps({"verdicts": [{"row": int(number), "label": "cat"} for number in texts]}))


def write_workspace(root: Path, url: str) -> None:
    """Write a workspace under git and DVC with the recipe ``pets`` for the endpoint."""
    house = settle(root)
    asked = {"model": "openai/fake", "api_base": url, "concurrency": 4, "structured": "text"}
    judged = {**asked, "question": "relabel", "rows_per_call": 4, "calibrate": 0, "on_disagreement": "keep"}
    changes = {
        "seeds": "data/seeds/pets/seeds.jsonl",
        "generators": [{"strategy": "few-shot", "shots": 3, "rows_per_call": 2, **asked}],
        "judges": [{"name": name, **judged} for name in ("first", "second")],
        "gates": {"class_floor": 1, "label_precision": 0},
        "rows": 16,
    }
    seeds = root / changes["seeds"]
    seeds.parent.mkdir(parents=True)
    seeds.write_text("".join(json.dumps(row) + "\n" for row in make_seeds(20)), encoding="utf-8")
    YAML(typ="safe").dump({**RECIPE, **changes}, root / "recipes/pets.yaml")
    house.git("add", "-A")
    house.git("commit", "-qm", "pets")


@contextmanager
def fresh(made: Path) -> Iterator[Path]:
    """Yield a copy of a workspace, with a copy of its Prefect home beside it."""
    with tempfile.TemporaryDirectory() as folder:
        if (home := made.parent / "prefect").is_dir():
            shutil.copytree(home, Path(folder) / "prefect")
        yield Path(shutil.copytree(made, Path(folder) / "w", symlinks=True))


def start(root: Path, command: str) -> Terminal:
    """Start the command in a workspace of its own Prefect home."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("PREFECT_")}
    environment |= {"PREFECT_HOME": str(root.parent / "prefect"), "OPENAI_API_KEY": "none", "TERM": "xterm"}
    return Terminal(root, command, "pets", *OF.get(command, ()), environment=environment)


@dataclass(frozen=True)
class Whole:
    """What the command comes to without an interrupt: seconds by phase, exit status, requests, and ids of its rows."""

    seconds: dict[str, float]
    status: int | None
    requests: int
    rows: list[str]
    exported: int = 0


@dataclass(frozen=True)
class Stopped:
    """What an interrupt came to; what only ``--again`` finds out is None without it."""

    seconds: float
    status: int | None
    step: str
    text: str
    in_flight: int
    harmed: str = ""
    lost: int | None = None
    further: int | None = None
    same_rows: bool | None = None

    @property
    def bad(self) -> bool:
        """Return whether it took too long, was noisy, lost an answer or paid for more than what was in flight."""
        noisy = any(word in self.text for word in NOISE) or self.text.count("stopped") > 1 or self.seconds > LIMIT
        ended = self.step != "had ended" and self.status not in (*STOPPED.values(), 0)
        lossy = bool(self.harmed) or bool(self.lost) or (self.further or 0) > self.in_flight
        return noisy or ended or lossy or self.same_rows is False

    def write_line(self, phase: str, seconds: float) -> str:
        """Return it as a line of a table."""
        shown = ["–" if one is None else str(one) for one in (self.lost, self.in_flight, self.further)]
        same = {True: "yes", False: "no", None: "–"}[self.same_rows]
        words = [phase, f"{seconds:.1f}", self.step, f"{self.seconds:.1f}", str(self.status), *shown, same]
        return f"| {' | '.join(words)} |{' BAD' if self.bad else ''}"


def read_state(root: Path) -> dict[str, bytes]:
    """Return the files of recipes, datasets and versions, by name: what a command that reads leaves as it was."""
    places = [root / "recipes", root / "data", root / ".git/refs", root / "exported"]
    files = [path for place in places for path in sorted(place.rglob("*")) if path.is_file()]
    return {str(path.relative_to(root)): path.read_bytes() for path in files}


def read_rows(root: Path) -> list[str]:
    """Return the ids of the dataset's rows."""
    tables = [root / f"data/pets/{split}.parquet" for split in ("train", "validation")]
    return sorted(row_id for table in tables if table.is_file() for row_id in pl.read_parquet(table)["row_id"])


def read_phase(terminal: Terminal, endpoint: Endpoint, phase: str, asked: int, requests: int | None) -> bool:
    """Read until a phase begins; return whether the command still runs. Without ``requests``, the last call is that
    after which none was in flight for three seconds."""
    quiet = time.monotonic()
    while terminal.status is None:
        made = len(endpoint.requests) - asked
        if not made or endpoint.in_flight:
            quiet = time.monotonic()
        done = made >= requests if requests else time.monotonic() - quiet > 3
        if phase == "start" or (phase == "calls" and made) or (phase == "after" and done and not endpoint.in_flight):
            return True
        terminal.read(0.02)
    return False


def find_files(root: Path) -> str:
    """Return how far a command got, by what it has written: the last of its result files, or the tag."""
    if any((root / ".git/refs/tags").glob("*")):
        return "tagged"
    written = [name for name in RESULTS if (root / "data/pets" / name).is_file()]
    return written[-1] if written else "no result"


def run_whole(made: Path, endpoint: Endpoint, command: str) -> Whole:
    """Run the command without an interrupt; keep its Prefect home beside the workspace that was made."""
    with fresh(made) as root:
        asked, terminal = len(endpoint.requests), start(root, command)
        marks = [terminal.began]
        for phase in ("calls", "after"):
            read_phase(terminal, endpoint, phase, asked, None)
            marks.append(time.monotonic())
        terminal.read(SECONDS)
        marks.append(time.monotonic())
        terminal.close()
        marks[2] -= 3  # of waiting for further calls
        seconds = {phase: max(0.5, marks[at + 1] - marks[at]) for at, phase in enumerate(PHASES)}
        shown = ", ".join(f"{phase} {took:.1f} s" for phase, took in seconds.items())
        print(f"{command}: {shown}; exit status {terminal.status}", flush=True)
        if terminal.status not in (0, 1):
            print(terminal.screen)
        home = root.parent / "prefect"
        if home.is_dir() and not (made.parent / "prefect").is_dir():  # stages of dvc.yaml use no Prefect
            shutil.copytree(home, made.parent / "prefect", dirs_exist_ok=True)
        exported = len([*(root / "exported").glob("*")]) if (root / "exported").is_dir() else 0
        return Whole(seconds, terminal.status, len(endpoint.requests) - asked, read_rows(root), exported)


def draw_moments(whole: Whole, moments: int, seed: int) -> list[tuple[str, float]]:
    """Return phases and the seconds after they began."""
    chance = random.Random(seed)
    if not whole.requests:
        return [(PHASES[0], chance.uniform(0.1, whole.seconds[PHASES[0]])) for _ in range(moments)]
    phases = [PHASES[0]] * (moments // 4) + [PHASES[1]] * (moments // 4)
    phases += [PHASES[2]] * (moments - len(phases))
    return sorted(
        ((one, chance.uniform(0.1, whole.seconds[one])) for one in phases), key=lambda one: PHASES.index(one[0])
    )


def interrupt(
    made: Path, endpoint: Endpoint, moment: tuple[str, float], given: argparse.Namespace, whole: Whole
) -> Stopped:
    """Stop the command so many seconds after a phase began, and run it again if that is asked for."""
    with fresh(made) as root:
        asked, terminal = len(endpoint.requests), start(root, given.command)

        def press() -> None:
            terminal.press_ctrl_c() if given.how == "int" else terminal.signal(signal.SIGTERM)

        try:
            if not read_phase(terminal, endpoint, moment[0], asked, whole.requests) or not terminal.read(moment[1]):
                return Stopped(0.0, terminal.status, "had ended", "", 0)
            before, step = len(terminal.screen), find_files(root)
            kept = read_state(made)
            in_flight = endpoint.in_flight
            answered = len(endpoint.requests) - asked - in_flight
            press()
            began = time.monotonic()
            if given.twice is not None and terminal.read(given.twice):
                press()
            terminal.read(60.0)
            status = 128 - terminal.status if (terminal.status or 0) < 0 else terminal.status  # as a shell tells it
            found = Stopped(time.monotonic() - began, status, step, terminal.screen[before:], in_flight)
        finally:
            terminal.close()
        if given.command in READING:
            changed = [name for name, content in read_state(root).items() if kept.get(name) != content]
            changed = [name for name in changed if not name.startswith("exported/")]
            parts = len([*(root / "exported").glob("*")]) if (root / "exported").is_dir() else 0
            half = parts and parts != whole.exported
            found = replace(found, harmed="; ".join([*changed[:3], *["half of an export"] * bool(half)]))
        return run_again(root, endpoint, (asked, answered), found, given.command, whole) if given.again else found


def run_again(
    root: Path, endpoint: Endpoint, counts: tuple[int, int], found: Stopped, command: str, whole: Whole
) -> Stopped:
    """Run an interrupted command to its end, and return what both runs came to.

    ``counts``: requests before the first run, and answers that the first run had before it was stopped.
    """
    asked, answered = counts
    kept = len(Ledger(root / ".pedigree/ledger"))
    terminal = start(root, command)
    terminal.read(SECONDS)
    terminal.close()
    return replace(
        found,
        lost=max(0, answered - kept),
        further=len(endpoint.requests) - asked - whole.requests,
        same_rows=terminal.status == whole.status and read_rows(root) == whole.rows,
    )


def prepare(folder: Path, endpoint: Endpoint, command: str) -> Path:
    """Return a workspace with what the command needs: a version, or what the stages before it write."""
    made = folder / "made"
    write_workspace(made, endpoint.url)
    before = STAGES[: STAGES.index(command)] if command in STAGES else ("run",) if command in PUBLISHED else ()
    for needed in (*before, *(("refresh",) if command == "diff" else ())):
        terminal = start(made, needed)
        terminal.read(SECONDS)
        terminal.close()
    return made


def measure(endpoint: Endpoint, given: argparse.Namespace) -> list[tuple[tuple[str, float], Stopped]]:
    """Interrupt the command at each of its moments, and tell each."""
    with tempfile.TemporaryDirectory() as folder:
        made = prepare(Path(folder), endpoint, given.command)
        run_whole(made, endpoint, given.command)  # makes the Prefect home
        whole, results = run_whole(made, endpoint, given.command), []
        drawn = [("start", at) for at in given.at or ()] or draw_moments(whole, given.moments, given.seed)
        for moment in drawn:
            found = interrupt(made, endpoint, moment, given, whole)
            results.append((moment, found))
            print(f"--- {found.write_line(*moment)} {found.harmed}\n{found.text.strip()[-3000:]}", flush=True)
        return results


def sum_up(command: str, results: list[tuple[tuple[str, float], Stopped]]) -> str:
    """Return a line of the table of all commands."""
    stopped = [one for _, one in results if one.step != "had ended"]
    took = [one.seconds for one in stopped] or [0.0]
    statuses = ", ".join(map(str, sorted({one.status for one in stopped if one.status is not None})))
    bad = sum(one.bad for one in stopped)
    seconds = f"{statistics.median(took):.1f} | {max(took):.1f}"
    return f"| `{command}` | {len(stopped)} | {seconds} | {statuses} | {bad} |"


def main() -> None:
    """Measure as the command line says."""
    parser = argparse.ArgumentParser()
    parser.add_argument("command", nargs="*", default=["run"])
    parser.add_argument("--moments", type=int, default=20)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--how", choices=("int", "term"), default="int")
    parser.add_argument("--twice", type=float, help="seconds after which it is stopped again")
    parser.add_argument("--at", type=float, nargs="*", help="seconds after the start, in place of drawn moments")
    parser.add_argument("--again", action="store_true", help="run each interrupted command again, to its end")
    given = parser.parse_args()
    lines = []
    with Endpoint(say, seconds=1.0) as endpoint:
        for command in EACH if given.command == ["all"] else given.command:
            results = measure(endpoint, argparse.Namespace(**{**vars(given), "command": command}))
            print("\n| phase | s after it began | last file | s to the prompt | status ", end="")
            print("| lost | in flight | further requests | same rows |")
            print("|---|---:|---|---:|---:|---:|---:|---:|---|")
            print(*(one.write_line(*at) for at, one in results), sep="\n")
            lines.append(sum_up(command, results))
            print(f"{lines[-1]}\n", flush=True)
    print("| command | moments | median s to the prompt | most | exit status | bad |\n|---|---:|---:|---:|---:|---:|")
    print(*lines, sep="\n")


if __name__ == "__main__":
    main()
