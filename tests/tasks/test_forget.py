"""What somebody takes back is gone from ledger, tables and report, and from the next version; older ones are named."""

import json
import shlex
from contextlib import chdir

import polars as pl
import pytest

from flows import stages
from pedigree.dataset.examples import load_examples
from pedigree.job import open_job
from pedigree.ledger.ledger import Ledger
from pedigree.provenance.erasure_request import drop_rows
from pedigree.system.dataset_lock import hold_dataset
from pedigree.workspace import Workspace
from tasks.forget import find_erasure
from tasks.replicas import Variant, create_replica
from tests.support.cli_runner import Shell
from tests.support.make_published import NAME, copy_small, publish_again

SEEDS = f"data/seeds/{NAME}/seeds.jsonl"


@pytest.fixture
def house(tmp_path_factory, tmp_path):
    """A workspace and a DVC remote of our own that hold v1.0.0 and v1.0.1."""
    return copy_small(tmp_path_factory, tmp_path / "work", versions=2)


@pytest.fixture
def shell(house, capsys):
    return Shell(house.root, capsys)


def find_shown(house):
    """Return a seed row that some prompts showed, and those prompts."""
    job = open_job(Workspace(house.root), NAME)
    prompts = pl.read_parquet(job.table("prompts")).explode("seed_row_ids")
    shown = prompts.group_by("seed_row_ids").len().drop_nulls().sort("len", "seed_row_ids")["seed_row_ids"][-1]
    return next(seed for seed in job.seeds if seed.id == shown), prompts.filter(seed_row_ids=shown)


def find_text(house, text):
    """Return the files of the workspace, but for git's and DVC's own, that hold a text."""
    found = []
    for path in sorted(house.root.rglob("*")):
        name = path.relative_to(house.root).as_posix()
        if path.is_file() and not name.startswith((".git/", ".dvc/")):
            table = path.suffix == ".parquet"
            content = (
                json.dumps(pl.read_parquet(path).to_dicts(), ensure_ascii=False)
                if table
                else path.read_bytes().decode(errors="replace")
            )
            if any(form in content for form in (text, json.dumps(text)[1:-1])):
                found.append(name)
    return found


def test_after_forgetting_nothing_holds_the_row_its_versions_are_named_and_the_next_run_does_without_it(house, shell):
    seed, prompts = find_shown(house)
    text, ids = seed.fields["text"], set(prompts["completion_id"])
    answer = Ledger(house.root / ".pedigree/ledger").get(prompts["completion_id"][0]).text
    assert f"data/{NAME}/prompts.parquet" in find_text(house, text) and SEEDS in find_text(house, text)

    create_replica(Workspace(house.root), NAME, Variant(seed=1), rows=0)
    assert any(name.startswith(".pedigree/replicas/") for name in find_text(house, text))

    said = shell("forget", NAME, "--text", text.upper(), "--yes")
    assert said.status == 0, said
    for number in ("v1.0.0", "v1.0.1"):
        assert f"published in {NAME}@{number}: the row, {len(ids)} completions" in said.out
    assert f"  git tag --delete {NAME}@v1.0.0 {NAME}@v1.0.1\n  dvc gc --workspace --all-tags --cloud\n" in said.out
    assert find_text(house, text) == []
    assert find_text(house, answer[:100]) == []
    ledger = Ledger(house.root / ".pedigree/ledger")
    assert ledger.problems == [] and not any(ledger.holds(one) for one in ids) and len(ledger) > 0

    held = len(ledger)
    stages.generate(Workspace(house.root), NAME)
    asked = pl.read_parquet(house.root / f"data/{NAME}/prompts.parquet")
    assert 0 < len(Ledger(house.root / ".pedigree/ledger")) - held <= len(ids) + 8
    assert not ids & set(asked["completion_id"]) and find_text(house, text) == []
    assert seed.id not in set(asked.explode("seed_row_ids")["seed_row_ids"])


@pytest.mark.full
def test_the_versions_that_hold_it_are_retired_as_told(house, shell, tmp_path):
    seed, _ = find_shown(house)
    said = shell("forget", NAME, "--text", seed.fields["text"].upper(), "--yes").out
    publish_again(house)
    old = house.git("show", f"{NAME}@v1.0.0:dvc.lock")
    commands = [shlex.split(line) for line in said.splitlines() if line.startswith("  ")]
    assert commands == [
        ["git", "tag", "--delete", f"{NAME}@v1.0.0", f"{NAME}@v1.0.1"],
        ["dvc", "gc", "--workspace", "--all-tags", "--cloud"],
    ]
    house.run(*commands[0])
    house.run(*commands[1], "--force")
    kept = {
        path.parent.name + path.name
        for path in [*house.root.glob(".dvc/cache/files/md5/*/*"), *house.root.parent.glob("remote/files/md5/*/*")]
    }
    gone = [line.split()[-1] for line in old.splitlines() if "md5:" in line]
    tables = {md5 for md5 in gone if md5 in old.split("prompts.parquet")[1][:200]}
    assert tables and not tables & kept
    there = house.clone(tmp_path / "clone")
    there.run("git", "checkout", "-q", f"{NAME}@v1.1.0")
    there.run("dvc", "pull", "-q")
    assert seed.id not in set(
        pl.read_parquet(there.root / f"data/{NAME}/prompts.parquet").explode("seed_row_ids")["seed_row_ids"]
    )


