"""Live: what a run says of itself while models are asked: artifacts on its page, and a line now and then."""

import logging
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from types import MappingProxyType

from pedigree.errors import RunCancelled, StoppedError
from pedigree.generation.cost_forecast import YIELD
from pedigree.generation.progress import Progress
from pedigree.generation.prompts import Prompt
from pedigree.job import Job
from pedigree.recipe.generator import Generator
from pedigree.report.markdown import escape_markdown, write_table
from tasks.ui.page import RunPage

SHOWN_EVERY, LOOKED_EVERY, SAID_EVERY = 2.0, 2.0, 10.0  # seconds
LABELS = ("label", "wanted", "kept so far", "expected of this round", "answers this round", "calls this round")

log = logging.getLogger("pedigree")


class LiveProgress:
    """The headway of a run, on its page and in its log."""

    def __init__(
        self,
        job: Job,
        yield_of: Callable[[Generator], float] = lambda generator: YIELD,
        there: Mapping[str, int] = MappingProxyType({}),
    ):
        """Begin before the first round; ``there`` counts the real rows of each label."""
        self.headway = Progress(job.recipe, there=there)
        self._dataset, self._yield_of = job.dataset, yield_of
        self._page = RunPage()
        self._shown = self._looked = self._said = 0.0

    @contextmanager
    def begin_round(self, held: Iterable[Prompt], waiting: Iterable[Prompt]) -> Iterator[None]:
        """Count a round inside, and show how it ended; an error that stops the run stands on the page."""
        self.headway.begin_round(held, waiting, self._yield_of)
        self._shown, self._looked, self._said = 0.0, time.monotonic(), time.monotonic()
        with self._page.open():
            try:
                yield
            except StoppedError as error:
                self._show(None, stopped=error.found)
                raise

    def tend(self, in_flight: int) -> None:
        """Show and say where it is time to; raise RunCancelled where somebody has cancelled the run."""
        now = time.monotonic()
        if now - self._said >= SAID_EVERY:
            self._said = now
            log.info("%s; %s", self.headway.format_calls(in_flight), self.headway.format_usage())
        if now - self._shown >= SHOWN_EVERY:
            self._shown = now
            self._show(in_flight)
        if now - self._looked >= LOOKED_EVERY:
            self._looked = now
            if self._page.is_cancelled():
                raise RunCancelled(
                    "the run was cancelled: nothing more is asked for",
                    hint="everything received is kept: a further run goes on from here",
                )

    def end_round(self, kept: dict[str, int]) -> None:
        """Show the rows that are there now."""
        self.headway.end_round(kept)
        with self._page.open():
            self._show(None)

    def _show(self, in_flight: int | None, stopped: str | None = None) -> None:
        headway, ended = self.headway, in_flight is None and stopped is None
        calls = [] if ended else [headway.format_calls(in_flight)]
        lines = [headway.format_rows(), *calls, headway.format_usage()]
        if stopped is not None:
            lines.insert(0, f"stopped: {escape_markdown(stopped)}")
        said = "\n".join(f"- {line}" for line in lines)
        self._page.put(f"{self._dataset}-progress", "progress", headway.percent, said)
        table = write_table(
            LABELS,
            (
                [one.label, *(f"{n:,}" for n in (one.wanted, one.kept, one.expected, one.answered, one.calls))]
                for one in headway.list_labels()
            ),
        )
        title = f"## {'After round' if ended else 'Round'} {headway.round}"
        self._page.put(f"{self._dataset}-rows", "markdown", f"{title}\n\n{said}\n\n{table}\n", "Rows, label by label")
