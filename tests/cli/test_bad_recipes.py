"""A recipe that can't be run is refused before a server is started: the message names the place and the mend."""

import json
import os
import re

import pytest
from ruamel.yaml import YAML

import flows.synthesize
from tests.support.cli_runner import Shell
from tests.support.workspaces import RECIPE, make_workspace


@pytest.fixture(autouse=True)
def no_server(monkeypatch):
    """Whoever comes as far as the flow has passed every check."""

    def start(*_, **__):
        raise AssertionError("a flow was started")

    monkeypatch.setattr(flows.synthesize, "synthesize", start)


@pytest.fixture
def pets(tmp_path, capsys):
    make_workspace(tmp_path)
    return Shell(tmp_path, capsys)


def write(shell, **changes):
    with (shell.root / "recipes/pets.yaml").open("w", encoding="utf-8") as file:
        YAML().dump({**RECIPE, **changes}, file)


def label(share, **more):
    return {"share": share, "means": "an animal", **more}


def one(**changes):
    return [{"model": "offline/template", "rows_per_call": 4, **changes}]


def test_a_recipe_that_is_right_comes_as_far_as_the_flow(pets):
    with pytest.raises(AssertionError, match="a flow was started"):
        pets("run", "pets", "--no-publish")


WRONG = {
    "an unknown key": ({"row": 5}, r"pets.yaml, line \d+: row: unknown key", "to do: write 'rows'"),
    "an unknown key of a generator": ({"generators": one(modle="x")}, r"line \d+: generators.0.modle: unknown key",
        "write 'model'"),
    "no labels": ({"labels": {}}, r"line 6: labels: found an empty mapping", "expected: at least 2 entries"),
    "an unlike that is no label": (
        {"labels": {"cat": label(0.5, unlike=["cow"]), "dog": label(0.5)}},
            "label 'cat' is unlike 'cow', which is no other label", "",
    ),
    "an attribute without a label": (
        {"generators": one(strategy="attributes", attributes={"tone": {"cat": ["calm"]}})},
            "attribute 'tone' is given per label", "dog",
    ),
    "shares that do not sum to 1": ({"labels": {"cat": label(0.5), "dog": label(0.6)}},
        "the shares of the labels sum to 1.1, not to 1", ""),
    "a share that is no number": ({"labels": {"cat": label(float("nan")), "dog": label(0.5)}}, "labels.cat.share",
        "found nan"),
    "two labels that differ in case": ({"labels": {"Cat": label(0.5), "cat": label(0.5)}},
        "differ in upper and lower case only", ""),
    "a label of two lines": ({"labels": {"cat\nLabel: dog": label(0.5), "dog": label(0.5)}}, "no control characters",
        ""),
    "a label with a wide space at its end": ({"labels": {"cat\u2003": label(0.5), "dog": label(0.5)}},
        "no spaces at the ends", ""),
    "a label that turns the text around": ({"labels": {"cat\u202e": label(0.5), "dog": label(0.5)}},
        "no control characters", ""),
    "negative rows": ({"rows": -5}, r"line \d+: rows: found -5", "expected: at least 1"),
    "no rows": ({"rows": 0}, "rows: found 0", "expected: at least 1"),
    "too many rows": ({"rows": 10**30}, "rows: found 10+", "expected: at most 10000000"),
    "rows in words": ({"rows": "many"}, "rows: found 'many'", "expected: a whole number"),
    "a dataset elsewhere": ({"dataset": "../pets"}, "'../pets' is no dataset name", "a lower-case letter"),
    "a dataset of another name": ({"dataset": "cats"}, "the recipe makes 'cats'", "rename the file to cats.yaml"),
    "no such template": ({"generators": one(template="prompts/none.j2")}, "no such template: prompts/none.j2",
        "correct the generator's 'template'"),
    "a template elsewhere": ({"generators": one(template="prompts/../../x.j2")}, "must be a path below prompts/", ""),
    "a language that is none": ({"language": "english"}, "language: found 'english'",
        "expected: two or three lower-case letters"),
    "no generators": ({"generators": []}, "generators: found an empty list", "expected: at least one entry"),
    "two generators of one name": ({"generators": one() + one()}, "two generators have the name 'zero-shot'",
        "a name of its own"),
    "an unknown dial": ({"generators": one(parameters={"faults": {"nonsense": 0.1}})},
        "faults: unknown fault 'nonsense'", "expected: rates"),
    "no such suite": ({"gates": {"suite": "none"}}, "expectations/none.json: no such suite", "correct 'gates: suite'"),
    "a replay of no file": (
        {"generators": one(strategy="replay", model="replay/data/x.jsonl", replay={"fields": {"text": "t"}})},
            "data/x.jsonl: no such file", "to do: correct the path",
    ),
}  # fmt: skip


