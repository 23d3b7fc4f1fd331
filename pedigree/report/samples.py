"""Samples the rows, rejects and prompts that a report shows, by the recipe's seed."""

import json
from dataclasses import dataclass

import polars as pl

from pedigree.curation.pii import KINDS
from pedigree.dataset.sampling import draw_rows
from pedigree.dataset.spans.marks import write_marks
from pedigree.dataset.spans.span import from_cells
from pedigree.job import Job
from pedigree.job_outputs import JobOutputs
from pedigree.recipe.spans.slot_fit import SPANS

MISSING = "–"  # shown in place of a value that a row does not have
ROWS_PER_LABEL = 4
MAX_ROWS = 400
REJECTS_PER_REASON = 3


@dataclass(frozen=True)
class SampleRow:
    """A row or a reject: its fields, its origin, and the text that a reject was compared with.

    ``traced``: its id is that of a candidate, which ``pedigree trace`` finds; else that of a completion.
    """

    id: str
    label: str
    generator: str
    fields: dict[str, str]
    note: str = ""
    compared_with: str = ""
    traced: bool = True


@dataclass(frozen=True)
class SentPrompt:
    """One generator's messages as sent: (role, content) pairs."""

    generator: str
    template: str
    prompt_id: str
    label: str
    messages: list[tuple[str, str]]


def sample_rows(job: Job, contents: JobOutputs) -> dict[str, list[SampleRow]]:
    """Return a few rows of each label, in the recipe's order, taking the generators in turn."""
    most = max(1, min(ROWS_PER_LABEL, MAX_ROWS // len(job.recipe.labels)))
    chosen = {}
    for label in job.recipe.labels:
        rows = contents.rows.filter(pl.col("label") == label)
        shuffled = draw_rows(rows, 50 * most, job.recipe.seed, "rows", label)
        in_turn = shuffled.with_columns(turn=pl.int_range(pl.len()).over("generator")).sort(
            "turn", "generator", "row_id"
        )
        chosen[label] = [
            SampleRow(row["row_id"], label, row["generator"], read_marked_row(row, job), note=row["split"])
            for row in in_turn.head(most).iter_rows(named=True)
        ]
    return chosen


def sample_rejects(job: Job, contents: JobOutputs) -> dict[str, list[SampleRow]]:
    """Return up to three rejects of each reason, most frequent reason first, with the texts they were compared with.

    Personal data is masked.
    """
    counts = contents.rejects["reason"].value_counts().sort(["count", "reason"], descending=[True, False])
    chosen = {
        reason: draw_rows(
            contents.rejects.filter(pl.col("reason") == reason), REJECTS_PER_REASON, job.recipe.seed, "rejects", reason
        )
        for reason in counts["reason"]
    }
    ids = [row_id for part in chosen.values() for row_id in part["rival"].drop_nulls()]
    texts = _find_texts(job, contents, ids)
    return {
        reason: [_make_sample(row, texts, job) for row in part.iter_rows(named=True)] for reason, part in chosen.items()
    }


def list_failing(job: Job, contents: JobOutputs) -> dict[str, tuple[str, str]]:
    """Return id -> label and text of the rows that gates name as failing; "" for a row that is in no table."""
    wanted = sorted({row_id for gate in contents.gates.gates for row_id in gate.failing_row_ids})
    if not wanted:
        return {}
    texts = _find_texts(job, contents, wanted)
    known = contents.rows.filter(pl.col("row_id").is_in(wanted)).select("row_id", "label")
    labels = dict(known.iter_rows())
    return {row_id: (labels.get(row_id, ""), texts.get(row_id, "")) for row_id in wanted}


def sample_prompts(contents: JobOutputs) -> list[SentPrompt]:
    """Return each generator's first prompt, as sent."""
    first = (
        contents.tables["prompts"]
        .filter(pl.col("slot") >= 0)
        .sort("generator", "round", "slot", "turn", "label", "completion_id")
    )
    return [
        SentPrompt(
            row["generator"],
            row["template"],
            row["prompt_id"],
            row["label"],
            [(message["role"], message["content"]) for message in json.loads(row["messages"])],
        )
        for row in first.group_by("generator", maintain_order=True).first().iter_rows(named=True)
    ]


def parse_masked_candidate(candidate: str | None) -> dict[str, str]:
    """Return a rejected candidate's texts by field, personal data masked."""
    return {name: mask_personal_data(text) for name, text in parse_candidate(candidate).items()}


def parse_candidate(candidate: str | None) -> dict[str, str]:
    """Return a rejected candidate's texts by field, unmasked; a text that is no JSON object gets the name ""."""
    try:
        values = json.loads(candidate or "")
    except (ValueError, RecursionError):  # a number of thousands of digits is a ValueError
        values = None
    if not isinstance(values, dict):
        values = {"": candidate or ""}
    return {str(name): value if isinstance(value, str) else json.dumps(value) for name, value in values.items()}


def mask_personal_data(text: str) -> str:
    """Return a text with each piece of personal data replaced by its kind in brackets: ``[e-mail]``."""
    for kind, pattern, holds in KINDS:
        text = pattern.sub(lambda match, kind=kind, holds=holds: f"[{kind}]" if holds(match) else match[0], text)
    return text


def read_marked_row(row: dict, job: Job) -> dict[str, str]:
    """Return a row's fields as texts; with slots, spans are marked in their text: ``fly to [Rome](to_city)``."""
    fields = {name: MISSING if row[name] is None else str(row[name]) for name in job.recipe.fields}
    if job.recipe.slots and (spans := from_cells(row.get(SPANS))):
        fields |= {name: write_marks(fields[name], spans) for name in job.recipe.text_fields}
    return fields


def _make_sample(row: dict, texts: dict[str, str], job: Job) -> SampleRow:
    identity, rival = row["row_id"] or row["completion_id"] or "", row["rival"]
    found, note = parse_masked_candidate(row["candidate"]), mask_personal_data(row["detail"] or "")
    ordered = {name: found[name] for name in job.recipe.fields if name in found} | found
    return SampleRow(
        id=identity,
        label=row["label"] or "",
        generator=row["generator"] or "",
        fields=ordered,
        note=note,
        compared_with=texts.get(rival, rival or ""),
        traced=row["row_id"] is not None,
    )


def _find_texts(job: Job, contents: JobOutputs, wanted: list[str]) -> dict[str, str]:
    """Return id -> text of the rows, rejects, seeds and held-out rows with these ids."""
    rows = contents.rows.filter(pl.col("row_id").is_in(wanted)).iter_rows(named=True)
    rejects = contents.rejects.filter(pl.col("row_id").is_in(wanted)).iter_rows(named=True)
    people = [example for example in (*job.seeds, *job.real, *job.held_out) if example.id in wanted]
    fields = {row["row_id"]: parse_masked_candidate(row["candidate"]) for row in rejects}
    fields |= {row["row_id"]: read_marked_row(row, job) for row in rows}
    fields |= {example.id: example.fields for example in people}
    return {
        key: " · ".join(MISSING if value is None else str(value) for value in parts.values())
        for key, parts in fields.items()
    }
