"""Do the measures of tables tell good rows from bad: ``python benchmarks/tables.py`` (writes docs/table-measures.md).

Four sets of scikit-learn are split into rows of people and held-out rows. Rows are made of people's rows by a Gaussian
copula, by SMOTE, by drawing them again, and by shuffling each column by itself, which keeps the columns and destroys
what they say of each other and of the label. That one must rank last. It takes minutes on one core. SMOTE needs
imbalanced-learn and is left out without it.
"""

import os
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

import numpy as np

os.environ.setdefault("OMP_NUM_THREADS", "1")
sys.path.insert(0, str(Path(__file__).parents[1]))

from sklearn import datasets

from pedigree.metrics.tables.columns import LABEL, Column, Table
from pedigree.metrics.tables.fidelity import compare_tables
from pedigree.system.atomic_write import write_text
from pedigree.usefulness.baselines.names import COPULA, SMOTE
from pedigree.usefulness.baselines.trial import count_wanted, make_baseline
from pedigree.usefulness.pool import Sample
from pedigree.usefulness.tables.student import make_student
from pedigree.usefulness.tables.trial import measure_tables
from pedigree.usefulness.trials import TrainingMix, run_trial
from pedigree.usefulness.tstr import make_pool

PAGE = Path(__file__).parents[1] / "docs/table-measures.md"
START, END = "<!-- evidence: begin -->\n", "<!-- evidence: end -->\n"
SEEDS, PEOPLE = 5, 0.5  # splits of each set, and the share of its rows that are people's
RESAMPLED, SHUFFLED, REAL = "people's rows drawn again", "shuffled columns", "people's rows"
TITLES = {COPULA: "Gaussian copula", SMOTE: "SMOTE"}


@dataclass(frozen=True)
class Line:
    """Figures of one way to make rows on one split of one set."""

    data: str
    way: str
    column: float
    pair: float
    auc: float
    macro_f1: float
    trees: float
    models: float | None
    columns: float | None


def load_sets() -> dict[str, tuple[Table, np.ndarray]]:
    """Return the rows and the label ids of each set; diabetes in three classes of equally many rows."""
    found = {}
    for name in ("breast_cancer", "wine", "iris", "diabetes"):
        loaded = getattr(datasets, f"load_{name}")()
        target = loaded.target
        if name == "diabetes":
            target = np.searchsorted(np.quantile(target, [1 / 3, 2 / 3]), target)
        columns = tuple(Column(f"x{place}", "number") for place in range(loaded.data.shape[1]))
        found[name] = Table(columns, loaded.data), target.astype(int)
    return found


def make_rows(way: str, people: Sample, seed: int) -> Sample | None:
    """Return as many rows as people's."""
    chance = np.random.default_rng(seed)
    if way == REAL:
        return people
    if way == RESAMPLED:
        return people.take(np.sort(chance.choice(len(people), len(people))))
    if way == SHUFFLED and people.table is not None:
        return Sample(
            people.texts,
            people.label_ids,
            None,
            Table(people.table.columns, chance.permuted(people.table.values, axis=0)),
        )
    return make_baseline(way, people, count_wanted(people), seed)


def measure_set(name: str, table: Table, labels: np.ndarray, seed: int) -> Iterator[Line]:
    """Yield a line for each way to make rows."""
    order = np.random.default_rng(seed).permutation(len(table))
    cut = int(PEOPLE * len(table))
    people, tests = (
        Sample([""] * len(rows), labels[rows], None, table.take(rows)) for rows in (order[:cut], order[cut:])
    )
    ways = [REAL, RESAMPLED, COPULA, *([SMOTE] if find_spec("imblearn") else []), SHUFFLED]
    for way in ways:
        made = make_rows(way, people, seed)
        if made is None:
            continue
        pool = make_pool(made, people, tests, int(labels.max()) + 1, seed)
        trial = run_trial(make_student(pool), pool, TrainingMix(len(made), 0))
        found, ranked = compare_tables(with_label(made), with_label(tests), seed, brief=True), measure_tables(pool)
        yield Line(
            name, way, found["column_distance"], found["pair_difference"], found["two_sample_auc"], trial.macro_f1,
            ranked["boosted"]["synthetic"]["macro_f1"], ranked["model_selection"]["spearman"],
            ranked["feature_selection"]["spearman"],
        )  # fmt: skip


def with_label(one: Sample) -> Table:
    """Return the columns of rows, the label first."""
    levels = tuple(map(str, range(int(one.label_ids.max()) + 1)))
    return Table(
        (Column(LABEL, "category", levels), *one.table.columns), np.column_stack([one.label_ids, one.table.values])
    )


def format_table(lines: list[Line], sets: list[str]) -> str:
    """Return the means over splits and these sets as Markdown, a line for each way to make rows."""
    figures = "column distance | pair difference | two-sample AUC | macro-F1 | of trees | ranks of models | of columns"
    page = [f"| rows made by | {figures} |", "|---|---:|---:|---:|---:|---:|---:|---:|"]
    for way in dict.fromkeys(line.way for line in lines):
        own = [line for line in lines if line.way == way and line.data in sets]
        means = [
            np.mean([value for line in own if (value := getattr(line, key)) is not None])
            for key in ("column", "pair", "auc", "macro_f1", "trees", "models", "columns")
        ]
        page.append(f"| {TITLES.get(way, way)} | {' | '.join(f'{one:.3f}' for one in means)} |")
    return "\n".join(page) + "\n"


def find_worst(lines: list[Line]) -> dict[str, dict[str, str]]:
    """Return by set and figure which way is worst on average."""
    worst: dict[str, dict[str, str]] = {}
    for data in dict.fromkeys(line.data for line in lines):
        for key, sign in (("pair", 1), ("auc", 1), ("macro_f1", -1), ("trees", -1)):
            means = {
                way: sign
                * float(np.mean([getattr(line, key) for line in lines if (line.data, line.way) == (data, way)]))
                for way in dict.fromkeys(line.way for line in lines)
            }
            worst.setdefault(data, {})[key] = max(means, key=lambda way: means[way])
    return worst


def main() -> None:
    """Measure all sets, write the page, and exit with status 1 unless shuffled columns rank last everywhere."""
    lines = [
        line
        for name, (table, labels) in load_sets().items()
        for seed in range(SEEDS)
        for line in measure_set(name, table, labels, seed)
    ]
    sets = list(dict.fromkeys(line.data for line in lines))
    for one in sets:
        print(f"{one}\n\n{format_table(lines, [one])}")
    table = format_table(lines, sets)
    before, rest = PAGE.read_text(encoding="utf-8").split(START)
    write_text(PAGE, f"{before}{START}\n{table}\n{END}{rest.split(END)[1]}")
    if wrong := {data: found for data, found in find_worst(lines).items() if set(found.values()) != {SHUFFLED}}:
        sys.exit(f"shuffled columns are not last: {wrong}")
    print("shuffled columns rank last on each set by pair difference, two-sample AUC, macro-F1 and macro-F1 of trees")


if __name__ == "__main__":
    main()
