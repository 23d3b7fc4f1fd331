"""A dataset with a sheet, and its review page as a server."""

from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path

import polars as pl

from cli.review_page import start_review_site
from pedigree.job import Job, open_job
from pedigree.report.export.csv_sheet import read_sheet, write_sheet
from pedigree.report.review_page.open_sheet import OpenSheet
from tasks.review import draw_sample, list_columns
from tests.support.make_validated_rows import make_job, make_reject, make_rows, write_tables
from tests.support.workspaces import make_workspace

LABELS = {"praise": {"share": 0.5, "means": "good"}, "complaint": {"share": 0.5, "means": "bad"}}
HOSTILE = (
    "<script>document.title = 'taken'</script>", "<img src=x onerror=\"document.title='taken'\">", 
    "${alert(1)} {{ 7 * 7 }}", "\u202edesrever", "=1+1", "חבילה שבורה", "长" * 3000, '"; a,b\nc', "é\u0301 🙂 ﷽",
)  # fmt: skip


@dataclass
class ReviewPage:
    """The job, the sheet's path, its address while it is served, and what goes wrong on it."""

    job: Job
    path: Path
    address: str = ""
    wrong: list[str] = field(default_factory=list)

    def read(self) -> list[dict[str, str]]:
        """Return the cells of the sheet's lines as the file has them."""
        return [dict(line.cells) for line in read_sheet(self.path).lines]


def make_review_page(root: Path, rows: int = 6, texts: Sequence[str] = (), **changes) -> ReviewPage:
    """Write a dataset of 40 rows, some with these texts, and a sheet of so many rows."""
    changes = {"labels": LABELS, "fields": {"text": {}}, **changes}
    made = make_job(root / "made", **changes)
    job = open_job(make_workspace(root / "work", dataset="notes", rows=40, **changes), "notes")
    frame = make_rows(made, 20, 20) if changes["labels"] is LABELS else _label(make_rows(made), [*job.recipe.labels])
    if texts:
        replaced = [texts[place] if place < len(texts) else text for place, text in enumerate(frame["text"])]
        frame = frame.with_columns(text=pl.Series(replaced))
    write_tables(job, frame, [make_reject(next(iter(job.recipe.labels)), "refusal")])
    path = root / "sheet.csv"
    write_sheet(path, list_columns(job), draw_sample(job, rows))
    return ReviewPage(job, path)


def serve_review_page(page: ReviewPage, stack: ExitStack) -> ReviewPage:
    """Serve it until the stack unwinds."""
    page.address = start_review_site(OpenSheet(page.job, page.path), 0, stack)
    return page


def _label(frame: pl.DataFrame, labels: list[str]) -> pl.DataFrame:
    return frame.with_columns(label=pl.Series([labels[place % len(labels)] for place in range(frame.height)]))