def test_without_a_yes_nothing_is_changed(house, shell):
    seed, prompts = find_shown(house)
    before = {path: path.read_bytes() for path in house.root.rglob("*") if path.is_file() and ".git" not in path.parts}
    assert "add --yes" in shell.refuse("forget", NAME, seed.id)
    told = json.loads(shell("forget", NAME, seed.id, "--json").out)
    assert (told["forgotten"], told["in_ledger"], told["path"]) == (False, prompts["completion_id"].n_unique(), SEEDS)
    assert {path: path.read_bytes() for path in before} == before


@pytest.mark.full
def test_a_row_is_named_by_the_beginning_of_its_id_or_by_its_words(house, shell):
    seeds = open_job(Workspace(house.root), NAME).seeds
    assert "no seed, held-out or real row" in shell.refuse("forget", NAME, "0" * 64)
    assert "no row's id" in shell.refuse("forget", NAME, "xyz")
    assert "no row is named" in shell.refuse("forget", NAME)
    several = shell.refuse("forget", NAME, "--text", "the")
    assert "name one by its id" in several and sum(seed.id[:12] in several for seed in seeds) > 1


@pytest.mark.full
def test_a_run_that_died_before_its_tables_is_searched_too(house, shell):
    seed, prompts = find_shown(house)
    for name in ("prompts", "completions"):
        (house.root / f"data/{NAME}/{name}.parquet").unlink()
    house.git("tag", "--delete", f"{NAME}@v1.0.0", f"{NAME}@v1.0.1")
    told = json.loads(shell("forget", NAME, seed.id, "--yes", "--json").out)
    assert set(told["completion_ids"]) >= set(prompts["completion_id"]) and told["in_ledger"] >= prompts.height
    assert told["versions"] == []


def test_a_row_that_left_its_file_before_is_known_by_its_id(house, shell):
    seed, prompts = find_shown(house)
    lines = (house.root / SEEDS).read_text().splitlines(keepends=True)
    (house.root / SEEDS).write_text("".join(lines[: seed.line - 1] + lines[seed.line :]))
    told = json.loads(shell("forget", NAME, seed.id[:12], "--yes", "--json").out)
    assert told["path"] is None and set(told["completion_ids"]) == set(prompts["completion_id"])


@pytest.mark.full
def test_a_killed_forgetting_is_finished_by_the_same_command(house, shell, monkeypatch):
    seed, _ = find_shown(house)

    def die(*_):
        raise KeyboardInterrupt

    for step in ("_filter_tables", "drop_rows"):
        with monkeypatch.context() as patch:
            patch.setattr(f"tasks.forget.{step}", die)
            assert shell("forget", NAME, seed.id, "--yes").status == 130
    assert shell("forget", NAME, seed.id, "--yes").status == 0
    assert find_text(house, seed.fields["text"]) == []


def test_an_answer_that_says_the_row_goes_whatever_it_was_asked(house):
    job = open_job(Workspace(house.root), NAME)
    with Ledger(job.workspace.ledger) as ledger:
        seed, _ = find_shown(house)
        asked = find_erasure(job, seed.id).completion_ids
        other = next(one for one in ledger if one.text and one.completion_id not in asked)
        copied = "f" * 64
        said = json.dumps({"rows": [{"text": f"Hello. {seed.fields['text']}"}]})
        ledger.append(type(other)(**{**vars(other), "completion_id": copied, "text": said}))
    assert copied in find_erasure(job, seed.id).completion_ids


@pytest.mark.full
def test_a_ledger_that_is_being_written_is_left_alone(house, shell):
    seed, prompts = find_shown(house)
    workspace = Workspace(house.root)
    held = Ledger(workspace.ledger).get(prompts["completion_id"][0])
    with Ledger(workspace.ledger) as ledger:
        ledger.append(held)
        assert "another process is writing it" in shell.refuse("forget", NAME, seed.id, "--yes")
        assert seed.fields["text"] in (house.root / SEEDS).read_text()
    with hold_dataset(workspace, NAME):
        pass  # the locks were given back


@pytest.mark.parametrize("form", ["jsonl", "json", "csv"])
def test_a_row_leaves_a_file_of_any_form_and_the_others_stay(house, form):
    path = house.root / "rows"
    records = [{"text": f'row {n}, with a "quote"\nand a second line', "label": "billing-dispute"} for n in range(4)]
    path = path.with_suffix(f".{form}")
    if form == "csv":
        pl.DataFrame(records).write_csv(path)
    else:
        path.write_text(json.dumps(records) if form == "json" else "\n".join(map(json.dumps, records)) + "\n")
    recipe = open_job(Workspace(house.root), NAME).recipe
    before = load_examples(path, recipe)
    drop_rows(path, [before[1].line])
    assert [one.fields for one in load_examples(path, recipe)] == [one.fields for one in before if one is not before[1]]


def test_what_the_next_run_will_lack_is_said(house, shell):
    seed, _ = find_shown(house)
    job = open_job(Workspace(house.root), NAME)
    spare = [one for one in job.seeds if one.label == seed.label and one.id != seed.id][3:]
    with chdir(house.root):
        kept = [
            line
            for n, line in enumerate((house.root / SEEDS).read_text().splitlines(True), 1)
            if n not in {one.line for one in spare}
        ]
        (house.root / SEEDS).write_text("".join(kept))
    said = shell("forget", NAME, seed.id, "--yes").out
    assert f"has 3 more of label '{seed.label}', and generator 'few-shot' shows 4 per prompt" in said
