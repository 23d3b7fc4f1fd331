"""How a command ends when a person stops it: ``python benchmarks/interrupts.py [COMMAND...] [options]``.

Starts the command on a pseudo-terminal, presses Ctrl+C (or sends SIGTERM) at moments that a seed draws, and says for
each: the seconds until the prompt is back, the exit status, and the lines that came after. COMMAND is one of
``benchmarks/interrupt_commands.py``; "all" is each of them. The model is an endpoint on loopback whose answers take a
second.

Each command is first run to its end, which tells how long it takes before its first call, while it calls, and after its
last answer. A quarter of the moments lie in each of these three phases at least, evenly spread; one of a command that
calls no model lies anywhere in it. As other work on the machine changes, so do these times: every run corrects them,
and a moment that came after the end is drawn again, up to REDRAWS times.

Bad is: more than 10 s to the prompt; a traceback; another number of lines than one; an exit status other than 130 (143
of SIGTERM); an answer that the ledger lacks though it came a second before the stop; a result file that can't be read,
a temporary file, lock or process that stays behind; a command that only reads and has changed a file. After every
fourth moment (--again N: every Nth) the command is run again to its end: then bad is also a request more than were in
flight, and any difference from the result of a run without a stop.

The moments come in an order that the seed draws, so that the first few (--first) are anywhere in the command.
--to FILE appends a JSON line for each moment, and a further call goes on after the last one; --table FILE prints them.
"""

import argparse
import fcntl
import json
import os
import random
import re
import shutil
import signal
import socket
import statistics
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import polars as pl
from ruamel.yaml import YAML

sys.path.insert(0, str(Path(__file__).parents[1]))

from benchmarks.interrupt_commands import COMMANDS, Command, read_seed, say, write_workspace
from pedigree.ledger.ledger import Ledger
from tests.support.fake_endpoint import Endpoint
from tests.support.repository import Household
from tests.support.terminal import Terminal

LIMIT, WHOLE_SECONDS, REDRAWS = 10.0, 600.0, 6
NOISE = ("Traceback", "Crash detected", "Finished in state", "Error ", "Exception", "Aborted")
PHASES = ("start", "calls", "after")  # before the first call, while calls are made, after the last answer
QUIET = 3.0  # seconds without a call in flight after which a first run counts as done with its calls
RECENT = 1.0  # seconds before the stop; a younger answer may not have been read yet
LEFT_SECONDS = 3.0  # for processes to end after the prompt is back
BARS = ("completions ", "time left: ", "no answer for ")  # how lines of a progress bar begin
BAR = re.compile("[━╸╺]{3}")
STOPPED = {"int": 130, "term": 143}


class Clock(Endpoint):
    """The endpoint; ``answered`` are the times of its answers."""

    def __init__(self) -> None:
        super().__init__(say, seconds=1.0)
        self.answered: list[float] = []

    def _next(self, body: dict[str, Any]) -> dict[str, Any]:
        told = super()._next(body)
        self.answered.append(time.monotonic())
        return told


@dataclass
class Whole:
    """What the command comes to without a stop: seconds by phase, exit status, requests, and its files by name."""

    seconds: dict[str, float]
    status: int | None
    requests: int
    result: dict[str, Any]
    files: dict[str, bytes]


@dataclass(frozen=True)
class Stopped:
    """What one stop came to."""

    command: str
    moment: int
    how: str
    phase: str
    after: float  # seconds after the phase began
    redrawn: int
    load: float
    step: str = ""
    seconds: float = 0.0
    status: int | None = None
    text: str = ""
    in_flight: int = 0
    faults: list[str] = field(default_factory=list)
    again: bool = False
    late: bool = False  # every draw came after the end


def read_result(root: Path) -> dict[str, Any]:
    """Return what a command is for, in a form that a later run must equal: row ids, recipes, tags."""
    found: dict[str, Any] = {}
    for path in sorted([*root.glob("data/*/*.parquet"), *root.glob(".pedigree/**/data/*/*.parquet")]):
        if path.name in ("train.parquet", "validation.parquet"):
            found[str(path.relative_to(root))] = sorted(pl.read_parquet(path)["row_id"])
    for path in root.glob("recipes/*.yaml"):
        recipe = YAML(typ="safe").load(path.read_text(encoding="utf-8"))
        found[path.name] = re.sub(r"127.0.0.1:\d+", "", json.dumps(recipe, sort_keys=True, default=str))
    found["tags"] = sorted(path.name for path in (root / ".git/refs/tags").rglob("*") if path.is_file())
    return found


