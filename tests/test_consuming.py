"""docs/consuming.md is followed word for word, by somebody with nothing but git and DVC, against published versions."""

import hashlib
import re
import shlex
import shutil

import polars as pl
import pytest

from pedigree.versions.snapshots import list_data
from tests.support.git_dvc_only_user import Consumer
from tests.support.make_published import NAME, share_small
from tests.support.repository import Household
from tests.support.workspaces import REPOSITORY

PAGE = (REPOSITORY / "docs/consuming.md").read_text(encoding="utf-8")
TABLES = ("train", "validation", "rejects", "prompts", "completions")


def blocks_under(heading, language="sh"):
    section = re.split(r"\n## ", PAGE.split(f"\n## {heading}\n", 1)[1])[0]
    return re.findall(rf"```{language}\n(.*?)```", section, re.DOTALL)


def follow(consumer, heading, **placeholders):
    """Run each line of a section's shell blocks; return what they print."""
    said = []
    for line in "".join(blocks_under(heading)).splitlines():
        said.append(consumer.run(*(placeholders.get(word, word) for word in shlex.split(line))).stdout)
    assert said
    return said


@pytest.fixture(scope="module")
def house(tmp_path_factory):
    return share_small(tmp_path_factory)


@pytest.fixture(scope="module")
def repository(house, tmp_path_factory):
    """The repository as a server has it: git alone, no workspace and no cache of DVC beside it."""
    bare = tmp_path_factory.mktemp("server") / "datasets.git"
    house.run("git", "clone", "-q", "--bare", str(house.root), str(bare))
    return str(bare)


@pytest.fixture
def consumer(tmp_path):
    return Consumer(tmp_path / "consumer")


def assert_is_version(house, folder, number="v1.0.0", names=TABLES):
    published = list_data(house.root, house.git("rev-parse", f"{NAME}@{number}^{{}}"), NAME)
    for name in names:
        found = hashlib.md5((folder / f"{name}.parquet").read_bytes()).hexdigest()
        assert found == published[f"data/{NAME}/{name}.parquet"]


def test_versions_are_listed(house, repository, consumer):
    line = PAGE.split("```sh\n", 1)[1].split("\n")[0]
    said = consumer.run(*(word.replace("REPOSITORY", repository) for word in shlex.split(line))).stdout
    assert [tag.split("/")[-1] for tag in said.splitlines()] == [f"{NAME}@v1.0.0", f"{NAME}@v1.0.1"]


@pytest.mark.full
def test_without_a_clone(house, repository, consumer):
    follow(consumer, "Without a clone", REPOSITORY=repository)
    assert_is_version(house, consumer.folder / NAME)
    assert_is_version(house, consumer.folder / "tickets-v1.0.0")
    assert_is_version(house, consumer.folder, names=["train"])
    again = consumer.run("dvc", "get", repository, f"data/{NAME}", check=False)
    assert again.returncode and "already exists locally" in again.stderr and "`already exists locally`" in PAGE
    consumer.run("dvc", "get", repository, f"data/{NAME}", "--force")
    assert (consumer.folder / NAME / NAME / "train.parquet").is_file()  # inside the old one, as the page warns


@pytest.mark.full
def test_the_folder_holds_what_the_page_says(house, repository, consumer):
    consumer.run("dvc", "get", repository, f"data/{NAME}")
    table = PAGE.split("## What is in the folder")[1].split("\n## ")[0]
    told = {name for name in re.findall(r"`([\w./-]+)`", table) if re.search(r"\.(md|parquet|json|html)$|/$", name)}
    there = {f"{path.name}/" if path.is_dir() else path.name for path in (consumer.folder / NAME).iterdir()}
    assert there - {".gitignore"} == told
    columns = re.search(r"\| the rows: (.*?)\|", table).group(1)
    assert set(re.findall(r"`(\w+)`", columns)) == set(pl.read_parquet_schema(consumer.folder / NAME / "train.parquet"))


def test_in_a_clone(house, repository, consumer):
    said = follow(consumer, "In a clone", REPOSITORY=repository)
    assert_is_version(house, consumer.folder / "data" / NAME, names=["train", "validation"])
    assert not (consumer.folder / "data" / NAME / "rejects.parquet").exists()
    assert "index.html" in said[-1]
    consumer.run("dvc", "pull")
    assert_is_version(house, consumer.folder / "data" / NAME)
    assert consumer.run("dvc", "status").stdout.startswith("Data and pipelines are up to date")


