"""The history: what each version contains and changed, in words; unreadable manifests are reported."""

import json

import pytest

from pedigree.errors import WorkspaceError
from pedigree.versions.history import list_history
from pedigree.versions.history_text import format_history
from tests.support.make_publishable import git, isolate

GATES = {
    "gates": [{"name": "floor", "passed": True, "message": ""}, {"name": "read", "passed": False, "message": "Far."}]
}
MANIFEST = {
    "schema_version": 1,
    "labels": {"cat": {"train": 600, "validation": 100}, "dog": {"train": 250, "validation": 50}},
    "fields": {"text": "text"},
    "tables": {"train": {"content_sha256": "a"}, "validation": {"content_sha256": "b"}},
    "inputs": {"prompts/few-shot.j2": "1", "expectations/tight.json": "1", "data/seeds/pets/seeds.jsonl": "1"},
    "models": {"openai/small": {"m-1": 9}},
    "cost_usd": 1.25,
    "gates": GATES,
}  # fmt: skip
OTHER_ROWS = {"train": {"content_sha256": "x"}, "validation": {"content_sha256": "b"}}
MORE = {"cat": {"train": 700, "validation": 100}, "dog": {"train": 350, "validation": 50}}


@pytest.fixture
def root(tmp_path, monkeypatch):
    isolate(monkeypatch, tmp_path)
    git(tmp_path, "init", "--quiet", "work")
    return tmp_path / "work"


def tag(root, number, manifest, recipe="rows: 1000\n", dataset="pets"):
    """Commit a manifest and a recipe as a version."""
    texts = {f"data/{dataset}/manifest.json": manifest if isinstance(manifest, str) else json.dumps(manifest),
             f"recipes/{dataset}.yaml": recipe}  # fmt: skip
    for path, text in texts.items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text(text)
    git(root, "add", "-A")
    git(root, "commit", "--quiet", "--allow-empty", "-m", number)
    git(root, "tag", "-a", "-m", number, f"{dataset}@{number}")


def words(root):
    return [(entry.version.name, entry.change, list(entry.changes)) for entry in list_history(root)]


@pytest.mark.parametrize(
    ("changes", "recipe", "told"),
    [
        ({"tables": OTHER_ROWS, "labels": MORE}, "rows: 1200\n", ("minor", ["+200 rows"])),
        ({"cost_usd": 3.0}, "rows: 1000\nseed: 1\n", ("patch", ["recipe: seed"])),
        ({"tables": OTHER_ROWS}, "rows: 1000\n", ("minor", ["other rows, as many"])),
        ({"tables": OTHER_ROWS, "labels": {"cat": MANIFEST["labels"]["cat"], "fish": {"train": 1, "validation": 0}}},
            "rows: 701\n",
         ("major", ["label fish added", "label dog removed", "-299 rows"])),
        ({"fields": {"text": "category", "mood": "text"}}, "rows: 1000\n",
         ("major", ["field mood added", "field text is category, was text"])),
        ({"inputs": {"prompts/few-shot.j2": "2", "expectations/loose.json": "1", "data/seeds/pets/seeds.jsonl": "1"}},
            "rows: 1000\n",
         ("patch", ["suite loose.json added", "suite tight.json removed", "template few-shot.j2 changed"])),
        ({"models": {"openai/large": {}}}, "rows: 1000\nscreens: {pii: drop}\n",
         ("patch", ["model openai/large added", "model openai/small gone", "recipe: screens"])),
        ({"cost_usd": 2.0}, "rows: 1000\n", ("patch", ["metadata"])),
    ],
)  # fmt: skip
def test_what_a_version_changed_is_said_in_words(root, changes, recipe, told):
    tag(root, "v1.0.0", MANIFEST)
    tag(root, "v2.0.0", {**MANIFEST, **changes}, recipe)
    assert words(root) == [("v2.0.0", *told), ("v1.0.0", "first", [])]


