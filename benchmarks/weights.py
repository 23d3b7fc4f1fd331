"""What weights of rows are worth: ``python benchmarks/weights.py [PAGE]`` (default docs/weights.md, between its marks).

On each set of ``benchmarks/real_text_sources.py``, students of weighted rows are compared with students of the same
rows without weights, on the held-out rows. Takes about 10 minutes on one core. Also on embeddings where an embedder of
``benchmarks/label_embedders.py`` is there.
"""

import os
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from scipy.stats import binomtest

sys.path.insert(0, str(Path(__file__).parents[1]))

from benchmarks.label_embedders import find_encoders
from benchmarks.real_text_sources import DATA, REPOSITORY, SOURCES, Source, write_workspace
from flows import stages
from pedigree.dataset.schemas import read_table
from pedigree.job import Job, open_job
from pedigree.metrics.embedder import Embedder
from pedigree.metrics.text_classifier import text_of
from pedigree.recipe.yaml_file import set_keys
from pedigree.system.atomic_write import write_text
from pedigree.usefulness.embedding_classifier import EmbeddingClassifier
from pedigree.usefulness.tfidf_classifier import TfidfClassifier
from pedigree.usefulness.training_set import Classifier, TrainingSet
from pedigree.usefulness.trials import Trial
from pedigree.usefulness.tstr import compare_trials
from pedigree.weighting.choice import choose_weights, select_people, select_rows
from pedigree.weighting.people_trial import NONE, People
from pedigree.weighting.schemes import SCHEMES, Rows, Weigher, read_by_people

START, END = "<!-- evidence: begin -->\n", "<!-- evidence: end -->\n"
MIXES = {"synthetic": "synthetic rows alone", "both": "synthetic and real rows"}


@dataclass(frozen=True)
class Line:
    """One set, student and mix: macro-F1 without weights, the difference of each scheme with its interval, and auto."""

    source: str
    student: str
    mix: str
    plain: float
    differences: dict[str, tuple[float, float, float]]
    auto: str


def measure(source: Source, embedder: Embedder | None) -> Iterator[Line]:
    """Yield the lines of a source: TF-IDF and, where an embedder is there, embeddings; each mix."""
    with tempfile.TemporaryDirectory() as passing:
        workspace = write_workspace(source, DATA, Path(passing) / "workspace")
        stages.generate(workspace, source.dataset)
        stages.curate(workspace, source.dataset)
        set_keys(workspace.recipe_path(source.dataset), {"weights": "auto"})
        job = open_job(workspace, source.dataset)
        train = read_table(job.table("train"))
    people, rows = select_people(job, train), select_rows(job, train)
    auto = choose_weights(job, train).used
    for name, one in (("TF-IDF", None), *([(embedder.name, embedder)] if embedder else [])):
        weights = _weigh(job, people, rows, one)
        for mix in MIXES:
            yield _compare(source, job, people, rows, weights, name, one, mix, auto)


def _weigh(job: Job, people: People, rows: Rows, embedder: Embedder | None) -> dict[str, np.ndarray]:
    seed = job.recipe.seed
    embed = embedder.embed if embedder else None
    checker = read_by_people(people.texts, people.label_ids.tolist(), rows, seed, embed)
    weigher = Weigher(rows, len(job.recipe.labels), seed)
    return {NONE: np.ones(len(rows)), **{name: weigher.weigh(name, checker) for name in SCHEMES}}


def _compare(
    source: Source,
    job: Job,
    people: People,
    rows: Rows,
    weights: dict[str, np.ndarray],
    student: str,
    embedder: Embedder | None,
    mix: str,
    auto: str,
) -> Line:
    labels, tests = list(job.recipe.labels), [text_of(one.fields) for one in job.held_out]
    texts = [*rows.texts, *people.texts, *tests]
    classifier: Classifier = EmbeddingClassifier(embedder.embed(texts)) if embedder else TfidfClassifier(texts)
    beside = len(people) if mix == "both" else 0
    learned, ids = np.arange(len(rows) + beside), np.concatenate([rows.label_ids, people.label_ids[:beside]])
    queried = np.arange(len(rows) + len(people), len(texts))
    true = np.array([labels.index(one.label) for one in job.held_out])
    trials = {
        name: Trial(true, classifier(TrainingSet(learned, ids, np.append(own, np.ones(beside))), queried, len(labels)))
        for name, own in weights.items()
    }
    found = {name: compare_trials(trials[name], trials[NONE], job.recipe.seed) for name in SCHEMES}
    differences = {name: (one["macro_f1"], *one["macro_f1_interval"]) for name, one in found.items()}
    chosen = (0.0, 0.0, 0.0) if auto == NONE else differences[auto]
    return Line(source.title, student, mix, trials[NONE].macro_f1, {**differences, "auto": chosen}, auto)


def write_evidence(lines: list[Line]) -> str:
    """Return the section: a table for each student and mix, means and sign tests."""
    parts = [
        "Macro-F1 on held-out rows, in points (hundredths): without weights, and the difference by each scheme\n"
        "with its 95 % interval (bold where it does not hold 0). Rows as curated, of real models; seeds and held-out\n"
        "rows as in [real-text.md](real-text.md). Column auto: what people's rows chose.\n"
    ]
    for student, mix in dict.fromkeys((one.student, one.mix) for one in lines):
        own = [one for one in lines if (one.student, one.mix) == (student, mix)]
        parts.append(f"### {student}, {MIXES[mix]}\n\n{_write_table(own)}")
    return "\n".join(parts)


def _write_table(lines: list[Line]) -> str:
    head = f"| set | none | {' | '.join(SCHEMES)} | auto |\n|---|---:|{'---:|' * (len(SCHEMES) + 1)}\n"
    body = "".join(
        f"| {one.source} | {100 * one.plain:.1f} | {' | '.join(_format(one.differences[name]) for name in SCHEMES)} "
        f"| {one.auto} |\n"
        for one in lines
    )
    means, signs = [], []
    for name in (*SCHEMES, "auto"):
        values = np.array([100 * one.differences[name][0] for one in lines])
        up, down = int((values > 0).sum()), int((values < 0).sum())
        p = binomtest(up, up + down).pvalue if up + down else 1.0
        means.append(f"{values.mean():+.2f}")
        signs.append(f"{up} up, {down} down, p = {p:.2f}")
    return f"{head}{body}| **mean** | | {' | '.join(means)} |\n| **sign test** | | {' | '.join(signs)} |\n"


def _format(found: tuple[float, float, float]) -> str:
    value, low, high = (100 * number for number in found)
    mark = "**" if low > 0 or high < 0 else ""
    return f"{mark}{value:+.1f}{mark} ({low:+.1f} to {high:+.1f})"


def main() -> None:
    """Measure every set and write the section."""
    page = Path(sys.argv[1]) if len(sys.argv) > 1 else REPOSITORY / "docs/weights.md"
    if absent := [path for source in SOURCES if not (path := source.locate(DATA)).is_file()]:
        print(f"{absent[0]} is not there: PEDIGREE_TEST_DATA names the folder of the data", file=sys.stderr)
        sys.exit(2)
    os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[:1])
    encoders = find_encoders()
    name = next(iter(encoders), None)
    lines = []
    for source in SOURCES:
        lines += list(measure(source, Embedder(name, encoders[name]) if name else None))
        print(source.title, lines[-1], flush=True)
    before, rest = page.read_text(encoding="utf-8").split(START)
    write_text(page, f"{before}{START}\n{write_evidence(lines)}\n{END}{rest.split(END)[1]}")
    print(f"wrote {page}")


if __name__ == "__main__":
    main()
