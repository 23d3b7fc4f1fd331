"""The diversity of people's rows, by the same measures as that of a dataset, and as many of them."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import polars as pl
from threadpoolctl import threadpool_limits

from pedigree.dataset.examples import Example
from pedigree.metrics.fidelity import measure_diversity, measure_similarity
from pedigree.metrics.text_statistics import measure_words
from pedigree.studies.training import People
from pedigree.usefulness.pool import Sample, TrainingMix


def pick_diversity(
    words: Mapping[str, Any], diversity: Mapping[str, Any], similarity: float | None
) -> dict[str, float | None]:
    """Return the measures of a study's table, from those of ``metrics.json``."""
    return {
        "distinct_1": words["distinct_1"],
        "distinct_2": words["distinct_2"],
        "self_bleu": diversity["self_bleu"],
        "chamfer": diversity["chamfer_tfidf"],
        "remote_clique": diversity["remote_clique_tfidf"],
        "vendi": diversity["vendi_tfidf"],
        "top_5_similarity": similarity,
    }


def measure_people_diversity(people: People, rows: int, seed: int) -> dict[str, float | None]:
    """Return the measures of so many real rows, drawn as for training, or of all; ``rows`` is how many they are.

    Their similarity is that to the held-out rows, as for synthetic rows.
    """
    pool = people.make_pool(Sample([], np.array([], dtype=int)), seed)
    drawn = pool.draw(TrainingMix(0, min(rows, len(people.real)))).rows
    real, held_out = _tabulate([people.real[row] for row in drawn]), _tabulate(people.held_out)
    with threadpool_limits(1):
        similarity = measure_similarity(real, held_out, seed)
        found = pick_diversity(measure_words(real["text"]), measure_diversity(real, seed), similarity)
    return {**found, "rows": real.height}


def _tabulate(examples: Sequence[Example]) -> pl.DataFrame:
    columns = {"row_id": "id", "text": "text", "label": "label"}
    values = {name: [getattr(one, source) for one in examples] for name, source in columns.items()}
    return pl.DataFrame(values, schema=dict.fromkeys(columns, pl.String))
