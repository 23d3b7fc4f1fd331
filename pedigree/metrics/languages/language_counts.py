"""Counts what became of each language of a dataset in several: wanted, made, kept, and rejected for what."""

from collections import Counter
from typing import Any

import polars as pl

from pedigree.dataset.schemas import prompt_language
from pedigree.job import Job
from pedigree.job_outputs import JobOutputs
from pedigree.recipe.languages.language_check import LANGUAGE


def count_languages(job: Job, contents: JobOutputs) -> dict[str, Any]:
    """Return by language: target share; rows wanted and kept, by label too; candidates made, rejected; yield.

    ``made``, ``rejects`` and ``yield`` (kept of made; null where none was made) are of what models wrote.
    """
    recipe, rows = job.recipe, contents.rows
    kept = Counter(rows.select("label", LANGUAGE).iter_rows())
    written = Counter(rows.filter(pl.col("completion_id").is_not_null())[LANGUAGE].to_list())
    rejected = _count_rejects(job, contents)
    wanted = {(one.label, one.language): recipe.stratum_targets[name] for name, one in recipe.strata.items()}
    found = {}
    for code, share in recipe.languages.items():
        own = {label: {"wanted": wanted[label, code], "kept": kept[label, code]} for label in recipe.labels}
        reasons = {reason: count for (of, reason), count in sorted(rejected.items()) if of == code}
        made = written[code] + sum(reasons.values())
        found[code] = {
            "target_share": share,
            "wanted": sum(one["wanted"] for one in own.values()),
            "kept": sum(one["kept"] for one in own.values()),
            "made": made,
            "rejects": reasons,
            "yield": written[code] / made if made else None,
            "labels": own,
        }
    return found


def _count_rejects(job: Job, contents: JobOutputs) -> Counter[tuple[str, str]]:
    """Return the rejected candidates of models by (language, reason)."""
    asked = contents.tables["prompts"].select("completion_id", prompt_language(job.recipe).alias(LANGUAGE))
    candidates = contents.rejects.filter(pl.col("row_id").is_not_null())
    return Counter(candidates.join(asked, on="completion_id").select(LANGUAGE, "reason").iter_rows())
