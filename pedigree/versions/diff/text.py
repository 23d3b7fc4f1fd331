"""Formats a comparison of two versions as text: counts first, sample rows and diffs below."""

import json
from collections.abc import Collection, Iterable, Mapping
from typing import Any

from rich.text import Text

from pedigree.text_format import format_delta, format_exact, format_line, format_table, format_text, say_value
from pedigree.versions.diff.model import (
    Comparison,
    Figure,
    LabelChange,
    LanguageChange,
    RowChange,
    RowChanges,
    RowsOneSided,
    TextChange,
)

SHOWN = 3  # rows of a sample
MAX_LINES = 40  # of a table
WIDTH = 100
STYLES = {"+": "green", "-": "red", "@": "cyan"}


def format_comparison(comparison: Comparison) -> Text:
    """Return a comparison as text; a section in which nothing differs is one line."""
    before, after = comparison.before, comparison.after
    title = f"{comparison.dataset} {before.name} -> {after.name}: {comparison.change or 'the same'}\n"
    text = Text().append(title, "bold")
    for side in (before, after):
        cost = "cost unknown" if side.cost_usd is None else f"{side.cost_usd:.4f} USD"
        text.append(f"  {side.name}  {side.date or 'not published'}  {cost}\n", "dim")
    for part in (
        _format_rows(comparison.rows),
        _format_counts("labels", {one.label: one for one in comparison.labels}),
        _format_counts("languages", {one.language: one for one in comparison.languages}),
        _format_inputs(comparison),
        _format_results(comparison),
    ):
        text.append_text(part)
    return text[:-1]


def _format_rows(rows: RowChanges) -> Text:
    text = _head("rows", f"{rows.before:,} -> {rows.after:,}; {rows.shared:,} in both")
    text.append_text(_format_one_sided("in", "+", rows.added))
    text.append_text(_format_one_sided("out", "-", rows.removed))
    if rows.same_content:
        text.append(f"  of the rows in, with the words and the label of one that is out: {rows.same_content:,}\n")
    for what, change in (
        ("in another split", rows.moved),
        ("relabelled", rows.relabelled),
        ("reworded", rows.reworded),
    ):
        text.append_text(_format_changed(what, change))
    return text


def _format_one_sided(way: str, sign: str, rows: RowsOneSided) -> Text:
    there = "before" if way == "in" else "now"
    fates = [f"{reason} {count:,}" for reason, count in rows.rejected_there.items()]
    text = Text(f"  {way} {rows.count:,}")
    if fates:
        text.append(f"; rejected {there}: {', '.join(map(format_line, fates))}")
    if rows.unknown_there:
        text.append(f"; not made {there}: {rows.unknown_there:,}")
    text.append("\n")
    for row in rows.sample[:SHOWN]:
        fields = " | ".join(format_line(say_value(value)) for value in row.fields.values())
        line = format_line(f"{sign} {row.row_id[:12]} {format_line(row.label, 30)}: {fields}", WIDTH - 4)
        text.append(f"    {line}\n", STYLES[sign])
    return text.append(_format_rest(rows.count, rows.sample))


def _format_changed(what: str, change: RowChange) -> Text:
    text = Text(f"  {what} {change.count:,}\n")
    for row in change.sample[:SHOWN]:
        for name in row.before:
            values = f"{_format_value(row.before[name])} -> {_format_value(row.after[name])}"
            text.append(f"    {format_line(f'{row.row_id[:12]} {name}: {values}', 2 * WIDTH)}\n")
    return text.append(_format_rest(change.count, change.sample))


def _format_rest(count: int, sample: list[Any]) -> str:
    rest = count - min(SHOWN, len(sample))
    return f"    and {rest:,} more\n" if count and rest else ""


def _format_counts(name: str, changes: Mapping[str, LabelChange | LanguageChange]) -> Text:
    """Return the table of the rows of each label, or of each language; nothing where there is none."""
    header = (name.removesuffix("s"), "before", "after", "change", "in", "out", "target")
    rows = [
        [
            format_line(title, 40),
            *(f"{side.rows:,}" if side else "-" for side in (one.before, one.after)),
            f"{one.change:+,}" if one.change else "0",
            f"{one.added:,}",
            f"{one.removed:,}",
            _format_targets(one),
        ]
        for title, one in changes.items()
    ]
    return _head(name, "").append_text(_table(header, rows, {*header[1:6]})) if rows else Text()


def _format_targets(label: LabelChange | LanguageChange) -> str:
    shares = [
        "none" if side is None or side.target_share is None else f"{side.target_share:.1%}"
        for side in (label.before, label.after)
    ]
    return shares[1] if shares[0] == shares[1] else f"{shares[0]} -> {shares[1]}"


