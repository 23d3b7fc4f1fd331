"""Text that real models wrote, beside real rows of the same task: what there is, and a workspace that replays it.

Of the Parrot Dilemma (Møller et al. 2024, arXiv 2304.13861): GPT-4 and Llama-2-70B rewrote a tenth of crowd-labelled
sets. Of SuperGen (Meng et al. 2022, arXiv 2202.04538): CTRL wrote film reviews from prompts alone.
"""

import csv
import json
import os
import random
import shutil
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

from ruamel.yaml import YAML

from pedigree.workspace import Workspace

REPOSITORY = Path(__file__).parents[1]
DATA = Path(os.environ.get("PEDIGREE_TEST_DATA", REPOSITORY.parent / "shared/data"))
REAL_ROWS = 200  # drawn from the held-out rows where a source has no real rows to learn from

Rows = list[dict[str, str]]


@dataclass(frozen=True)
class Task:
    """A classification task with real rows: what its labels mean, and where its rows are (below ``llm/``)."""

    name: str
    question: str
    folder: str
    means: dict[str, str]
    field: str = "augmented_text"
    label: str = "target"
    labels: tuple[tuple[str, str], ...] = ()  # label in the files -> label here, where they differ


@dataclass(frozen=True)
class Source:
    """What one model wrote for a task: a file in the task's folder."""

    task: Task
    model: str
    file: str
    screens: tuple[tuple[str, str], ...] = ()  # what its recipe sets otherwise than the default

    @property
    def dataset(self) -> str:
        """Return the name of its dataset."""
        return "-".join([self.task.name, self.model, *(f"{screen}-{value}" for screen, value in self.screens)]).lower()

    @property
    def title(self) -> str:
        """Return what a line of the table is called."""
        return ", ".join([self.task.name, self.model, *(f"`{screen}: {value}`" for screen, value in self.screens)])

    def locate(self, data: Path) -> Path:
        """Return the path of its file."""
        return data / "llm" / self.task.folder / self.file


PARROT = (
    Task(
        "hyperbole",
        "Does this sentence exaggerate?",
        "parrot/hypo-l",
        {"hyperbole": "it exaggerates on purpose", "not hyperbole": "it is meant as it stands"},
    ),
    Task(
        "sentiment",
        "How does the writer of this tweet feel about it?",
        "parrot/sentiment",
        {
            "negative": "unhappy, angry or against something",
            "neutral": "states something and takes no side",
            "positive": "happy, hopeful or for something",
        },
    ),
    Task(
        "question-intimacy",
        "How intimate is this question?",
        "parrot/questionintimacy",
        {
            "Very-intimate": "one would ask hardly anybody",
            "Intimate": "one would ask a close friend",
            "Somewhat-intimate": "one would ask somebody one knows",
            "Not-very-intimate": "one would ask an acquaintance",
            "Not-intimate": "one would ask a colleague",
            "Not-intimate-at-all": "one would ask any stranger",
        },
    ),
    Task(
        "emotion",
        "What does the writer of this tweet feel?",
        "parrot/crowdflower",
        {name: f"the writer's feeling: {name}" for name in (
            "anger", "boredom", "empty", "enthusiasm", "fun", "happiness", "hate", "love", "neutral", "relief",
            "sadness",
            "surprise", "worry",
        )},
    ),
)  # fmt: skip
SST2 = Task(
    "sst2",
    "What does this film review think of the film?",
    "supergen/sst2",
    {"negative": "against the film", "positive": "for the film"},
    "text",
    "label",
    (("0", "negative"), ("1", "positive")),
)
MODELS = ("GPT-4", "Llama-2-70B")
SOURCES = (
    *(Source(task, model, f"balanced_{model.lower()}_augmented.json") for task in PARROT for model in MODELS),
    *(Source(PARROT[-1], model, f"balanced_{model.lower()}_augmented.json", (("pii", "off"),)) for model in MODELS),
    Source(SST2, "CTRL", "train.json"),
)


