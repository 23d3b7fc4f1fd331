"""Inputs that git would store with other bytes are refused before money is spent: their version could not verify."""

import pytest

from pedigree.errors import PublishError
from pedigree.versions.stored_files import AS_IT_IS, check_stored
from tasks.publish import publish as step
from tests.support.make_publishable import REPOSITORY, git, isolate, make_workspace, run

SEEDS, TEMPLATE = "data/seeds/pets/seeds.jsonl", "prompts/zero-shot.j2"
CRLF = b'{"text": "a cat", "label": "cat"}\r\n{"text": "a dog", "label": "dog"}\r\n'


@pytest.fixture
def root(tmp_path, monkeypatch):
    isolate(monkeypatch, tmp_path)
    return make_workspace(tmp_path / "workspace", "pets")


def check(root):
    check_stored(root, "pets", [SEEDS, TEMPLATE])


def refuse(root, words):
    with pytest.raises(PublishError, match=words) as error:
        check(root)
    assert error.value.hint and error.value.exit_status == 2
    return str(error.value)


CONVERTING = {
    "text=auto": ("* text=auto", CRLF, "text=auto"),
    "text": ("*.jsonl text", CRLF, "(text)"),
    "eol=crlf": ("* eol=crlf", CRLF, "eol=crlf"),
    "mixed line ends": ("* text=auto", CRLF + CRLF.replace(b"\r", b""), "text=auto"),
    "ident": ("* ident", b'{"text": "a $Id: 1 $ cat", "label": "cat"}\n', "ident"),
    "a clean filter": ("*.jsonl filter=upper", CRLF.replace(b"\r", b""), "filter=upper"),
    "an encoding": ("*.jsonl working-tree-encoding=windows-1252", "caf\u00e9".encode("cp1252"),
        "working-tree-encoding=windows-1252"),
}  # fmt: skip


@pytest.mark.parametrize(("line", "data", "reason"), CONVERTING.values(), ids=CONVERTING)
def test_an_attribute_that_changes_bytes_is_named_and_the_line_of_the_message_mends_it(root, line, data, reason):
    git(root, "config", "filter.upper.clean", "tr a-z A-Z")
    (root / ".gitattributes").write_text(line + "\n")
    (root / SEEDS).write_bytes(data)
    said = refuse(root, "seeds.jsonl: git would store other bytes than the file has")
    assert reason in said and f"put the line '{AS_IT_IS}' at the end of data/seeds/pets/.gitattributes" in said
    (root / "data/seeds/pets/.gitattributes").write_text(AS_IT_IS + "\n")
    check(root)


@pytest.mark.parametrize("value", ["true", "input"])
def test_a_setting_of_git_that_changes_line_ends_is_named(root, value):
    git(root, "config", "core.autocrlf", value)
    check(root)
    (root / TEMPLATE).write_bytes(b"hello\r\n")
    assert f"(core.autocrlf={value})" in refuse(root, TEMPLATE)


def test_line_ends_that_git_leaves_alone_are_no_matter(root):
    (root / SEEDS).write_bytes(b"\xef\xbb\xbf" + CRLF)
    check(root)
    git(root, "commit", "-qam", "with CR LF")
    git(root, "config", "core.autocrlf", "input")
    check(root)  # git leaves a file alone that it has stored with CR LF before


def test_attributes_of_this_repository_keep_every_file_as_it_is(root):
    (root / ".gitattributes").write_bytes((REPOSITORY / ".gitattributes").read_bytes())
    git(root, "config", "core.autocrlf", "true")
    (root / SEEDS).write_bytes(CRLF)
    check(root)


def test_a_filter_of_files_that_a_run_writes(root):
    (root / ".gitattributes").write_text("*.json filter=lfs\n")
    refuse(root, r"data/pets/manifest\.json: git would store other bytes than the file has \(filter=lfs\)")


def test_attributes_that_git_reads_first_are_named(root):
    (root / ".git/info").mkdir(exist_ok=True)
    (root / ".git/info/attributes").write_text("* text\n")
    (root / SEEDS).write_bytes(CRLF)
    assert "info/attributes" in refuse(root, SEEDS)


@pytest.mark.parametrize("link", [SEEDS, "data/seeds/pets"])
def test_a_link_to_a_file_of_the_workspace(root, link):
    (root / link).rename(root / "elsewhere")
    (root / link).symlink_to(root / "elsewhere")
    refuse(root, f"{link} is a link: git stores the link")


def test_publishing_refuses_what_would_not_verify(root):
    (root / ".gitattributes").write_text("* text=auto\n")
    (root / SEEDS).write_bytes(CRLF)
    with pytest.raises(PublishError, match="git would store other bytes"):
        step.fn(run(root, "pets"))
    assert not git(root, "tag")
    (root / ".gitattributes").write_text("* -text\n")
    version = step.fn(run(root, "pets")).version
    assert git(root, "rev-parse", f"{version.tag}:{SEEDS}") == git(root, "hash-object", "--no-filters", SEEDS)
