"""Markdown for the artifacts of a Prefect run: labels, rejects, gates and cost of a dataset."""

from collections.abc import Sequence

import polars as pl

from pedigree.dataset.label_evidence import describe_evidence, list_label_sentences
from pedigree.dataset.rejects import IS_CANDIDATE, MEANINGS
from pedigree.dataset.results import Distribution, Estimate, GateResult, GateResults, LabelEvidence, LabelReadings
from pedigree.dataset.sampling import draw_rows
from pedigree.dataset.usage import AMOUNTS, sum_by_model, sum_usage
from pedigree.job import Job
from pedigree.report.distribution_tables import format_distribution_markdown
from pedigree.report.label_readings import describe_picture, format_readings_markdown
from pedigree.report.markdown import escape_markdown, write_table
from pedigree.report.samples import mask_personal_data, parse_masked_candidate

TEXT_CHARS, FIGURE_CHARS = 240, 16
LABELS_CHARS = 2000  # of what is known of the labels
SENTENCE_CHARS = 240  # of what a gate says, in the table of all
MAX_REASONS, MAX_MODELS, MAX_LABELS, ROWS_PER_GATE = 60, 60, 60, 3


def mask_and_escape(text: str, most: int = TEXT_CHARS) -> str:
    """Return a text as Markdown on one line, personal data masked, cut after ``most`` characters."""
    return escape_markdown(mask_personal_data(text), most)


def describe_distribution(
    distribution: Distribution, gates: GateResults, picture: str, readings_pictures: Sequence[str]
) -> str:
    """Return what is known of the labels, and their distribution, with pictures (``data:`` URIs) and tables.

    ``readings_pictures`` are of ``gates.readings``.
    """
    shares = ", ".join(
        f"{mask_and_escape(one.label, 60)} {one.kept:,} of {one.wanted:,}" for one in distribution.labels[:40]
    )
    known = _list_known(gates)
    lines = [
        " ".join([f"**{known[0]}**", *known[1:]]),
        *([_format_evidence(gates)] if gates.labels else []),
        f"![Rows kept of rows wanted: {shares}]({picture})",
        "Bar: kept. Line: target. White dot: made. Orange diamond: predicted by a classifier trained on the seeds.",
        format_distribution_markdown(distribution),
        *["Judged: kept rows of this label to which the judges give the same label."] * distribution.judged,
        *map(_format_readings, gates.readings, readings_pictures),
    ]
    return "\n\n".join(lines)


def _list_known(gates: GateResults) -> list[str]:
    """Return what is known of the labels: the estimate, then what it rests on."""
    return [f"{mask_and_escape(one, LABELS_CHARS)}." for one in list_label_sentences(gates)]


def _format_readings(readings: LabelReadings, picture: str) -> str:
    return "\n\n".join(
        [
            f"## Labels asked for and given, by {escape_markdown(readings.name) or 'the classifier'}",
            f"![{mask_and_escape(describe_picture(readings), 600)}]({picture})",
            "Blue: the same label. Orange: another one. The stronger the colour, the larger its share of the line.",
            format_readings_markdown(readings),
        ]
    )


def _format_evidence(gates: GateResults) -> str:
    """Return a table of the estimated share of right labels: a line for each label, a column for each check."""
    labels = dict.fromkeys(label for one in gates.labels for label in one.by_label)
    lines = [
        [mask_and_escape(label, 60), *(_format_estimate(one.by_label.get(label)) for one in gates.labels)]
        for label in [*labels][:MAX_LABELS]
    ]
    whole = ["all", *(_format_estimate(one.right) for one in gates.labels)]
    checks = [mask_and_escape(f"right, by {one.by} {one.name}".strip(), 60) for one in gates.labels]
    several = gates.labels if len(gates.labels) > 1 else []  # of a single one, the lines above say the same
    notes = [f"- {mask_and_escape(f'{describe_evidence(one)}; {one.rests_on}', 600)}." for one in several]
    cautions = [f"- **Caution:** {mask_and_escape(one.caution, 600)}" for one in gates.labels if one.caution]
    doubts = [_format_confusions(one) for one in gates.labels if one.confusions]
    return "\n".join([write_table(["label", *checks], [*lines, whole]), "", *notes, *cautions, *doubts])


def _format_confusions(evidence: LabelEvidence) -> str:
    """Return a list item: which labels the rows carry, and which they show, the most frequent first."""
    named = [
        f"{one.rows:,} of {mask_and_escape(one.asked, 60)} look like {mask_and_escape(one.read, 60)}"
        for one in evidence.confusions
    ]
    return f"- Most frequent doubts of the {evidence.by}: {'; '.join(named)}."


def _format_estimate(estimate: Estimate | None) -> str:
    return f"{estimate.share:.0%} ({estimate.low:.0%} to {estimate.high:.0%})" if estimate else "unknown"


def name_unread(count: int) -> str:
    """Return what so many rejects are that are no candidates."""
    plural = "answers or parts of answers without a whole row"
    return "answer or part of one without a whole row" if count == 1 else plural


