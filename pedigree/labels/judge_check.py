"""Estimates the share of right labels from the verdicts of judges, corrected for the errors that they make.

How often a judge recognises a right label (sensitivity ``s``) and takes a wrong one for right (``f``, one less the
specificity) is measured on rows that people labelled. Of the rows that were made for a label, p of which the judge
gives that label:

    right before any filter  t = (p - f) / (s - f)                    (Rogan and Gladen 1978)
    right where it agrees    t s / (t s + (1 - t) f)
    right where it does not  t (1 - s) / (t (1 - s) + (1 - t)(1 - f))

So rows that only stay because the judge agreed are not counted as if nothing had been filtered. Each of p, s and f is
drawn from its posterior (Jeffreys prior): few rows of people give a wide interval. Where people reviewed rows that were
drawn at random, and the judge filters nothing, prediction-powered inference gives the estimate instead. Of many labels
with few rows of people each, or where a judge is shown some of the labels, the rates are those of all labels together
(``judge_shares``).
"""

from collections import Counter
from collections.abc import Mapping, Sequence

import numpy as np
import polars as pl

from pedigree.curation.judging import Verdict, Votes, count_votes, read_votes
from pedigree.dataset.results import Estimate, LabelEvidence
from pedigree.job import Job
from pedigree.labels.corrections import Count, make_estimate, prediction_powered
from pedigree.labels.judge_skill import DRAWS, Skill, count_verdicts, draw_share, measure_self_agreement, measure_skill
from pedigree.labels.pooled_labels import estimate_pooled, list_unknown, pools_labels
from pedigree.metrics.review.samples import is_right, list_samples
from pedigree.recipe.judge import Judge

MAX_IDS = 20
MIN_SKILL = 0.05  # s - f; a draw below it says nothing of the rows
POWERED = "people's decisions on rows drawn at random correct it (prediction-powered inference)"
SURE = 0.975  # share of the draws in which a judge must know more than chance


def check_by_judges(
    job: Job, rows: pl.DataFrame, rejects: pl.DataFrame, prompts: pl.DataFrame, completions: pl.DataFrame
) -> list[LabelEvidence]:
    """Return the evidence of each judge that was asked about rows of people, too, the narrowest interval first.

    ``rows`` are the dataset's rows, ``rejects`` its rejects. A judge of doubted rows says nothing of the others, so it
    gives no evidence.
    """
    if not job.recipe.judges:
        return []
    votes = read_votes(prompts, completions)
    written = rows.filter(pl.col("completion_id").is_not_null())
    found = [_check(job, judge, written, rejects, votes) for judge in job.recipe.judges if judge.on != "doubted"]
    given = [evidence for evidence in found if evidence is not None]
    return sorted(given, key=lambda one: (one.caution is not None, one.right.high - one.right.low))


def _check(job: Job, judge: Judge, written: pl.DataFrame, rejects: pl.DataFrame, votes: Votes) -> LabelEvidence | None:
    skill = measure_skill(job, judge, votes)
    final = count_verdicts(judge, dict(written.select("row_id", "label").iter_rows()), votes)
    judged = {id: verdict for id, verdict in final.items() if verdict is not None and verdict.agrees is not None}
    if skill is None or not judged:
        return None
    candidates = rejects.filter(pl.col("row_id").is_not_null()).select("row_id", "label")
    pooled = pools_labels(job, judge, {label: of.rows for label, of in skill.right.items()})
    if pooled:
        total, draws = estimate_pooled(job, judge, written, candidates, votes)
    else:
        made = pl.concat([written.select("row_id", "label"), candidates])
        total, draws = _estimate(job, judge, written, _count_made(judge, dict(made.iter_rows()), votes), final, skill)
    labels = dict(written.select("row_id", "label").iter_rows())
    doubted = [id for id, verdict in judged.items() if verdict.agrees is False]
    knows = _knows(skill, job)
    reviewed = _review(job, judge, votes, judged, labels)
    right = reviewed or _summarise(total)
    agreed = len(judged) - len(doubted)
    return LabelEvidence(
        by="judge",
        name=f"{judge.name}, {judge.model}",
        rows=len(judged),
        right=right,
        by_label={label: _summarise(draw) for label, draw in draws.items()},
        rests_on="; ".join(
            [
                *_word(judge, skill, agreed, len(judged), measure_self_agreement(judge, votes)),
                *(
                    [POWERED]
                    if reviewed
                    else _say_pooled(job, judge, list_unknown(job, judge, written, votes))
                    if pooled
                    else ()
                ),
            ]
        ),
        caution=_find_caution(job, judge, knows),
        guesses=not knows and reviewed is None,
        doubted_row_ids=sorted(doubted)[:MAX_IDS],
        doubted_rows=len(doubted),
    )


def _count_made(judge: Judge, asked: Mapping[str, str], votes: Votes) -> dict[str, Count]:
    """Return by label how many of the rows that it was asked about the judge gives that label.

    These are the rows made for the label; of a judge that relabels, all rows.
    """
    verdicts = [
        (asked[id], one) for id, one in count_verdicts(judge, asked, votes).items() if one and one.agrees is not None
    ]
    own, all_rows = Counter(label for label, _ in verdicts), len(verdicts)
    agreed = Counter(one.label for label, one in verdicts if judge.on_disagreement == "relabel" or one.label == label)
    if judge.on_disagreement == "relabel":
        return {label: Count(agreed[label], all_rows) for label in [*own, *agreed] if label}
    return {label: Count(agreed[label], rows) for label, rows in own.items()}


