"""Which small classifier tests the usefulness of rows: of words for texts, of typed columns for tables."""

from collections.abc import Callable, Sequence

from pedigree.usefulness.pool import Pool
from pedigree.usefulness.tables.classifier import TableClassifier
from pedigree.usefulness.tfidf_classifier import TfidfClassifier
from pedigree.usefulness.training_set import Classifier

ClassifierFactory = Callable[[Sequence[str]], Classifier]


def make_student(pool: Pool, make_classifier: ClassifierFactory = TfidfClassifier) -> Classifier:
    """Return a classifier of the rows of a pool; of texts the one that ``make_classifier`` makes of all texts."""
    return make_classifier(pool.texts) if pool.table is None else TableClassifier(pool.table)
