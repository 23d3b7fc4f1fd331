"""A search for instructions in a process of its own, which ends by SIGKILL at a named moment."""

import json
import os
import signal
from pathlib import Path

from pedigree.job import open_job
from pedigree.ledger.ledger import Ledger
from pedigree.workspace import Workspace
from tasks.optimising import search as module
from tasks.optimising.record import make_record
from tests.support.killable_processes import Process
from tests.support.telling_model import Maker, make_searched


def run_search(root: Path, after_round: int = -1, after_answer: int = -1) -> None:
    """Search and write record.json; die when this round is over, or this answer (counted from 1) is in the ledger."""
    end_round, append, stored = module.Searcher._log, Ledger.append, []

    def log(self, trial):
        end_round(self, trial)
        if trial.round == after_round:
            os.kill(os.getpid(), signal.SIGKILL)

    def add(self, completion):
        append(self, completion)
        stored.append(completion)
        if len(stored) == after_answer:
            os.kill(os.getpid(), signal.SIGKILL)

    module.Searcher._log, Ledger.append = log, add  # of this process alone
    job = open_job(Workspace(root), "pets")
    with Ledger(job.workspace.ledger) as ledger:
        record = make_record(job, module.search_instructions.fn(job, ledger))
    (root / "record.json").write_text(json.dumps(record))


def search_once(root: Path, seed: int, *, columns: bool = False, **moment: int) -> tuple[str, int]:
    """Return the record of a search that is killed at a moment, if one is named, and goes on; and the answers given."""
    with Maker(seed, columns=columns) as endpoint:
        folder = make_searched(root, endpoint, seed=seed).workspace.root
        if moment:
            killed = Process(
                run_search, folder, *(moment.get(key, -1) for key in ("after_round", "after_answer")), root=folder
            )
            assert killed.wait() == -signal.SIGKILL, killed.said
            assert not (folder / "record.json").exists()
        whole = Process(run_search, folder, root=folder)
        assert whole.wait() == 0, whole.said
        return (folder / "record.json").read_text(), len(endpoint.requests)
