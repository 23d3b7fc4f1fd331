"""Judge: models are asked about the labels of the rows that passed the screens; the verdicts say which rows stay."""

import logging
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import polars as pl

from pedigree.generation.batch import Batch, resolve_parameters
from pedigree.generation.batch_result import BatchResult
from pedigree.generation.budget import NO_USAGE, Usage
from pedigree.generation.prompts import Prompt
from pedigree.generation.verdict_prompts import VerdictPrompts
from pedigree.job import Job
from pedigree.labels.calibration_rows import choose_calibration_rows
from pedigree.ledger.completion import Completion
from pedigree.ledger.ledger import Ledger
from pedigree.metrics.screen_embedder import open_checker
from pedigree.models.pacing.endpoint import Endpoints
from pedigree.recipe.judge import AGREED
from tasks.complete import complete
from tasks.judging.verdicts import apply_verdicts, choose_rows
from tasks.parse import parse
from tasks.screen import screen
from tasks.ui.progress import LiveProgress
from tasks.ui.step import step

log = logging.getLogger("pedigree")


@dataclass(frozen=True)
class Judged:
    """Rows that stay (with the column ``agreed``), rejects (schemas.REJECTS), and what the judges were asked."""

    kept: pl.DataFrame
    rejects: pl.DataFrame
    answers: BatchResult


def _name_run() -> str:
    from prefect.runtime import task_run

    return f"ask judges, round {task_run.parameters['round_']}"


@step("judge", _name_run)
def judge(
    job: Job,
    kept: pl.DataFrame,
    prompts: VerdictPrompts,
    round_: int,
    ledger: Ledger,
    *,
    endpoints: Endpoints | None = None,
    spent: Usage = NO_USAGE,
    retry_failed: bool = False,
    live: LiveProgress | None = None,
) -> Judged:
    """Ask the recipe's judges about the rows that a round kept, and apply their verdicts.

    A row does not pass without a verdict of each judge that rejects. The other parameters are those of ``complete``.
    """
    batch = Batch(list(build_verdict_prompts(job, kept, prompts, round_)))
    answers = complete.fn(job, batch, ledger, endpoints=endpoints, spent=spent, retry_failed=retry_failed, live=live)
    passed, rejects = apply_verdicts(job, kept, answers.prompt_table(), answers.completion_table())
    _log_verdicts(job, round_, kept, passed, rejects)
    return Judged(passed, rejects, answers)


def build_verdict_prompts(job: Job, kept: pl.DataFrame, prompts: VerdictPrompts, round_: int) -> Iterator[Prompt]:
    """Yield the prompts about the rows that a round kept, judge by judge; in the first round first about people's."""
    for asked in job.recipe.judges:
        if round_ == 1:
            people = choose_calibration_rows(job, asked)
            yield from prompts.build(asked, people, round_, resolve_parameters(job, asked))
        rows = kept.filter(pl.col("row_id").is_in(list(choose_rows(job, asked, kept))))
        yield from prompts.build(asked, rows, round_, resolve_parameters(job, asked))


@dataclass(frozen=True)
class HeldVerdicts:
    """What is held of a round's verdicts: the answers, the prompts that wait, and the rows that are not rejected."""

    answers: BatchResult
    waiting: list[Prompt]
    kept: pl.DataFrame


def read_held_verdicts(
    job: Job,
    kept: pl.DataFrame,
    prompts: VerdictPrompts,
    round_: int,
    get: Callable[[str], Completion | None],
) -> HeldVerdicts:
    """Apply the verdicts that ``get`` returns, with no model called; a row that a verdict waits for stays."""
    answers, waiting = BatchResult(), []
    for prompt in build_verdict_prompts(job, kept, prompts, round_):
        held = get(prompt.completion_id)
        if held is None:
            waiting.append(prompt)
        else:
            answers.add(prompt, held)
    open_ids = {id for prompt in waiting for id in prompt.context.variables["row_ids"]}
    is_open = pl.col("row_id").is_in(sorted(open_ids))
    done, _ = apply_verdicts(job, kept.filter(~is_open), answers.prompt_table(), answers.completion_table())
    return HeldVerdicts(answers, waiting, pl.concat([done, kept.filter(is_open)], how="diagonal"))


def rebuild_verdict_prompts(
    job: Job, prompts: pl.DataFrame, completions: pl.DataFrame
) -> tuple[list[Prompt], dict[str, str]]:
    """Return the prompts to judges that the answers in the tables lead to, and the judges' label of each row."""
    if not job.recipe.judges:
        return [], {}
    parsed = parse.fn(job, prompts, completions)
    kept = screen.fn(job, parsed.candidates, open_checker(job)).kept
    rounds = kept.join(prompts.select("completion_id", "round"), on="completion_id", maintain_order="left")["round"]
    builder, rebuilt = VerdictPrompts(job), []
    for round_ in range(1, (max(prompts["round"]) if prompts.height else 0) + 1):
        rebuilt += build_verdict_prompts(job, kept.filter(rounds == round_), builder, round_)
    judged, _ = apply_verdicts(job, kept, prompts, completions)
    return rebuilt, dict(judged.select("row_id", "label").iter_rows())


def _log_verdicts(job: Job, round_: int, kept: pl.DataFrame, passed: pl.DataFrame, rejects: pl.DataFrame) -> None:
    reasons = ", ".join(f"{count:,} {reason}" for reason, count in sorted(rejects["reason"].value_counts().iter_rows()))
    other = (~passed[AGREED]).sum() if AGREED in passed.columns else 0  # null: not asked, or no verdict
    doubts = f" (on {other:,} of these a judge with 'on_disagreement: keep' disagrees)" if other else ""
    counts = f"the judges leave {passed.height:,} of {kept.height:,} rows in"
    log.info("round %d: %s%s%s", round_, counts, doubts, f"; {reasons}" if reasons else "")
    gone = rejects["label"].value_counts()
    for label, count in sorted(gone.iter_rows()):
        if count == kept.filter(label=label).height:
            log.warning("round %d: the judges reject all %d rows of label %r", round_, count, label)