def read_files(root: Path) -> dict[str, bytes]:
    """Return the files of a workspace by name, without those that only programs read; tags and branches are some."""
    hidden = (".git", ".dvc", ".pedigree")
    paths = [path for place in root.iterdir() if place.name not in hidden for path in [place, *place.rglob("*")]]
    paths += [*(root / ".git/refs").rglob("*"), *(root / ".pedigree/evaluations").rglob("*")]
    return {str(path.relative_to(root)): path.read_bytes() for path in paths if path.is_file()}


def find_broken(root: Path) -> list[str]:
    """Return what a stop left that it must not: files that can't be read, temporary files, locks."""
    found = [f"{path.relative_to(root)} left" for path in root.rglob(".*.tmp")]
    places = [root / "data", root / "recipes", root / ".pedigree", *root.glob("exported"), root / "dvc.lock"]
    for path in [each for place in places for each in ([place] if place.is_file() else place.rglob("*"))]:
        with suppress(FileNotFoundError):
            try:
                if path.suffix == ".json":
                    json.loads(path.read_bytes())
                elif path.suffix == ".jsonl":
                    [json.loads(line) for line in path.read_bytes().splitlines()]
                elif path.suffix == ".parquet":
                    pl.read_parquet(path)
                elif path.suffix in (".yaml", ".lock") and path.stat().st_size and path.parent.name != "locks":
                    YAML(typ="safe").load(path.read_text(encoding="utf-8"))
                elif path.parent.name == "locks" and not _is_free(path):
                    found.append(f"{path.name} held")
            except Exception as error:
                found.append(f"{path.relative_to(root)} can't be read: {error}"[:200])
    found += [f"{path.relative_to(root)} left" for path in (root / ".git").rglob("*.lock")]
    if (held := root / ".dvc/tmp/rwlock").is_file() and any(
        map(json.loads(held.read_text() or "{}").get, ("read", "write"))
    ):
        found.append(".dvc/tmp/rwlock held")
    return found + [f"{path.name} left" for path in (root.parent / "tmp").glob("pedigree-*")]


def _is_free(path: Path) -> bool:
    with path.open("rb+") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
    return True


def end_processes(root: Path) -> list[str]:
    """Return the processes that run LEFT_SECONDS after the prompt was back; their Prefect home tells them."""
    until, mark = time.monotonic() + LEFT_SECONDS, f"PREFECT_HOME={root.parent / 'prefect'}".encode()
    while running := [
        pid for pid in [int(one.name) for one in Path("/proc").iterdir() if one.name.isdigit()] if _has(pid, mark)
    ]:
        if time.monotonic() > until:
            break
        time.sleep(0.1)
    told = []
    for pid in running:
        with suppress(OSError):
            words = Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
            told.append(f"process left: {words[:100]}")
            os.kill(pid, signal.SIGKILL)
    return told


def _list_processes() -> list[int]:
    return [int(place.name) for place in Path("/proc").iterdir() if place.name.isdigit()]


def _has(pid: int, mark: bytes) -> bool:
    try:
        return mark in Path(f"/proc/{pid}/environ").read_bytes()
    except OSError:
        return False