@pytest.mark.full
def test_in_a_project_of_ones_own(house, repository, consumer):
    follow(consumer, "In a project of your own", REPOSITORY=repository)
    assert_is_version(house, consumer.folder / NAME, "v1.0.1")
    assert f"rev: {NAME}@v1.0.1" in (consumer.folder / f"{NAME}.dvc").read_text()
    consumer.run("git", "commit", "-qam", "v1.0.1")
    consumer.run("git", "clone", "-q", ".", "../colleague")
    consumer.run("cd", "../colleague")
    consumer.run("dvc", "pull")
    assert_is_version(house, consumer.folder / NAME, "v1.0.1")


def test_in_python(house, repository, consumer):
    straight, from_folder = blocks_under("In Python", "python")
    asked = "\nprint(train.height)\n"
    said = consumer.run_python(straight.replace("REPOSITORY", repository) + asked)
    assert f"'data/{NAME}/croissant.json'" in said and said.endswith("\n51\n")
    assert_is_version(house, consumer.folder / "from-python")
    shutil.move(consumer.folder / "from-python", consumer.folder / NAME)
    asked = (
        "\nprint(train.height, len(also_train), splits['train'].num_rows, "
        "splits['train'].features['label'].num_classes)"
    )
    assert consumer.run_python(from_folder + asked).splitlines()[-1] == "51 51 51 8"


@pytest.fixture
def moved(house, tmp_path):
    """The same repository, whose data are in a folder of the test's own."""
    work, remote = tmp_path / "publisher", tmp_path / "data"
    shutil.copytree(house.root, work)
    shutil.copytree(house.root.parent / "remote", remote)
    other = Household(work)
    other.run("dvc", "remote", "modify", "home", "url", str(remote))
    other.git("commit", "-qam", "the data have moved")
    other.run("git", "clone", "-q", "--bare", str(work), str(tmp_path / "moved.git"))
    return other, remote, str(tmp_path / "moved.git")


@pytest.mark.full
def test_what_dvc_says_is_in_the_table_of_what_it_means(moved, consumer):
    publisher, remote, repository = moved
    table = PAGE.split("## Errors")[1]
    lost = list_data(publisher.root, "HEAD", NAME)[f"data/{NAME}/train.parquet"]
    (remote / "files/md5" / lost[:2] / lost[2:]).unlink()
    got = consumer.run("dvc", "get", repository, f"data/{NAME}", check=False)
    consumer.run("git", "clone", "-q", repository, "clone")
    consumer.run("cd", "clone")
    pulled = consumer.run("dvc", "pull", check=False)
    for done, words in ((got, "No storage files available"), (pulled, "Missing cache files")):
        assert done.returncode and words in done.stderr and f"`{words}`" in table


@pytest.mark.full
def test_versions_that_were_copied_elsewhere_are_found_by_the_options_that_the_page_names(moved, consumer, tmp_path):
    publisher, remote, repository = moved
    elsewhere, empty, option = tmp_path / "elsewhere", tmp_path / "empty", "--remote-config url=NEW-PLACE"
    assert f"`{option}` with `dvc get`" in PAGE
    copying = re.search(r"`(dvc remote modify --local home .*?)` and\s+`(dvc push --all-tags)`", PAGE).groups()
    for command in copying:
        publisher.run(*command.replace("NEW-PLACE", str(elsewhere)).split())
    get = ["dvc", "get", repository, f"data/{NAME}", "--rev", f"{NAME}@v1.0.0"]
    assert consumer.run(*get, *option.replace("NEW-PLACE", str(empty)).split(), check=False).returncode
    shutil.rmtree(consumer.folder / NAME, ignore_errors=True)
    consumer.run(*get, *option.replace("NEW-PLACE", str(elsewhere)).split())
    assert_is_version(publisher, consumer.folder / NAME)

    shutil.rmtree(remote)
    consumer.run("git", "clone", "-q", repository, "clone")
    consumer.run("cd", "clone")
    name = consumer.run("dvc", "remote", "list").stdout.split()[0]
    command = re.search(r"`(dvc remote modify --local NAME url NEW-PLACE)`", PAGE).group(1)
    consumer.run(*command.replace("NAME", name).replace("NEW-PLACE", str(elsewhere)).split())
    consumer.run("dvc", "pull")
    assert_is_version(publisher, consumer.folder / "data" / NAME, "v1.0.1")
    assert consumer.run("git", "status", "--porcelain").stdout == ""
