"""The flow publishes to S3 as docs/consuming.md says; a consumer pulls it; the keys are only in the environment."""

import shlex
import subprocess
from contextlib import chdir

import polars as pl
import pytest

from flows.synthesize import synthesize
from pedigree.errors import PublishError, WorkspaceError
from pedigree.ledger.ledger import Ledger
from pedigree.recipe.yaml_file import set_keys
from pedigree.workspace import Workspace
from tasks.verify import verify
from tests.support.fake_s3 import BUCKET, KEYS, SECRET, Bucket
from tests.support.git_dvc_only_user import Consumer
from tests.support.make_published import NAME, SMALL, publish_again
from tests.support.repository import settle
from tests.support.workspaces import REPOSITORY

pytestmark = pytest.mark.full

PAGE = (REPOSITORY / "docs/consuming.md").read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def bucket():
    with pytest.MonkeyPatch.context() as patch, Bucket(patch) as bucket:
        yield bucket


@pytest.fixture(scope="module")
def house(prefect, bucket, tmp_path_factory):
    """A workspace that has published v1.0.0 to the bucket."""
    house = settle(tmp_path_factory.mktemp("s3") / "work")
    set_keys(house.root / f"recipes/{NAME}.yaml", SMALL)
    house.git("commit", "-qam", "a smaller recipe")
    block = PAGE.split("## Where the data are")[1].split("```sh\n")[1].split("```")[0]
    for line in block.replace("BUCKET", BUCKET).replace("ENDPOINT", bucket.url).splitlines():
        house.run(*shlex.split(line))
    assert publish_again(house) == f"{NAME}@v1.0.0"
    house.run("git", "clone", "-q", "--bare", str(house.root), str(house.root.parent / "server.git"))
    return house


@pytest.fixture
def repository(house):
    return str(house.root.parent / "server.git")


def assert_same(house, folder):
    for name in ("train.parquet", "rejects.parquet", "report.html", "README.md"):
        assert (folder / name).read_bytes() == (house.root / "data" / NAME / name).read_bytes()


def test_dvc_get_takes_it_from_there(house, repository, tmp_path):
    consumer = Consumer(tmp_path / "consumer", NO_PROXY="127.0.0.1", **KEYS)
    consumer.run("dvc", "get", repository, f"data/{NAME}", "--rev", f"{NAME}@v1.0.0")
    assert_same(house, consumer.folder / NAME)


def test_a_clone_pulls_it(house, repository, tmp_path):
    consumer = Consumer(tmp_path / "consumer", NO_PROXY="127.0.0.1", **KEYS)
    consumer.run("git", "clone", "-q", repository, "clone")
    consumer.run("cd", "clone")
    consumer.run("dvc", "pull")
    assert_same(house, consumer.folder / "data" / NAME)


def test_a_consumer_without_keys_is_told_what_the_page_explains(repository, tmp_path):
    consumer = Consumer(tmp_path / "consumer", NO_PROXY="127.0.0.1", AWS_EC2_METADATA_DISABLED="true")
    done = consumer.run("dvc", "get", repository, f"data/{NAME}", check=False)
    assert done.returncode and "Unable to locate credentials" in done.stderr
    assert "`Unable to locate credentials`" in PAGE


def find_keys(house, bucket):
    """Return what holds a key: files, rows, objects of git, objects of the bucket."""
    searched = [(str(path), path.read_bytes()) for path in house.root.parent.rglob("*") if path.is_file()]
    for path in house.root.glob("data/*/*.parquet"):
        searched.append((f"{path}, rows", repr(pl.read_parquet(path).to_dicts()).encode()))
    every = ["git", "cat-file", "--batch", "--batch-all-objects"]
    searched.append(("git", subprocess.run(every, cwd=house.root, capture_output=True, check=True).stdout))
    searched += bucket.read().items()
    pieces = [SECRET.encode(), KEYS["AWS_ACCESS_KEY_ID"].encode()]
    return [name for name, content in searched for piece in pieces if piece in content]


def test_the_keys_are_in_no_file_of_repository_and_version(house, bucket):
    assert find_keys(house, bucket) == []
    note = house.root.parent / "note"
    note.write_text(SECRET)
    assert find_keys(house, bucket) == [str(note)]
    note.unlink()


def test_a_bucket_that_is_half_empty_is_named_by_verify_and_mended_by_the_next_run(house, bucket, tmp_path):
    clone = Workspace(house.clone(tmp_path / "clone").root)
    objects = bucket.read()
    train = (house.root / f"data/{NAME}/train.parquet").read_bytes()
    lost = next(key for key, content in objects.items() if content == train)
    bucket.delete(lost)
    with pytest.raises(WorkspaceError, match=f"the data of {NAME}@v1.0.0 are gone: .* data/{NAME}/train.parquet\n"):
        verify.fn(clone, NAME, "v1.0.0")
    with chdir(house.root):
        assert synthesize(NAME).version is None
    assert bucket.read() == objects
    assert verify.fn(clone, NAME, "v1.0.0").rows == 60


def test_a_bucket_that_is_gone_stops_the_flow_before_it_asks_a_model(house, bucket, tmp_path):
    """The last test: the server is closed."""
    clone = Workspace(house.clone(tmp_path / "clone").root)
    bucket.close()
    held = len(Ledger(house.root / ".pedigree/ledger"))
    with (
        chdir(house.root),
        pytest.raises(PublishError, match=rf"^s3://{BUCKET}/datasets can't be written: Could not connect"),
    ):
        synthesize(NAME, rows=70)
    assert len(Ledger(house.root / ".pedigree/ledger")) == held
    assert house.git("tag") == f"{NAME}@v1.0.0" and house.git("status", "--porcelain") == ""
    with pytest.raises(WorkspaceError, match=r"are in DVC's cache: DVC's remote can't be asked: Could not connect"):
        verify.fn(clone, NAME, "v1.0.0")
    assert "`Could not connect`" in PAGE
