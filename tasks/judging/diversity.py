"""Asks the model of evaluate.diversity about the rows, and keeps what it says for measuring. This costs money."""

import logging
from dataclasses import replace
from typing import Any

import polars as pl

from pedigree.dataset.schemas import read_table
from pedigree.errors import BudgetError, ProviderError
from pedigree.generation.batch import Batch
from pedigree.generation.bills import Expected
from pedigree.generation.budget import Usage
from pedigree.generation.cost_forecast import guess_tokens
from pedigree.generation.diversity.questions import QuestionPrompts, Questions, plan_questions, read_answers
from pedigree.generation.prompts import Prompt
from pedigree.job import Job
from pedigree.job_outputs import read_rows
from pedigree.ledger.completion import Completion
from pedigree.ledger.ledger import Ledger
from pedigree.metrics.llm_diversity.record import read_matching, read_record, write_record
from pedigree.models.pacing.endpoint import Endpoints
from tasks.complete import complete
from tasks.ui.step import step

NO_CRITERIA = "no criteria could be read in the model's answer"
ASSUMED_CRITERIA = ("topic", "situation", "purpose", "tone", "form")
TOKENS_OF_CRITERIA, TOKENS_OF_TEXT = 40, 4  # of an answer; and of a number in it
MANY = 100  # rows that stand for any larger number

log = logging.getLogger("pedigree")


@step("score diversity")
def score_diversity(job: Job, ledger: Ledger) -> None:
    """Ask about the rows in the tables, unless it was asked the same before, and keep the answers' figures.

    The calls count against the recipe's budget, after those for the rows. Where the budget or the model stops them, the
    score is unknown with the reason, a warning says so, and the next call goes on. Raises RunCancelled.
    """
    questions = plan_questions(job, read_rows(job))
    if not questions.is_possible:
        return
    prompts = QuestionPrompts(job, questions)
    asked = prompts.asked_sha256
    held = read_record(job.workspace, job.dataset, asked)
    held = held or read_matching(job.folder / "metrics.json", asked, "llm_diversity")
    if held and not held["reason"]:
        write_record(job.workspace, job.dataset, held)
        return
    reason = _complete(job, questions, ledger)
    _, answers, found = read_answers(prompts, ledger.get)
    if reason is None and not found["criteria"]:
        reason = NO_CRITERIA
    if reason:
        log.warning("diversity by a model: unknown, as %s", reason)
        found["said"] = {}
    write_record(job.workspace, job.dataset, {"asked_sha256": asked, **found, **_add_up(answers), "reason": reason})


def _complete(job: Job, questions: Questions, ledger: Ledger) -> str | None:
    """Ask what the ledger does not hold: the criteria, then the groups; return what stopped it, or None."""
    endpoints, spent = Endpoints(job), _count_spent(job)
    try:
        for _ in range(2):
            waiting, answers, _ = read_answers(QuestionPrompts(job, questions), ledger.get)
            if waiting:
                used = _add_up(answers)
                so_far = spent + Usage(used["calls"], used["tokens"] or 0, used["usd"] or 0.0)
                complete.fn(job, Batch(waiting), ledger, endpoints=endpoints, spent=so_far)
    except (BudgetError, ProviderError) as error:
        log.warning("diversity by a model: %s", error)
        return "the budget was used up" if isinstance(error, BudgetError) else "the model's provider failed"
    return None


def _count_spent(job: Job) -> Usage:
    """Return what the answers in the table of completions count against the budget."""
    table = read_table(job.table("completions")).select("tokens_in", "tokens_out", "cost_usd")
    counts = [sum(value or 0 for value in column) for column in table.iter_columns()]
    return Usage(table.height, int(counts[0] + counts[1]), float(counts[2]))


def _add_up(answers: list[Completion]) -> dict[str, Any]:
    """Return calls, tokens and USD of answers; what is not known of one is None of all."""
    tokens, usd = 0, 0.0
    known = {"tokens": True, "usd": True}
    for one in answers:
        known["tokens"] &= one.tokens_in is not None and one.tokens_out is not None
        known["usd"] &= one.cost_usd is not None
        tokens += (one.tokens_in or 0) + (one.tokens_out or 0)
        usd += one.cost_usd or 0.0
    return {
        "calls": len(answers),
        "tokens": tokens if known["tokens"] else None,
        "usd": round(usd, 6) if known["usd"] else None,
    }


def expect_questions(job: Job, ledger: Ledger, text_tokens: float, *, rows_stay: bool) -> Expected:
    """Return what scoring the diversity will use; ``text_tokens`` are those of a row that is not made yet.

    ``rows_stay``: the rows in the tables are those that a run would have.
    """
    if rows_stay and job.table("train").is_file():
        questions = plan_questions(job, read_rows(job))
        if not questions.is_possible:
            return Expected()
        waiting, answers, found = read_answers(QuestionPrompts(job, questions), ledger.get)
        if found["criteria"] or answers:
            return replace(_sum_up(waiting), held=len(answers))
    else:
        text = "x" * round(4 * text_tokens / len(job.recipe.fields))
        lines = [{"generator": "x", **dict.fromkeys(job.recipe.fields, text)}] * min(job.recipe.rows, MANY)
        questions = plan_questions(job, pl.DataFrame(lines))
    if not questions.is_possible:
        return Expected()
    prompts = QuestionPrompts(job, questions)
    asked = prompts.ask_groups(ASSUMED_CRITERIA)
    return _sum_up([prompts.ask_criteria(), *(prompt for some in asked.values() for prompt in some)])


def _sum_up(waiting: list[Prompt]) -> Expected:
    sizes = [sum(guess_tokens(message["content"]) for message in prompt.messages) for prompt in waiting]
    said = [
        TOKENS_OF_TEXT * prompt.judged_rows if "criteria" in prompt.context.variables else TOKENS_OF_CRITERIA
        for prompt in waiting
    ]
    return Expected(len(waiting), 0, sum(sizes), sum(said))