class Bench:
    """The workspaces and whole runs of one command after another, against one endpoint."""

    def __init__(self, endpoint: Clock, folder: Path):
        self.endpoint, self._folder = endpoint, folder
        self._made: dict[tuple[str, ...], Path] = {}

    def prepare(self, needs: tuple[str, ...]) -> Path:
        """Return a workspace in which these commands were run."""
        if needs not in self._made:
            made = self._folder / "-".join(("made", *needs)) / "w"
            if needs:
                before = self.prepare(needs[:-1])
                shutil.copytree(before.parent, made.parent, symlinks=True)
                Household(made).set_remote(made.parent / "remote", local=True)
                terminal = self.start(made, COMMANDS[needs[-1]])
                terminal.read(WHOLE_SECONDS)
                terminal.close()
                assert terminal.status == 0, f"{needs[-1]}: {terminal.screen}"
            else:
                made.parent.mkdir(parents=True)
                write_workspace(made, self.endpoint.url)
            self._made[needs] = made
        return self._made[needs]

    @contextmanager
    def copy(self, needs: tuple[str, ...]) -> Iterator[Path]:
        """Yield a copy of such a workspace, with its Prefect home and DVC remote beside it."""
        made = self.prepare(needs)
        with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
            root = shutil.copytree(made.parent, Path(folder) / "copy", symlinks=True) / "w"
            Household(root).set_remote(root.parent / "remote", local=True)
            try:
                yield root
            finally:
                end_processes(root)

    def start(self, root: Path, command: Command) -> Terminal:
        """Start a command in a workspace, with a Prefect home and a folder for temporary files of its own."""
        environment = {name: value for name, value in os.environ.items() if not name.startswith("PREFECT_")}
        (temporary := root.parent / "tmp").mkdir(exist_ok=True)
        environment |= {"PREFECT_HOME": str(root.parent / "prefect"), "TMPDIR": str(temporary)}
        environment |= {"OPENAI_API_KEY": "none", "TERM": "xterm", "COLUMNS": "120"}
        words = [word.replace("{seed}", read_seed(root)) if "{" in word else word for word in command.words]
        words = [str(_find_port()) if word == "{port}" else word for word in words]
        return Terminal(root, *words, environment=environment)

    def run_whole(self, command: Command) -> Whole:
        """Run a command without a stop; one that waits for ever is stopped once it has said so."""
        with self.copy(command.needs) as root:
            asked, terminal = len(self.endpoint.requests), self.start(root, command)
            marks = [terminal.began]
            for phase in ("calls", "after") if command.pays else ():
                self.read_phase(terminal, phase, asked, None)
                marks.append(time.monotonic() - (QUIET if phase == "after" else 0))
            if command.says:
                terminal.read_until(command.says, WHOLE_SECONDS)
                terminal.read(2.0)
                marks.append(time.monotonic())
                terminal.press_ctrl_c()
            terminal.read(WHOLE_SECONDS)
            marks.append(time.monotonic()) if not command.says else None
            terminal.close()
            if terminal.status not in (0, 1, *command.statuses):
                raise SystemExit(f"{command.words} ended with {terminal.status}: {terminal.screen}")
            seconds = {phase: max(0.3, b - a) for phase, a, b in zip(PHASES, marks, marks[1:], strict=False)}
            requests = len(self.endpoint.requests) - asked
            return Whole(seconds, terminal.status, requests, read_result(root), read_files(root))

    def read_phase(self, terminal: Terminal, phase: str, asked: int, requests: int | None) -> bool:
        """Read until a phase begins; return whether the command still runs. Without ``requests``, the last call is
        that after which none was in flight for QUIET seconds."""
        quiet = time.monotonic()
        while terminal.status is None:
            made = len(self.endpoint.requests) - asked
            if not made or self.endpoint.in_flight:
                quiet = time.monotonic()
            done = made >= requests if requests else time.monotonic() - quiet > QUIET
            if (
                phase == "start"
                or (phase == "calls" and made)
                or (phase == "after" and done and not self.endpoint.in_flight)
            ):
                return True
            terminal.read(0.02)
        return False

    def stop(self, name: str, whole: Whole, number: int, given: argparse.Namespace) -> Stopped:
        """Stop a command at its moment of a number; draw it again if it came after the end."""
        for redrawn in range(REDRAWS):
            phase, after = draw_moment(whole, number, given, f"{name} {redrawn}")
            told = {"how": given.how, "phase": phase, "after": round(after, 2), "redrawn": redrawn}
            found = self._stop_at(name, whole, {"command": name, "moment": number, **told}, given)
            if not found.late:
                return found
        return found

    def _stop_at(self, name: str, whole: Whole, told: dict[str, Any], given: argparse.Namespace) -> Stopped:
        command, endpoint, phase = COMMANDS[name], self.endpoint, told["phase"]
        told["load"] = round(os.getloadavg()[0], 1)
        with self.copy(command.needs) as root:
            while endpoint.in_flight:  # of the command before
                time.sleep(0.05)
            before, asked, terminal = read_files(root), len(endpoint.requests), self.start(root, command)
            held = len(Ledger(root / ".pedigree/ledger"))
            try:
                began = terminal.began
                for one in PHASES[: PHASES.index(phase) + 1]:
                    if one != "start":
                        runs = self.read_phase(terminal, one, asked, whole.requests)
                        whole.seconds[PHASES[PHASES.index(one) - 1]] = max(0.3, time.monotonic() - began)
                        began = time.monotonic()
                        if not runs:
                            return Stopped(**told, late=True)
                if not terminal.read(told["after"]):
                    whole.seconds[phase] = max(0.3, time.monotonic() - began)
                    return Stopped(**told, late=True)
                written, step = len(terminal.screen), find_step(root, terminal.screen)
                pressed = time.monotonic()
                in_flight = endpoint.in_flight + sum(one > pressed - RECENT for one in endpoint.answered[asked:])
                answered = len(endpoint.requests) - asked - in_flight
                terminal.press_ctrl_c() if given.how == "int" else terminal.signal(signal.SIGTERM)
                if given.twice is not None and terminal.read(given.twice):
                    terminal.press_ctrl_c() if given.how == "int" else terminal.signal(signal.SIGTERM)
                terminal.read(60.0)
                seconds, text = time.monotonic() - pressed, terminal.screen[written:]
            finally:
                terminal.close()
            if terminal.status == whole.status and not find_lines(text):  # it ended just then
                return Stopped(**told, late=True)
            status = 128 - terminal.status if (terminal.status or 0) < 0 else terminal.status  # as a shell tells it
            faults = [*end_processes(root), *find_broken(root), *find_noise(text, seconds, command)]
            if status not in (STOPPED[given.how], *command.statuses):
                faults.append(f"exit status {status}")
            if (lost := answered - (len(Ledger(root / ".pedigree/ledger")) - held)) > 0:
                faults.append(f"{lost} answers lost")
            if command.reads:
                faults += find_changes(before, read_files(root), whole.files, command)
            told |= {"step": step, "seconds": round(seconds, 2), "status": status, "text": text, "in_flight": in_flight}
            if again := bool(given.again) and not command.says and told["moment"] % given.again == 0:
                faults += self._run_again(root, command, asked, in_flight, whole)
            return Stopped(**told, faults=faults, again=again)

    def _run_again(self, root: Path, command: Command, asked: int, in_flight: int, whole: Whole) -> list[str]:
        """Run a stopped command to its end, and return what differs from a run that nobody stopped."""
        terminal = self.start(root, command)
        terminal.read(WHOLE_SECONDS)
        terminal.close()
        further, faults = len(self.endpoint.requests) - asked - whole.requests, []
        if further > in_flight:
            faults.append(f"again: {further} more requests than a run without a stop, {in_flight} were in flight")
        if terminal.status != whole.status:
            faults.append(f"again: exit status {terminal.status}: {terminal.screen[-500:]}")
        result = read_result(root)
        if differ := [name for name in {**result, **whole.result} if result.get(name) != whole.result.get(name)]:
            faults.append(f"again: other {', '.join(differ)}")
        return faults


