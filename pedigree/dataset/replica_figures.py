"""How far a dataset's figures differ over its replicas (flow replicate), as report and card tell it."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pedigree.dataset.results import write_result
from pedigree.ids import sha256_of
from pedigree.recipe.schema import Recipe
from pedigree.workspace import Workspace

FIGURES = {  # the figures whose spread is told, and how they are written
    "rows": ("rows", ",.1f"),
    "kept_share": ("yield", ".1%"),
    "macro_f1": ("macro-F1", ".3f"),
    "labels_right": ("labels right by estimate", ".1%"),
    "distinct_2": ("distinct-2", ".3f"),
    "remote_clique": ("Remote Clique", ".3f"),
    "completions": ("calls", ",.1f"),
    "tokens": ("tokens", ",.0f"),
    "usd": ("USD", ".4f"),
}
LABEL_FIGURES = {"right": "right labels by estimate", "kept_share": "yield", "rows": "rows"}  # of each label
LISTED = 8  # labels whose spread a sentence names
ONE_RUN = "One run: the spread of these figures over other runs is unknown"
UNTOUCHED = {"rows", "grown_from", "card"}  # keys of a recipe in which replicas may differ from the dataset


def write_spread(workspace: Workspace, recipe: Recipe, found: Mapping[str, Any]) -> None:
    """Keep the spread over the replicas of a recipe, for ``read_spread``."""
    write_result({**found, "recipe_sha256": _hash(recipe)}, _find(workspace, recipe))


def copy_spread(workspace: Workspace, recipe: Recipe, spread: Mapping[str, Any]) -> None:
    """Keep in another workspace a spread that was published: replicas are not made again."""
    write_result(dict(spread), _find(workspace, recipe))


def read_spread(workspace: Workspace, recipe: Recipe) -> dict[str, Any] | None:
    """Return the spread over the replicas; None where there are none, or the recipe has changed since."""
    path = _find(workspace, recipe)
    if not path.is_file():
        return None
    spread = json.loads(path.read_text(encoding="utf-8"))
    return spread if spread["recipe_sha256"] == _hash(recipe) else None


def format_spread(spread: Mapping[str, Any], name: str) -> str | None:
    """Return a figure as mean ± standard deviation; None where fewer than two variants have it."""
    one = spread["figures"].get(name)
    if not one or one["std"] is None:
        return None
    return f"{one['mean']:{FIGURES[name][1]}} ± {one['std']:{FIGURES[name][1]}}"


def list_spread(spread: Mapping[str, Any] | None) -> dict[str, str]:
    """Return the figures that have a spread over variants, as text by name."""
    return {name: text for name in FIGURES if spread and (text := format_spread(spread, name))}


def describe_runs(spread: Mapping[str, Any] | None) -> list[str]:
    """Return sentences without the last full stop: each figure over the variants, and the averaged predictions'."""
    if not spread:
        return [ONE_RUN]
    parts = [f"{FIGURES[name][0]} {text}" for name, text in list_spread(spread).items()]
    if not parts:
        return [ONE_RUN]
    said = [f"Mean ± standard deviation over {spread['variants']} variants: {', '.join(parts)}"]
    if "labels" in spread:  # spreads of earlier code lack it
        said.append(_describe_checks(spread["labels"]))
    said += describe_label_spread(spread.get("by_label", {}))
    if one := spread["ensemble"]:
        low, high = one["gain_interval"]
        said.append(
            f"Averaged predictions of {one['students']} classifiers on {one['test_rows']:,} held-out rows: macro-F1 "
            f"{one['macro_f1']:.3f} ({one['interval'][0]:.3f} to {one['interval'][1]:.3f}), against "
            f"{one['single']['mean']:.3f} of a single one on average: {one['gain']:+.3f} ({low:+.3f} to {high:+.3f})"
        )
    return said if spread["evidence"] else [*said, "The rows are from the offline model: no evidence about a real one"]


def describe_label_spread(by_label: Mapping[str, Mapping[str, Any]]) -> list[str]:
    """Return a sentence for each figure of the labels: mean ± standard deviation, the label that varies most first.

    A figure that is the same in all variants, or known in fewer than two, is left out.
    """
    said = []
    for name, title in LABEL_FIGURES.items():
        known = {label: one[name] for label, one in by_label.items() if one.get(name) and one[name]["std"]}
        if not known:
            continue
        ordered = sorted(known, key=lambda label: -known[label]["std"])
        form = ",.1f" if name == "rows" else ".1%"
        parts = [f"{label} {known[label]['mean']:{form}} ± {known[label]['std']:{form}}" for label in ordered[:LISTED]]
        rest = len(known) - len(parts)
        said.append(f"By label, {title}: {', '.join(parts)}" + (f"; {rest:,} more vary less" if rest else ""))
    return said


def _describe_checks(labels: Mapping[str, Any]) -> str:
    """Return of how many variants the labels were checked, and by whom."""
    checked, by = labels["checked"], " and ".join(labels["by"])
    if not checked:
        return "The share of right labels over variants is unknown: no labels were checked"
    said = f"The labels of {checked} variants were checked, by {by}"
    if len(labels["by"]) > 1:
        return f"{said}: these estimates are not comparable, so the spread of the share of right labels is unknown"
    return said if checked > 1 else f"The labels of one variant were checked, by {by}: a spread needs two"


def _find(workspace: Workspace, recipe: Recipe) -> Path:
    return workspace.state / "replicas" / recipe.dataset / "spread.json"


def _hash(recipe: Recipe) -> str:
    return sha256_of(recipe.model_dump(mode="json", exclude=UNTOUCHED))
