"""The result of a run, for the command line, for JSON output and for run.json."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, ParamSpec, TypeVar

from prefect.client.schemas.objects import State
from prefect.exceptions import CancelledRun
from prefect.runtime import flow_run

from flows.own_server import start_own_server
from pedigree.dataset.label_evidence import collect_label_facts
from pedigree.dataset.results import GateResults
from pedigree.dataset.run_record import collect_run_facts
from pedigree.errors import RunCancelled
from pedigree.generation.rounds import StopReason
from pedigree.job import Job
from pedigree.metrics.llm_diversity.sentences import tell_diversity
from pedigree.report.run_artifacts import name_unread
from pedigree.versions.publishing import Published
from tasks.curate import Curated
from tasks.generation_state import Generation

P = ParamSpec("P")
R = TypeVar("R")


@dataclass(frozen=True)
class RunResult:
    """A finished run. ``version`` is the published tag; None if the content is unchanged or publishing was off.

    ``asked_now``, ``tokens_now`` and ``usd_now`` count this run's calls, ``held`` the completions from the ledger.
    ``usd_now`` is None if a price is unknown. ``labels_checked`` is what is known of the labels. ``weights`` says what
    was decided about the weights of rows; None where the recipe asks for none, and so with
    ``diversity``, what a model says of the rows.
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
    labels_checked: dict[str, Any]
    weights: str | None = None
    diversity: str | None = None
    unread: int = 0  # of the rejects: answers, or parts of them, without a whole row; they are no candidates

    @property
    def rejects_told(self) -> str:
        """Return the number of rejects, and how many of them are no candidates, as text."""
        rejects = f"{self.rejects:,} rejects"
        return rejects + (f" ({self.unread:,} of them {name_unread(self.unread)})" if self.unread else "")

    @classmethod
    def of(
        cls,
        job: Job,
        generation: Generation,
        counts: Curated,
        gates: GateResults,
        published: Published | None,
        metrics: dict[str, Any],
    ) -> "RunResult":
        """Return the result of a run from those of its steps."""
        return cls(
            dataset=job.dataset,
            rows=counts.train + counts.validation,
            rejects=sum(counts.rejects.values()),
            unread=generation.rejects["row_id"].null_count(),
            asked_now=generation.paid.calls,
            held=generation.spent.calls - generation.paid.calls,
            tokens_now=generation.paid.tokens,
            usd_now=generation.usd_now,
            stop=_get_stop(generation).message,
            warnings=tuple(gate.message for gate in gates.warnings),
            version=published.version.tag if published else None,
            change=published.change if published else None,
            report=job.workspace.relative_path(job.folder / "report.html"),
            labels_checked=collect_label_facts(gates),
            weights=(metrics.get("weights") or {}).get("line"),
            diversity=next(iter(tell_diversity(metrics.get("llm_diversity"))), None),
        )


def describe_result(result: RunResult) -> dict[str, str]:
    """Return what a finished run brought, for people: its figures by name."""
    return {
        "version": result.version or "none new, the content equals that of the last one",
        "rows": f"{result.rows:,}",
        "rejects": result.rejects_told,
        "labels": " ".join(result.labels_checked["sentences"]),
        "asked for now": f"{result.asked_now:,} completions, {result.tokens_now:,} tokens",
        "cost of this run": "unknown" if result.usd_now is None else f"{result.usd_now:.4f} USD",
        "stopped because": result.stop,
        "warnings": "; ".join(result.warnings) or "none",
    }


def describe_run(generation: Generation, started: datetime) -> dict[str, Any]:
    """Return the content of run.json."""
    paid = {
        "calls": generation.paid.calls,
        "tokens": generation.paid.tokens,
        "usd": generation.usd_now,
        "sent_by": generation.endpoints.sent_by,
    }
    return collect_run_facts(started, flow_run.id or None, paid, _get_stop(generation).reason)


def call_flow(flow: Callable[P, R | State], *arguments: P.args, **keywords: P.kwargs) -> R:
    """Call a flow and return its result; raise RunCancelled if it ends as Cancelled."""
    start_own_server()
    try:
        result = flow(*arguments, **keywords)
    except CancelledRun as error:
        hint = "run the same command to continue: everything received is kept"
        raise RunCancelled(str(error), hint=hint) from error
    if isinstance(result, State):
        raise TypeError(f"the flow returned the state {result.name}, not its result")
    return result


def _get_stop(generation: Generation) -> StopReason:
    if generation.stop is None:
        raise ValueError("the generation has not stopped yet")
    return generation.stop
