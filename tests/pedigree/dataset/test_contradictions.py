"""A text with two labels is a contradiction, however it is spelt and in whichever file it is."""

import logging

from pedigree.dataset.contradictions import find_contradictions
from pedigree.dataset.examples import Example
from tasks.check import check_job
from tests.support.workspaces import make_job


def row(line, label, **fields):
    return Example(str(line), fields, label, line)


def test_rows_are_compared_across_files_and_in_all_fields(tmp_path):
    recipe = make_job(tmp_path / "w").recipe
    files = {
        "a.csv": [row(2, "cat", text="Ｆine\tday"), row(3, "cat", text="other")],
        "b.parquet": [row(1, "dog", text="fine day"), row(2, "cat", text="OTHER")],
    }
    assert find_contradictions(files, recipe) == ["'Ｆine day' is 'cat' (a.csv, line 2) and 'dog' (b.parquet, row 1)"]
    pairs = {"a.csv": [row(2, "cat", text="fine", other="x"), row(3, "dog", text="fine", other="y")]}
    assert find_contradictions(pairs, recipe) == []


def test_numbers_alone_may_have_several_labels(tmp_path):
    recipe = make_job(tmp_path / "w", fields={"size": {"type": "integer"}}).recipe
    assert find_contradictions({"a.csv": [row(2, "cat", size=5), row(3, "dog", size=5)]}, recipe) == []


def test_real_rows_with_two_labels_are_named_in_a_warning(tmp_path, caplog):
    real = [{"text": "a pet at home", "label": "cat"}, {"text": "a dog ran off", "label": "dog"},
            {"text": "A pet at home", "label": "dog"}]  # fmt: skip
    job = make_job(tmp_path / "w", real=real)
    with caplog.at_level(logging.WARNING, "pedigree"):
        check_job(job)
    assert "1 texts have two labels; of a real row, the first counts: 'a pet at home' is 'cat' " in caplog.text
    assert "real.jsonl, line 1) and 'dog' (data/seeds/pets/real.jsonl, line 3)" in caplog.text
