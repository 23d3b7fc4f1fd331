"""What a choice by coverage took: rows made, kept and chosen by label, and how they cover people's rows."""

import json
from typing import Any

import polars as pl

from pedigree.dataset.sampling import draw_rows
from pedigree.job import Job
from pedigree.job_outputs import JobOutputs
from pedigree.metrics.nearest_neighbours import measure_coverage
from pedigree.metrics.text_classifier import text_of
from pedigree.metrics.tfidf import embed_tfidf

MAX_COMPARED = 5_000  # kept rows that are compared with people's rows
MAX_PEOPLE = 1_000
SURPLUS = "surplus"


def describe_selection(job: Job, contents: JobOutputs) -> dict[str, Any]:
    """Return the counts by label, and the share of people's rows near to all kept rows and to the chosen ones.

    ``people``: held-out rows, or else seeds. Of more than 5,000 kept rows a random draw is compared, and the chosen
    ones in it. Coverage is null without rows to compare (``measure_coverage``).
    """
    labels = {
        one.label: {"made": one.made, "kept": one.kept + one.rejected.get(SURPLUS, 0), "chosen": one.kept}
        for one in contents.distribution.labels
    }
    kept = draw_rows(_list_kept(job, contents), MAX_COMPARED, job.recipe.seed, "selection")
    examples = list(job.held_out or job.seeds)
    places = draw_rows(pl.DataFrame({"place": range(len(examples))}), MAX_PEOPLE, job.recipe.seed, "selection")["place"]
    people = [text_of(examples[place].fields) for place in places]
    vectors = embed_tfidf([*kept["text"], *people]) if people and kept.height else None

    def cover(rows: pl.Series) -> float | None:
        if vectors is None:
            return None
        return measure_coverage(vectors[rows.arg_true().to_numpy()], vectors[kept.height :])["coverage"]

    return {
        "rule": job.recipe.selection,
        "labels": labels,
        "people": len(people),
        "against": "held-out rows" if job.held_out else "seeds",
        "compared": kept.height,
        "coverage_of_kept": cover(kept["chosen"].is_not_null()),
        "coverage_of_chosen": cover(kept["chosen"]),
    }


def describe_choice(found: dict[str, Any] | None) -> str | None:
    """Return a sentence for people without a full stop; None where rows were taken as they arrived."""
    if not found:
        return None
    made, kept, chosen = (sum(one[name] for one in found["labels"].values()) for name in ("made", "kept", "chosen"))
    said = "Rows were chosen by coverage (TF-IDF): "
    said += f"of {made:,} made, {kept:,} passed the screens and {chosen:,} were chosen"
    if found["coverage_of_kept"] is None or found["coverage_of_chosen"] is None:
        return f"{said}; how they cover people's rows is unknown"
    return (
        f"{said}; of {found['people']:,} {found['against']}, {found['coverage_of_kept']:.1%} have one of the rows that "
        f"passed near them, and {found['coverage_of_chosen']:.1%} one of the chosen rows"
    )


def _list_kept(job: Job, contents: JobOutputs) -> pl.DataFrame:
    """Return text, and whether it was chosen, of each synthetic row that passed the screens."""
    names = list(job.recipe.fields)
    chosen = [text_of(row) for row in contents.synthetic.select(names).iter_rows(named=True)]
    over = contents.rejects.filter(pl.col("reason") == SURPLUS, pl.col("completion_id").is_not_null())["candidate"]
    left = [text_of(json.loads(one)) for one in over]
    flags = pl.Series("chosen", [True] * len(chosen) + [False] * len(left), dtype=pl.Boolean)
    return pl.DataFrame({"text": pl.Series([*chosen, *left], dtype=pl.String), "chosen": flags})
