"""A sheet shows what nobody has decided on; a filled one is taken whole, or not at all with every mistake named."""

import json

import polars as pl
import pytest

from pedigree.dataset.examples import Example
from pedigree.dataset.schemas import rows_schema
from pedigree.errors import CommandError
from pedigree.ids import sha256_of
from pedigree.job import Job, open_job
from pedigree.recipe.yaml_file import load_recipe
from pedigree.report.export.csv_sheet import read_sheet, write_sheet
from tasks.review import draw_sheet, list_columns, take_review
from tests.support.make_review_sheets import fill_sheet
from tests.support.make_validated_rows import make_job, make_reject, make_rows, write_tables
from tests.support.workspaces import make_workspace

REASONS = ("refusal", "near-duplicate", "pii", "surplus", "malformed", "held-out-overlap")


@pytest.fixture
def job(tmp_path):
    """A job of 40 rows in a workspace of its own: six seeds a label, two rejects a reason; texts like formulas."""
    made = make_job(tmp_path / "made")
    workspace = make_workspace(
        tmp_path / "work", dataset="notes", rows=40, labels=made.recipe.model_dump()["labels"], fields={"text": {}},
        seeds=[{"text": seed.fields["text"], "label": seed.label} for seed in made.seeds],
    )  # fmt: skip
    job = open_job(workspace, "notes")
    rows = make_rows(made).with_columns(text="=" + pl.col("text"))
    rejects = [make_reject("praise", reason, number) for reason in REASONS for number in range(2)]
    rejects = [(*line[:5], json.dumps({"text": f"+{line[0][:9]} jo@x.org"}), *line[6:]) for line in rejects]
    return write_tables(job, rows, [*rejects, make_reject("praise", "failed", whole=True)])


def write(job, tmp_path, **options):
    path = tmp_path / "sheet.csv"
    write_sheet(path, list_columns(job), draw_sheet(job, **options))
    return path


def take(job, path):
    taken = take_review.fn(job, read_sheet(path), path.name)
    return taken, open_job(job.workspace, job.dataset)


def accept(line):
    return {"decision": "accept", "who": "Ann", "why": "fine"}


def test_a_sheet_holds_rows_at_random_and_rows_read_as_another_label_and_rejects_that_can_come_in(job):
    train = pl.read_parquet(job.table("train"))
    wrong = train.with_columns(label=pl.when(pl.int_range(pl.len()) < 4).then(pl.lit("complaint")).otherwise("label"))
    wrong.write_parquet(job.table("train"))
    lines = draw_sheet(job, rows=10, rejects=3)
    assert lines == draw_sheet(job, rows=10, rejects=3)
    rows = [line for line in lines if line["what"] == "row"]
    assert len({line["id"] for line in lines}) == 13 and len(rows) == 10
    doubtful = [line for line in rows if line["drawn"] == "read as another label"]
    at_random = [line["drawn"] for line in rows if line["drawn"].startswith("at random")]
    assert doubtful and all(line["reads_as"] != line["label"] for line in doubtful)
    assert len(at_random) == 10 - len(doubtful)
    assert {text.split(", ")[1] for text in at_random} == {
        f"{n} of {len(at_random)}" for n in range(1, len(at_random) + 1)
    }
    rejects = [line for line in lines if line["what"] == "reject"]
    assert sorted(line["reason"] for line in rejects) == ["near-duplicate", "near-duplicate", "refusal"]
    assert "jo@x.org" not in str(lines) and all("[e-mail]" in line["text"] for line in rejects)


def test_rows_can_be_drawn_evenly_which_is_not_at_random(job):
    rows = [line for line in draw_sheet(job, rows=10, rejects=0, by="label")]
    assert {label: sum(line["label"] == label for line in rows) for label in ("praise", "complaint")} == {
        "praise": 5,
        "complaint": 5,
    }
    assert {line["drawn"] for line in rows} == {"evenly by label"}


def test_without_seeds_nobody_reads(job):
    lines = draw_sheet(Job(job.workspace, job.recipe), rows=5, rejects=2)
    assert len(lines) == 7 and {line["reads_as"] for line in lines} == {""}


