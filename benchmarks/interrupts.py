"""How a command ends when a person stops it: ``python benchmarks/interrupts.py [COMMAND] [options]``.

Starts the command on a pseudo-terminal, presses Ctrl+C (or sends SIGTERM) at moments that are drawn over its whole time
by a seed, and says for each: the seconds until the prompt is back, the exit status, and the lines that came after.
COMMAND is run, pilot, replicate, preview, generate, curate, validate or measure. The model is an endpoint on loopback
whose answers take a second. Limit: 10 s, one line, no traceback.
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
from pathlib import Path

from ruamel.yaml import YAML

sys.path.insert(0, str(Path(__file__).parents[1]))

from tests.support.fake_endpoint import Endpoint, said
from tests.support.killable_processes import answer, make_seeds
from tests.support.repository import settle
from tests.support.terminal import Terminal
from tests.support.workspaces import RECIPE

LIMIT, SECONDS = 10.0, 180.0
NOISE = ("Traceback", "Crash detected", "Finished in state", "Error ", "Exception", "Aborted")
OF = {"replicate": ("--seed", "1", "--seed", "2")}


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
    """Yield a copy of a workspace."""
    with tempfile.TemporaryDirectory() as folder:
        yield Path(shutil.copytree(made, Path(folder) / "w", symlinks=True))


def start(root: Path, command: str) -> Terminal:
    """Start the command in a workspace of its own Prefect home."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("PREFECT_")}
    environment |= {"PREFECT_HOME": str(root.parent / "prefect"), "OPENAI_API_KEY": "none", "TERM": "xterm"}
    return Terminal(root, command, "pets", *OF.get(command, ()), environment=environment)


def interrupt(made: Path, command: str, moment: float, how: str, twice: float | None) -> tuple[float, int | None, str]:
    """Stop the command at a moment; return the seconds that it took, its exit status, and what it wrote after."""
    with fresh(made) as root:
        terminal = start(root, command)
        try:
            if not terminal.read(moment):
                return 0.0, terminal.status, "(had ended)"
            before = len(terminal.screen)
            terminal.press_ctrl_c() if how == "int" else terminal.signal(signal.SIGTERM)
            began = time.monotonic()
            if twice is not None and terminal.read(twice):
                terminal.press_ctrl_c() if how == "int" else terminal.signal(signal.SIGTERM)
            terminal.read(60.0)
            return time.monotonic() - began, terminal.status, terminal.screen[before:]
        finally:
            terminal.close()


def main() -> None:
    """Measure as the command line says."""
    parser = argparse.ArgumentParser()
    parser.add_argument("command", nargs="?", default="run")
    parser.add_argument("--moments", type=int, default=20)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--how", choices=("int", "term"), default="int")
    parser.add_argument("--twice", type=float, help="seconds after which it is stopped again")
    parser.add_argument("--at", type=float, nargs="*", help="moments in seconds, in place of drawn ones")
    given = parser.parse_args()
    chance = random.Random(given.seed)
    with Endpoint(say, seconds=1.0) as endpoint, tempfile.TemporaryDirectory() as folder:
        made = Path(folder) / "made"
        write_workspace(made, endpoint.url)
        with fresh(made) as root:
            terminal = start(root, given.command)
            terminal.read(SECONDS)
            whole = time.monotonic() - terminal.began
            terminal.close()
            print(f"{given.command}: {whole:.1f} s without an interrupt, exit status {terminal.status}", flush=True)
            if terminal.status not in (0, 1):
                print(terminal.screen)
        took, bad = [], 0
        for moment in given.at or sorted(chance.uniform(0.2, whole) for _ in range(given.moments)):
            seconds, status, text = interrupt(made, given.command, moment, given.how, given.twice)
            took.append(seconds)
            noisy = any(word in text for word in NOISE) or seconds > LIMIT
            bad += noisy
            print(f"--- {moment:.1f} s: {seconds:.1f} s, status {status}{' BAD' if noisy else ''}", flush=True)
            print(text.strip()[-3000:], flush=True)
        print(f"median {statistics.median(took):.1f} s, most {max(took):.1f} s; {bad} of {len(took)} are bad")


if __name__ == "__main__":
    main()
