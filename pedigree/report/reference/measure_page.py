"""The page of the measures: each key of metrics.json, what it is, and how to read it."""

from pedigree.report.reference.measures import AFTER, MEASURES
from pedigree.report.reference.table_measures import TABLE_MEASURES
from pedigree.report.reference.tables import NOTE, write_table

PAGE_FILE = "docs/measures.md"
BEGINNING = f"""\
{NOTE.format("pedigree/report/reference/measures.py")}

# Measures

The keys of `metrics.json`, which the report shows. A key that ends in `_tfidf` is of TF-IDF vectors; with an embedder
in the recipe the same figures of its vectors end in `_embeddings`. This page leaves these ends out. TF-IDF sees words,
embeddings see meaning too. The distance of two texts is 1 - the cosine of their vectors. Figures of texts are computed
on a sample drawn by the recipe's seed, and `rows` says of how many: figures of different numbers of rows can't be
compared. An interval is of 95 %. *null*: too few rows, or nothing to compare with.
"""


def format_page() -> str:
    """Return the page as Markdown: a section for each first key."""
    sections = (
        f"\n## {section}\n\n{about}\n\n{write_table(('key', 'what it is', 'how to read it'), _list_rows(keys))}"
        for section, (about, keys) in (MEASURES | TABLE_MEASURES).items()
    )
    return BEGINNING + "".join(sections) + AFTER


def _list_rows(keys: dict[str, tuple[str, str]]) -> list[tuple[str, str, str]]:
    return [(f"`{key}`", what, read or "–") for key, (what, read) in keys.items()]
