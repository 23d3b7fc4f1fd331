"""Whatever is changed in a published version, verify finds it, and names the link of the chain that it breaks."""

import random
from dataclasses import replace
from itertools import count
from shutil import copytree

import polars as pl
import pytest

from pedigree.errors import LinkError, PedigreeError
from pedigree.ledger.ledger_check import check_ledger
from pedigree.ledger.segments import FORMAT, decode, encode
from pedigree.recipe.judge import JUDGE
from pedigree.workspace import Workspace
from tasks.verify import verify
from tests.support.judge_tampers import JUDGE_FORGERIES
from tests.support.make_judged import share_judged
from tests.support.make_published import share_small
from tests.support.repository import Household
from tests.support.tampering import NAME, Scene
from tests.support.tampers import FORGERIES

ALL, SAMPLE = 300, 4
OF_TAGS = 0.1  # share of the forgeries
TAG = f"{NAME}@v1.0.1"
OF_PEOPLE = r'"row_ids":\["[0-9a-f]+/'  # a verdict about rows of people


@pytest.fixture(scope="module")
def house(tmp_path_factory):
    """Two versions, and a later commit about something else."""
    return share_small(tmp_path_factory)


def check(house: Household, rev: str | None = None) -> str | None:
    """Return the link that verify finds broken."""
    try:
        verify.fn(Workspace(house.root), NAME, rev)
    except LinkError as error:
        return error.link
    except PedigreeError as error:
        return f"no link: {error.found}"
    return None


def forge_file(house: Household, chance: random.Random, kind: int, kinds=FORGERIES) -> tuple[str, set[str], str | None]:
    """Change a file of the working folder; return what was done, the links that may name it and the one that did."""
    scene, forge, cunning = Scene(house), kinds[kind % len(kinds)], chance.random() < 0.5
    try:
        did, links = forge(scene, chance, cunning)
        return f"{did}{', cunningly' if cunning else ''}", links, check(house)
    finally:
        scene.restore()


def forge_tag(house: Household, chance: random.Random) -> tuple[str, set[str], str | None]:
    """Move a tag, rename it, change what it says, or make it a lightweight one."""
    ref, object_ = f"refs/tags/{TAG}", house.git("rev-parse", f"refs/tags/{TAG}")
    message = house.git("tag", "-l", "--format=%(contents)", TAG)
    moves = {
        "moved to the version before": ("-a", "-m", message, TAG, f"{NAME}@v1.0.0^{{}}"),
        "moved to before any version": ("-a", "-m", message, TAG, f"{NAME}@v1.0.0^{{}}^"),
        "moved to a later commit": ("-a", "-m", message, TAG, "HEAD"),
        "made lightweight": (TAG, f"{TAG}^{{}}"),
        "given other words": ("-a", "-m", message.replace("60 rows", "66 rows"), TAG, f"{TAG}^{{}}"),
        "given another number": ("-a", "-m", message.replace("v1.0.1", "v1.0.2"), TAG, f"{TAG}^{{}}"),
    }
    did = chance.choice([*moves, "replaced by another version's tag"])
    try:
        if did in moves:
            house.git("tag", "-f", *moves[did])
        else:
            house.git("update-ref", ref, f"refs/tags/{NAME}@v1.0.0")
        return f"tag {did}", {"tag"}, check(house, TAG)
    finally:
        house.git("update-ref", ref, object_)


@pytest.mark.parametrize("forgeries", [SAMPLE, pytest.param(ALL, marks=pytest.mark.full)])
def test_every_forgery_is_found_and_its_link_named(house, forgeries):
    missed, chance, kinds = [], random.Random(forgeries), count()
    for number in range(forgeries):
        of_tag = chance.random() < OF_TAGS
        did, links, named = forge_tag(house, chance) if of_tag else forge_file(house, chance, next(kinds))
        if named not in links:
            missed.append(f"{number}: {did}: {named} in place of {' or '.join(sorted(links))}")
    print(f"{forgeries - len(missed)} of {forgeries} forgeries were found and their link named")
    assert not missed, "\n".join(missed)


@pytest.fixture(scope="module")
def judged(tmp_path_factory):
    """A version on whose rows two judges gave verdicts."""
    return share_judged(tmp_path_factory)


@pytest.mark.full
@pytest.mark.parametrize("forgeries", [ALL])
def test_every_forgery_of_what_judges_said_is_found(judged, forgeries):
    assert check(judged) is None
    missed, chance = [], random.Random(forgeries)
    for number in range(forgeries):
        did, links, named = forge_file(judged, chance, number, JUDGE_FORGERIES)
        if named not in links:
            missed.append(f"{number}: {did}: {named} in place of {' or '.join(sorted(links))}")
    print(f"{forgeries - len(missed)} of {forgeries} forgeries of what judges said were found and their link named")
    assert not missed, "\n".join(missed)


@pytest.mark.full
def test_a_forged_record_of_each_kind_of_question_is_found_in_the_ledger(judged, tmp_path):
    scene = Scene(judged)
    completions, prompts = scene.table("completions"), scene.table("prompts")
    kinds = prompts.with_columns(
        kind=pl.struct(pl.col("generator"), pl.col("slot") < 0, pl.col("variables").str.contains(OF_PEOPLE))
    )
    kinds = kinds.unique("kind", keep="first", maintain_order=True)
    assert kinds["strategy"].to_list().count(JUDGE) == 4  # two judges, of rows and of people's rows
    for id in kinds["completion_id"]:
        folder = copytree(judged.root / ".pedigree/ledger", tmp_path / id[:12])
        for segment in folder.glob("*.ledger"):
            held = [decode(line) for line in segment.read_bytes().splitlines(keepends=True)[1:]]
            forged = [replace(one, text=f"{one.text} ") if one.completion_id == id else one for one in held]
            segment.write_bytes(FORMAT.header + b"".join(map(encode, forged)))
        with pytest.raises(LinkError, match=f"^ledger: .*completion {id}: text is"):
            check_ledger(folder, completions)
    assert check_ledger(judged.root / ".pedigree/ledger", completions).startswith(f"{completions.height:,} of ")


@pytest.mark.full
def test_a_forgery_that_is_committed_and_tagged_anew_is_found(house, tmp_path):
    forged = Household(copytree(house.root, tmp_path / "work"))
    scene = Scene(forged)
    train = scene.table("train")
    scene.write_table("train", train.with_columns(label=train["label"].reverse()), cunning=True)
    message = forged.git("tag", "-l", "--format=%(contents)", TAG)
    forged.run("dvc", "commit", "-f", "-q", f"curate@{NAME}", f"measure@{NAME}")
    forged.git("commit", "-qam", message)
    forged.git("tag", "-f", "-a", "-m", message, TAG)
    assert check(forged, TAG) == "rows"
