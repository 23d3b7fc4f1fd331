"""Compares the recommended set-up with real rows alone: ``python benchmarks/recommended.py [PAGE]`` (docs/training.md).

The lines are those of ``benchmarks/real_text.py``. The data are not part of the repository: they are read from the
folder that PEDIGREE_TEST_DATA names, or ../shared/data. Without them it says so and exits 2. Students are TF-IDF and
on lines of few labels, those of the embedders that ``find_encoders`` finds. Takes about 8 minutes on one core.
"""

import logging
import os
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from benchmarks.label_embedders import TFIDF, Encode, find_encoders
from benchmarks.real_text import find_absent
from benchmarks.real_text_sources import DATA, REPOSITORY, SOURCES, Source, write_workspace
from benchmarks.recommended_page import Line, write_page
from flows import stages
from pedigree.dataset.schemas import read_table
from pedigree.job import open_job
from pedigree.system.atomic_write import write_text
from pedigree.usefulness.dataset_trial import sample_job
from pedigree.usefulness.embedding_classifier import EmbeddingClassifier
from pedigree.usefulness.pool import Pool
from pedigree.usefulness.tfidf_classifier import TfidfClassifier
from pedigree.usefulness.tstr import compare_trials, make_pool, recommend

MAX_EMBEDDED = 6  # labels of a line whose embeddings are learned: dense features of 13 labels take minutes


def make_lines(source: Source, data: Path, encoders: dict[str, Encode]) -> dict[str, Line]:
    """Run a source's recipe up to its rows, and return the line of each student."""
    with tempfile.TemporaryDirectory() as passing:
        workspace = write_workspace(source, data, Path(passing) / "workspace")
        stages.generate(workspace, source.dataset)
        stages.curate(workspace, source.dataset)
        job = open_job(workspace, source.dataset)
        samples = sample_job(job, read_table(job.table("train")))
    labels = list(job.recipe.labels)
    pool = make_pool(*samples, len(labels), job.recipe.seed)
    students = {TFIDF: TfidfClassifier(pool.texts)}
    if len(labels) <= MAX_EMBEDDED:
        students |= {name: EmbeddingClassifier(encode(pool.texts)) for name, encode in encoders.items()}
    return {name: make_line(student, pool, labels) for name, student in students.items()}


def make_line(student: TfidfClassifier | EmbeddingClassifier, pool: Pool, labels: list[str]) -> Line:
    """Return the recommendation for one student, and what each set-up would have gained over real rows alone."""
    recommended, every = recommend(student, pool, labels)
    if recommended is None:
        raise ValueError("a source has no rows to learn from")
    gains = {}
    for name, trial in every.items():
        found = compare_trials(trial, every["real"], pool.seed)
        gains[name] = (found["macro_f1"], *found["macro_f1_interval"])
    return Line(recommended, gains)


def main() -> None:
    """Compute every line and write the page."""
    page = Path(sys.argv[1]) if len(sys.argv) > 1 else REPOSITORY / "docs/training.md"
    if absent := find_absent(SOURCES, DATA):
        print(
            f"{absent[0]} is not there: PEDIGREE_TEST_DATA names the folder of the data; nothing was written",
            file=sys.stderr,
        )
        sys.exit(2)
    os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[:1])
    logging.getLogger("pedigree").setLevel(logging.WARNING)
    encoders, lines = find_encoders(), {}
    for source in SOURCES:
        lines[source.title] = one = make_lines(source, DATA, encoders)
        print(f"{source.title}: {', '.join(line.recommended['setup'] for line in one.values())}", flush=True)
    write_text(page, write_page(lines))
    print(f"wrote {page}")


if __name__ == "__main__":
    main()
