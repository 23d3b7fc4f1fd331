"""Tells in plain sentences what a run of 'make demo-llm' found: rows, rejects, and what is known of the labels."""

from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path

import polars as pl

from pedigree.dataset.judges.figures import JudgeFigures
from pedigree.dataset.label_evidence import GATE, describe_evidence
from pedigree.dataset.rejects import MEANINGS
from pedigree.dataset.results import Distribution, GateResults, read_result
from pedigree.report.run_artifacts import name_unread

TOLD = 5  # reasons of rejects
CHARS = 110  # of a row that is shown
SMALL = "A model of 135 million parameters seldom keeps to a label. A larger one goes through the same recipe."


def describe_run(folder: Path, *, published: bool, seconds: float) -> str:
    """Return the lines for the folder of a dataset that was made; ``seconds`` is how long server and run took."""
    gates = read_result(GateResults, folder / "gates.json")
    counts = read_result(Distribution, folder / "distribution.json")
    tables = [pl.read_parquet(folder / f"{name}.parquet") for name in ("train", "validation")]
    minutes, rest = divmod(round(seconds), 60)
    return "\n".join(
        [
            f"What came of it, in {minutes} min {rest} s:",
            *_tell_yield(counts),
            *_tell_labels(gates),
            *_tell_judges(gates.judges, len(counts.labels)),
            *_tell_verdict(gates, published),
            "",
            "One row of each label, as the model wrote it",
            *_show_rows(pl.concat(tables)),
            "",
            *_tell_next(published),
        ]
    )


def _tell_yield(counts: Distribution) -> Iterator[str]:
    reasons = Counter(counts.unassigned)
    for label in counts.labels:
        reasons.update(label.rejected)
    kept = sum(label.kept for label in counts.labels)
    unread = sum(counts.unassigned.values())
    made = kept + reasons.total() - unread
    wanted = sum(label.wanted for label in counts.labels)
    besides = f", and {unread:,} {name_unread(unread)}" if unread else ""
    yield f"  The model wrote {made:,} texts{besides}."
    yield f"  {kept:,} became rows, {wanted:,} were wanted. Why the others did not:"
    for reason, count in reasons.most_common(TOLD):
        yield f"    {count:>4,}  {reason}: {MEANINGS[reason]}"
    if others := reasons.total() - sum(count for _, count in reasons.most_common(TOLD)):
        yield f"    {others:>4,}  for other reasons"


def _tell_labels(gates: GateResults) -> Iterator[str]:
    yield "  Do the rows show the label that was asked for? No person has read them. What was estimated:"
    for evidence in gates.labels:
        yield f"    {describe_evidence(evidence)}"
        if evidence.caution:
            yield f"      Caution: {evidence.caution}"


def _tell_judges(judges: Sequence[JudgeFigures], labels: int) -> Iterator[str]:
    for judge in judges:
        rates = judge.sensitivity.values()
        hits, rows = sum(rate.hits for rate in rates), sum(rate.rows for rate in rates)
        if rows:
            yield (
                f"    The judge {judge.name} gave {hits} of {rows} rows of people their own label; "
                f"blind guessing gives {rows / labels:.0f}"
            )


def _tell_verdict(gates: GateResults, published: bool) -> Iterator[str]:
    if not published:
        names = ", ".join(gate.name for gate in gates.blocking)
        if any(gate.passed is None for gate in gates.blocking) and any(one.guesses for one in gates.labels):
            yield f"  Nothing was published: whether the labels are right is unknown, so the gate {names} stops it."
            yield "  The judge, a model this small, does no better than guessing on rows of people: it can neither"
            yield "  clear the dataset nor condemn it. Name a better judge, or read 50 rows yourself (below)."
            return
        yield f"  Nothing was published: the dataset did not pass the gate {names}."
        yield f"  {SMALL}"
        return
    yield "  It was published as a version, in demo-llm/ alone, as no gate failed."
    if any(gate.name == GATE for gate in gates.unknown):
        yield f"  But the gate {GATE!r} stayed unknown, which is not passed: do not train on these rows."
        yield "  You can decide it: 50 rows that a person reads count more than both checks above."
    yield f"  {SMALL}"


def _show_rows(rows: pl.DataFrame) -> Iterator[str]:
    first = rows.sort("row_id").group_by("label", maintain_order=True).first().sort("label")
    width = max(map(len, first["label"]), default=0)
    for label, text in first.select("label", "text").iter_rows():
        line = " ".join(text.split())
        yield f"  {label:<{width}}  {line if len(line) <= CHARS else line[: CHARS - 1] + '…'}"


def _tell_next(published: bool) -> Iterator[str]:
    yield "Look at"
    yield "  demo-llm/data/shop-messages/report.html    whether it is good enough, and why"
    yield "  demo-llm/data/shop-messages/train.parquet  the rows"
    yield "  demo-llm/recipes/shop-messages.yaml        the recipe: model, address, labels, judge, gates"
    yield "Type next"
    yield "  source .venv/bin/activate && cd demo-llm"
    yield "  pedigree review shop-messages --sample 50 --page  decide on rows yourself"
    if published:
        yield "  pedigree versions"
    yield "  $EDITOR recipes/shop-messages.yaml                name a better model and its address (docs/tutorial.md)"
    yield "  pedigree run shop-messages                        make the dataset with it"
    yield "make demo-llm again asks the model nothing anew; make clean-demo-llm removes everything"
