"""The page of the gates: what each checks, whether it stops a version, and its limit."""

import json
from pathlib import Path

from pedigree.recipe.gate_settings import DriftSettings
from pedigree.report.reference.tables import NOTE, name_keys, write_table

PAGE_FILE, SUITE_FILE = "docs/gates.md", "expectations/text-classification.json"
SUITE = {  # gates of the suite, which says how severe they are -> (when it fails, keys of the recipe with its limit)
    "columns": ("the columns are not the recipe's, in their order", "fields"),
    "rows": ("the number of rows is not the one that was wanted", "rows"),
    "nulls": ("a value is missing", ""),
    "label set": ("a label is none of the recipe's", "labels"),
    "length": (
        "a text is shorter or longer than allowed, in characters",
        "fields.NAME.min_chars fields.NAME.max_chars",
    ),
    "values": ("a category is none of the recipe's", "fields.NAME.values"),
    "range": ("a number is outside the limits", "fields.NAME.min fields.NAME.max"),
    "row ids": ("two rows have one id", ""),
    "duplicates": ("two rows are equal in all fields", ""),
    "near-duplicates": ("too many rows say nearly what another says", "gates.near_duplicate_share"),
    "label distance": (
        "the labels' shares are far from the target (total variation: half the sum of the differences)",
        "gates.label_distance",
    ),
    "label divergence": ("the same as a Kullback-Leibler divergence, in nats: above 0.01, which the suite says", ""),
    "class floor": ("a label has too few rows to be learned", "gates.class_floor"),
}
OTHERS = {  # -> (whether it stops a version, when it fails, keys)
    "people's rows sent to a model": (
        "yes",
        "with `private: true`: six words in a row of people's rows stand in a prompt ([privacy.md](privacy.md))",
        "private",
    ),
    "real rows": ("yes", "a real row is missing, or a row is marked real that is none", "real"),
    "origin and label": (
        "warns",
        "in an augmented set, a classifier can learn who wrote a row instead of its label: label and origin go "
        "together (Cramer's V above 0.5) and texts of one label tell their origin (two-sample AUC above 0.8)",
        "",
    ),
    "answering models": (
        "warns; yes with `forbid`",
        "a model answered under several names: its provider changed it, or it was served under another alias; names "
        "that differ only in a file's folder or its end, such as `.gguf`, are one",
        "gates.mixed_models",
    ),
    "labels as kept": (
        "yes",
        "the shares of the kept rows, real ones included, are far from the target (total variation)",
        "gates.label_distance",
    ),
    "rows of each label": (
        "yes",
        "with `labels_per_row`: the share of a label is far from what was planned, or a label has fewer rows than "
        "`class_floor` ([multi-label.md](multi-label.md))",
        "labels_per_row gates.label_distance gates.class_floor",
    ),
    "labels together": (
        "yes",
        "with `labels_per_row`: the share of rows with a number of labels, or with two labels, is far from what was "
        "planned",
        "labels_per_row gates.label_distance",
    ),
    "labels as read": (
        "warns",
        "the shares as a classifier of the seeds reads them are far from the target (total variation); unknown without "
        "seeds, and with `labels_per_row`",
        "gates.read_distance",
    ),
    "languages as kept": (
        "yes",
        "with `languages`: the rows of each label in each language are far from their targets (total variation)",
        "gates.label_distance",
    ),
    "languages as read": (
        "warns",
        "with `languages`: more than 5 % of the texts that tell it are clearly in another language than was asked for",
        "",
    ),
    "label precision": (
        "yes",
        "the share of right labels lies below the limit with its whole interval, or the only check is a judge that "
        "guesses on people's rows ([labels.md](labels.md))",
        "gates.label_precision",
    ),
    "scenario floors": (
        "yes",
        "a scenario has fewer rows than its floor; unknown if no prompt asked for one ([scenarios.md](scenarios.md))",
        "scenarios[].floor",
    ),
    "screens by label": (
        "warns",
        "one screen takes more than this share of a label's candidates",
        "gates.screen_share",
    ),
}
BEGINNING = f"""\
{NOTE.format("pedigree/report/reference/gate_page.py and " + SUITE_FILE)}

# Gates

A gate is a check of the whole dataset before it is published: *passed*, *failed*, or *unknown* where there was nothing
to check. A gate that *stops a version* must pass; `label precision` that is unknown does not stop it where some check
was made, but is said. A judge that does no better than guessing on rows of people is no such check.
`gates.json` has figure, limit and message of each, and the ids of at most 20 rows that fail.
*Limit* is the key of the recipe, with its default.

"""
END = f"""
The gates up to `class floor` are a [Great Expectations](https://greatexpectations.io) suite, `{SUITE_FILE}`;
add expectations there, or name another suite with `gates: {{suite: NAME}}`. The gates `drift: ...` are there where a
run adds rows to a version: the distance of the added rows from the version's rows, less the distance expected by chance
(the 99th percentile of 200 random parts); null turns one off.
"""


def name_drift_gate(key: str) -> str:
    """Return the name of the gate of a key of ``drift``."""
    return f"drift: {key.replace('_', ' as ')}"


def format_page(root: Path) -> str:
    """Return the page as Markdown; ``root`` is the checkout, whose suite says how severe its gates are."""
    expectations = json.loads((root / SUITE_FILE).read_text(encoding="utf-8"))["expectations"]
    stops = {one["meta"]["name"]: "yes" if one["severity"] == "critical" else "warns" for one in expectations}
    rows = [(name, stops[name], *about) for name, about in SUITE.items()]
    rows += [(name, *about) for name, about in OTHERS.items()]
    for key, field in DriftSettings.model_fields.items():
        rows.append(
            (name_drift_gate(key), "yes", f"rows added to a version differ. {field.description}", f"drift.{key}")
        )
    lines = ((f"`{name}`", stop, fails, name_keys(keys)) for name, stop, fails, keys in rows)
    return BEGINNING + write_table(("gate", "stops a version", "fails if", "limit with its default"), lines) + END
