"""Shows a run's progress while models are called: artifacts on its page, and log lines."""

import logging
import time
from collections.abc import Callable, Generator, Iterable, Mapping
from contextlib import contextmanager
from types import MappingProxyType

from pedigree.errors import RunCancelled, ServerLost, StoppedError
from pedigree.generation.cost_forecast import YIELD
from pedigree.generation.progress import Progress
from pedigree.generation.prompts import Prompt
from pedigree.job import Job
from pedigree.recipe import generator as recipe_generator
from pedigree.report.markdown import escape_markdown, write_table
from pedigree.system import interrupt
from tasks.ui.page import RunPage

LOST_AFTER = 8.0  # seconds without a server, which is then taken as gone
SHOW_EVERY, CHECK_EVERY, LOG_EVERY = 2.0, 2.0, 10.0  # seconds
LOG_BATCHES_EVERY = 60.0  # seconds, while batches are waited for, which may take a day
LABELS = ("label", "wanted", "kept so far", "expected from this round", "answers in this round", "calls in this round")

log = logging.getLogger("pedigree")


class LiveProgress:
    """The progress of a run, on its page and in its log."""

    def __init__(
        self,
        job: Job,
        yield_of: Callable[[recipe_generator.Generator], float] = lambda generator: YIELD,
        real_rows: Mapping[str, int] = MappingProxyType({}),
    ):
        """Begin before the first round; ``real_rows`` is their number by label."""
        self.progress = Progress(job.recipe, real_rows=real_rows)
        self._dataset, self._yield_of = job.dataset, yield_of
        self._page = RunPage(live=True)
        self._shown_at = self._checked_at = self._logged_at = 0.0
        self._silent = False  # as it was last looked at

    @contextmanager
    def begin_round(self, held: Iterable[Prompt], waiting: Iterable[Prompt]) -> Generator[None]:
        """Count a round within the block; an error that stops the run is shown on the page."""
        self.progress.begin_round(held, waiting, self._yield_of)
        self._shown_at, self._checked_at, self._logged_at = 0.0, time.monotonic(), time.monotonic()
        with self._page.open():
            try:
                yield
            except StoppedError as error:
                self._show(None, stopped=error.found)
                raise

    def update(self, in_flight: int) -> None:
        """Show and log progress when due; raise RunCancelled if the run was cancelled."""
        now = time.monotonic()
        batches = bool(self.progress.batches())
        fell_silent = self.progress.is_silent and not self._silent and not batches
        self._silent = self.progress.is_silent
        if now - self._logged_at >= (LOG_BATCHES_EVERY if batches else LOG_EVERY) or fell_silent:
            self._logged_at = now
            log.info("%s; %s", self.progress.format_calls(in_flight), self.progress.receipt.format_usage())
        if now - self._shown_at >= SHOW_EVERY:
            self._shown_at = now
            self._show(in_flight)
        if now - self._checked_at >= CHECK_EVERY:
            self._checked_at = now
            cancelled = self._page.is_cancelled()
            if self._page.refused_for >= LOST_AFTER:
                lost = f"the Prefect server at {self._page.address} does not answer any more; nothing more is sent"
                interrupt.stop_soon(lost, ServerLost.exit_status)
                raise ServerLost(lost, hint="start it again and run the same command: everything received is kept")
            if cancelled:
                raise RunCancelled(
                    "the run was cancelled; no further requests are sent",
                    hint="all answers are kept; run again to continue",
                )

    def end_round(self, kept: dict[str, int]) -> None:
        """Show the rows kept after a round."""
        self.progress.end_round(kept)
        with self._page.open():
            self._show(None)

    def _show(self, in_flight: int | None, stopped: str | None = None) -> None:
        progress, ended = self.progress, in_flight is None and stopped is None
        calls = [] if ended else [progress.format_calls(in_flight)]
        lines = [progress.format_rows(), *calls, progress.receipt.format_usage()]
        if stopped is not None:
            lines.insert(0, f"stopped: {escape_markdown(stopped)}")
        summary = "\n".join(f"- {line}" for line in lines)
        self._page.put_artifact(f"{self._dataset}-progress", "progress", progress.percent, summary)
        table = write_table(
            LABELS,
            (
                [one.label, *(f"{n:,}" for n in (one.wanted, one.kept, one.expected, one.answered, one.calls))]
                for one in progress.list_labels()
            ),
        )
        title = f"## {'After round' if ended else 'Round'} {progress.round}"
        self._page.put_artifact(
            f"{self._dataset}-rows",
            "markdown",
            f"{title}\n\n{summary}\n\n{table}\n",
            "Rows by label, while models are asked",
        )
