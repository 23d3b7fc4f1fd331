"""Strata: the parts of a dataset that have a target of their own: a label, or a label in one of several languages.

The targets of the strata sum to those of the labels and to those of the languages (controlled rounding: Cox 1987, JASA
82; such whole numbers always exist).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import floor

from pedigree.recipe.apportion import apportion


@dataclass(frozen=True)
class Stratum:
    """A label, in one language; ``language`` is "" where the recipe has only one. ``share`` is that of all rows."""

    label: str
    language: str
    share: float

    @property
    def name(self) -> str:
        """Return its name, unique within a recipe: ``complaint [de]``; of a recipe of one language, the label."""
        return name_stratum(self.label, self.language)


def name_stratum(label: str, language: str) -> str:
    """Return the name of a label in a language; the label where the language is ""."""
    return f"{label} [{language}]" if language else label


def list_strata(labels: Mapping[str, float], languages: Mapping[str, float]) -> dict[str, Stratum]:
    """Return the strata by name, in the order of labels, then of languages; both are given with their shares."""
    strata = [
        Stratum(label, language, share * part)
        for label, share in labels.items()
        for language, part in (languages or {"": 1.0}).items()
    ]
    return {one.name: one for one in strata}


def spread_steps(
    steps: Sequence[Mapping[str, int]], strata: Mapping[str, Stratum], languages: Mapping[str, float]
) -> list[dict[str, int]]:
    """Return the rows wanted of each stratum at each step of a dataset's growth; ``steps`` are those of the labels.

    In each step the strata of a label sum to its rows, and those of a language to its share of all rows, rounded by
    largest remainder. No stratum's number falls from one step to the next.
    """
    if not languages:
        return [dict(step) for step in steps]
    so_far, spread = dict.fromkeys(strata, 0), []
    of_language, of_label = dict.fromkeys(languages, 0), dict.fromkeys(steps[0], 0)
    for step in steps:
        rows = sum(step.values())
        lacks = {one: max(0.0, rows * share - of_language[one]) for one, share in languages.items()}
        columns = apportion(rows - sum(of_language.values()), lacks) if any(lacks.values()) else dict.fromkeys(lacks, 0)
        lines = {label: wanted - of_label[label] for label, wanted in step.items()}
        wanted = {(one.label, one.language): rows * one.share - so_far[name] for name, one in strata.items()}
        more = divide_table(lines, columns, wanted)
        so_far = {name: so_far[name] + more[one.label, one.language] for name, one in strata.items()}
        of_language = {one: of_language[one] + columns[one] for one in languages}
        of_label = dict(step)
        spread.append(so_far)
    return spread


def divide_table(
    lines: Mapping[str, int], columns: Mapping[str, int], wanted: Mapping[tuple[str, str], float]
) -> dict[tuple[str, str], int]:
    """Return a table of whole numbers with these sums of lines and columns, which are equal in all.

    Each number is the product of its sums, divided by the whole, rounded down or up; up where most is ``wanted`` beyond
    it, as far as the sums allow. Ties go to the first.
    """
    whole = sum(lines.values())
    exact = {(line, column): lines[line] * columns[column] / max(1, whole) for line in lines for column in columns}
    table = {place: floor(round(number, 9)) for place, number in exact.items()}
    room = {column: columns[column] - sum(table[line, column] for line in lines) for column in columns}
    order = {
        line: sorted(
            (one for one in columns if round(exact[line, one] - table[line, one], 9) > 0),
            key=lambda one: -round(wanted[line, one] - table[line, one], 9),
        )
        for line in lines
    }
    raised: dict[str, list[str]] = {column: [] for column in columns}  # the lines whose number is rounded up

    def raise_one(line: str, passed: set[str]) -> bool:
        """Round up one more number of a line; if no column has room, move another line's (augmenting path)."""
        free = [column for column in order[line] if column not in passed and line not in raised[column]]
        if column := next((one for one in free if len(raised[one]) < room[one]), None):
            raised[column].append(line)
            return True
        for column in free:
            passed.add(column)
            for other in raised[column]:
                if raise_one(other, passed):
                    raised[column].remove(other)
                    raised[column].append(line)
                    return True
        return False

    for line, number in lines.items():
        for _ in range(number - sum(table[line, column] for column in columns)):
            if not raise_one(line, set()):
                raise ValueError(f"no table has the sums {dict(lines)} and {dict(columns)}")
    return {(line, column): count + (line in raised[column]) for (line, column), count in table.items()}
