"""'pedigree review' on the shell: a random sample, two people's sheets, and what does not go together."""

import pytest

from pedigree.job import open_job
from tests.support.cli_runner import Shell
from tests.support.make_review_sheets import fill_sheet
from tests.support.make_validated_rows import make_job, make_rows, write_tables
from tests.support.workspaces import make_workspace


@pytest.fixture
def notes(tmp_path, capsys):
    made = make_job(tmp_path / "made")
    make_workspace(tmp_path / "work", dataset="notes", rows=40, labels=made.recipe.model_dump()["labels"])
    shell = Shell(tmp_path / "work", capsys)
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(shell.root)
        from pedigree.workspace import find_workspace

        write_tables(open_job(find_workspace(), "notes"), make_rows(made))
    return shell


def test_a_sample_goes_out_and_comes_back_from_two_people(notes):
    said = notes("review", "notes", "--sample", "12", "--to", "ann.csv")
    assert said.status == 0 and "wrote ann.csv: 12 rows and 0 rejects" in said.out
    notes("review", "notes", "--sample", "12", "--to", "bo.csv")
    wrong = iter(range(12))
    fill_sheet(notes.root / "ann.csv", lambda line: {"decision": "accept", "who": "Ann"})
    fill_sheet(
        notes.root / "bo.csv",
        lambda line: {"decision": "reject" if next(wrong) < 3 else "accept", "who": "Bo", "why": "."},
    )
    said = notes("review", "notes", "--agreement", "ann.csv", "bo.csv").out
    assert "Ann and Bo agree on 9 of 12 rows (75%), kappa 0" in said and said.count("Bo: (rejected)") == 3
    assert not (notes.root / "data/reviews").exists()
    assert "took 12 accept" in notes("review", "notes", "--take", "ann.csv").out
    said = notes("review", "notes", "--take", "bo.csv").out
    assert "took 9 accept, 3 reject" in said and "3 rows in conflict; the decision that was taken last counts" in said


def test_open_rows_of_a_sample_are_told(notes):
    notes("review", "notes", "--sample", "12", "--to", "half.csv")
    left = iter(range(12))
    fill_sheet(notes.root / "half.csv", lambda line: {"decision": "accept", "who": "Ann"} if next(left) < 5 else None)
    said = notes("review", "notes", "--take", "half.csv").out
    assert "took 5 accept" in said and "7 rows drawn at random have no decision" in said


@pytest.mark.parametrize(
    ("words", "complaint"),
    [
        (["--sample", "5", "--rows", "5"], "--sample with --rows or --by"),
        (["--sample", "0"], "Invalid value for '--sample'"),
        (["--take", "a.csv", "--agreement", "a.csv", "b.csv"], "--take, --to and --agreement"),
        (["--agreement", "a.csv", "b.csv"], "a.csv: No such file"),
    ],
)
def test_what_does_not_go_together_is_told(notes, words, complaint):
    assert complaint in notes.refuse("review", "notes", *words)
