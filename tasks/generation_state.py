"""Generation: the state shared by the rounds, and the two tables they produce."""

import logging
from collections.abc import Mapping

import polars as pl

from pedigree.dataset import schemas
from pedigree.dataset.schemas import read_table, write_table
from pedigree.generation.batch_result import BatchResult
from pedigree.generation.budget import NO_USAGE, Usage, sum_budget_usage
from pedigree.generation.cost_forecast import CallStatistics, forecast_remaining
from pedigree.generation.prompt_builder import PromptBuilder
from pedigree.generation.rounds import Rounds, StopReason
from pedigree.generation.verdict_prompts import VerdictPrompts
from pedigree.job import Job
from pedigree.ledger import completion
from pedigree.ledger.ledger import Ledger
from pedigree.metrics.screen_embedder import open_checker
from pedigree.models.addresses import note_addresses
from pedigree.models.gateway import remote_generators
from pedigree.models.pacing.endpoint import Endpoints
from tasks.judging.judge import Judged
from tasks.parse import Parsed
from tasks.screen import Screened
from tasks.ui.progress import LiveProgress
from tasks.ui.step import step

MIN_CALLS = 3  # fewer calls without a row may be bad luck

log = logging.getLogger("pedigree")


class Generation:
    """Goes on round after round until every label has its rows, the budget of rounds is used up or nothing improves."""

    def __init__(self, job: Job, ledger: Ledger):
        self.job, self.ledger = job, ledger
        self.rounds = Rounds.for_job(job)
        self.builder = PromptBuilder(job, self.rounds.failures)
        self.verdict_prompts = VerdictPrompts(job)
        self.duplicates = open_checker(job)
        self.endpoints = Endpoints(job)
        self.statistics = CallStatistics(job)
        self.live = LiveProgress(
            job, lambda generator: self.statistics.estimate(generator).rows_kept.value, self.rounds.kept
        )
        self.spent = self.paid = NO_USAGE
        self._no_rows: StopReason | None = None
        self._prompts: list[pl.DataFrame] = [pl.DataFrame(schema=schemas.PROMPTS)]
        self._completions: list[pl.DataFrame] = [pl.DataFrame(schema=schemas.COMPLETIONS)]
        self._kept: list[pl.DataFrame] = [job.screen_real_rows().rows]
        self._rejects: list[pl.DataFrame] = [job.screen_real_rows().rejects]
        self._adopt_pulled()
        note_addresses(job.workspace.state, remote_generators(job.recipe.asked_models), has_answers=len(ledger) > 0)

    @property
    def stop(self) -> StopReason | None:
        """Return why no further round follows, or None.

        A run in which a first round was paid for and brought no row stops; the next run tries one round more.
        """
        return self.rounds.stop or self._no_rows

    @property
    def finished_rounds(self) -> int:
        """Return how many rounds were finished."""
        return len(self._kept) - 1  # the first entry is the real rows

    @property
    def usd_now(self) -> float | None:
        """Return what was paid just now, in USD; None where a price is not known."""
        known = self.statistics.prices_known or not self.paid.calls
        return round(self.paid.usd, 6) if known else None

    @property
    def kept(self) -> pl.DataFrame:
        """Return the real rows, then the candidates that passed the screens, in the order of curation."""
        return pl.concat(self._kept, how="diagonal")

    @property
    def rejects(self) -> pl.DataFrame:
        """Return the real rows that do not enter, then what did not pass parsing or the screens."""
        return pl.concat(self._rejects)

    def count_spent(self, completed: BatchResult) -> Usage:
        """Return what is spent of the budget with the answers of a round that is not recorded yet."""
        return self.spent + sum_budget_usage(completed.prompts, completed.completions, self.endpoints.budget_price)

    def record(self, completed: BatchResult, parsed: Parsed, screened: Screened, judged: Judged | None = None) -> None:
        """Record the results of a round; ``judged`` is None for a recipe without judges."""
        completed = completed.extend(judged.answers) if judged else completed
        passed = judged.kept if judged else screened.kept
        self._prompts.append(completed.prompt_table())
        self._completions.append(completed.completion_table())
        self._kept.append(passed)
        self._rejects += [parsed.rejects, screened.rejects, *([judged.rejects] if judged else [])]
        self.spent = self.count_spent(completed)
        self.paid += completed.paid
        counts = self.job.count_kept(passed)
        self.statistics.record(completed.prompts, completed.completions, counts[0])  # no review waits for later rows
        self.rounds.record(*counts, rows=passed)
        self._note_no_rows(completed)
        self.live.end_round(self.rounds.kept)
        self._log_round(completed)
        if self.stop is None:
            self._log_outlook()

    def _note_no_rows(self, completed: BatchResult) -> None:
        """Stop the run if calls were paid for in this round and no round brought a row."""
        remote = remote_generators(self.job.recipe.asked_models)
        brought = any(part.height for part in self._kept[1:])  # the first entry is the real rows
        if remote and completed.paid.calls and self.paid.calls >= MIN_CALLS and not brought:
            found = f"{self.paid.calls:,} calls brought no row; no further round is paid for in this run"
            self._no_rows = StopReason("no-rows", found)
            log.warning("round %d: %s", self.rounds.number, found)

    def tables(self) -> dict[str, pl.DataFrame]:
        """Return the tables ``prompts`` and ``completions``."""
        return {"prompts": pl.concat(self._prompts), "completions": pl.concat(self._completions)}

    def _format_spending(self, spent: Usage) -> str:
        tokens = f"{spent.tokens:,} tokens" if self.statistics.tokens_known else "tokens unknown"
        return f"{tokens}, {spent.usd:.4f} USD" if self.statistics.prices_known else f"{tokens}, cost unknown"

    def _log_round(self, completed: BatchResult) -> None:
        kept = format_kept(self.rounds.kept, self.job.recipe.stratum_targets)
        paid = completed.paid
        cost = f", {self._format_spending(paid)}" if paid.calls else ""
        log.info(
            "round %d: %d prompts, %d asked for now%s; %s",
            self.rounds.number, len(completed.prompts), paid.calls, cost, kept,
        )  # fmt: skip
        if self.rounds.failures:
            log.info("failures: %s", self.rounds.failures.describe_last())

    def _log_outlook(self) -> None:
        whole = self.spent + forecast_remaining(self.rounds, self.statistics)
        log.info(
            "so far: %s calls, %s; expected in all: %s calls, %s",
            f"{self.spent.calls:,}",
            self._format_spending(self.spent),
            f"{whole.calls:,}",
            self._format_spending(whole),
        )

    def _adopt_pulled(self) -> None:
        """Take the completions of a pulled version into the ledger, so that they are not paid for twice."""
        table = self.job.table("completions")
        if table.is_file():
            pulled = completion.from_frame(read_table(table))
            if adopted := self.ledger.append_missing(pulled):
                log.info("%d completions of %s went into the ledger", adopted, table.name)


@step("save generation", "save the answers")
def save_generation(job: Job, generation: Generation) -> None:
    """Write the tables ``prompts`` and ``completions``: all of this dataset's plan as far as it was read."""
    for name, frame in generation.tables().items():
        write_table(frame, job.table(name))


def format_kept(kept: Mapping[str, int], targets: Mapping[str, int]) -> str:
    """Return how many of the wanted rows are kept, and how many more passed than their labels need."""
    useful = sum(min(rows, targets[label]) for label, rows in kept.items())
    surplus = sum(kept.values()) - useful
    told = f"; {surplus:,} more than their labels need" if surplus else ""
    return f"{useful:,} of {sum(targets.values()):,} rows are kept{told}"
