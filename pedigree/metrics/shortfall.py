"""Says why a dataset has fewer rows than its recipe wants, and what to do: from its tables alone."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

import polars as pl

from pedigree.dataset.answer_samples import ADVICE, BODY_ADVICE, show_answers
from pedigree.dataset.rejects import IS_CANDIDATE
from pedigree.dataset.results import Shortfall
from pedigree.dataset.schemas import prompt_language, read_table, stratum_of
from pedigree.job import Job
from pedigree.metrics.label_distance import measure_distance
from pedigree.recipe.languages.language_check import LANGUAGE
from pedigree.recipe.schema import Recipe

MAX_LABELS = 3
SURPLUS = "surplus"
UNREADABLE = {"content-filter", "cut", "empty", "failed", "malformed", "refusal"}
ALIKE = {"exact-duplicate", "near-duplicate", "seed-duplicate", "seed-near-duplicate", "shot-copy"}
ALIKE |= {"semantic-duplicate", "semantic-seed-duplicate"}


@dataclass(frozen=True)
class LastRound:
    """What the last round that asked for rows of a label brought: calls, rows kept, and rejects by reason."""

    label: str
    lacking: int
    number: int | None
    calls: int
    kept: int
    reasons: Counter[str]


def find_shortfall(job: Job, rows: pl.DataFrame) -> Shortfall | None:
    """Return why rows are missing, or None if there are as many of each label as the recipe wants."""
    recipe, stratum = job.recipe, stratum_of(job.recipe).alias("stratum")
    rows = rows.with_columns(stratum)
    kept = Counter(rows["stratum"].to_list())
    lacking = {name: want - kept[name] for name, want in recipe.stratum_targets.items() if want > kept[name]}
    if not lacking or not job.table("prompts").is_file():
        return None
    prompts = read_table(job.table("prompts")).filter(pl.col("slot") >= 0)
    prompts = prompts.with_columns(prompt_language(recipe).alias(LANGUAGE)).with_columns(stratum)
    rejects = read_table(job.table("rejects")).filter(pl.col("reason") != SURPLUS)
    rounds = [_read_last_round(label, lack, prompts, rejects, rows) for label, lack in lacking.items()]
    found = f"{rows.height:,} of {recipe.rows:,} rows: " + "; ".join(map(describe_round, rounds[:MAX_LABELS]))
    more = f"; {len(rounds) - MAX_LABELS} more labels lack rows" if len(rounds) > MAX_LABELS else ""
    reasons = sum((one.reasons for one in rounds), Counter[str]())
    unread = rejects.filter(~IS_CANDIDATE)
    answers = unread["completion_id"].n_unique()
    if prompts.height and answers == prompts.height:
        most = Counter(unread["reason"].to_list()).most_common(1)[0][0]
        found = f"0 of {recipe.rows:,} rows: no row could be read in any of {answers:,} answers; most often: {most}"
        more = "; " + show_answers(unread["candidate"].to_list()) if unread["candidate"].str.len_chars().sum() else ""
    last_round = prompts["round"].max() or 0
    used_up = not recipe.grown_from and not recipe.review and last_round == recipe.budget.rounds
    return Shortfall(found=found + more, to_do=_advise(job, reasons, kept, used_up))


def describe_round(last: LastRound) -> str:
    """Return what the last round brought of a label, as a phrase."""
    if last.number is None:
        return f"{last.label} lacks {last.lacking:,} and was not asked for"
    calls = f"{last.calls:,} call{'s' * (last.calls != 1)}"
    most = last.reasons.most_common(1)
    why = f"; most of its rejects: {most[0][0]} ({most[0][1]:,} of {last.reasons.total():,})" if most else ""
    return f"{last.label} lacks {last.lacking:,}: round {last.number}, its last, brought {last.kept:,} in {calls}{why}"


def find_full_rows(recipe: Recipe, kept: Mapping[str, int]) -> int | None:
    """Return the most rows in the recipe's shares that the kept rows fill, None if these would fail a gate."""
    if recipe.real or recipe.review:
        return None
    least = recipe.grown_from[-1].rows if recipe.grown_from else 0
    most = min(int((kept.get(name, 0) + 1) / stratum.share) for name, stratum in recipe.strata.items())
    for rows in range(min(most, recipe.rows - 1), max(least, most - len(recipe.strata) - 20, 0), -1):
        smaller = recipe.model_copy(update={"rows": rows})
        wanted, parts = smaller.targets, smaller.stratum_targets
        if all(count <= kept.get(name, 0) for name, count in parts.items()):
            distance = measure_distance(wanted, {name: label.share for name, label in recipe.labels.items()})
            good = distance <= recipe.gates.label_distance and min(wanted.values()) >= recipe.gates.class_floor
            if good:
                return rows
    return None


def _read_last_round(
    label: str, lacking: int, prompts: pl.DataFrame, rejects: pl.DataFrame, rows: pl.DataFrame
) -> LastRound:
    own = prompts.filter(pl.col("stratum") == label)
    if own.is_empty():
        return LastRound(label, lacking, None, 0, 0, Counter())
    number = own["round"].max()
    ids = own.filter(pl.col("round") == number)["completion_id"].to_list()
    reasons = rejects.filter(pl.col("completion_id").is_in(ids))["reason"].sort().to_list()
    kept = rows.filter(pl.col("completion_id").is_in(ids) & (pl.col("stratum") == label)).height
    return LastRound(label, lacking, number, len(ids), kept, Counter(reasons))  # ty: ignore[invalid-argument-type]


def _advise(job: Job, reasons: Counter[str], kept: Mapping[str, int], used_up: bool) -> str:
    steps = []
    if rows := find_full_rows(job.recipe, kept):
        steps.append(
            f"'pedigree run {job.dataset} --rows {rows}' makes the largest dataset in the same shares from the "
            "answers that are here, and asks for little or nothing more"
        )
    if used_up:
        steps.append(f"raise budget.rounds above {job.recipe.budget.rounds} to ask on")
    if job.recipe.failures and job.recipe.failures.then == "stop":
        steps.append("where failure-driven rounds ended early, 'then: plain' under 'failures' makes the rest")
    most = reasons.most_common(1)[0][0] if reasons else ""
    if most == "unreadable-answer":
        steps.append(BODY_ADVICE)
    elif most in UNREADABLE:
        steps.append(ADVICE)
    elif most in ALIKE:
        steps.append("ask in another way for more variety: another strategy, more topics or attributes, another model")
    elif most:
        steps.append(f"change the prompt, the model or the screen that rejects with {most}")
    steps.append(f"data/{job.dataset}/report.html shows the rejects; nothing was published, all answers are kept")
    return "; or ".join(steps[:-1]) + "; " * (len(steps) > 1) + steps[-1]
