"""Seeds and held-out rows that can't be used are refused with file, line and hint, and nothing is made of them."""

import json
import os
import re

import pytest
from ruamel.yaml import YAML

import flows.synthesize
from pedigree.dataset import record_bytes
from tests.support.cli_runner import Shell
from tests.support.repository import settle
from tests.support.workspaces import RECIPE, make_workspace

CAT, DOG = b'{"text": "the cat sat there", "label": "cat"}\n', b'{"text": "the dog ran off", "label": "dog"}\n'


class Started(BaseException):
    """A run passed every check."""


@pytest.fixture
def run_with(tmp_path, capsys, monkeypatch):
    """Return a function that runs a recipe with such seeds, and held-out rows; one for each label unless told."""

    def start(*_, **__):
        raise Started

    monkeypatch.setattr(flows.synthesize, "synthesize", start)

    def run(seeds=CAT + DOG, held_out=None, name="seeds.jsonl", **changes):
        files = {"seeds": f"data/seeds/pets/{name}", "held_out": "data/seeds/pets/held-out.jsonl" if held_out else None}
        make_workspace(tmp_path)
        with (tmp_path / "recipes/pets.yaml").open("w") as file:
            YAML().dump({**RECIPE, **files, **changes}, file)
        if callable(seeds):
            seeds(tmp_path / files["seeds"])
        else:
            (tmp_path / files["seeds"]).write_bytes(seeds)
        if held_out:
            (tmp_path / files["held_out"]).write_bytes(held_out)
        return Shell(tmp_path, capsys).refuse("run", "pets", "--no-publish")

    return run


WRONG = {
    "an unknown label": (CAT + DOG.replace(b'"dog"', b'"cow"'), "seeds.jsonl, line 2: label 'cow'",
        "expected: one of cat, dog"),
    "a label of another case": (CAT.replace(b'"cat"', b'"Cat"'), "line 1: label 'Cat'",
        "write 'cat' for 'Cat' (1 row)"),
    "no label": (b'{"text": "the cat sat"}\n', "line 1: label None", "one of cat, dog"),
    "a label that is a list": (b'{"text": "the cat sat", "label": ["cat"]}\n', r"line 1: label \['cat'\]",
        "one of cat, dog"),
    "no text": (CAT + b'{"label": "dog"}\n', "line 2: text is missing", "a text that is not empty"),
    "an empty text": (CAT + b'\n{"text": " ", "label": "dog"}', "line 3: text is ' '", "a text that is not empty"),
    "a text that is a number": (b'{"text": 5, "label": "dog"}', "line 1: text is 5", "a text that is not empty"),
    "another encoding": ("{'text': 'für'}".encode("latin-1"), "byte 11 is not UTF-8",
        "iconv -f windows-1252 -t utf-8 seeds.jsonl"),
    "an encoding of two bytes": ((CAT + DOG).decode().encode("utf-16"), "byte 0 is not UTF-8", "iconv -f utf-16"),
    "one label only": (CAT * 3, "seeds.jsonl: every row has the label 'cat'", "add rows of the other labels"),
    "an empty file": (b"", "seeds.jsonl: no rows", "add rows, or set the recipe's key to null"),
    "blank lines alone": (b"\n \r\n\n", "seeds.jsonl: no rows", "add rows"),
    "no JSON": (CAT + b"dog: ran", "line 2: not JSON", "expected: one JSON object per line"),
    "a list a line": (b'["the cat", "cat"]', "line 1: a list", "one JSON object per line"),
    "a number of any size": (b'{"text": 1' + b"0" * 5000 + b', "label": "cat"}', "line 1: ", ""),
    "deep nesting": (b"[" * 100_000, "line 1: not JSON", ""),
}  # fmt: skip


@pytest.mark.parametrize(("seeds", "found", "more"), WRONG.values(), ids=WRONG)
def test_wrong_seeds(run_with, tmp_path, seeds, found, more):
    said = run_with(seeds)
    assert re.search(found, said) and more in said
    assert not (tmp_path / "data/pets").exists() and not (tmp_path / ".pedigree/ledger").exists()


