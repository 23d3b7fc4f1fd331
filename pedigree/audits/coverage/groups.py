"""Groups of people's rows that synthetic rows leave out.

The rows of people of a label are grouped by likeness. Then rows of people that made no group, and synthetic rows, are
counted for the group whose centre is nearest. A group is missing if synthetic rows fall there much less often than rows
of people do.
"""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np
import polars as pl
from scipy.stats import fisher_exact
from sklearn.cluster import AgglomerativeClustering
from threadpoolctl import threadpool_limits

from pedigree.dataset.examples import Example
from pedigree.dataset.sampling import draw_rows
from pedigree.generation.failures.clusters import choose_words, count_words, tell_examples
from pedigree.generation.failures.people import list_people
from pedigree.generation.failures.typed import embed_columns
from pedigree.job import Job
from pedigree.job_outputs import join_texts
from pedigree.metrics.nearest_neighbours import DIGITS
from pedigree.metrics.tables.columns import list_table_columns
from pedigree.metrics.text_classifier import text_of
from pedigree.metrics.tfidf import embed_tfidf

LEAST_PEOPLE = 20  # rows of people of a label: fewer are not grouped
MOST_PEOPLE = 1000  # of a label; of more, those with the first ids, which is a random draw
MOST_ROWS = 5000  # synthetic rows of a label, drawn at random
MOST_GROUPS = 12  # of a label
GROUP_ROWS = 10  # rows of people that make a group, on average, at least
WORDS = 4  # of a group
MISSING = 0.5  # of the rows that people's share lets expect; with fewer a group may be missing
LEVEL = 0.05  # of all tests together (Holm)

Embed = Callable[[list[str]], np.ndarray]


@dataclass(frozen=True)
class Group:
    """Rows of people of one label that are like each other.

    ``people`` of the label's ``of_people`` rows of people that were counted fall in the group, ``rows`` of its
    ``of_rows`` synthetic rows. ``p`` is Fisher's one-sided p-value, corrected for all groups (Holm); None without
    synthetic rows of the label, and then ``missing`` is None.
    """

    label: str
    words: tuple[str, ...]
    example: str
    people: int
    of_people: int
    rows: int
    of_rows: int
    p: float | None = None
    missing: bool | None = None


@dataclass(frozen=True)
class _Part:
    """A group's rows of people, the one nearest to its centre, and what is counted: people and synthetic rows."""

    examples: list[Example]
    middle: Example
    people: int
    rows: int


def find_groups(job: Job, rows: pl.DataFrame, embed: Embed | None = None) -> list[Group]:
    """Return the groups of each label's rows of people (seeds, real rows or dev file, never held-out ones).

    ``rows`` are synthetic rows, with columns row_id, label and the recipe's fields. Labels with fewer than LEAST_PEOPLE
    rows of people have none. ``embed`` returns unit vectors (texts x dimensions); None: TF-IDF. Where no field is a
    text, rows are compared by their columns. Missing groups come
    first, then by p-value.
    """
    people, columns = list_people(job), list_table_columns(job.recipe)
    common, groups = Counter() if columns else count_words(people), []
    for label in job.recipe.labels:
        own = [one for one in people if one.label == label][:MOST_PEOPLE]
        if len(own) < LEAST_PEOPLE:
            continue
        drawn = draw_rows(rows.filter(pl.col("label") == label), MOST_ROWS, job.recipe.seed, "coverage", label)
        if columns:
            rows_of = [*(one.fields for one in own), *drawn.iter_rows(named=True)]
            vectors = embed_columns(rows_of, [one.fields for one in people], columns)
        else:
            texts = join_texts(drawn, job.recipe).to_list()
            vectors = (embed or _embed_words)([*(text_of(one.fields) for one in own), *texts])
        for part in _cut(own, vectors):
            words = (
                tell_examples(part.examples, people, columns, WORDS)
                if columns
                else choose_words(part.examples, common, len(people), WORDS)
            )
            example = text_of(part.middle.fields)
            groups.append(Group(label, words, example, part.people, len(own) // 2, part.rows, drawn.height))
    return sorted(_test(groups), key=lambda one: (one.missing is not True, one.p if one.p is not None else 1.0))


def _embed_words(texts: list[str]) -> np.ndarray:
    return embed_tfidf(texts).toarray()


@threadpool_limits.wrap(limits=1)
def _cut(own: Sequence[Example], vectors: np.ndarray) -> list[_Part]:
    """Return the groups of one label (Ward's method), the largest first; ``vectors`` of them, then of synthetic rows.

    Every second row of people makes the groups, and the others are counted: a row that helped to make a group would
    be found in it more often than any new one.
    """
    vectors = np.round(vectors, DIGITS)
    makers, counted, made = vectors[: len(own) : 2], vectors[1 : len(own) : 2], vectors[len(own) :]
    number = max(1, min(MOST_GROUPS, len(makers) // GROUP_ROWS))
    places = (
        AgglomerativeClustering(number, linkage="ward").fit_predict(makers) if number > 1 else np.zeros(len(makers))
    )
    centres = np.stack([_find_unit(makers[places == place].mean(axis=0)) for place in range(number)])
    near_people, near_rows = (np.argmax(np.round(side @ centres.T, DIGITS), axis=1) for side in (counted, made))
    parts = []
    for place in range(number):
        members = np.flatnonzero(places == place)
        middle = members[int(np.argmax(np.round(makers[members] @ centres[place], DIGITS)))]
        parts.append(
            _Part(
                [own[2 * one] for one in members],
                own[2 * middle],
                int((near_people == place).sum()),
                int((near_rows == place).sum()),
            )
        )
    return sorted(parts, key=lambda one: (-len(one.examples), one.middle.id))


def _find_unit(vector: np.ndarray) -> np.ndarray:
    length = float(np.linalg.norm(vector))
    return vector / length if length else vector


def _test(groups: Sequence[Group]) -> list[Group]:
    """Return the groups with their p-values, and which are missing; those of labels without rows as they are."""
    known = [one for one in groups if one.of_rows]
    corrected = _correct([_compute_p(one) for one in known])
    tested = [replace(one, p=p, missing=p <= LEVEL and _is_rare(one)) for one, p in zip(known, corrected, strict=True)]
    return [*tested, *(one for one in groups if not one.of_rows)]


def _compute_p(one: Group) -> float:
    """Return the chance of so few rows in the group, or fewer, if rows fell there as often as rows of people do."""
    table = [[one.rows, one.of_rows - one.rows], [one.people, one.of_people - one.people]]
    return float(fisher_exact(table, "less")[1])


def _is_rare(one: Group) -> bool:
    return one.rows / one.of_rows < MISSING * one.people / one.of_people


def _correct(values: Sequence[float]) -> list[float]:
    """Return p-values corrected by Holm 1979, in the order given."""
    corrected, highest = [0.0] * len(values), 0.0
    for rank, place in enumerate(sorted(range(len(values)), key=lambda one: values[one])):
        highest = max(highest, min(1.0, (len(values) - rank) * values[place]))
        corrected[place] = highest
    return corrected