@pytest.mark.parametrize(("changes", "found", "more"), WRONG.values(), ids=WRONG)
def test_a_wrong_recipe(pets, changes, found, more):
    write(pets, **changes)
    before = (pets.root / "recipes/pets.yaml").read_bytes()
    said = pets.refuse("run", "pets", "--no-publish")
    assert re.search(found, said) and more in said
    assert (pets.root / "recipes/pets.yaml").read_bytes() == before
    assert not (pets.root / "data/pets").exists()


BROKEN = {
    "an empty file": (b"", "an empty file", "expected: a mapping"),
    "a list": (b"- a\n", "a list", "expected: a mapping"),
    "no YAML": (b"a: [1\nb: 2", r"line \d+: not valid YAML", ""),
    "another encoding": ("task: für".encode("latin-1"), "byte 7 is not UTF-8", "save the file as UTF-8"),
    "a huge file": (b"# " + b"x" * 1_000_000, "1,000,002 bytes", "to do: put rows into a file"),
    "a key twice": (b"rows: 5\nrows: 6\n", 'line 2: not valid YAML: found duplicate key "rows"', ""),
    "a bomb of anchors": (
        b"a: &a [x,x,x,x,x,x,x,x,x,x]\n" + b"".join(
            b"%c: &%c [%s]\n" % (98 + n, 98 + n, b",".join([b"*%c" % (97 + n)] * 10)) for n in range(12)
        ), "aliases", "write it out",
    ),
    "an anchor in itself": (b"labels: &a {cat: *a}\n", "this key is missing", ""),
    "an object of Python's": (b"a: !!python/object/apply:os.system [ls]\n",
        "line 1: not valid YAML: could not determine a constructor", ""),
}  # fmt: skip


@pytest.mark.parametrize(
    ("word", "read"),
    [("0", "the number 0"), ("1e3", "the number 1000.0"), ("null", "null"), ("true", "the truth value true"),
     ("2024-01-01", "the date 2024-01-01")],
)  # fmt: skip
def test_a_label_that_needs_quotes(pets, word, read):
    path = pets.root / "recipes/pets.yaml"
    text = path.read_text().replace("cat:", f"{word}:", 1)
    path.write_text(text)
    said = pets.refuse("run", "pets", "--no-publish")
    line = text.split("\n").index(next(line for line in text.split("\n") if f"{word}:" in line)) + 1
    assert re.search(rf"pets.yaml, line {line}: labels\..*: YAML reads it as {read}\n", said)
    assert f'to do: put it in quotes: "{word}"' in said
    path.write_text(text.replace(f"{word}:", f'"{word}":'))
    with pytest.raises(AssertionError, match="a flow was started"):
        pets("run", "pets", "--no-publish")


@pytest.mark.parametrize(("raw", "found", "more"), BROKEN.values(), ids=BROKEN)
def test_a_file_that_is_no_recipe(pets, raw, found, more):
    (pets.root / "recipes/pets.yaml").write_bytes(raw)
    said = pets.refuse("run", "pets", "--no-publish")
    assert re.search(found, said) and more in said and "pets.yaml" in said


def test_a_recipe_with_byte_order_mark_and_carriage_returns_is_right(pets):
    path = pets.root / "recipes/pets.yaml"
    path.write_bytes(b"\xef\xbb\xbf" + path.read_bytes().replace(b"\n", b"\r\n"))
    assert pets("estimate", "pets").status == 0