def test_a_taken_sheet_is_named_in_the_recipe_and_shows_no_more(job, tmp_path):
    path = job.workspace.recipe_path("notes")
    path.write_text("# mine\n" + path.read_text())
    taken, after = take(job, fill_sheet(write(job, tmp_path, rows=6, rejects=2), accept))
    assert (taken.path, taken.new, taken.known) == ("data/reviews/notes/review.jsonl", {"accept": 8}, 0)
    assert load_recipe(path).review == taken.path and path.read_text().startswith("# mine\n")
    assert len(after.review.trusted) == 8
    assert not after.review.trusted & {line["id"] for line in draw_sheet(after, rows=100, rejects=100)}
    assert {one.drawn for one in after.review.history if one.reason is None} == {6}


@pytest.mark.parametrize(("encoding", "delimiter"), [("utf-8", ","), ("cp1252", ";"), ("utf-16", "\t")])
def test_a_sheet_is_taken_however_the_spreadsheet_saved_it(job, tmp_path, encoding, delimiter):
    taken, _ = take(job, fill_sheet(write(job, tmp_path), accept, encoding, delimiter))
    assert taken.new == {"accept": 44}


def test_a_sheet_taken_twice_adds_nothing_and_a_changed_mind_adds_a_line(job, tmp_path):
    path = fill_sheet(write(job, tmp_path, rows=3, rejects=1), accept)
    _, after = take(job, path)
    again, after = take(after, path)
    assert (again.new, again.known, len(after.review.history)) == ({}, 4, 4)
    relabel = {"praise": "complaint", "complaint": "praise"}
    change = lambda line: {"decision": "Relabel ", "new_label": relabel[line["label"]], "why": "I see now"}  # noqa: E731
    changed, after = take(after, fill_sheet(path, change))
    assert (changed.new, len(after.review.history)) == ({"relabel": 4}, 8)
    assert all(one.label != one.new_label and one.drawn for one in after.review.last.values() if one.reason is None)


def test_lines_without_a_decision_are_left_alone(job, tmp_path):
    path = fill_sheet(write(job, tmp_path, rows=4, rejects=0), lambda line: None)
    with pytest.raises(CommandError, match="no decisions found"):
        take(job, path)
    first = read_sheet(path).lines[0].cells["id"]
    taken, _ = take(job, fill_sheet(path, lambda line: accept(line) if line["id"] == first else None))
    assert taken.new == {"accept": 1}


MISTAKES = [
    ({"decision": "acept"}, "decision 'acept' is not one of accept, reject, relabel; did you mean accept?"),
    ({"decision": ""}, "no decisions found"),
    ({"decision": "", "new_label": "praise"}, "decision '' is not one of"),
    ({"id": "f" * 64}, "is not a row or reject of notes"),
    ({"decision": "relabel"}, "the column new_label is empty"),
    (
        {"decision": "relabel", "new_label": "prais"},
        "new_label 'prais' is not one of complaint, praise; did you mean praise?",
    ),
    ({"decision": "relabel", "new_label": "complaint"}, "is already its label"),
    ({"new_label": "praise"}, "is only allowed with relabel"),
    ({"who": "  "}, "the column who is empty"),
    ({"decision": "reject", "why": ""}, "the column why is empty"),
    ({"why": "x" * 2001}, "why is longer than 2,000 characters"),
    ({"text": "=another text"}, "text was edited"),
    ({"label": "praise"}, "the column label was edited to 'praise'"),
]


@pytest.mark.parametrize(("change", "complaint"), MISTAKES)
def test_a_mistake_is_named_with_its_line_and_nothing_is_taken(job, tmp_path, change, complaint):
    path = write(job, tmp_path, rows=3, rejects=0)
    first = read_sheet(path).lines[0].cells["id"]
    usual = accept if change != {"decision": ""} else lambda line: {}
    before = job.workspace.recipe_path("notes").read_bytes()
    fill_sheet(path, lambda line: {**usual(line), **(change if line["id"] == first else {})})
    with pytest.raises(CommandError) as caught:
        take(job, path)
    assert complaint in caught.value.found
    assert "line 2: " in caught.value.found or "no decisions" in complaint
    assert job.workspace.recipe_path("notes").read_bytes() == before
    assert not job.workspace.reviews_folder("notes").exists()


def test_all_mistakes_are_told_at_once(job, tmp_path):
    path = fill_sheet(write(job, tmp_path, rows=4, rejects=0), lambda line: {"decision": "maybe"})
    with pytest.raises(CommandError) as caught:
        take(job, path)
    said = caught.value.found.splitlines()
    assert said[0] == "sheet.csv: 8 mistakes; no decision was taken"
    assert [line.split(":")[0].strip() for line in said[1:]] == [f"line {n}" for n in (2, 2, 3, 3, 4, 4, 5, 5)]


