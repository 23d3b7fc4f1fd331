"""The audit of bias: mentions of groups by label, coverage beside people's rows, and a classifier's decisions."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import polars as pl
from scipy.stats import norm

from pedigree.audits.bias.classifier_bias import Flips, GroupGap, measure_flips, measure_gaps
from pedigree.audits.bias.mentions import Corpus, Coverage, Mention, compare_coverage, compare_labels
from pedigree.audits.bias.term_lists import TermLists, cut
from pedigree.dataset.examples import Example
from pedigree.dataset.sampling import draw_rows
from pedigree.job import Job
from pedigree.metrics.text_classifier import text_of, train_classifier
from pedigree.recipe.label_sets.single import require_one_label
from pedigree.recipe.tables.texts import require_texts

ERROR = 0.05  # chance that any of all z-scores is called notable by accident (Bonferroni)
MOST_LEARNED = 20_000  # rows that the classifier learns, drawn at random beyond


@dataclass(frozen=True)
class BiasAudit:
    """All findings. ``notable``: the z-score beyond which a mention is notable, given how many there are."""

    dataset: str
    terms: str
    rows: int
    people: int
    tested: str
    notable: float
    written: list[Mention]
    real: list[Mention]
    coverage: list[Coverage]
    flips: Flips | None
    gaps: list[GroupGap]

    def list_notable(self) -> list[tuple[Mention, Mention | None]]:
        """Return the mentions that are notable, the strongest first, each with people's mention of the same."""
        beside = {(one.dimension, one.group, one.label): one for one in self.real}
        found = [one for one in self.written if one.z is not None and abs(one.z) > self.notable]
        return [
            (one, beside.get((one.dimension, one.group, one.label)))
            for one in sorted(found, key=lambda one: -abs(one.z or 0.0))
        ]


def audit_bias(job: Job, rows: pl.DataFrame, terms: TermLists) -> BiasAudit:
    """Audit synthetic rows (label and the recipe's fields) with lists of terms, beside the recipe's rows of people.

    The classifier (TF-IDF, logistic regression) learns the rows and is tested on the held-out rows; without them
    accuracy is unknown, and swaps are made in people's rows or else in the rows themselves. Raises CommandError for
    rows with several labels, or without a text field.
    """
    require_one_label(job.recipe, "'pedigree bias'")
    require_texts(job.recipe, "'pedigree bias'")
    labels, fields = list(job.recipe.labels), list(job.recipe.fields)
    rows = rows.filter(pl.col("label").is_in(labels))
    texts = [text_of(one) for one in rows.select(fields).iter_rows(named=True)]
    written = Corpus(cut(texts), rows["label"].to_list())
    people = [*job.seeds, *job.held_out]
    real = _read(people)
    mentions = compare_labels(written, labels, terms)
    known = sum(one.z is not None for one in mentions)
    predict = _train(job, rows, texts)
    tested = job.held_out or job.seeds
    tried = [text_of(one.fields) for one in tested] or texts
    return BiasAudit(
        dataset=job.dataset,
        terms=terms.path,
        rows=len(texts),
        people=len(people),
        tested="held-out rows" if job.held_out else "seed rows" if job.seeds else "rows of the dataset",
        notable=float(norm.ppf(1 - ERROR / 2 / max(1, known))),
        written=mentions,
        real=compare_labels(real, labels, terms) if people else [],
        coverage=compare_coverage(written, real, terms),
        flips=measure_flips(predict, tried, terms) if predict else None,
        gaps=measure_gaps(predict, *_split(job.held_out), terms) if predict else [],
    )


def _train(job: Job, rows: pl.DataFrame, texts: Sequence[str]):
    """Return what predicts labels after learning the rows; None where they have fewer than two labels."""
    if len(Counter(rows["label"])) < 2:
        return None
    learned = rows.select("label").with_columns(text=pl.Series(texts, dtype=pl.String))
    drawn = draw_rows(learned, MOST_LEARNED, job.recipe.seed, "bias", "learned")
    model = train_classifier(drawn["text"].to_list(), drawn["label"].to_list(), job.recipe.seed)
    return lambda some: np.array(model.predict(list(some)), dtype=object)


def _read(people: Sequence[Example]) -> Corpus:
    texts, labels = _split(people)
    return Corpus(cut(texts), labels)


def _split(people: Sequence[Example]) -> tuple[list[str], list[str]]:
    return [text_of(one.fields) for one in people], [one.label for one in people]
