"""Makes rows by free baselines, as many as a dataset has, and compares what a classifier learns from either."""

import json
import time
from collections.abc import Iterator, Mapping
from dataclasses import replace

import numpy as np
import polars as pl
from threadpoolctl import threadpool_limits

from pedigree.job import Job
from pedigree.job_outputs import read_job_outputs
from pedigree.metrics.text_classifier import text_of
from pedigree.models.offline.model import answer
from pedigree.recipe.judge import JUDGE
from pedigree.usefulness.baselines.comparison import Baselines
from pedigree.usefulness.baselines.names import TEMPLATE
from pedigree.usefulness.baselines.trial import count_wanted, list_seeds, make_baseline, try_baselines
from pedigree.usefulness.dataset_trial import sample_job
from pedigree.usefulness.pool import Sample

MAX_SAMPLES = 40  # answers to each prompt: the template model repeats itself long before


@threadpool_limits.wrap(limits=1)
def measure_baselines(job: Job, names: list[str]) -> Baselines:
    """Return the scores of these baselines beside those of the dataset, on the job's held-out rows.

    A baseline has as many rows of each label as the train split has synthetic ones, and five draws. Its rows are kept
    nowhere.
    """
    started = time.monotonic()
    contents = read_job_outputs(job)
    synthetic, real, held_out = sample_job(job, contents.tables["train"])
    wanted, labels, seed = count_wanted(synthetic), list(job.recipe.labels), job.recipe.seed
    asked = contents.tables["prompts"].filter(pl.col("strategy") != JUDGE, pl.col("slot") >= 0)
    made = {
        name: [
            write_template_rows(asked, wanted, labels, list(job.recipe.fields), draw)
            if name == TEMPLATE
            else make_baseline(name, real, wanted, one)
            for draw, one in enumerate(list_seeds(seed))
        ]
        for name in names
    }
    cost = contents.completions["cost_usd"]
    found = try_baselines(
        made, synthetic, real, held_out, len(labels), seed,
        cost_usd=None if cost.null_count() else float(cost.sum()),
        calls=contents.completions.height,
        evidence=not contents.completions["model"].str.starts_with("offline/").any(),
    )  # fmt: skip
    return replace(found, seconds=round(time.monotonic() - started, 1))


def write_template_rows(
    prompts: pl.DataFrame, wanted: Mapping[int, int], labels: list[str], fields: list[str], draw: int = 0
) -> Sample | None:
    """Return the rows that the offline template model answers to these prompts, in their order, until each label has
    enough; fewer where it has no more of a label. None if it answers none. Another draw has other answers.
    """
    texts: list[str] = []
    ids: list[int] = []
    for label_id, rows in wanted.items():
        own = prompts.filter(label=labels[label_id]).sort("round", "slot", "turn", "completion_id")
        found: dict[str, None] = {}
        for text in _answer(own["messages"].to_list(), fields, draw):
            if len(found) >= rows:
                break
            found[text] = None
        texts += found
        ids += [label_id] * len(found)
    return Sample(texts, np.array(ids, dtype=int)) if texts else None


def _answer(messages: list[str], fields: list[str], draw: int) -> Iterator[str]:
    """Yield the rows of the answers to prompts, each as one text; the n-th answer of all before the next of any."""
    for sample in range(draw * MAX_SAMPLES, (draw + 1) * MAX_SAMPLES):
        for asked in messages:
            try:
                rows = json.loads(answer(json.loads(asked), {}, sample).text).get("rows", [])
            except (ValueError, AttributeError):
                continue
            for row in rows:
                if isinstance(row, dict) and all(row.get(name) is not None for name in fields):
                    yield text_of({name: row[name] for name in fields})
