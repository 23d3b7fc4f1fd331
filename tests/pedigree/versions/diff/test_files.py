"""Texts, values and figures of two sides, bounded where people read them."""

from pedigree.versions.diff.files import MAX_SHOWN, compare_figures, compare_files, compare_texts, compare_values
from tests.support.diff_versions import make_sides


def test_a_text_is_compared_line_by_line():
    change = compare_texts(b"one\ntwo\n", b"one\n2\x0b\n")
    assert change.lines == ["@@ -1,2 +1,2 @@", " one", "-two", "+2\x0b"]
    assert compare_texts(b"same", b"same").lines == []
    assert compare_texts(None, b"new\n").lines == ["@@ -0,0 +1 @@", "+new"]


def test_lines_of_a_spreadsheet_end_like_others():
    assert compare_texts(b"a\r\nb\r\n", b"a\r\nc\r\n").lines == ["@@ -1,2 +1,2 @@", " a", "-b", "+c"]
    assert compare_texts(None, b"a\r\n").lines == ["@@ -0,0 +1 @@", "+a"]
    assert compare_texts(b"a\n", b"a\r\n").lines == ["@@ -1 +1 @@", "-a", "+a\r"]


def test_a_long_diff_is_cut_and_says_by_how_much():
    change = compare_texts(b"", "\n".join(map(str, range(2000))).encode())
    assert (len(change.lines), change.left_out) == (MAX_SHOWN, 2001 - MAX_SHOWN)


def test_what_is_no_text_or_too_long_has_a_note():
    assert compare_texts(b"\xff\xfe", b"text").note == "no UTF-8 text; 2 and 4 bytes"
    assert compare_texts(b"x\n", b"y\n" * 9000).note == "too long to compare by line; 1 and 9,000 lines"
    assert compare_texts(b"x", b"y" * 2_000_000).note == "too long to compare by line; 1 and 1 lines"


def test_files_are_told_with_their_kind(tmp_path):
    before, after = make_sides(tmp_path)
    after.manifest["inputs"] |= {"data/seeds/pets/seeds.jsonl": "0"}
    after.recipe["seeds"] = "data/seeds/pets/seeds.jsonl"
    (after.workspace.root / "data/seeds/pets").mkdir(parents=True)
    (after.workspace.root / "data/seeds/pets/seeds.jsonl").write_text('{"text": "a"}\n')
    seeds, template = compare_files(before, after)
    assert (seeds.path, seeds.kind, seeds.status) == ("data/seeds/pets/seeds.jsonl", "seeds", "added")
    assert (template.kind, template.status, template.diff.lines[1:]) == (
        "template", "changed", [" Write a row.", "-Briefly.", "+At length."],
    )  # fmt: skip
    (removed, _) = compare_files(after, before)
    assert (removed.status, removed.kind, removed.diff.lines[-1]) == ("removed", "seeds", '-{"text": "a"}')


def test_values_have_dotted_keys():
    before = {"rows": 4, "generators": [{"model": "a", "parameters": {}}], "seed": 0}
    after = {"rows": 4, "generators": [{"model": "b", "parameters": {"temperature": 1.0}}], "seed": False, "more": None}
    assert [(one.key, one.before, one.after) for one in compare_values(before, after)] == [
        ("generators.0.model", "a", "b"),
        ("generators.0.parameters", "{}", None),
        ("generators.0.parameters.temperature", None, 1.0),
        ("seed", 0, False),
    ]


def test_figures_have_their_change_and_lists_are_left_out():
    before = {"a": {"b": 0.1, "c": 5, "unknown": None}, "list": [1, 2], "yes": True}
    after = {"a": {"b": 0.3, "d": 1, "unknown": 2.5}, "list": [3], "text": "7"}
    assert [(one.key, one.before, one.after, one.change) for one in compare_figures(before, after)] == [
        ("a.b", 0.1, 0.3, 0.2), ("a.c", 5, None, None), ("a.d", None, 1, None), ("a.unknown", None, 2.5, None),
    ]  # fmt: skip
