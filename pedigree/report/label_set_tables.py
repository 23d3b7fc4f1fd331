"""Tables of rows with several labels for the terminal and as Markdown: what was asked for, and what is there."""

from collections.abc import Iterator, Sequence
from typing import Any

from rich.box import SIMPLE_HEAD
from rich.table import Table
from rich.text import Text

from pedigree.dataset.results import Distribution
from pedigree.metrics.label_sets.counts import LABEL, SIZE, Held, SetCounts, count_label_sets, describe_rounding
from pedigree.recipe.label_sets.names import SEPARATOR
from pedigree.recipe.schema import Recipe
from pedigree.report.markdown import write_table

COLUMNS = ("what", "target", "want", "kept", "train", "valid")
MAX_SHOWN_SETS = 20  # of which the terminal shows a line each
MAX_PAIRED = 12  # labels of a matrix of pairs


def format_set_counts(counts: SetCounts) -> Table:
    """Return a table for the terminal: one line for each label, number of labels and combination with a target."""
    table = Table(box=SIMPLE_HEAD, pad_edge=False, padding=(0, 1, 0, 0), collapse_padding=True)
    for name in COLUMNS:
        table.add_column(name, justify="left" if name == "what" else "right", overflow="fold", no_wrap=name != "what")
    for part in (counts.labels, counts.sizes, counts.combinations):
        for one in part:
            table.add_row(*map(Text, list_cells(one)))
        table.add_section()
    return table


def format_set_counts_markdown(counts: SetCounts) -> str:
    """Return the same as Markdown, and the pairs of labels: rows kept of rows planned."""
    parts = ["## Labels of rows", write_table(COLUMNS, map(list_cells, counts.lines))]
    if matrix := list_matrix(counts):
        head, *lines = matrix
        parts += ["## Labels together: rows kept of rows planned", write_table(head, lines)]
    return "\n\n".join(parts) + "\n"


def list_cells(one: Held) -> list[str]:
    """Return the cells of a line of ``COLUMNS``."""
    name = one.name if one.kind == LABEL else f"{one.name} labels" if one.kind == SIZE else one.name
    name = "1 label" if (one.kind, one.name) == (SIZE, "1") else name
    target = "free" if one.share is None else f"{one.share:.1%}"
    return [name, target, *(f"{rows:,}" for rows in (one.wanted, one.kept, one.train, one.validation))]


def list_matrix(counts: SetCounts) -> list[list[str]]:
    """Return the matrix of pairs, a head and a line for each label but the last; none for more than ``MAX_PAIRED``."""
    names = [one.name for one in counts.labels]
    if len(names) > MAX_PAIRED:
        return []
    pairs = {one.name: one for one in counts.pairs}
    return [["", *names[1:]], *_list_lines(names, pairs)]


def _list_lines(names: Sequence[str], pairs: dict[str, Held]) -> Iterator[list[str]]:
    for name in names[:-1]:
        cells = []
        for other in names[1:]:
            one = pairs.get(f"{name}{SEPARATOR}{other}")
            cells.append("" if one is None else f"{one.kept:,} of {one.wanted:,}")
        yield [name, *cells]


def describe_sets(recipe: Recipe, distribution: Distribution) -> dict[str, Any]:
    """Return what the report's part on labels of rows shows; empty where a row has one label."""
    counts = count_label_sets(recipe, distribution)
    if counts is None:
        return {}
    lines = [(list_cells(one), one.is_met) for one in counts.lines]
    return {"set_lines": lines, "set_matrix": list_matrix(counts), "rounded": describe_rounding(recipe)}