def _format_inputs(comparison: Comparison) -> Text:
    values = [
        [format_line(one.key, 60), f"{_format_value(one.before)} -> {_format_value(one.after)}"]
        for one in comparison.values
    ]
    text = _head("recipe", f"changed values: {len(values):,}")
    text.append_text(_table((), values)).append_text(_format_diff(comparison.recipe))
    text.append_text(_head("files", f"changed: {len(comparison.files):,}"))
    for file in comparison.files:
        text.append(f"  {file.kind} {format_line(file.path, 80)} {file.status}\n", "bold").append_text(
            _format_diff(file.diff)
        )
    prompts = comparison.prompts
    counts = f"{prompts.before:,} -> {prompts.after:,}; {prompts.shared:,} in both"
    text.append_text(_head("prompts", counts))
    for prompt in prompts.as_sent:
        text.append(f"  first prompt of {format_line(prompt.generator, 60)}\n", "bold").append_text(
            _format_diff(prompt.diff)
        )
    models = [[format_line(f"{one.key} as {one.answered}", 60), *_format_figure(one)] for one in comparison.models]
    return text.append_text(_head("models", "completions")).append_text(_table((), models))


def _format_results(comparison: Comparison) -> Text:
    text = _format_headlines(comparison)
    for name, figures in (("screens", comparison.screens), ("metrics", comparison.metrics)):
        differ = [figure for figure in figures if figure.before != figure.after]
        same = len(figures) - len(differ)
        text.append_text(_head(name, f"changed: {len(differ):,}, the same: {same:,}"))
        header = ("", "before", "after", "change") if differ else ()
        text.append_text(
            _table(header, [[format_line(one.key, 60), *_format_figure(one)] for one in differ], {*header[1:]})
        )
    gates = comparison.gates
    suites = [format_line(suite or "none", 40) for suite in (gates.suite_before, gates.suite_after)]
    suite = suites[1] if suites[0] == suites[1] else f"{suites[0]} -> {suites[1]}"
    text.append_text(_head("gates", f"suite {suite}; changed: {len(gates.changed):,}, the same: {gates.unchanged:,}"))
    rows = [
        [format_line(one.name, 40), f"{_format_gate(one.before)} -> {_format_gate(one.after)}"] for one in gates.changed
    ]
    return text.append_text(_table((), rows))


def _format_headlines(comparison: Comparison) -> Text:
    if not comparison.headlines:
        return Text()
    rows = [
        [one.name, *map(format_exact, (one.before, one.after)), one.verdict, one.note or ""]
        for one in comparison.headlines
    ]
    header = ("", "before", "after", "the later is", "")
    return _head("better or worse", "figures by which a version is chosen").append_text(
        _table(header, rows, {"before", "after"})
    )


def _format_gate(gate: dict[str, Any] | None) -> str:
    if gate is None:
        return "absent"
    verdict = "holds" if gate["passed"] else "warns" if gate["severity"] == "warning" else "fails"
    verdict = "unknown" if gate["passed"] is None else verdict
    return f"{verdict} ({_format_value(gate['figure'])}, limit {_format_value(gate['limit'])})"


def _format_figure(figure: Figure) -> list[str]:
    return [*map(format_exact, (figure.before, figure.after)), format_delta(figure.change) if figure.change else ""]


def _format_diff(diff: TextChange) -> Text:
    text = Text()
    for line in diff.lines:
        text.append(f"    {format_text(line, 400).replace(chr(9), '  ')}\n", STYLES.get(line[:1], ""))
    if diff.left_out:
        text.append(f"    and {diff.left_out:,} more lines\n", "dim")
    return text.append(f"    {diff.note}\n", "dim") if diff.note else text


def _format_value(value: Any) -> str:
    text = (
        value
        if isinstance(value, str)
        else "none"
        if value is None
        else json.dumps(value, ensure_ascii=False, default=str)
    )
    return format_line(text, 80)


def _head(name: str, summary: str) -> Text:
    return Text().append(f"\n{name}", "bold").append(f": {summary}\n" if summary else "\n")


def _table(header: Iterable[str], rows: list[list[str]], right: Collection[str] = ()) -> Text:
    """Return a table of at most ``MAX_LINES`` lines; without a header, its header line is left out."""
    if not rows:
        return Text()
    header = tuple(header) or ("",) * len(rows[0])
    lines = format_table(header, rows[:MAX_LINES], {*right})
    lines = lines if any(header) else lines[1:]
    rest = [f"and {len(rows) - MAX_LINES:,} more"] if len(rows) > MAX_LINES else []
    return Text("".join(f"  {line}\n" for line in [*lines, *rest]))
