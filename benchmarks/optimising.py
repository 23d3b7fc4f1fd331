"""Does a search for instructions find the feature that gives rows away: ``python -m benchmarks.optimising [SEEDS]``.

Two models answer on loopback. One writes rows which a word (texts) or the numbers of a column (tables) gives away,
until its instructions name it. The other rewrites instructions, and names the feature in about six of ten rewrites,
only if the question told it (tests/support/telling_model.py). A line for each seed has the area under the curve of the
start and of the chosen round, and whether the chosen instructions name the feature. Before that, searches are killed
(SIGKILL) when each of their rounds is over and at five answers within rounds, and go on: calls that were answered
twice, and whether the record is that of a search that nobody stopped. 20 seeds take some minutes on one core.
"""

import json
import os
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

os.environ.setdefault("OMP_NUM_THREADS", "1")
sys.path.insert(0, str(Path(__file__).parents[1]))

from pedigree.ids import seeded
from pedigree.ledger.ledger import Ledger
from tasks.optimising.search import Search, search_instructions
from tests.support.killed_search import search_once
from tests.support.telling_model import NAMES_IT, Maker, make_searched

KINDS = {"texts": False, "table": True}
SEEDS, ROUNDS, MOMENTS = 20, 5, 5


def search(root: Path, seed: int, *, columns: bool) -> Search:
    """Return one search of five rounds: 20 rows a round, 64 rows of people."""
    with Maker(seed, columns=columns) as endpoint:
        job = make_searched(root, endpoint, seed=seed, rounds=ROUNDS)
        with Ledger(job.workspace.ledger) as ledger:
            return search_instructions.fn(job, ledger)


def try_seeds(seeds: int) -> None:
    """Print a line for each seed, and how many searches found the feature."""
    print(
        "| rows | seed | area of the start | of the chosen | the chosen name the feature | fall on fresh rows (95 %) |"
    )
    print("|---|---:|---:|---:|---|---|")
    good = dict.fromkeys(KINDS, 0)
    for kind, columns in KINDS.items():
        for seed in range(seeds):
            with TemporaryDirectory() as folder:
                found = search(Path(folder), seed, columns=columns)
            start, chosen = found.trials[0], found.chosen
            named, low = NAMES_IT in chosen.instructions, chosen.known < start.known
            good[kind] += named and low
            fall = "no round was better"
            if found.verdict.fall:
                by, ends = found.verdict.fall
                fall = f"{by:.2f} ({ends[0]:+.2f} to {ends[1]:+.2f})"
            scores = f"{start.area.area:.2f} | {chosen.area.area:.2f}"
            print(f"| {kind} | {seed} | {scores} | {'yes' if named else 'no'} | {fall} |", flush=True)
    for kind, count in good.items():
        print(f"{kind}: in {count} of {seeds} seeds the score is better and the chosen instructions name the feature")


def try_kills() -> None:
    """Print what is answered twice, and whether the record is the same, for each moment of a kill."""
    for kind, columns in KINDS.items():
        with TemporaryDirectory() as folder:
            root = Path(folder)
            record, calls = search_once(root / "whole", 1, columns=columns)
            rounds = [one["round"] for one in json.loads(record)["rounds"]]
            inside = sorted(seeded("moments of a kill", kind).sample(range(1, calls), MOMENTS))
            moments = [{"after_round": one} for one in rounds] + [{"after_answer": one} for one in inside]
            twice, same = 0, 0
            for place, moment in enumerate(moments):
                found, answered = search_once(root / str(place), 1, columns=columns, **moment)
                twice, same = twice + answered - calls, same + (found == record)
        print(
            f"{kind}: killed after each of rounds 0 to {rounds[-1]} and after answers {inside} of {calls}: "
            f"{twice} calls answered twice, {same} of {len(moments)} records equal that of a search nobody stopped",
            flush=True,
        )


if __name__ == "__main__":
    try_kills()
    try_seeds(int(sys.argv[1]) if sys.argv[1:] else SEEDS)