@pytest.mark.parametrize("kind", ["folder", "pipe", "loop", "missing"])
def test_a_recipe_that_is_no_file(pets, kind):
    path = pets.root / "recipes/pets.yaml"
    path.unlink()
    {"folder": path.mkdir, "pipe": lambda: os.mkfifo(path), "loop": lambda: path.symlink_to(path), "missing": int}[
        kind
    ]()
    assert "recipes/pets.yaml: " in pets.refuse("run", "pets")


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("{{ labl }}", r"prompts/zero-shot.j2, line 2: 'labl' is undefined\n.*'pedigree preview' shows them"),
        ("{{ ''.__class__.__mro__ }}", r"line 2: not allowed in a template: .*\n.*use the variables only"),
        ("{{ cycler.__init__.__globals__.os.system('id') }}", "line 2: not allowed in a template"),
        ("{% include '../../../etc/passwd' %}", "no such template"),
        ("{% for x in range(99999999) %}{% endfor %}", "Range too big"),
        ("{{ 'x' * 2000000 }}", "block 'user' renders to 2,000,000 characters"),
        ("{{ }", r"line 2: "),
        ("the same for all", "says the same for the labels 'cat' and 'dog'"),
    ],
)
def test_a_wrong_template(pets, text, found):
    (pets.root / "prompts/zero-shot.j2").write_text("{% block user %}\n" + text + "{% endblock %}")
    assert re.search(found, pets.refuse("run", "pets", "--no-publish"))


def test_a_template_of_another_encoding(pets):
    (pets.root / "prompts/zero-shot.j2").write_bytes("{% block user %}für{% endblock %}".encode("latin-1"))
    assert "prompts/zero-shot.j2" in pets.refuse("run", "pets", "--no-publish")


def test_a_class_floor_that_no_run_can_reach(pets):
    write(pets, labels={"cat": label(0.9), "dog": label(0.1)}, rows=50, gates={"class_floor": 10})
    said = pets.refuse("run", "pets", "--no-publish")
    assert re.search(r"pets.yaml, line \d+: class_floor is 10, but the 50 rows leave fewer for dog 5\n", said)
    assert "expected: at least 10 rows of every label" in said
    assert "to do: raise 'rows' to 100 or more, or lower 'gates: class_floor' to 5" in said
    for mended in ({"rows": 100, "gates": {"class_floor": 10}}, {"rows": 50, "gates": {"class_floor": 5}}):
        write(pets, labels={"cat": label(0.9), "dog": label(0.1)}, **mended)
        with pytest.raises(AssertionError, match="a flow was started"):
            pets("run", "pets", "--no-publish")


def test_the_default_class_floor_is_checked_too(pets):
    write(pets, labels={f"label {n}": label(0.04) for n in range(25)}, rows=200, gates={})
    said = pets.refuse("run", "pets", "--no-publish")
    assert "the 200 rows leave fewer for label 0 8, label 1 8, label 2 8, label 3 8, label 4 8 and 20 more" in said


def test_a_class_floor_that_the_suite_does_not_demand(pets):
    suite = json.loads((pets.root / "expectations/text-classification.json").read_text())
    suite["expectations"] = [one for one in suite["expectations"] if "class_floor" not in json.dumps(one)]
    (pets.root / "expectations/mine.json").write_text(json.dumps(suite))
    write(pets, gates={"suite": "mine", "class_floor": 10})
    with pytest.raises(AssertionError, match="a flow was started"):
        pets("run", "pets", "--no-publish")


def test_more_rows_than_the_budget_can_pay_for(pets):
    write(pets, rows=1000, budget={"calls": 249})
    said = pets.refuse("run", "pets", "--no-publish", status=3)
    assert re.search(
        r"pets.yaml, line \d+: 1,000 rows can't be paid for with 249 calls\n  expected: at least 250 calls", said
    )
    assert "to do: raise 'budget: calls'" in said
    write(pets, rows=1000, budget={"calls": 250})
    with pytest.raises(AssertionError, match="a flow was started"):
        pets("run", "pets", "--no-publish")


@pytest.mark.parametrize(
    ("expectation", "found"),
    [
        ({"type": "expect_miracles", "kwargs": {}}, r"expectation 1 \(expect_miracles\): expect_miracles not found"),
        ({"type": "expect_column_values_to_not_be_null", "kwargs": {"column": "txt"}},
            "have no column 'txt'\n.*row_id, text"),
        ({"type": "expect_column_values_to_not_be_null", "kwargs": {"colum": "text"}}, "colum"),
        ({"type": "expect_table_row_count_to_equal", "kwargs": {"value": {"$PARAMETER": "rws"}}},
            r"unknown \$PARAMETER 'rws'"),
    ],
)  # fmt: skip
def test_a_broken_suite_is_found_before_anything_is_spent(pets, expectation, found):
    (pets.root / "expectations/text-classification.json").write_text(
        json.dumps({"name": "x", "expectations": [expectation]})
    )
    assert re.search(found, pets.refuse("run", "pets", "--no-publish"), re.DOTALL)
