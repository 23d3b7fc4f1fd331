"""Reads the decisions of a review sheet and checks them against the dataset, line by line."""

import re
from collections.abc import Iterator
from difflib import get_close_matches
from typing import Any, Literal, get_args

import polars as pl

from pedigree.dataset.review_decisions import BINDING, REVIEWABLE, Decision
from pedigree.dataset.schemas import read_table
from pedigree.dataset.storable_text import UNSTORABLE
from pedigree.errors import CommandError
from pedigree.job import Job
from pedigree.job_outputs import read_rows
from pedigree.report.export.csv_sheet import Sheet, SheetLine, name_column
from pedigree.report.samples import parse_candidate, parse_masked_candidate, read_marked_row

DecisionName = Literal["accept", "reject", "relabel"]
DECISIONS: dict[str, DecisionName] = {name: name for name in get_args(DecisionName)}
DRAWN = re.compile(
    r"at random, (?P<place>[1-9]\d{0,8}) of (?P<drawn>\d{1,9}), sheet (?P<sheet>[0-9a-f]{8})"
    r"(?:; of its label [1-9]\d{0,8} of (?P<label_rows>[1-9]\d{0,8}))?"
)
MAX_CHARS = 2000
MAX_SHOWN = 30


def read_decisions(job: Job, sheet: Sheet, name: str) -> list[Decision]:
    """Return the decisions of a sheet in its order; lines without a decision are skipped.

    Raises CommandError with the mistakes of all lines; ``name`` is the sheet's name in messages.
    """
    filled = [line for line in sheet.lines if any(line.cells[cell].strip() for cell in ("decision", "new_label"))]
    if not filled:
        raise CommandError(
            f"{name}: no decisions found", expected=f"one of {', '.join(DECISIONS)} in the column decision"
        )
    known = _find_known(job, [line.cells["id"].strip() for line in filled])
    if not known:
        raise refuse_old_sheet(job, name, len(filled))
    gone = [line for line in filled if line.cells["id"].strip() not in known]
    mistakes, decisions = _describe_gone(job, gone), {}
    for line in [line for line in filled if line not in gone]:
        problems = [*_find_mistakes(job, sheet, line, known)]
        if not problems:
            decision = _decide(job, line, known[line.cells["id"].strip()])
            problems += _find_conflict(decision, decisions.get(decision.row_id), line)
            decisions.setdefault(decision.row_id, (line.number, decision))
        mistakes += [f"line {line.number}: {problem}" for problem in problems]
    if mistakes:
        more = [f"and {len(mistakes) - MAX_SHOWN} more"] if len(mistakes) > MAX_SHOWN else []
        shown = "\n  ".join([*mistakes[:MAX_SHOWN], *more])
        raise CommandError(
            f"{name}: {len(mistakes)} mistake{'s' * (len(mistakes) > 1)}; no decision was taken\n  {shown}",
            hint="correct these lines and take it again",
        )
    return [decision for _, decision in decisions.values()]


def refuse_old_sheet(job: Job, name: str, lines: int) -> CommandError:
    """Return the error of a sheet none of whose rows is in the dataset: it is of earlier rows, or another dataset's."""
    draw = f"'pedigree review {job.dataset} --sample 100 --to NEW.csv'"
    return CommandError(
        f"{name}: none of its rows belongs to {job.dataset} as it is now ({lines:,} lines looked for)",
        expected="rows that are in the dataset or among its rejects. Rows that were replaced, as after a change of the "
        "labels or of the model, have other ids and texts: decisions about them say nothing of the new ones",
        hint=f"write a sheet of the rows that are there now, {draw}; if it is another dataset's sheet, take it there",
    )


def _describe_gone(job: Job, gone: list[SheetLine]) -> list[str]:
    """Return what is wrong with lines whose rows are neither in the dataset nor among its rejects, in one sentence."""
    if not gone:
        return []
    numbers = ", ".join(f"{line.number}" for line in gone[:MAX_SHOWN])
    more = f" and {len(gone) - MAX_SHOWN} more" if len(gone) > MAX_SHOWN else ""
    if len(gone) == 1:
        which = f"line {numbers}: id {gone[0].cells['id'].strip()[:70]!r} is not a row or reject of {job.dataset}"
    else:
        which = f"lines {numbers}{more}: these {len(gone):,} ids are no rows or rejects of {job.dataset}"
    return [f"{which}: replaced since the sheet was written, or of another dataset; empty the decision there"]


def check_lines(job: Job, sheet: Sheet) -> tuple[dict[str, str], list[str]]:
    """Return for each id of the sheet that the dataset has: why it can't be accepted, or ""; and the lines edited."""
    known = _find_known(job, [line.cells["id"].strip() for line in sheet.lines])
    mistakes = [
        f"line {line.number}: {mistake}"
        for line in sheet.lines
        if (facts := known.get(line.cells["id"].strip()))
        for mistake in _check_unchanged(job, sheet, line, facts)
    ]
    return {row_id: next(_check_reason(facts["reason"]), "") for row_id, facts in known.items()}, mistakes


def is_open(line: SheetLine) -> bool:
    """Return whether a line was drawn at random and has no decision."""
    return bool(DRAWN.fullmatch(line.cells.get("drawn", "").strip())) and not line.cells["decision"].strip()