def write_workspace(source: Source, data: Path, root: Path) -> Workspace:
    """Write a workspace whose recipe asks for every record of a source; return it.

    Seeds are the real rows to learn from, held-out rows those to be tested on; of a text that stands in both, or twice,
    the first row counts, as each does that a table can hold.
    """
    real, tests = read_real(source.task, data)
    workspace, name, written = Workspace(root), source.dataset, source.locate(data)
    for part in ("prompts", "expectations"):
        shutil.copytree(REPOSITORY / part, root / part, ignore=shutil.ignore_patterns("*.py", "__pycache__"))
    shutil.copy(REPOSITORY / "dvc.yaml", root)
    folder = workspace.seeds_folder(name)
    folder.mkdir(parents=True)
    shutil.copy(written, folder)
    for part, rows in (("seeds", real), ("held-out", tests)):
        lines = "".join(json.dumps(row) + "\n" for row in rows)
        (folder / f"{part}.jsonl").write_text(lines, encoding="utf-8")
    workspace.recipe_path(name).parent.mkdir()
    with workspace.recipe_path(name).open("w", encoding="utf-8") as file:
        YAML(typ="safe").dump(_write_recipe(source, json.loads(written.read_text(encoding="utf-8"))), file)
    return workspace


def _write_recipe(source: Source, records: list[dict]) -> dict:
    """Return a recipe with the screens as they are by default, and no row set aside for validation."""
    task, folder = source.task, f"data/seeds/{source.dataset}"
    counts = Counter(dict(task.labels).get(record[task.label], record[task.label]) for record in records)
    return {
        "dataset": source.dataset,
        "task": task.question,
        "labels": {
            label: {"share": counts[label] / len(records), "means": means} for label, means in task.means.items()
        },
        "fields": {"text": {"min_chars": 5, "max_chars": 600}},
        "seeds": f"{folder}/seeds.jsonl",
        "held_out": f"{folder}/held-out.jsonl",
        "rows": len(records),
        "generators": [
            {
                "name": source.model.lower(),
                "strategy": "replay",
                "model": f"replay/{folder}/{source.file}",
                "rows_per_call": 100,
                "replay": {"fields": {"text": task.field}, "label": task.label, "labels": dict(task.labels)},
            }
        ],
        "screens": dict(source.screens),
        "split": {"validation": 0},
        "evaluate": {"repeats": 5},
    }


def read_real(task: Task, data: Path) -> tuple[Rows, Rows]:
    """Return the real rows to learn from and those to be tested on, no text twice and none in both."""
    folder = data / "llm" / task.folder
    if (folder / "base.json").is_file():
        real, tests = (_read_json(folder / f"{part}.json") for part in ("base", "test"))
        return _drop_known(real, ()), _drop_known(tests, real)
    rows = _drop_known(_read_tsv(folder / "test.tsv", dict(task.labels)), ())
    random.Random(0).shuffle(rows)
    return rows[:REAL_ROWS], rows[REAL_ROWS:]


def read_json_rows(source: Source, data: Path) -> Rows:
    """Return the rows that a model wrote, in the file's order, with the labels of the task."""
    task = source.task
    records = json.loads(source.locate(data).read_text(encoding="utf-8"))
    return [
        {"text": record[task.field], "label": dict(task.labels).get(record[task.label], record[task.label])}
        for record in records
        if isinstance(record[task.field], str) and record[task.field].strip()
    ]


def _read_json(path: Path) -> Rows:
    return [{"text": row["text"], "label": row["target"]} for row in json.loads(path.read_text(encoding="utf-8"))]


def _read_tsv(path: Path, labels: dict[str, str]) -> Rows:
    with path.open(encoding="utf-8", newline="") as file:
        lines = csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE)
        return [{"text": line["sentence"], "label": labels[line["label"]]} for line in lines]


def _drop_known(rows: Rows, known: Rows | tuple) -> Rows:
    seen, left = {_fold(row) for row in known}, []
    for row in rows:
        if _fold(row) not in seen:
            seen.add(_fold(row))
            left.append(row)
    return left


def _fold(row: dict[str, str]) -> str:
    return " ".join(row["text"].casefold().split())