def describe_rejects(job: Job, rejects: pl.DataFrame, made: int) -> str:
    """Return the reasons of rejects, most frequent first: count, share of ``made``, meaning, an example.

    An answer, or a part of one, from which no row could be read is a reject, but no candidate.
    """
    whole = rejects.filter(~IS_CANDIDATE)
    unread = dict(whole["reason"].value_counts().iter_rows())
    counts = rejects["reason"].value_counts().sort(["count", "reason"], descending=[True, False]).head(MAX_REASONS)
    lines = [
        [
            reason,
            f"{count:,}",
            _format_share(count - unread.get(reason, 0), made),
            escape_markdown(MEANINGS.get(reason, "")),
        ]
        for reason, count in counts.iter_rows()
    ]
    examples = [f"- {_format_example(job, rejects, reason)}" for reason in counts["reason"]]
    table = write_table(["reason", "rejects", "of candidates", "meaning"], lines, words=("meaning",))
    title = f"## {rejects.height - whole.height:,} rejects of {made:,} candidates"
    if whole.height:
        title += f", and {whole.height:,} {name_unread(whole.height)}"
    parts = [title, table, "## An example of each"]
    return "\n\n".join([*parts, "\n".join(examples)]) + "\n" if lines else f"{parts[0]}\n"


def describe_gates(gates: GateResults, rows: pl.DataFrame, job: Job) -> str:
    """Return the gates: first those that failed or warn, with failing rows; then all, with figure and limit."""
    all_passed = gates.passed and not gates.warnings and not gates.unknown
    parts = ["## Every gate passed" if all_passed else "## Gates"]
    if gates.failed:
        parts.append(f"**{len(gates.failed)} failed. Nothing was published; all paid answers are kept.**")
    if gates.shortfall:
        parts.append(f"To do: {mask_and_escape(gates.shortfall.to_do, 1000)}.")
    parts += [_describe_gate("FAILED", gate, rows, job) for gate in gates.failed]
    parts.append(" ".join(_list_known(gates)))
    for verdict, listed in (("Warning", gates.warnings), ("Unknown", gates.unknown)):
        parts += [_describe_gate(verdict, gate, rows, job) for gate in listed]
    lines = [
        [
            gate.name,
            _format_verdict(gate),
            _format_value(gate.figure),
            _format_value(gate.limit),
            f"{gate.failing_rows:,}",
            mask_and_escape(gate.message, SENTENCE_CHARS),
        ]
        for gate in sorted(gates.gates, key=lambda gate: (gate.passed is True, gate.passed is None, gate.severity))
    ]
    header = ["gate", "verdict", "figure", "limit", "rows failing", "what it says"]
    return "\n\n".join([*parts, write_table(header, lines, words=("verdict", "what it says"))]) + "\n"


def describe_cost(completions: pl.DataFrame, asked_now: list[str]) -> str:
    """Return calls, tokens and USD by model, separately for this run and for answers of earlier runs."""
    now = pl.col("completion_id").is_in(asked_now)
    lines = []
    for source, part in (("this run", completions.filter(now)), ("the ledger", completions.filter(~now))):
        for one in sum_by_model(part).head(MAX_MODELS).iter_rows(named=True):
            unnamed = "no answer" if one["failures"] == one["completions"] else "no name given"
            answered = mask_and_escape(one["model_answered"] or unnamed, 80)
            counts = f"{one['completions']:,}", f"{one['failures']:,}"
            lines.append([source, mask_and_escape(one["model"], 80), answered, *counts, *_format_amounts(one)])
        if part.height or source == "this run":
            lines.append([source, "all", "", f"{part.height:,}", "", *_format_amounts(sum_usage(part))])
    header = ["from", "model", "model that answered", "calls", "failures", "tokens in", "tokens out", "USD"]
    title = "## Cost\n\nAnswers in the ledger were paid for by earlier runs and are not requested again."
    return f"{title}\n\n{write_table(header, lines, words=('model', 'model that answered'))}\n"


def _format_share(count: int, whole: int) -> str:
    return f"{count / whole:.1%}" if count and whole else ""


def _format_example(job: Job, rejects: pl.DataFrame, reason: str) -> str:
    drawn = draw_rows(rejects.filter(pl.col("reason") == reason), 1, job.recipe.seed, "announced", reason)
    text = mask_and_escape(" / ".join(parse_masked_candidate(drawn["candidate"][0]).values()))
    detail = f" ({mask_and_escape(drawn['detail'][0], 120)})" if drawn["detail"][0] else ""
    return f"**{escape_markdown(reason)}**{detail}: {text}"


def _describe_gate(verdict: str, gate: GateResult, rows: pl.DataFrame, job: Job) -> str:
    chosen = rows.filter(pl.col("row_id").is_in(gate.failing_row_ids[:ROWS_PER_GATE])).sort("row_id")
    texts = [" / ".join(str(row[name]) for name in job.recipe.fields) for row in chosen.iter_rows(named=True)]
    samples = [
        f"  - {mask_and_escape(label, 60)}: {mask_and_escape(text)}"
        for label, text in zip(chosen["label"], texts, strict=True)
    ]
    return "\n".join([f"- **{verdict}** {mask_and_escape(gate.message, 1000)}", *samples])


def _format_verdict(gate: GateResult) -> str:
    if gate.passed is None:
        return "unknown"
    if gate.passed:
        return "passed"
    return "**FAILED**" if gate.severity == "critical" else "**warning**"


def _format_value(figure: float | int | str | None) -> str:
    if isinstance(figure, float):
        return f"{figure:.4g}"
    if isinstance(figure, int):
        return f"{figure:,}"
    text = figure or ""
    return mask_and_escape(text) if len(text) <= FIGURE_CHARS else f"{mask_and_escape(text[:FIGURE_CHARS])} …"


def _format_amounts(amounts: dict) -> list[str]:
    tokens_in, tokens_out, usd = (amounts[name] for name in AMOUNTS)
    tokens = ["unknown" if count is None else f"{count:,}" for count in (tokens_in, tokens_out)]
    return [*tokens, "unknown" if usd is None else f"{usd:.4f}"]