def _find_known(job: Job, ids: list[str]) -> dict[str, dict[str, Any]]:
    """Return for each id of a row or reject: ``reason`` (None for a row), ``label``, and the texts by field.

    ``was`` and ``label`` are the reason and label before any decision.
    """
    named = pl.col("row_id").is_in(ids)
    known = {}
    for row in [*read_rows(job).filter(named).to_dicts(), *read_table(job.table("rejects")).filter(named).to_dicts()]:
        reason, before = row.get("reason"), job.review.last.get(row["row_id"])
        known[row["row_id"]] = {
            "reason": reason,
            "was": before.reason if before else reason,
            "label": before.label if before else row["label"],
            "labels": {row["label"], before.label if before else row["label"]},
            "texts": _read_texts(row, job),
        }
    return known


def _read_texts(row: dict[str, Any], job: Job) -> dict[str, set[str]]:
    """Return the texts that a sheet may show for each field: with marks of slots or without, of rejects also masked."""
    if "candidate" not in row:
        return {name: {str(row[name]), text} for name, text in read_marked_row(row, job).items()}
    raw, masked = (read(row["candidate"]) for read in (parse_candidate, parse_masked_candidate))
    return {name: {raw.get(name, ""), masked.get(name, "")} for name in job.recipe.fields}


def _find_mistakes(job: Job, sheet: Sheet, line: SheetLine, known: dict[str, dict[str, Any]]) -> Iterator[str]:
    cells = {name: cell.strip() for name, cell in line.cells.items()}
    decision, new_label, facts = cells["decision"].lower(), cells["new_label"], known[cells["id"]]
    if decision not in DECISIONS:
        near = get_close_matches(decision, list(DECISIONS), n=1)
        hint = f"; did you mean {near[0]}?" if near else ""
        yield f"decision {cells['decision'][:40]!r} is not one of {', '.join(DECISIONS)}{hint}"
    yield from _check_label(job, decision, new_label, facts)
    if not cells["who"]:
        yield "the column who is empty: write who decided"
    if not cells["why"] and (decision in {"reject", "relabel"} or facts["was"]):
        yield "the column why is empty: give the reason"
    for name in ("who", "why"):
        if len(cells[name]) > MAX_CHARS or UNSTORABLE.search(cells[name]):
            yield f"{name} is longer than {MAX_CHARS:,} characters or has characters that tables can't hold"
    if decision in {"accept", "relabel"}:
        yield from _check_reason(facts["reason"])
    yield from _check_unchanged(job, sheet, line, facts)


def _check_label(job: Job, decision: str, new_label: str, facts: dict[str, Any]) -> Iterator[str]:
    labels = list(job.recipe.labels)
    if decision != "relabel":
        if new_label:
            yield f"new_label {new_label[:40]!r} is only allowed with relabel"
    elif not new_label:
        yield "the column new_label is empty: write the new label"
    elif new_label not in labels:
        near = get_close_matches(new_label, labels, n=1)
        yield f"new_label {new_label[:40]!r} is not one of {', '.join(labels)}" + (
            f"; did you mean {near[0]}?" if near else ""
        )
    elif facts["was"] is None and new_label == facts["label"]:
        yield f"new_label {new_label!r} is already its label"


def _check_reason(reason: str | None) -> Iterator[str]:
    if reason in BINDING:
        yield f"a reject for {reason} can't be accepted: {BINDING[reason]}"
    elif reason is not None and reason not in REVIEWABLE:
        yield f"a reject for {reason} is not a complete row and can't be accepted"


def _check_unchanged(job: Job, sheet: Sheet, line: SheetLine, facts: dict[str, Any]) -> Iterator[str]:
    for name in job.recipe.fields:
        cell = line.cells.get(name_column(name))
        if cell is not None and not any(sheet.matches(cell, text) for text in facts["texts"][name]):
            yield f"{name} was edited, but texts can't be changed: reject the row or restore its text"
    label = line.cells.get("label")
    if label is not None and label.strip() not in facts["labels"]:
        yield (
            f"the column label was edited to {label.strip()[:40]!r}: "
            "write relabel into decision and the label into new_label"
        )


def _decide(job: Job, line: SheetLine, facts: dict[str, Any]) -> Decision:
    """Return a line's decision, with label and reason from before the first decision about that row."""
    cells = {name: cell.strip() for name, cell in line.cells.items()}
    return Decision(
        row_id=cells["id"],
        decision=DECISIONS[cells["decision"].lower()],
        new_label=cells["new_label"] or None,
        label=facts["label"],
        reason=facts["was"],
        who=cells["who"],
        why=cells["why"],
        **_read_draw(cells.get("drawn", ""), job.review.last.get(cells["id"])),
        take=max(job.review.takes, default=0) + 1,
        grown=len(job.recipe.grown_from),
    )


def _read_draw(cell: str, before: Decision | None) -> dict[str, Any]:
    """Return how a sheet drew a row; of a row not drawn at random, how an earlier sheet did."""
    if before is not None and before.sheet is not None and before.sheet in cell:
        return before.model_dump(include={"sheet", "drawn", "place", "label_rows"})
    if found := DRAWN.fullmatch(cell):
        numbers = {name: int(found[name]) for name in ("drawn", "place", "label_rows") if found[name]}
        return {"sheet": found["sheet"], **numbers}
    return before.model_dump(include={"sheet", "drawn", "place", "label_rows"}) if before else {}


def _find_conflict(decision: Decision, before: tuple[int, Decision] | None, line: SheetLine) -> Iterator[str]:
    if before is not None and before[1] != decision:
        yield f"line {before[0]} has another decision for the same id"
