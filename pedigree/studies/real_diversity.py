"""The diversity of people's rows, by the same measures as that of a dataset, and as many of them."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import polars as pl
from threadpoolctl import threadpool_limits

from pedigree.metrics.fidelity import measure_diversity
from pedigree.metrics.text_statistics import measure_words
from pedigree.studies.training import People
from pedigree.usefulness.pool import Sample, TrainingMix


def pick_diversity(words: Mapping[str, Any], diversity: Mapping[str, Any]) -> dict[str, float | None]:
    """Return the measures of a study's table, from those of ``metrics.json``."""
    return {
        "distinct_1": words["distinct_1"],
        "distinct_2": words["distinct_2"],
        "self_bleu": diversity["self_bleu"],
        "chamfer": diversity["chamfer_tfidf"],
        "remote_clique": diversity["remote_clique_tfidf"],
        "vendi": diversity["vendi_tfidf"],
    }


def measure_people_diversity(people: People, rows: int, seed: int) -> dict[str, float | None]:
    """Return the measures of so many real rows, drawn as for training, or of all; ``rows`` is how many they are."""
    pool = people.make_pool(Sample([], np.array([], dtype=int)), seed)
    drawn = pool.draw(TrainingMix(0, min(rows, len(people.real)))).rows
    real = [people.real[row] for row in drawn]
    table = pl.DataFrame(
        {"row_id": [one.id for one in real], "text": [one.text for one in real], "label": [one.label for one in real]},
        schema={"row_id": pl.String, "text": pl.String, "label": pl.String},
    )
    with threadpool_limits(1):
        found = pick_diversity(measure_words(table["text"]), measure_diversity(table, seed))
    return {**found, "rows": len(real)}