def test_two_lines_about_one_row_must_agree(job, tmp_path):
    path = fill_sheet(write(job, tmp_path, rows=2, rejects=0), accept)
    lines = path.read_text(encoding="utf-8-sig").splitlines()
    path.write_text("\n".join([*lines, lines[1].replace("accept", "reject")]))
    with pytest.raises(CommandError, match="line 4: line 2 has another decision for the same id"):
        take(job, path)


@pytest.mark.parametrize(
    ("reason", "complaint"),
    [
        ("pii", "personal data are not allowed"),
        ("held-out-overlap", "can't be accepted"),
        ("malformed", "is not a complete row"),
    ],
)
def test_some_rejects_stay_out_whatever_people_say(job, tmp_path, reason, complaint):
    line = {"id": sha256_of(["praise", reason, 0]), **accept({})}
    write_sheet(tmp_path / "sheet.csv", [*line, "new_label"], [line])
    with pytest.raises(
        CommandError,
        match=f"a reject for {reason} {'' if reason == 'malformed' else complaint if reason != 'pii' else ''}",
    ):
        take(job, tmp_path / "sheet.csv")


def test_a_sheet_of_another_dataset_is_refused(job, tmp_path):
    path = fill_sheet(write(job, tmp_path, rows=2, rejects=0), lambda line: {**accept(line), "id": "0" * 64})
    with pytest.raises(CommandError, match="none of its rows belongs to notes as it is now") as raised:
        take(job, path)
    said = str(raised.value)
    assert "Rows that were replaced" in said and "'pedigree review notes --sample 100 --to NEW.csv'" in said


def test_the_lines_of_a_sheet_whose_rows_were_replaced_are_named_in_one_sentence(job, tmp_path):
    ids = iter(["0" * 64, "1" * 64])
    path = fill_sheet(write(job, tmp_path, rows=4, rejects=0), accept)
    path = fill_sheet(path, lambda line: {"id": next(ids, line["id"])})
    with pytest.raises(CommandError) as raised:
        take(job, path)
    said = str(raised.value)
    assert "1 mistake; no decision was taken" in said
    assert "lines 2, 3: these 2 ids are no rows or rejects of notes: replaced since the sheet was written" in said


def test_fields_of_other_kinds_and_names_come_back_unchanged(tmp_path):
    fields = {"why": {}, "stars": {"type": "integer"}, "kind": {"type": "category", "values": ["a", "b"]}}
    made = make_job(tmp_path / "made", fields=fields)
    workspace = make_workspace(
        tmp_path / "work", dataset="notes", rows=40, labels=made.recipe.model_dump()["labels"], fields=fields
    )
    job = write_tables(open_job(workspace, "notes"), make_rows(made))
    taken, _ = take(job, fill_sheet(write(job, tmp_path), accept))
    assert taken.new == {"accept": 40}


def test_a_seed_need_not_stay_for_a_decision_to_count(job, tmp_path):
    _, after = take(job, fill_sheet(write(job, tmp_path, rows=2, rejects=0), accept))
    stays = (job.workspace.root / after.recipe.review).read_text()
    assert not any(isinstance(seed, Example) and seed.fields["text"] in stays for seed in job.seeds)


def test_a_sheet_shows_the_marks_of_slots_and_one_without_them_is_taken(tmp_path):
    made = make_job(tmp_path / "made")
    labels = {name: {**one.model_dump(), "slots": ["town?"]} for name, one in made.recipe.labels.items()}
    workspace = make_workspace(
        tmp_path / "work",
        dataset="notes",
        rows=40,
        labels=labels,
        fields={"text": {}},
        slots={"town": {"means": "a town"}},
    )
    job = open_job(workspace, "notes")
    rows = make_rows(made).with_columns(
        text="Rome " + pl.col("text"), spans=pl.lit([{"slot": "town", "value": "Rome", "start": 0, "end": 4}])
    )
    schema = rows_schema(job.recipe)
    write_tables(job, rows.select(list(schema)).cast(schema))
    lines = draw_sheet(job, rows=4, rejects=0)
    assert len(lines) == 4 and all(line["text"].startswith("[Rome](town) ") for line in lines)
    for number, line in enumerate(lines):
        line |= {"decision": "accept", "who": "Ann"}
        if number % 2:
            line["text"] = line["text"].replace("[Rome](town)", "Rome")
    path = tmp_path / "sheet.csv"
    write_sheet(path, list_columns(job), lines)
    _, after = take(job, path)
    assert len(after.review.last) == 4
