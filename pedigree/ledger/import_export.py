"""Totals of a ledger by model; export and import of its completions as JSON lines."""

import json
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from pydantic import TypeAdapter, ValidationError

from pedigree.dataset.schemas import COMPLETIONS, read_table
from pedigree.errors import CommandError
from pedigree.ledger.completion import Completion, from_frame
from pedigree.ledger.ledger import Ledger
from pedigree.system.atomic_write import replacing

_COMPLETION = TypeAdapter(Completion)


@dataclass(frozen=True)
class ModelTotals:
    """Totals of one model; unknown token counts are left out, ``cost_usd`` is None if any cost is unknown."""

    model: str
    answers: int
    failures: int
    tokens: int
    cost_usd: float | None


def sum_by_model(ledger: Ledger) -> list[ModelTotals]:
    """Return the totals of each model, sorted by name."""
    answers: Counter[str] = Counter()
    failures: Counter[str] = Counter()
    tokens: Counter[str] = Counter()
    costs: dict[str, float | None] = {}
    for one in ledger:
        if one.failure:
            failures[one.model] += 1
            continue
        answers[one.model] += 1
        tokens[one.model] += one.tokens or 0
        so_far = costs.get(one.model, 0.0)
        costs[one.model] = None if so_far is None or one.cost_usd is None else so_far + one.cost_usd
    models = sorted(answers.keys() | failures.keys())
    return [ModelTotals(name, answers[name], failures[name], tokens[name], costs.get(name)) for name in models]


def export_ledger(ledger: Ledger, path: Path) -> int:
    """Write every completion as a JSON line, atomically; return the number of completions."""
    with replacing(path) as beside, beside.open("w", encoding="utf-8") as file:
        for one in ledger:
            file.write(json.dumps(one.to_record(), sort_keys=True) + "\n")
    return len(ledger)


def import_completions(ledger: Ledger, path: Path) -> tuple[int, int]:
    """Append the new completions of an exported file or of a table ``completions``; return (new, in the file).

    Raises CommandError with the number of the first invalid line; then nothing is appended.
    """
    found = _read_parquet(path) if path.suffix == ".parquet" else list(_read_lines(path))
    return ledger.append_missing(found), len(found)


def _read_parquet(path: Path) -> list[Completion]:
    frame = read_table(path)
    if dict(frame.schema) != COMPLETIONS:
        raise CommandError(f"{path}: not a table of completions", expected=f"the columns {', '.join(COMPLETIONS)}")
    return from_frame(frame)


def _read_lines(path: Path) -> Iterator[Completion]:
    try:
        with path.open(encoding="utf-8") as file:
            for number, line in enumerate(file, start=1):
                yield _read_line(line, f"{path}, line {number}")
    except (OSError, UnicodeDecodeError) as error:
        raise CommandError(f"{path}: {getattr(error, 'strerror', None) or error}") from None


def _read_line(line: str, where: str) -> Completion:
    expected = "an object as 'pedigree ledger export' writes it"
    try:
        completion = _COMPLETION.validate_json(line, strict=True, extra="forbid")
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        found = ": ".join([*map(str, first["loc"]), first["msg"]])
        raise CommandError(f"{where}: not a completion: {found}", expected=expected) from None
    if not re.fullmatch(r"[0-9a-f]{64}", completion.completion_id):
        raise CommandError(f"{where}: completion_id {completion.completion_id!r}", expected="64 hex digits")
    return completion
