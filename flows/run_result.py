"""What a run came to, for people and for programs."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from prefect.exceptions import CancelledRun
from prefect.runtime import flow_run

from pedigree.dataset.results import GateResults
from pedigree.dataset.run_record import collect_run_facts
from pedigree.errors import RunCancelled
from pedigree.job import Job
from pedigree.versions.publishing import Published
from tasks.curate import Curated
from tasks.generation_state import Generation


@dataclass(frozen=True)
class RunResult:
    """A finished run. ``version`` is the tag it published, or None where nothing changed or nothing was to be published.

    ``usd_now`` is None where a price is not known.
    """

    dataset: str
    rows: int
    rejects: int
    asked_now: int
    held: int
    tokens_now: int
    usd_now: float | None
    stop: str
    warnings: tuple[str, ...]
    version: str | None
    change: str | None
    report: str

    @classmethod
    def of(
        cls, job: Job, generation: Generation, counts: Curated, gates: GateResults, published: Published | None
    ) -> "RunResult":
        """Return the outcome of a run whose steps ended so."""
        return cls(
            dataset=job.dataset,
            rows=counts.train + counts.validation,
            rejects=sum(counts.rejects.values()),
            asked_now=generation.paid.calls,
            held=generation.spent.calls - generation.paid.calls,
            tokens_now=generation.paid.tokens,
            usd_now=generation.usd_now,
            stop=generation.stop.message,
            warnings=tuple(gate.message for gate in gates.warnings),
            version=published.version.tag if published else None,
            change=published.change if published else None,
            report=job.workspace.relative_path(job.folder / "report.html"),
        )


def describe_run(generation: Generation, started: datetime) -> dict[str, Any]:
    """Return what goes into run.json."""
    paid = {"calls": generation.paid.calls, "tokens": generation.paid.tokens, "usd": generation.usd_now}
    return collect_run_facts(started, flow_run.id or None, paid, generation.stop.reason)


@contextmanager
def translate_cancellation() -> Iterator[None]:
    """Raise RunCancelled where a flow that is called inside ends as Cancelled."""
    try:
        yield
    except CancelledRun as error:
        raise RunCancelled(
            str(error), hint="the same command goes on from here: everything received is kept"
        ) from error