TABLES = {
    "no header": (b"the cat sat,cat\nthe dog ran,dog\n", "seeds.csv, line 1: no column label",
        "a first line that names"),
    "other names": (b"Text,Label\nthe cat sat,cat\n", "line 1: no column label among Text, Label", "names label, text"),
    "semicolons": (b"\xef\xbb\xbftext;label\nthe cat, sat;cat\n", "seeds.csv, line 1: one column, 'text;label'",
        "with commas instead of ';'"),
    "tabs": (b"text\tlabel\nthe cat sat\tcat\n", "line 1: one column", "a .tsv file has tabs"),
    "a line too long": (b"text,label\nthe cat, sat,cat\nthe dog,dog\n", "seeds.csv, line 2: 3 values",
        "2, as in the first line"),
    "a line too short": (b"text,label\nthe cat\n", "seeds.csv, line 2: 1 values", "2, as in the first line"),
    "an open quote": (b'text,label\n"the cat,cat\nthe dog,dog\n', "seeds.csv, line 3: unexpected end",
        "every quote closed"),
    "nothing": (b"", "seeds.csv: no rows", "add rows"),
    "a header alone": (b"text,label\n", "seeds.csv: no rows", "add rows"),
    "a field beyond measure": (b'text,label\n"' + b"x" * 200_000 + b'",cow\n',
        "seeds.csv, line 2: field larger than field limit", ""),
    "a null byte": (b"text,label\nthe \0cat,cow\n", "seeds.csv, line 2", ""),
}  # fmt: skip


@pytest.mark.parametrize(("seeds", "found", "more"), TABLES.values(), ids=TABLES)
def test_a_wrong_table(run_with, seeds, found, more):
    said = run_with(seeds, name="seeds.csv")
    assert re.search(found, said) and more in said


@pytest.mark.parametrize(
    ("name", "seeds"),
    [
        ("seeds.csv", b"text,label\r\nthe cat sat,cat\r\nthe dog ran,dog"),  # without a last line's end
        ("seeds.csv", b"label," + b",".join(b"c%d" % n for n in range(100_000)) + b",text\n"
            + b"cat" + b"," * 100_000 + b",a cat\ndog" + b"," * 100_000 + b",a dog\n"),
        ("seeds.jsonl", b"\xef\xbb\xbf" + CAT.replace(b"\n", b"\r\n") + DOG.rstrip()),
        ("seeds.json", b"[" + CAT + b"," + DOG + b"]"),
    ],
)  # fmt: skip
def test_what_is_odd_and_right(run_with, name, seeds):
    with pytest.raises(Started):
        run_with(seeds, name=name)


@pytest.mark.parametrize(
    "held_out",
    [CAT, CAT.replace(b"the cat", b"The  CAT"), CAT.replace(b'"cat"', b'"dog"') + DOG],
    ids=["the same row", "another spelling", "another label"],
)
def test_held_out_rows_that_are_seeds(run_with, held_out):
    said = run_with(held_out=b'{"text": "a dog and no seed", "label": "dog"}\n' + held_out)
    assert "held-out.jsonl, line 2: the same row is line 1 of data/seeds/pets/seeds.jsonl" in said
    assert "to do: remove it from one of the two files" in said


@pytest.mark.parametrize(
    ("seeds", "name"),
    [(CAT + DOG, "held-out.jsonl"), (lambda path: path.symlink_to("held-out.jsonl"), "seeds.jsonl")],
    ids=["the same name", "a link"],
)
def test_one_file_of_seeds_and_held_out_rows(run_with, seeds, name):
    said = run_with(seeds, CAT + DOG, name)
    assert f"seeds and held_out name the same file, data/seeds/pets/{name}" in said
    assert "expected: two files" in said and "put about a third of each label's rows into another file" in said
    assert "the same row" not in said


def test_held_out_rows_of_one_label(run_with):
    said = run_with(held_out=b'{"text": "a dog and no seed", "label": "dog"}\n')
    assert "held-out.jsonl: every row has the label 'dog'" in said


