"""A review sheet while people decide on its lines: every decision is in the file before the next one is made."""

import shlex
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pedigree.dataset.storable_text import UNSTORABLE
from pedigree.errors import CommandError
from pedigree.job import Job
from pedigree.report.export.csv_sheet import FILLED, SAVE_AS, name_column, read_sheet, write_sheet
from pedigree.report.export.review_sheet import DECISIONS, MAX_CHARS, MAX_SHOWN, check_lines, refuse_old_sheet
from pedigree.report.review_page.reviewer import propose_name
from pedigree.text_format import format_text

MAX_TEXT = 32_000  # characters of a text that are shown
WHY = {"accept": "accepted on the review page", "reject": "rejected on the review page", "relabel": "read as {label}"}


class OpenSheet:
    """A sheet of a job. Lines are known by their place (from 0); those of rows that are gone are ``gone``.

    The file is read again if another program changed it. Not for use by several threads at once.
    """

    def __init__(self, job: Job, path: Path):
        self.job, self.path = job, path
        self._undo: list[tuple[str, dict[str, str]]] = []
        self._proposed = propose_name(job.workspace.root)
        self._read()

    @property
    def command(self) -> str:
        """Return the command that takes the sheet."""
        return f"pedigree review {self.job.dataset} --take {shlex.quote(str(self.path))}"

    def describe(self) -> dict[str, Any]:
        """Return what the page shows: the task, the labels with their definitions, and the lines."""
        self._refresh()
        recipe = self.job.recipe
        return {
            "dataset": recipe.dataset,
            "task": recipe.task,
            "language": recipe.language or "",
            "labels": [{"name": name, "means": label.means} for name, label in recipe.labels.items()],
            "lines": [self._show(row_id) for row_id in self._open],
            "gone": len(self._lines) - len(self._open),
            "who": next((line["who"] for line in reversed(self._lines) if line["who"].strip()), ""),
            "proposed": self._proposed,
            "sheet": str(self.path),
            "command": self.command,
        }

    def decide(self, row_id: str, said: Mapping[str, str]) -> dict[str, Any]:
        """Write a decision (columns of FILLED) into the file and return the line as the page shows it.

        Raises CommandError if it is none; then the file is as it was.
        """
        self._refresh()
        line = self._find(row_id)
        cells = {name: str(said.get(name, "")).strip() for name in FILLED}
        self._check(line, cells)
        if cells["decision"] and not cells["why"] and (cells["decision"] != "accept" or line.get("what") == "reject"):
            cells["why"] = WHY[cells["decision"]].format(label=cells["new_label"])
        before = {name: line[name] for name in FILLED}
        self._write(line, cells)
        self._undo.append((row_id, before))
        return self._show(row_id)

    def undo(self) -> dict[str, Any] | None:
        """Take back the last decision of this session and return its line; None if there is none."""
        self._refresh()
        while self._undo:
            row_id, before = self._undo.pop()
            if row_id in self._open:
                self._write(self._open[row_id], before)
                return self._show(row_id)
        return None

    def count(self) -> tuple[int, int]:
        """Return how many lines are decided, and how many there are."""
        return sum(line["decision"].strip().lower() in DECISIONS for line in self._open.values()), len(self._open)

    def _read(self) -> None:
        sheet = read_sheet(self.path)
        if sheet.lossy:
            raise CommandError(
                f"{self.path} was saved in Windows-1252, which lacks characters of other languages",
                hint=f"{SAVE_AS}, or write a new sheet; 'pedigree review {self.job.dataset} --take' still takes it",
            )
        self._seen = _stamp(self.path)
        self._lines = [dict(line.cells) for line in sheet.lines]
        self._columns = list(self._lines[0]) if self._lines else []
        known, mistakes = check_lines(self.job, sheet)
        if not known:
            raise refuse_old_sheet(self.job, str(self.path), len(sheet.lines))
        if mistakes:
            shown = "\n  ".join(mistakes[:MAX_SHOWN])
            raise CommandError(f"{self.path} was edited\n  {shown}", hint="restore these lines, or write a new sheet")
        self._open: dict[str, dict[str, str]] = {}
        for line in self._lines:
            if (row_id := line["id"].strip()) in known:
                self._open.setdefault(row_id, line)
        self._bars = {row_id: bar for row_id, bar in known.items() if bar}

    def _refresh(self) -> None:
        if self.path.exists() and _stamp(self.path) != self._seen:
            self._read()

    def _find(self, row_id: str) -> dict[str, str]:
        if row_id not in self._open:
            raise CommandError(f"no line {row_id[:70]!r} in {self.path}", hint="load the page again")
        return self._open[row_id]

    def _check(self, line: Mapping[str, str], cells: Mapping[str, str]) -> None:
        decision, label = cells["decision"], cells["new_label"]
        if decision not in ("", *DECISIONS):
            raise CommandError(f"decision {decision[:40]!r}", expected=f"one of {', '.join(DECISIONS)}")
        if (decision == "relabel") != bool(label) or (label and label not in self.job.recipe.labels):
            raise CommandError(f"new_label {label[:40]!r} with {decision!r}", expected="a label with relabel alone")
        if label and label == line.get("label") and line.get("what") != "reject":
            raise CommandError(f"{label!r} is already its label", expected="accept")
        if decision and not cells["who"]:
            raise CommandError("nobody's name", expected="the name of who decides")
        if any(len(cells[name]) > MAX_CHARS or UNSTORABLE.search(cells[name]) for name in ("who", "why")):
            raise CommandError(
                f"more than {MAX_CHARS:,} characters, or some that tables can't hold", expected="a short text"
            )
        if decision in ("accept", "relabel") and (bar := self._bars.get(line["id"].strip())):
            raise CommandError(bar, expected="reject")

    def _write(self, line: dict[str, str], cells: Mapping[str, str]) -> None:
        before = dict(line)
        line.update(cells)
        try:
            write_sheet(self.path, self._columns, self._lines)
        except BaseException:  # also an interrupt: what is shown must be what the file holds
            line.update(before)
            raise
        self._seen = _stamp(self.path)

    def _show(self, row_id: str) -> dict[str, Any]:
        """Return a line for the page; invisible characters of its texts are spelled out."""
        line = self._open[row_id]
        cells = {name: line.get(name, "") for name in ("label", "what", "reason", "detail", "drawn", *FILLED)}
        decision = cells["decision"].strip().lower()
        fields = [
            {"name": name, "text": format_text(line.get(name_column(name), ""), MAX_TEXT)}
            for name in self.job.recipe.fields
        ]
        return {
            **{name: format_text(text, MAX_TEXT) for name, text in cells.items()},
            **{"id": row_id, "fields": fields, "decision": decision if decision in DECISIONS else ""},
            **{"label": cells["label"], "new_label": cells["new_label"].strip(), "bar": self._bars.get(row_id, "")},
        }


def _stamp(path: Path) -> tuple[int, int, int]:
    found = path.stat()
    return found.st_mtime_ns, found.st_size, found.st_ino