def _estimate(
    job: Job,
    judge: Judge,
    written: pl.DataFrame,
    made: Mapping[str, Count],
    final: Mapping[str, Verdict | None],
    skill: Skill,
) -> tuple[np.ndarray, dict[str, np.ndarray]]:
    """Return draws of the share of right labels of all rows, and of each label's."""
    chance = np.random.default_rng(job.recipe.seed)
    draws: dict[str, np.ndarray] = {}
    total = np.zeros(DRAWS)
    for (label,), rows in written.group_by("label", maintain_order=True):
        name = str(label)
        kinds = Counter(_sort(final[id]) for id in rows["row_id"])
        s, f = skill.draw(name, chance)
        p = draw_share(chance, made.get(name, Count(0, 0)))
        known = s - f > MIN_SKILL
        t = np.where(known, (p - f) / np.where(known, s - f, 1), chance.uniform(size=DRAWS)).clip(0, 1)
        agreed, other = t * s / (t * s + (1 - t) * f), t * (1 - s) / (t * (1 - s) + (1 - t) * (1 - f))
        draws[name] = (kinds["agreed"] * agreed + kinds["other"] * other + kinds["open"] * t) / rows.height
        total += draws[name] * rows.height / written.height
    return total, draws


def _sort(verdict: Verdict | None) -> str:
    if verdict is None or verdict.agrees is None:
        return "open"
    return "agreed" if verdict.agrees else "other"


def _knows(skill: Skill, job: Job) -> bool:
    """Return whether a judge knows more than chance, over all labels."""
    chance = np.random.default_rng(job.recipe.seed)
    right, wrong = (
        Count(sum(one.hits for one in of.values()), sum(one.rows for one in of.values()))
        for of in (skill.right, skill.wrong)
    )
    return bool((draw_share(chance, right) > draw_share(chance, wrong)).mean() >= SURE)


def _review(
    job: Job, judge: Judge, votes: Votes, judged: Mapping[str, Verdict], labels: Mapping[str, str]
) -> Estimate | None:
    """Return the prediction-powered estimate, where people reviewed rows drawn at random and no judge filters.

    The rows that somebody decided on are right by now, or gone. How many of the others are right, the samples say: all
    of their rows, also those that people rejected, under the label that they had.
    """
    if any(one.is_binding for one in job.recipe.judges):
        return None
    sampled = {one.row_id: one for sample in list_samples(job.review) for one in sample.decisions}
    pairs = [
        (is_right(one), count_votes(judge, votes[judge.name, id], one.label).agrees is True)
        for id, one in sampled.items()
        if (judge.name, id) in votes
    ]
    unread = [one.agrees is True for id, one in judged.items() if id not in job.review.last]
    found, open_rows = prediction_powered(unread, pairs), sum(id not in job.review.last for id in labels)
    if found is None:
        return None
    decided = len(labels) - open_rows
    return make_estimate(*((decided + open_rows * one) / len(labels) for one in (found.share, found.low, found.high)))


def _find_caution(job: Job, judge: Judge, knows: bool) -> str | None:
    if not knows:
        return (
            "On rows that people labelled, this judge is no better than chance, so its figure says next to nothing "
            "of the dataset"
        )
    makers = [one.title for one in job.recipe.generators if (one.model, one.names) == (judge.model, judge.names)]
    if makers:
        return f"The judge is the model of generator {', '.join(makers)}: a model prefers what it wrote itself"
    return None


def _word(judge: Judge, skill: Skill, agreed: int, rows: int, self_agreement: float | None) -> list[str]:
    sums = [
        Count(sum(one.hits for one in of.values()), sum(one.rows for one in of.values()))
        for of in (skill.right, skill.wrong)
    ]
    people = {"seeds": "rows that people labelled", "held_out": "held-out rows"}[judge.calibrate_on]
    parts = [
        f"judge {judge.name!r} gives {agreed:,} of {rows:,} rows their own label",
        f"on {sums[0].rows:,} {people} it takes {sums[0].share:.0%} of the right labels for right"
        + (f" and {1 - sums[1].share:.0%} of the wrong ones for wrong" if sums[1].rows else ""),
    ]
    if self_agreement is not None:
        parts.append(f"its votes on one row are equal in {self_agreement:.0%} of all pairs")
    return parts


def _say_pooled(job: Job, judge: Judge, unknown: Sequence[str]) -> list[str]:
    """Return what is to be said of rates that are those of all labels together."""
    labels = len(job.recipe.labels)
    parts = [f"of people's rows, too, it is shown {judge.labels_shown} of {labels} labels"] * bool(judge.labels_shown)
    parts.append("its errors are those over all labels together")
    if unknown:
        some = ", ".join(unknown[:3]) + (", ..." if len(unknown) > 3 else "")
        parts.append(
            f"it was asked about no row of people of {len(unknown):,} of {labels} labels ({some}), so how many of "
            "their rows are right is unknown"
        )
    return parts


def _summarise(shares: Sequence[float] | np.ndarray) -> Estimate:
    low, share, high = np.quantile(shares, [0.025, 0.5, 0.975])
    return make_estimate(float(share), float(low), float(high))