def test_seeds_without_a_label_whose_shots_are_shown(run_with):
    three = {"cat": 0.5, "dog": 0.3, "cow": 0.2}
    labels = {name: {"share": share, "means": f"about a {name}"} for name, share in three.items()}
    generator = {"strategy": "few-shot", "model": "offline/template", "shots": 1, "rows_per_call": 4}
    said = run_with(labels=labels, generators=[generator], rows=10)
    assert "shows 1 seed rows a prompt; data/seeds/pets/seeds.jsonl has 0 of label 'cow'" in said
    assert "to do: add seed rows of that label or lower 'shots'" in said


def test_seeds_without_a_label_are_named_where_no_shots_are_shown(run_with, capsys):
    three = {"cat": 0.5, "dog": 0.3, "cow": 0.2}
    labels = {name: {"share": share, "means": f"about a {name}"} for name, share in three.items()}
    with pytest.raises(Started):
        run_with(labels=labels, rows=10)
    assert "seeds.jsonl has no rows of cow" in capsys.readouterr().err


TWO_LABELS = {
    "in seeds": (CAT + DOG + CAT.replace(b'"cat"', b'"dog"'), None,
        "'the cat sat there' is 'cat' (data/seeds/pets/seeds.jsonl, line 1) "
        "and 'dog' (data/seeds/pets/seeds.jsonl, line 3)"),
    "in another spelling": (CAT + DOG + CAT.replace(b'"cat"', b'"dog"').replace(b"the cat", b" The  CAT"), None,
        "seeds.jsonl, line 3)"),
    "in held-out rows": (CAT + DOG, b'{"text": "a pet", "label": "dog"}\n{"text": "A pet ", "label": "cat"}\n',
        "'a pet' is 'dog' (data/seeds/pets/held-out.jsonl, line 1) and 'cat' "
        "(data/seeds/pets/held-out.jsonl, line 2)"),
}  # fmt: skip


@pytest.mark.parametrize(("seeds", "held_out", "found"), TWO_LABELS.values(), ids=TWO_LABELS)
def test_one_text_with_two_labels(run_with, seeds, held_out, found):
    said = run_with(seeds, held_out)
    assert "one text has two labels: " in said and found in said
    assert "to do: correct the label that is wrong, or remove the row" in said


def test_one_text_with_one_label_twice_is_no_contradiction(run_with):
    with pytest.raises(Started):
        run_with(CAT + DOG + CAT)


def test_seeds_that_were_converted_from_the_wrong_encoding_are_named(run_with, capsys):
    wrong = DOG.decode() + json.dumps({"text": "It’s a dog".encode("cp1252").decode("latin1"), "label": "dog"})
    with pytest.raises(Started):
        run_with(CAT + wrong.encode())
    said = " ".join(capsys.readouterr().err.split())
    assert "seeds.jsonl: 1 rows hold control characters such as U+0092 (line 3)" in said
    assert "iconv -f windows-1252 -t utf-8" in said


@pytest.mark.parametrize("kind", ["folder", "pipe", "loop", "link out", "missing"])
def test_seeds_that_are_no_file(run_with, kind):
    make = {
        "folder": lambda path: path.mkdir(),
        "pipe": os.mkfifo,
        "loop": lambda path: path.symlink_to(path),
        "link out": lambda path: path.symlink_to("/etc/hostname"),
        "missing": str,
    }
    said = run_with(make[kind])
    assert "data/seeds/pets/seeds.jsonl" in said and "to do:" in said


def test_a_huge_file(run_with, monkeypatch):
    monkeypatch.setattr(record_bytes, "MAX_BYTES", 50)
    said = run_with()
    assert re.search(r"seeds.jsonl: 90 bytes\n  expected: at most 50\n  to do: use a sample of it", said)


def test_seeds_whose_line_ends_git_would_change_are_refused_before_anything_is_asked(tmp_path, capsys):
    house = settle(tmp_path / "work")
    (house.root / ".gitattributes").write_text("* text=auto\n")
    seeds = house.root / "data/seeds/support-tickets/seeds.jsonl"
    seeds.write_bytes(seeds.read_bytes().replace(b"\n", b"\r\n"))
    said = Shell(house.root, capsys).refuse("run", "support-tickets")
    assert "seeds.jsonl: git would store other bytes than the file has (text=auto)" in said
    assert "at the end of data/seeds/support-tickets/.gitattributes" in said
    assert not (house.root / ".pedigree/ledger").exists()
