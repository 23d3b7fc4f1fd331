"""Tables of scikit-learn as workspaces with files of CSV; model servers that answer with rows made in known ways."""

import csv
import hashlib
import json
import re
from collections.abc import Callable
from pathlib import Path
from statistics import NormalDist
from typing import Any

import numpy as np
from ruamel.yaml import YAML

from pedigree.job import Job, open_job
from tests.support.fake_endpoint import said
from tests.support.workspaces import make_workspace

CHECKS = {  # what all rows of people hold
    "iris": ["petal_length > petal_width", "sepal_length > sepal_width"],
    "wine": ["proline > alcohol"],
    "breast_cancer": ["worst_radius >= mean_radius", "mean_area > mean_perimeter"],
    "diabetes": ["abs(bmi) < 0.5"],
}
Row = dict[str, Any]
Maker = Callable[[list[Row], int, np.random.Generator], list[Row]]  # rows of a label, how many to make


def load_rows(name: str) -> list[Row]:
    """Return the different rows of a table of scikit-learn: its columns, and ``label``; of diabetes in three parts."""
    from sklearn import datasets

    data = getattr(datasets, f"load_{name}")()
    columns = [re.sub(r"\W+", "_", one.replace("(cm)", "")).strip("_").lower() for one in data.feature_names]
    labels, target = getattr(data, "target_names", None), data.target
    if labels is None:
        labels, target = ("low", "middle", "high"), np.digitize(target, np.quantile(target, [1 / 3, 2 / 3]))
    rows = [
        {
            **{at: round(float(value), 6) for at, value in zip(columns, line, strict=True)},
            "label": str(labels[int(number)]),
        }
        for line, number in zip(data.data, target, strict=True)
    ]
    return list({json.dumps(row): row for row in rows}.values())


def make_table_job(root: Path, name: str, generator: Row, **changes: Any) -> Job:
    """Return the job of a workspace with half of a table's rows as seeds and the other half held out, both as CSV."""
    rows, dataset = load_rows(name), name.replace("_", "-")
    columns, labels = [one for one in rows[0] if one != "label"], list(dict.fromkeys(row["label"] for row in rows))
    shares = [round(1 / len(labels), 4)] * (len(labels) - 1)
    limits = {at: (min(row[at] for row in rows), max(row[at] for row in rows)) for at in columns}
    workspace = make_workspace(
        root,
        dataset=dataset,
        task="Which class does this row belong to?",
        labels={
            label: {"share": share, "means": f"rows of class {label}"}
            for label, share in zip(labels, [*shares, round(1 - sum(shares), 4)], strict=True)
        },
        fields={at: {"type": "number", "min": low, "max": high} for at, (low, high) in limits.items()},
        generators=[{"strategy": "table", "rows_per_call": 5, "shots": 20, **generator}],
        **{"rows": 30, "checks": CHECKS[name], **changes},
    )
    by_label = [[row for row in rows if row["label"] == label] for label in labels]
    halves = {"seeds": [half for some in by_label for half in some[::2]]}
    halves["held_out"] = [half for some in by_label for half in some[1::2]]
    path, yaml = workspace.recipe_path(dataset), YAML(typ="safe")
    recipe = yaml.load(path)
    for key, some in halves.items():
        recipe[key] = f"data/seeds/{dataset}/{key}.csv"
        with (root / recipe[key]).open("w", encoding="utf-8", newline="") as file:
            writer = csv.DictWriter(file, [*columns, "label"])
            writer.writeheader()
            writer.writerows(some)
    yaml.dump(recipe, path)
    return open_job(workspace, dataset)


def answer_with(job: Job, make: Maker, write: Callable[[list[Row]], str] | None = None) -> Callable[[dict], dict]:
    """Return what a server answers: rows made of the seeds of the label that a prompt names, as JSON if not told how.

    An answer depends on the prompt alone.
    """
    by_label = {label: [one.fields for one in job.seeds if one.label == label] for label in job.recipe.labels}

    def answer(body: dict) -> dict:
        prompt = body["messages"][-1]["content"]
        label, rows = re.search(r"^Label: (.+)$", prompt, re.M)[1], int(re.search(r"^Rows: (\d+)$", prompt, re.M)[1])
        chance = np.random.default_rng(int(hashlib.sha256(prompt.encode()).hexdigest()[:8], 16))
        made = make(by_label[label], rows, chance)
        return said(write(made) if write else json.dumps({"rows": made}))

    return answer


def resample(people: list[Row], count: int, chance: np.random.Generator, noise: float = 0.2) -> list[Row]:
    """Return rows of people with noise on each value, a share of its column's standard deviation."""
    table = np.array([list(row.values()) for row in people])
    drawn = table[chance.integers(len(table), size=count)]
    return _name(people, drawn + chance.normal(size=drawn.shape) * noise * table.std(axis=0))


def draw_copula(people: list[Row], count: int, chance: np.random.Generator) -> list[Row]:
    """Return rows of a Gaussian copula: people's columns, and the correlation of their normal scores."""
    table = np.array([list(row.values()) for row in people])
    ranks = (table.argsort(axis=0).argsort(axis=0) + 1) / (len(table) + 1)
    scores = np.vectorize(NormalDist().inv_cdf)(ranks)
    normal = chance.multivariate_normal(np.zeros(table.shape[1]), np.corrcoef(scores.T), size=count, method="svd")
    shares = np.vectorize(NormalDist().cdf)(normal)
    columns = [np.quantile(table[:, at], shares[:, at]) for at in range(table.shape[1])]
    return _name(people, np.array(columns).T)


def copy_some(people: list[Row], count: int, chance: np.random.Generator) -> list[Row]:
    """Return copies of people's rows and new rows, in turn; of the copies some have noise behind the last decimal."""
    new = resample(people, count, chance)
    for at in range(0, count, 2):
        own = people[int(chance.integers(len(people)))]
        new[at] = own if at % 4 else {name: value + 1e-9 for name, value in own.items()}
    return new


def _name(people: list[Row], table: np.ndarray) -> list[Row]:
    """Return an array as rows; values stay in people's range and get two decimals more than theirs."""
    names, own = list(people[0]), np.array([list(row.values()) for row in people])
    inside = np.clip(table, own.min(axis=0), own.max(axis=0))
    return [{name: round(float(value), 6) for name, value in zip(names, line, strict=True)} for line in inside]
