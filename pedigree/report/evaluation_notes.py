"""Writes the notes of an evaluation: what limits the comparison with the published figures."""

from collections.abc import Iterator, Sequence
from typing import Any

import polars as pl

from pedigree.dataset.examples import Example
from pedigree.job import Job
from pedigree.job_outputs import JobOutputs, join_texts


def note_test_rows(job: Job, contents: JobOutputs) -> Iterator[str]:
    """Yield notes on held-out rows that are not the version's own: the published figures, and overlaps."""
    own = job.recipe.held_out or "it has none"
    yield f"The published figures are from the version's own held-out rows ({own})."
    test = _fold(job, _tabulate(job, job.held_out))
    for name, known in (("rows", contents.rows), ("seeds", _tabulate(job, job.seeds))):
        if shared := int(test.is_in(_fold(job, known).to_list()).sum()):
            yield f"{shared:,} of the {len(test):,} held-out rows are also among the version's {name}: an easier test."


def note_embedder(now: dict[str, Any] | None, published: dict[str, Any] | None) -> Iterator[str]:
    """Yield why embedding metrics are missing, and whether those published are of another embedder."""
    if now and now["note"]:
        yield now["note"]
    if not now or not published or not published["sha256"]:
        return
    if (now["name"], now["sha256"]) != (published["name"], published["sha256"]):
        yield f"The published embedding metrics are of another embedder, {published['name']}."


def note_paid_calls(model: str, texts: int, usd: float | None) -> str:
    """Return how many texts were sent to a paid embedding model, and the cost."""
    if not texts:
        return f"All vectors of {model} were stored already: nothing was sent or paid."
    cost = "at an unknown cost" if usd is None else f"for {usd:.6f} USD"
    return f"{texts:,} texts were sent to {model}, held-out rows among them, {cost}."


def _tabulate(job: Job, examples: Sequence[Example]) -> pl.DataFrame:
    names = list(job.recipe.fields)
    columns = {name: [str(example.fields[name]) for example in examples] for name in names}
    return pl.DataFrame(columns, dict.fromkeys(names, pl.String))


def _fold(job: Job, frame: pl.DataFrame) -> pl.Series:
    """Return the texts in lower case with single spaces."""
    return join_texts(frame, job.recipe).str.to_lowercase().str.replace_all(r"\s+", " ").str.strip_chars()
