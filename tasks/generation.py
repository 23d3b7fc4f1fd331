"""Generation: the state that rounds hand on, and the two tables that they leave behind."""

import logging
from collections import Counter

import polars as pl
from prefect import task
from prefect.cache_policies import NO_CACHE

from pedigree import completions
from pedigree.budget import NOTHING, Spending
from pedigree.job import Job
from pedigree.ledger import Ledger
from pedigree.prompts import Press
from pedigree.rounds import Rounds, Stop
from pedigree.seen import Seen
from pedigree.tables import read_table, write_table
from tasks.complete import Completed
from tasks.parse import Parsed
from tasks.screen import Screened

log = logging.getLogger("pedigree")


class Generation:
    """Goes on round after round until every label has its rows, the budget of rounds is used up or nothing improves."""

    def __init__(self, job: Job, ledger: Ledger):
        self.job, self.ledger = job, ledger
        self.rounds, self.press, self.seen = Rounds(job.recipe), Press(job), Seen.for_job(job)
        self.spent = self.paid = NOTHING
        self._prompts: list[pl.DataFrame] = []
        self._completions: list[pl.DataFrame] = []
        self._kept: list[pl.DataFrame] = []
        self._rejects: list[pl.DataFrame] = []
        self._adopt_pulled()

    @property
    def stop(self) -> Stop | None:
        """Return why no further round follows, or None."""
        return self.rounds.stop

    @property
    def kept(self) -> pl.DataFrame:
        """Return the candidates that passed the screens, in the order of curation."""
        return pl.concat(self._kept)

    @property
    def rejects(self) -> pl.DataFrame:
        """Return what did not pass parsing or the screens."""
        return pl.concat(self._rejects)

    def learn(self, completed: Completed, parsed: Parsed, screened: Screened) -> None:
        """Take in what a round came to."""
        self._prompts.append(completed.prompt_table())
        self._completions.append(completed.completion_table())
        self._kept.append(screened.kept)
        self._rejects += [parsed.rejects, screened.rejects]
        self.spent = sum(map(Spending.of, completed.completions), self.spent)
        self.paid += completed.paid
        self.rounds.learn(Counter(screened.kept.select("generator", "label").iter_rows()))
        self._say_round(completed)

    def tables(self) -> dict[str, pl.DataFrame]:
        """Return the tables ``prompts`` and ``completions``."""
        return {"prompts": pl.concat(self._prompts), "completions": pl.concat(self._completions)}

    def _say_round(self, completed: Completed) -> None:
        kept, wanted = sum(self.rounds.kept.values()), self.job.recipe.rows
        paid = completed.paid
        cost = f", {paid.tokens:,} tokens, {paid.usd:.4f} USD" if paid.calls else ""
        log.info(
            "round %d: %d prompts, %d asked for now%s; %s of %s rows pass the screens",
            self.rounds.number, len(completed.prompts), paid.calls, cost, f"{min(kept, wanted):,}", f"{wanted:,}",
        )  # fmt: skip

    def _adopt_pulled(self) -> None:
        """Take the completions of a pulled version into the ledger, so that they are not paid for twice."""
        table = self.job.table("completions")
        if table.is_file():
            pulled = completions.from_frame(read_table(table))
            if adopted := self.ledger.adopt(pulled):
                log.info("%d completions of %s went into the ledger", adopted, table.name)


@task(name="save generation", task_run_name="save generation", cache_policy=NO_CACHE, persist_result=False)
def save_generation(job: Job, generation: Generation) -> None:
    """Write the tables ``prompts`` and ``completions``: all of this dataset's plan as far as it was read."""
    for name, frame in generation.tables().items():
        write_table(frame, job.table(name))
