"""Writes the recipe of a table that was profiled: readable, with what each part rests on."""

from collections.abc import Mapping, Sequence
from datetime import date
from math import ceil
from typing import Any

from pedigree.dataset.tables.people_split import PeopleSplit
from pedigree.dataset.tables.proposed_rules import ProposedRule
from pedigree.dataset.tables.table_profile import FieldProfile, TableProfile
from pedigree.ids import canonical_json
from pedigree.recipe.plain_words import quote_key

RECIPE = """\
# yaml-language-server: $schema=../{schema}
# Made from {file}{sample} by 'pedigree new'. Change anything, then: pedigree run {dataset}
dataset: {dataset}
task: {task}
language: en
languages: {{}}
seed: 0

# The values of the column {column}, since {why}. Describe them: the model reads it.
labels:
{labels}
labels_per_row: null

# Types and limits as in the file. Remove a field that must not be learned from, or that names people.
fields:
{fields}
slots: {{}}

# What holds in every row that was looked at: remove what holds by accident only; docs/tables.md
checks:{checks}
depends:{depends}

# Of each label, seven rows in ten are seeds, which may be shown to a model; the others are held out, and test.
seeds: {seeds}        # {seed_rows:,} rows
held_out: {held_out}  # {held_rows:,} rows
real: null
review: null

rows: {rows}
private: false
selection: arrival
grown_from: []
scenarios: []

generators:
  - strategy: {strategy}
    model: offline/template    # or openai/gpt-4o-mini, anthropic/..., ollama/llama3.2, any LiteLLM model string
    shots: {shots}
    rows_per_call: {rows_per_call}
    parameters: {{temperature: 1.0, max_tokens: 2000}}
judges: []

budget: {{usd: 1.00, calls: {calls}, tokens: {tokens}, rounds: 6}}
screens: {{pii: reject}}
weights: none
split: {{validation: 0.15}}
gates: {{label_distance: 0.01, class_floor: {class_floor}, label_precision: unchecked-ok}}  # or 0.7, with a judge
drift: {{}}
evaluate: {{repeats: 5}}

card:
  license: unknown
  intended_use: ""
  limits: []
"""
ROWS, MOST_ROWS, FLOOR = 200, 2000, 10
CALLS, TOKENS = 200, 1_000_000  # for ROWS rows
SHOTS, ROWS_PER_CALL = 10, 5


def format_recipe(
    dataset: str,
    file: str,
    task: str | None,
    profile: TableProfile,
    rules: Sequence[ProposedRule],
    split: PeopleSplit,
    places: Sequence[str],
    schema: str,
    *,
    sampled: bool,
) -> str:
    """Return the recipe's text; ``places`` are the paths of seeds and held-out rows."""
    counts = {label: int((profile.frame["label"] == label).sum()) for label in profile.label.counts}
    shares = _share(counts)
    rows = min(max(ROWS, ceil(FLOOR / min(shares.values()))), MOST_ROWS)
    has_text = any(one.settings["type"] == "text" for one in profile.fields)
    asked = f"What is {profile.label.column!r} of this record?"
    return RECIPE.format(
        schema=schema,
        file=_in_line(file),
        sample=" (a sample of its rows)" if sampled else "",
        dataset=dataset,
        task=canonical_json(" ".join((task or asked).split())),
        column=_in_line(canonical_json(profile.label.column)),
        why=_in_line(profile.label.why),
        labels="\n".join(_format_label(name, share, profile.label.column) for name, share in shares.items()),
        fields="\n".join(f"  {one.name}: {_format_field(one)}" for one in profile.fields),
        checks=_format_checks(rules),
        depends=_format_depends(rules),
        seeds=places[0],
        held_out=places[1],
        seed_rows=split.seeds.height,
        held_rows=split.held_out.height,
        rows=rows,
        strategy="few-shot" if has_text else "table",
        shots=max(1, min(SHOTS, split.least)),
        rows_per_call=ROWS_PER_CALL,
        calls=CALLS * max(1, rows // ROWS),
        tokens=TOKENS * max(1, rows // ROWS),
        class_floor=min(FLOOR, max(1, int(rows * min(shares.values())) - 1)),
    )


def _share(counts: Mapping[str, int]) -> dict[str, float]:
    """Return the shares of labels with six decimals; they sum to 1."""
    total = sum(counts.values())
    shares = {name: max(round(rows / total, 6), 1e-6) for name, rows in counts.items()}
    first = next(iter(shares))  # the most frequent one
    shares[first] = round(1 - sum(share for name, share in shares.items() if name != first), 6)
    return shares


def _format_label(name: str, share: float, column: str) -> str:
    return f"  {quote_key(name)}: {{share: {share}, means: {canonical_json(f'{column} is {name}')}}}"


def _format_field(field: FieldProfile) -> str:
    said = {key: value if key == "type" else _format_value(value) for key, value in field.settings.items()}
    cells = ", ".join(f"{key}: {value}" for key, value in said.items())
    return f"{{{cells}}}" + (f"  # {_in_line(field.note)}" if field.note else "")


def _format_value(value: Any) -> str:
    if isinstance(value, list):
        return "[" + ", ".join(map(canonical_json, value)) + "]"
    return canonical_json(str(value)) if isinstance(value, str | date) else repr(value)


def _format_checks(rules: Sequence[ProposedRule]) -> str:
    lines = [f"  - {canonical_json(one.check)}  # {one.rests_on}" for one in rules if one.check]
    return "\n" + "\n".join(lines) if lines else " []"


def _format_depends(rules: Sequence[ProposedRule]) -> str:
    pairs = [(one.depends, one.rests_on) for one in rules if one.depends]
    lines = []
    for left in dict.fromkeys(names[0] for names, _ in pairs):
        own = [(names[1], rests) for names, rests in pairs if names[0] == left]
        lines.append(f"  {left}: [{', '.join(right for right, _ in own)}]  # {own[0][1]}")
    return "\n" + "\n".join(lines) if lines else " {}"


def _in_line(text: str) -> str:
    """Return a text for a comment: one line, without characters that can't be seen."""
    return " ".join("".join(sign if sign.isprintable() else " " for sign in text).split())[:200]
