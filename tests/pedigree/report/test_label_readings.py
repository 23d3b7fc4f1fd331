"""Labels asked for beside labels given: counts that add up, few enough to be read, and never by colour alone."""

from rich.console import Console

from pedigree.dataset.results import LabelReadings
from pedigree.report.label_readings import (
    MAX_DRAWN,
    describe_readings,
    format_readings,
    format_readings_markdown,
    list_lines,
    select_matrix,
)

COUNTS = {"cat": {"cat": 5, "dog": 3, "": 1}, "dog": {"dog": 1200}}
MANY = {f"l{n}": {f"l{n}": 9} for n in range(30)} | {"l3": {"l3": 1, "l29": 8}, "l7": {"l7": 8, "l3": 1}}


def show(counts, by="judge", width=80):
    console = Console(width=width)
    with console.capture() as shown:
        console.print(
            format_readings(LabelReadings(by=by, name="j" * (by == "judge"), labels=[*counts, "x", "y"], counts=counts))
        )
    return [line.rstrip() for line in shown.get().splitlines()]


def test_every_count_has_its_cell_and_shares_are_of_the_rows_of_a_line():
    matrix = select_matrix(LabelReadings(by="judge", name="j", labels=["cat", "dog"], counts=COUNTS))
    assert (matrix.labels, matrix.columns) == (["cat", "dog"], ["cat", "dog", "another label"])
    assert matrix.counts == [[5, 3, 1], [0, 1200, 0]]
    cells = {(cell["asked"], cell["given"]): (cell["share"], cell["same"]) for cell in matrix.list_cells()}
    assert cells["cat", "dog"] == (0.3333, False) and cells["dog", "dog"] == (1, True)


def test_of_many_labels_those_that_are_confused_are_shown_and_the_table_has_all():
    readings = LabelReadings(by="classifier", labels=list(MANY), counts=MANY)
    matrix = select_matrix(readings)
    assert len(MANY) > MAX_DRAWN and matrix.labels == ["l3", "l7", "l29"]
    assert matrix.counts == [[1, 0, 8], [1, 8, 0], [0, 0, 9]]
    assert [line.label for line in list_lines(readings)] == list(MANY)


def test_of_many_labels_without_any_confusion_none_are_shown():
    counts = {f"l{n}": {f"l{n}": 9} for n in range(30)}
    readings = LabelReadings(by="classifier", labels=list(counts), counts=counts)
    assert select_matrix(readings).labels == []
    assert describe_readings(readings).startswith("The classifier gives 270 of 270 kept rows the label asked for")


def test_terminal_shows_the_counts_with_numbered_labels():
    lines = show(COUNTS)
    assert lines[1].split() == ["asked", "for", "1", "2", "another", "label"]
    assert [line.split() for line in lines[3:5]] == [["1", "cat", "5", "3", "1"], ["2", "dog", "·", "1,200", "·"]]
    assert "8 of" not in lines[5] and "Judge 'j' gives 1,205 of 1,209 candidates" in " ".join(lines)


def test_terminal_shows_ten_labels_at_most_within_80_columns():
    counts = {f"a-label-with-a-long-name-{n}": {f"a-label-with-a-long-name-{n}": 9, "x": n} for n in range(40)}
    lines = show(counts)
    assert max(map(len, lines)) <= 80 and sum("a-label" in line for line in lines) <= 10
    assert "labels confused most" in " ".join(lines)


def test_markup_in_a_label_is_shown_as_it_is():
    assert "[red]x[/red]" in " ".join(show({"[red]x[/red]": {"y": 1}}))
    readings = LabelReadings(by="judge", name="[red]", labels=["[red]", "y"], counts={"[red]": {"y": 1}})
    assert r"\[red\]" in format_readings_markdown(readings)