def _find_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as bound:
        return bound.getsockname()[1]


def draw_moment(whole: Whole, number: int, given: argparse.Namespace, chance: str) -> tuple[str, float]:
    """Return the phase of a moment and the seconds after it began."""
    phases = [*whole.seconds]
    if len(phases) == 1:
        phase, place, many = phases[0], number, given.moments
    else:  # a quarter in each, the rest where most time passes
        each = max(1, given.moments // 4)
        counts = dict.fromkeys(phases, each)
        counts[max(phases, key=lambda one: given.longest.get(one, 0.0))] += given.moments - each * len(phases)
        place = number
        for phase in phases:
            if place < counts[phase]:
                break
            place -= counts[phase]
        many = counts[phase]
    share = (place + random.Random(f"{given.seed} {number} {chance}").random()) / many
    return phase, max(0.1, share * whole.seconds[phase])


def find_step(root: Path, screen: str) -> str:
    """Return how far a command got: the file of the workspace that was written last, or that it has said nothing."""
    places = [*root.glob("data/*/*"), *root.glob(".git/refs/tags/*"), *root.glob(".pedigree/*/*/*")]
    times = [(path.stat().st_mtime, path.name) for path in places if path.is_file()]
    said = " ".join(screen.strip().splitlines()[-1:])[:60]
    newest = max(times, default=(0.0, "nothing"))
    return f"{newest[1] if time.time() - newest[0] < 600 else 'nothing'}; {said}"


def find_lines(text: str) -> list[str]:
    """Return the lines that a command wrote after the stop, without those of a progress bar."""
    lines = [line.strip() for line in text.rpartition("^C")[2].splitlines()]  # the terminal shows the pressed keys so
    return [line for line in lines if line and not line.startswith(BARS) and not BAR.search(line)]


def find_noise(text: str, seconds: float, command: Command) -> list[str]:
    """Return what a person must not meet: a long wait, a traceback, no line or more than one."""
    lines, faults = find_lines(text), []
    faults += [f"{seconds:.1f} s to the prompt"] if seconds > LIMIT else []
    faults += [f"says {word}" for word in NOISE if word in text]
    if not command.says and len(lines) != 1:
        faults.append(f"{len(lines)} lines")
    return faults


def find_changes(
    before: dict[str, bytes], after: dict[str, bytes], whole: dict[str, bytes], command: Command
) -> list[str]:
    """Return the files that a command which reads has changed, and those of its own that are not whole."""
    changed = [name for name in {**before, **after} if before.get(name) != after.get(name)]
    own = [name for name in changed if any(one.rstrip("/") in name for one in command.writes)]
    faults = [f"{name} changed" for name in changed if name not in own]
    # Times and addresses may differ, so that the length is what tells a part from the whole.
    faults += [f"{name} is a part" for name in own if len(after.get(name, b"")) != len(whole.get(name, b""))]
    folders = [one for one in command.writes if one.endswith("/")]
    for folder in folders:
        have, want = ({name for name in files if name.startswith(folder)} for files in (after, whole))
        if have - {*before} and have != want:
            faults.append(f"{folder} has {len(have)} of {len(want)} files")
    return faults


def measure(bench: Bench, name: str, given: argparse.Namespace, done: set[int]) -> Iterator[Stopped]:
    """Stop a command at each of its moments that is not done, and yield each."""
    order = random.Random(given.seed).sample(range(given.moments), given.moments)
    left = [number for number in order[: given.first] if number not in done]
    if not left:
        return
    command = COMMANDS[name]
    whole = bench.run_whole(command)
    given.longest = {phase: 1.0 if phase == "after" else 0.0 for phase in PHASES}
    if whole.seconds.get("calls", 0.0) > 2 * whole.seconds.get("after", 0.0):
        given.longest = {"calls": 1.0}
    shown = ", ".join(f"{phase} {took:.1f} s" for phase, took in whole.seconds.items())
    print(f"{name}: {shown}; {whole.requests} requests, exit status {whole.status}", flush=True)
    for number in left:
        yield bench.stop(name, whole, number, given)


def print_table(found: list[dict[str, Any]]) -> None:
    """Print a line for each command and way of stopping."""
    print("| command | by | moments | median s to the prompt | most | exit status | run again | bad |")
    print("|---|---|---:|---:|---:|---:|---:|---:|")
    for command, how in dict.fromkeys((one["command"], one["how"]) for one in found):
        all_of = [one for one in found if (one["command"], one["how"]) == (command, how)]
        of = [one for one in all_of if not one["late"]]
        took = [one["seconds"] for one in of] or [0.0]
        statuses = ", ".join(map(str, sorted({one["status"] for one in of})))
        cells = [f"`{command}`", {"int": "Ctrl+C", "term": "SIGTERM"}[how], len(of), f"{statistics.median(took):.1f}"]
        cells += [f"{max(took):.1f}", statuses, sum(one["again"] for one in of), sum(bool(one["faults"]) for one in of)]
        print(f"| {' | '.join(map(str, cells))} |" + f" {len(all_of) - len(of)} too late" * (len(of) < len(all_of)))
    loads = [one["load"] for one in found] or [0.0]
    print(f"\nload {min(loads):.1f} to {max(loads):.1f}, median {statistics.median(loads):.1f}")


def main() -> None:
    """Measure as the command line says."""
    parser = argparse.ArgumentParser()
    parser.add_argument("command", nargs="*", default=["run"])
    parser.add_argument("--moments", type=int, default=20)
    parser.add_argument("--first", type=int, help="only so many of them; a further call with --to makes the others")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--how", choices=("int", "term"), default="int")
    parser.add_argument("--twice", type=float, help="seconds after which it is stopped again")
    parser.add_argument("--again", type=int, default=4, help="every Nth stopped command is run again; 0: none")
    parser.add_argument("--to", type=Path, help="file of results, one JSON line for each moment")
    parser.add_argument("--table", type=Path, nargs="+", help="only print the table of such files")
    given = parser.parse_args()
    if given.table:
        print_table([json.loads(line) for path in given.table for line in path.read_text().splitlines()])
        return
    names, found = [*COMMANDS] if given.command == ["all"] else given.command, []
    if given.to and given.to.is_file():
        found = [json.loads(line) for line in given.to.read_text().splitlines()]
    with Clock() as endpoint, tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        bench = Bench(endpoint, Path(folder))
        for name in names:
            done = {one["moment"] for one in found if (one["command"], one["how"]) == (name, given.how)}
            for one in measure(bench, name, given, done):
                found.append(asdict(one))
                if given.to:
                    with given.to.open("a", encoding="utf-8") as file:
                        file.write(json.dumps(found[-1]) + "\n")
                print(
                    f"{'BAD ' if one.faults else ''}{name} {one.moment}: {one.phase} + {one.after} s, {one.seconds} s, "
                    f"status {one.status}, load {one.load}, {one.step}: {one.faults} {one.text.strip()[-600:]}",
                    flush=True,
                )
    print_table(found)


if __name__ == "__main__":
    main()