def test_people_read_a_line_of_figures_and_what_changed(root, monkeypatch):
    monkeypatch.setenv("GIT_COMMITTER_DATE", "2026-03-04T05:06:07+00:00")
    tag(root, "v1.0.0", {**MANIFEST, "cost_usd": None})
    more = {"tables": OTHER_ROWS, "labels": MORE, "models": {"openai/small": {}, "ollama/tiny": {}}}
    tag(root, "v1.1.0", {**MANIFEST, **more}, "rows: 1200\n")
    tag(root, "v1.0.0", MANIFEST, dataset="shops")
    said = format_history(list_history(root)).plain
    assert (
        said
        == """\
pets
  version  date               rows  labels        cost  gates   model
  v1.1.0   2026-03-04 05:06  1,200       2  1.2500 USD  1 of 2  openai/small and 1 more
    minor: +200 rows, model ollama/tiny added
    labels: nobody has checked them
    warning: Far.
  v1.0.0   2026-03-04 05:06  1,000       2     unknown  1 of 2  openai/small
    first
    labels: nobody has checked them
    warning: Far.
shops
  version  date               rows  labels        cost  gates   model
  v1.0.0   2026-03-04 05:06  1,000       2  1.2500 USD  1 of 2  openai/small
    first
    labels: nobody has checked them
    warning: Far."""
    )
    assert max(map(len, said.splitlines())) <= 100


@pytest.mark.parametrize(
    ("manifest", "says"),
    [
        ({"schema_version": 9}, "its manifest has schema version 9: a newer Pedigree reads it"),
        ({"schema_version": 0}, "its manifest (of schema version 0) can't be read: labels: this key is missing"),
        ("nonsense", "the manifest of pets@v2.0.0 is not JSON: Expecting value: line 1 column 1 (char 0)"),
        ("[]", "its manifest is not a JSON object"),
    ],
)
def test_a_manifest_of_another_schema_is_told_and_the_others_are_listed(root, manifest, says):
    tag(root, "v1.0.0", MANIFEST)
    tag(root, "v2.0.0", manifest)
    tag(root, "v2.0.1", MANIFEST)
    assert words(root) == [
        ("v2.0.1", None, [f"can't be compared with v2.0.0: {says}"]),
        ("v2.0.0", None, [says]),
        ("v1.0.0", "first", []),
    ]
    said = format_history(list_history(root)).plain
    (figures,) = (line for line in said.splitlines() if "v2.0.0  " in line)
    assert figures.split()[3:] == ["unknown"] * 5 and f"\n    unknown: {says}\n" in said


def test_hostile_names_stay_on_their_line(root):
    tag(root, "v1.0.0", MANIFEST)
    tag(root, "v1.0.1", {**MANIFEST, "models": {"\x1b[2J\nforged": {}}})
    said = format_history(list_history(root)).plain
    assert "\x1b" not in said and "⟨001B⟩[2J forged" in said


def test_outside_git_it_says_what_to_do(tmp_path):
    with pytest.raises(WorkspaceError, match="is not a git repository") as raised:
        list_history(tmp_path)
    assert "git clone" in raised.value.hint


def test_a_share_that_changed_is_told_as_the_recipes_and_a_label_that_is_new_as_a_label(root):
    tag(root, "v1.0.0", MANIFEST, "labels: {cat: {share: 0.7}, dog: {share: 0.3}}\n")
    tag(root, "v1.1.0", {**MANIFEST, "tables": OTHER_ROWS}, "labels: {cat: {share: 0.6}, dog: {share: 0.4}}\n")
    tag(root, "v2.0.0", {**MANIFEST, "labels": {**MORE, "fish": {}}}, "labels: {cat: {}, dog: {}, fish: {}}\n")
    assert [changes for _, _, changes in words(root)] == [
        ["label fish added", "+200 rows"], ["other rows, as many", "recipe: labels"], [],
    ]  # fmt: skip


@pytest.mark.parametrize("metrics", ["", "no JSON", "[]", '{"languages": {"en": 3}}', '{"languages": null}'])
def test_rows_by_language_are_told_of_a_version_in_several_and_unknown_ones_are_left_out(root, metrics):
    path = root / "data/pets/metrics.json"
    path.parent.mkdir(parents=True)
    path.write_text('{"languages": {"en": {"kept": 600}, "de": {"kept": 1400}}}')
    tag(root, "v1.0.0", MANIFEST)
    path.write_text(metrics)
    tag(root, "v1.1.0", MANIFEST)
    later, earlier = list_history(root)
    assert (later.languages, earlier.languages) == ({}, {"en": 600, "de": 1400})
    assert format_history([earlier]).plain.count("    rows by language: en 600, de 1,400\n") == 1
    assert "language" not in format_history([later]).plain
