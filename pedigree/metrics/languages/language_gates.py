"""The gates of a dataset in several languages: its targets, and what language its texts are in."""

from collections import Counter

import polars as pl

from pedigree.curation.language_id import find_language, is_judged, knows_language
from pedigree.dataset.results import GateResult
from pedigree.dataset.sampling import draw_rows
from pedigree.dataset.schemas import stratum_of
from pedigree.job import Job
from pedigree.job_outputs import join_texts
from pedigree.metrics.gate_sentences import word_bound
from pedigree.metrics.label_distance import measure_distance
from pedigree.recipe.languages.language_check import LANGUAGE

MAX_ROWS = 2000  # whose language is read: takes a second
MAX_NAMED = 3
MAX_IDS = 20
MAX_OTHER = 0.05  # share of the rows that are clearly in another language


def make_language_gates(job: Job, rows: pl.DataFrame) -> list[GateResult]:
    """Return the gates on the rows of each label in each language, and on the language as read; none for one language.

    ``rows`` are those of both splits.
    """
    return [_make_kept_gate(job, rows), _make_read_gate(job, rows)] if job.recipe.languages else []


def _make_kept_gate(job: Job, rows: pl.DataFrame) -> GateResult:
    targets, limit = job.recipe.stratum_targets, job.recipe.gates.label_distance
    counts = Counter(rows.select(stratum_of(job.recipe).alias("stratum"))["stratum"].to_list())
    whole = sum(targets.values())
    figure = measure_distance(counts, {name: wanted / whole for name, wanted in targets.items()})
    passed = figure <= limit
    says = "The rows of each label in each language are near their targets"
    if not passed:
        odd = sorted((name for name in targets if counts[name] != targets[name]), key=lambda name: counts[name])
        listed = [f"{name} {counts[name]:,} of {targets[name]:,}" for name in odd[:MAX_NAMED]]
        listed += [f"{len(odd) - MAX_NAMED:,} more"] * (len(odd) > MAX_NAMED)
        says = f"The rows of the labels in each language miss their targets ({', '.join(listed)})"
    return GateResult(
        name="languages as kept",
        severity="critical",
        passed=passed,
        figure=figure,
        limit=limit,
        message=f"{says} (total-variation distance): {word_bound(figure, 'at most', limit, passed)}",
    )


def _make_read_gate(job: Job, rows: pl.DataFrame) -> GateResult:
    known = [code for code in job.recipe.languages if knows_language(code)]
    unknown = [code for code in job.recipe.languages if code not in known]
    sample = draw_rows(rows.filter(pl.col(LANGUAGE).is_in(known)), MAX_ROWS, job.recipe.seed, "language")
    texts = join_texts(sample, job.recipe).to_list()
    read = [
        (id, code, find_language(text, code))
        for id, code, text in zip(sample["row_id"], sample[LANGUAGE], texts, strict=True)
        if is_judged(text)
    ]
    other = [(id, f"{found.split()[0]} for {code}") for id, code, found in read if found]
    figure = round(len(other) / len(read), 6) if read else None
    passed = None if figure is None or unknown else figure <= MAX_OTHER
    if figure is None:
        says = "Unknown whether the texts are in the language that was asked for: there are none that tell it"
    else:
        most = ", ".join(f"{pair} {count:,}" for pair, count in Counter(pair for _, pair in other).most_common(3))
        says = (
            f"{'Few' if figure <= MAX_OTHER else 'Many'} texts are clearly in another language than was asked for: "
            f"{len(other):,} of {len(read):,} that tell it{f' ({most})' if most else ''}, at most {MAX_OTHER:.0%}"
        )
    if unknown:
        says += f"; of {' and '.join(unknown)}, which language identification does not know, it is unknown"
        passed = False if figure is not None and figure > MAX_OTHER else None
    return GateResult(
        name="languages as read",
        severity="warning",
        passed=passed,
        figure=figure,
        limit=MAX_OTHER,
        message=says,
        failing_row_ids=[id for id, _ in other[:MAX_IDS]],
        failing_rows=len(other),
    )
