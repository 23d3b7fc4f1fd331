"""Notices: what the run's page says of a dataset, as Markdown in which hostile text stays text."""

import polars as pl

from pedigree.dataset.rejects import MEANINGS
from pedigree.dataset.results import Distribution, GateResult, GateResults
from pedigree.dataset.sampling import draw_rows
from pedigree.dataset.usage import AMOUNTS, sum_by_model, sum_usage
from pedigree.job import Job
from pedigree.report.distribution_tables import distribution_markdown
from pedigree.report.markdown import escape_markdown, write_table
from pedigree.report.samples import mask_personal_data, read_candidate
from pedigree.text_format import format_text

TEXT_CHARS, FIGURE_CHARS = 240, 16
MAX_REASONS, MAX_MODELS, ROWS_PER_GATE = 60, 60, 3


def quote(text: str, most: int = TEXT_CHARS) -> str:
    """Return any text as Markdown on one line: personal data masked, unseen characters spelled out, cut where long."""
    return escape_markdown(format_text(mask_personal_data(text), most))


def describe_labels(distribution: Distribution, picture: str) -> str:
    """Return the label distribution: a picture (a ``data:`` URI), and the tables that it is drawn from."""
    shares = ", ".join(f"{quote(one.label, 60)} {one.kept:,} of {one.wanted:,}" for one in distribution.labels[:40])
    lines = [
        f"![Rows kept of rows wanted: {shares}]({picture})",
        "Bar: kept. Line: target. White dot: made. Orange diamond: read (by a classifier that learned from the seeds).",
        distribution_markdown(distribution),
    ]
    return "\n\n".join(lines)


def describe_rejects(job: Job, rejects: pl.DataFrame, made: int) -> str:
    """Return the reasons of rejects, the most frequent first: how many, their share of ``made``, meaning, an example."""
    counts = rejects["reason"].value_counts().sort(["count", "reason"], descending=[True, False]).head(MAX_REASONS)
    lines = [
        [reason, f"{count:,}", f"{count / made:.1%}" if made else "", escape_markdown(MEANINGS.get(reason, ""))]
        for reason, count in counts.iter_rows()
    ]
    examples = [f"- {_show_example(job, rejects, reason)}" for reason in counts["reason"]]
    table = write_table(["reason", "rejects", "of candidates", "what it means"], lines, words=("what it means",))
    parts = [f"## {rejects.height:,} rejects of {made:,} candidates", table, "## An example of each"]
    return "\n\n".join([*parts, "\n".join(examples)]) + "\n" if lines else f"{parts[0]}\n"


def describe_gates(gates: GateResults, rows: pl.DataFrame, job: Job) -> str:
    """Return the gates: first those that failed or warn, with rows that fail; then all, with figure and limit."""
    parts = ["## Every gate passed" if gates.passed and not gates.warnings else "## Gates"]
    if gates.failed:
        parts.append(f"**{len(gates.failed)} failed: nothing was published, what was paid for is kept.**")
    for verdict, listed in (("FAILED", gates.failed), ("Warning", gates.warnings)):
        parts += [_describe_gate(verdict, gate, rows, job) for gate in listed]
    lines = [
        [gate.name, _judge(gate), _say(gate.figure), _say(gate.limit), f"{gate.failing_rows:,}"]
        for gate in sorted(gates.gates, key=lambda gate: (gate.passed, gate.severity))
    ]
    return "\n\n".join([*parts, write_table(["gate", "verdict", "figure", "limit", "rows failing"], lines)]) + "\n"


def describe_cost(completions: pl.DataFrame, asked_now: list[str]) -> str:
    """Return calls, tokens and USD by model: those of this run, and those that the ledger held already."""
    now = pl.col("completion_id").is_in(asked_now)
    lines = []
    for source, part in (("this run", completions.filter(now)), ("the ledger", completions.filter(~now))):
        for one in sum_by_model(part).head(MAX_MODELS).iter_rows(named=True):
            answered = quote(one["model_answered"] or "no answer", 80)
            counts = f"{one['completions']:,}", f"{one['failures']:,}"
            lines.append([source, quote(one["model"], 80), answered, *counts, *_format_amounts(one)])
        if part.height or source == "this run":
            lines.append([source, "all", "", f"{part.height:,}", "", *_format_amounts(sum_usage(part))])
    header = ["from", "model", "answered as", "calls", "failures", "tokens in", "tokens out", "USD"]
    title = "## What it took\n\nWhat the ledger held was paid for by earlier runs; it is not asked for again."
    return f"{title}\n\n{write_table(header, lines, words=('model', 'answered as'))}\n"


def _show_example(job: Job, rejects: pl.DataFrame, reason: str) -> str:
    drawn = draw_rows(rejects.filter(pl.col("reason") == reason), 1, job.recipe.seed, "announced", reason)
    said = quote(" / ".join(read_candidate(drawn["candidate"][0]).values()))
    detail = f" ({quote(drawn['detail'][0], 120)})" if drawn["detail"][0] else ""
    return f"**{escape_markdown(reason)}**{detail}: {said}"


def _describe_gate(verdict: str, gate: GateResult, rows: pl.DataFrame, job: Job) -> str:
    chosen = rows.filter(pl.col("row_id").is_in(gate.failing_row_ids[:ROWS_PER_GATE])).sort("row_id")
    samples = [
        f"  - {quote(one['label'], 60)}: {quote(' / '.join(str(one[name]) for name in job.recipe.fields))}"
        for one in chosen.iter_rows(named=True)
    ]
    return "\n".join([f"- **{verdict}** {quote(gate.message, 1000)}", *samples])


def _judge(gate: GateResult) -> str:
    if gate.passed:
        return "passed"
    return "**FAILED**" if gate.severity == "critical" else "**warning**"


def _say(figure: float | int | str | None) -> str:
    if isinstance(figure, float):
        return f"{figure:.4g}"
    if isinstance(figure, int):
        return f"{figure:,}"
    text = figure or ""
    return quote(text) if len(text) <= FIGURE_CHARS else f"{quote(text[:FIGURE_CHARS])} …"


def _format_amounts(amounts: dict) -> list[str]:
    tokens_in, tokens_out, usd = (amounts[name] for name in AMOUNTS)
    tokens = ["unknown" if count is None else f"{count:,}" for count in (tokens_in, tokens_out)]
    return [*tokens, "unknown" if usd is None else f"{usd:.4f}"]
