"""The review page's server: what it writes, what it refuses, and who may talk to it."""

import json
import urllib.error
import urllib.request
from contextlib import ExitStack

import pytest

from pedigree.errors import CommandError, WorkspaceError
from pedigree.job import open_job
from pedigree.report.export.csv_sheet import read_sheet, write_sheet
from pedigree.report.review_page.open_sheet import OpenSheet
from pedigree.report.review_page.reviewer import propose_name
from tasks.review import list_columns, take_review
from tests.support.make_review_page import HOSTILE, make_review_page, serve_review_page
from tests.support.make_review_sheets import fill_sheet


@pytest.fixture
def page(tmp_path):
    with ExitStack() as stack:
        yield serve_review_page(make_review_page(tmp_path, texts=HOSTILE), stack)


@pytest.fixture(scope="module")
def unread(tmp_path_factory):
    """A page that all tests share that find nothing written: no row of it is decided."""
    with ExitStack() as stack:
        yield serve_review_page(make_review_page(tmp_path_factory.mktemp("unread"), texts=HOSTILE), stack)


def fetch(address, data=None, **headers):
    origin = address.split("/", 3)
    usual = {"Content-Type": "application/json", "Origin": "/".join(origin[:3])} if data is not None else {}
    body = None if data is None else data if isinstance(data, bytes) else json.dumps(data).encode()
    request = urllib.request.Request(address, body, usual | {name.replace("_", "-"): v for name, v in headers.items()})
    try:
        with urllib.request.urlopen(request, timeout=30) as answer:
            return answer.status, answer.headers, answer.read().decode()
    except urllib.error.HTTPError as error:
        return error.code, error.headers, error.read().decode()


def say(page, path="decide", status=200, **said):
    found, _, text = fetch(page.address + path, said)
    assert found == status, text
    return json.loads(text)


@pytest.mark.parametrize(
    ("git", "user", "proposed"),
    [("Ann Lee", "ann", "Ann Lee"), ("", "ann", "ann"), (" \x00 ", "", ""), ("x" * 300, "", "x" * 200), ("", None, "")],
)
def test_a_name_is_proposed_from_git_or_the_machine(tmp_path, monkeypatch, git, user, proposed):
    def find_user():
        if user is None:
            raise OSError("no entry in the password database")
        return user

    monkeypatch.setattr("pedigree.report.review_page.reviewer.try_git", lambda root, *words: git or None)
    monkeypatch.setattr("getpass.getuser", find_user)
    assert propose_name(tmp_path) == proposed


def test_the_page_and_its_rows(unread):
    status, headers, text = fetch(unread.address)
    assert status == 200 and "Review <bdi>notes</bdi>" in text
    policy = headers["Content-Security-Policy"]
    assert policy.startswith("default-src 'none'; script-src 'sha256-") and "unsafe-inline" not in policy
    assert "connect-src 'self'" in policy and "frame-ancestors 'none'" in policy and "form-action 'none'" in policy
    assert (headers["Referrer-Policy"], headers["X-Frame-Options"]) == ("no-referrer", "DENY")
    assert not any(part in text for part in HOSTILE)
    sheet = json.loads(fetch(unread.address + "sheet")[2])
    assert [label["name"] for label in sheet["labels"]] == list(unread.job.recipe.labels)
    assert [line["id"] for line in sheet["lines"]] == [line["id"] for line in unread.read()]
    assert sheet["command"] == f"pedigree review notes --take {unread.path}"


def test_each_decision_is_in_the_file_at_once_and_can_be_taken_back(page):
    lines = page.read()
    for line, decision in zip(lines, ["accept", "reject", "relabel"], strict=False):
        other = next(name for name in page.job.recipe.labels if name != line["label"])
        said = {"decision": decision, "new_label": other if decision == "relabel" else "", "who": "Ann"}
        assert say(page, id=line["id"], **said)["line"]["decision"] == decision
        (written,) = [one for one in page.read() if one["id"] == line["id"]]
        assert {name: written[name] for name in said} == said
        assert bool(written["why"]) == (decision != "accept")
    assert say(page, "undo")["line"]["id"] == lines[2]["id"]
    assert [one["decision"] for one in page.read()] == ["accept", "reject", "", "", "", ""]
    assert page.read()[2] == lines[2]
    say(page, "undo")
    say(page, "undo")
    assert say(page, "undo") == {"line": None} and page.read() == lines


def test_a_sheet_filled_in_on_the_page_is_taken_whatever_its_texts(page):
    for line in page.read():
        say(page, id=line["id"], decision="accept", who="Ann 🙂", why="=cmd")
    taken = take_review.fn(page.job, read_sheet(page.path), "sheet.csv")
    assert taken.new == {"accept": 6} and taken.open == 0
    review = open_job(page.job.workspace, "notes").review
    assert {(one.who, one.why, one.drawn) for one in review.last.values()} == {("Ann 🙂", "=cmd", 6)}


def test_a_review_goes_on_after_a_restart(page, tmp_path):
    say(page, id=page.read()[0]["id"], decision="accept", who="Ann")
    with ExitStack() as stack:
        again = serve_review_page(page.__class__(page.job, page.path), stack)
        assert again.address != page.address
        sheet = json.loads(fetch(again.address + "sheet")[2])
        assert [line["decision"] for line in sheet["lines"]] == ["accept", *[""] * 5] and sheet["who"] == "Ann"


def test_what_another_program_wrote_meanwhile_is_kept(page):
    first, second, *_ = page.read()
    say(page, id=first["id"], decision="accept", who="Ann")
    fill_sheet(page.path, lambda line: {"why": "by hand"} if line["id"] == second["id"] else None)
    say(page, id=second["id"], decision="accept", who="Ann", why="by page")
    third = page.read()[2]["id"]
    fill_sheet(page.path, lambda line: {"decision": "reject", "who": "Bo"} if line["id"] == third else None)
    say(page, "undo")
    assert [(one["decision"], one["why"]) for one in page.read()][:3] == [
        ("accept", ""),
        ("", "by hand"),
        ("reject", ""),
    ]


REFUSED = {
    "another token": ({"path": "x" * 32 + "/sheet"}, 404),
    "no token": ({"path": "sheet"}, 404),
    "the root": ({"path": ""}, 404),
    "a file": ({"path": "..%2f..%2fetc/passwd"}, 404),
    "another host name": ({"Host": "evil.example"}, 404),
    "this host at another port": ({"Host": "127.0.0.1:1"}, 404),
    "a host name without the port": ({"Host": "127.0.0.1"}, 404),
}


@pytest.mark.parametrize(("changes", "expected"), REFUSED.values(), ids=REFUSED)
def test_who_does_not_know_the_address_sees_nothing(unread, changes, expected):
    path = changes.get("path")
    address = unread.address + "sheet" if path is None else "/".join(unread.address.split("/")[:3]) + f"/{path}"
    status, headers, text = fetch(address, **{name: value for name, value in changes.items() if name != "path"})
    assert status == expected and "row" not in text and headers["Cross-Origin-Resource-Policy"] == "same-origin"


FORGED = {
    "another origin": {"Origin": "http://evil.example"},
    "this host at another port": {"Origin": "http://127.0.0.1:1"},
    "a hidden origin": {"Origin": "null"},
    "no origin": {"Origin": ""},
    "another host name": {"Host": "evil.example", "Origin": "http://evil.example"},
    "the browser calls it another site": {"Sec_Fetch_Site": "cross-site"},
    "the browser calls it another port": {"Sec_Fetch_Site": "same-site"},
    "a form": {"Content_Type": "text/plain"},
}


@pytest.mark.parametrize("headers", FORGED.values(), ids=FORGED)
@pytest.mark.parametrize("path", ["decide", "undo"])
def test_another_page_decides_nothing_even_with_the_address(unread, headers, path):
    before = unread.path.read_bytes()
    said = {"id": unread.read()[0]["id"], "decision": "accept", "who": "Eve"}
    assert fetch(unread.address + path, said, **headers)[0] in (403, 404, 415)
    assert unread.path.read_bytes() == before


NONSENSE = [
    b"", b"{", b"[]", b'{"id": 1}', b"[" * 60_000, b'{"id": "x"}', b'{"why": "' + b"x" * 70_000 + b'"}',
    {"decision": "maybe"}, {"decision": "relabel"}, {"decision": "relabel", "new_label": "cow"},
    {"decision": "accept", "new_label": "praise"}, {"decision": "accept", "who": " "},
    {"decision": "reject", "why": "x" * 2001}, {"decision": "reject", "why": "a\0b"},
    {"decision": "relabel", "new_label": None},
]  # fmt: skip


@pytest.mark.parametrize("said", NONSENSE)
def test_nonsense_is_refused_and_nothing_is_written(unread, said):
    before = unread.path.read_bytes()
    said = said if isinstance(said, bytes) else {"id": unread.read()[0]["id"], "who": "Ann"} | said
    status, headers, text = fetch(unread.address + "decide", said)
    assert status in (400, 413) and "error" in json.loads(text) and "Traceback" not in text
    assert unread.path.read_bytes() == before and headers["X-Content-Type-Options"] == "nosniff"


def test_the_label_that_a_row_has_is_no_new_one(unread):
    line = unread.read()[0]
    said = say(unread, status=400, id=line["id"], decision="relabel", new_label=line["label"], who="Ann")
    assert "is already its label" in said["error"]


def test_a_decision_that_cannot_be_written_does_not_count(page):
    sheet = OpenSheet(page.job, page.path)
    sheet.path = page.path / "below a file"
    with pytest.raises(WorkspaceError, match="can't be written"):
        sheet.decide(page.read()[0]["id"], {"decision": "accept", "who": "Ann"})
    assert sheet.count() == (0, 6) and sheet.undo() is None


def refuse(page, change):
    change(page.path)
    with pytest.raises(CommandError) as caught:
        OpenSheet(page.job, page.path)
    return str(caught.value)


def test_a_sheet_that_is_no_sheet_of_the_dataset_is_not_opened(page):
    lossy = refuse(page, lambda path: fill_sheet(path, lambda line: None, "cp1252"))
    assert "Windows-1252" in lossy and "--take" in lossy
    page = make_review_page(page.path.parent / "again")
    assert "none of its rows belongs to notes" in refuse(
        page, lambda path: fill_sheet(path, lambda line: {"id": "0" * 64})
    )
    page = make_review_page(page.path.parent / "edited")
    said = refuse(page, lambda path: fill_sheet(path, lambda line: {"text": "mine"}))
    assert "was edited" in said and "line 2: text was edited" in said
    assert "No such file" in refuse(page, lambda path: path.unlink())


@pytest.mark.parametrize(("encoding", "delimiter"), [("utf-8", ";"), ("utf-16", "\t"), ("utf-8-sig", ",")])
def test_a_sheet_saved_by_a_spreadsheet_is_opened(page, encoding, delimiter):
    fill_sheet(page.path, lambda line: None, encoding, delimiter)
    assert OpenSheet(page.job, page.path).count() == (0, 6)


def test_lines_of_rows_that_are_gone_stay_in_the_file_and_are_not_shown(tmp_path):
    page = make_review_page(tmp_path)
    gone = page.read()[1]["id"]
    fill_sheet(page.path, lambda line: {"id": "0" * 64} if line["id"] == gone else None)
    sheet = OpenSheet(page.job, page.path)
    shown = sheet.describe()
    assert (len(shown["lines"]), shown["gone"]) == (5, 1)
    sheet.decide(shown["lines"][0]["id"], {"decision": "accept", "who": "Ann"})
    assert page.read()[1]["id"] == "0" * 64 and len(page.read()) == 6


def test_a_reject_needs_a_reason_to_come_in_which_the_page_gives(tmp_path):
    from tasks.review import draw_rejects

    page = make_review_page(tmp_path)
    write_sheet(page.path, list_columns(page.job), draw_rejects(page.job, 3))
    sheet = OpenSheet(page.job, page.path)
    (line,) = sheet.describe()["lines"]
    assert (line["what"], line["reason"]) == ("reject", "refusal")
    sheet.decide(line["id"], {"decision": "accept", "who": "Ann"})
    assert take_review.fn(page.job, read_sheet(page.path), "sheet.csv").new == {"accept": 1}


def test_sixty_labels_of_forty_characters_and_two_fields(tmp_path):
    labels = {f"{n:02d} {'label' * 8}"[:40]: {"share": 1 / 60, "means": f"meaning {n}"} for n in range(60)}
    page = make_review_page(tmp_path, labels=labels, fields={"text": {}, "why": {}})
    shown = OpenSheet(page.job, page.path).describe()
    assert len(shown["labels"]) == 60 and {len(label["name"]) for label in shown["labels"]} == {40}
    assert [field["name"] for field in shown["lines"][0]["fields"]] == ["text", "why"]


def test_of_two_lines_about_one_row_the_first_is_shown(tmp_path):
    page = make_review_page(tmp_path)
    lines = page.path.read_text(encoding="utf-8-sig").splitlines()
    page.path.write_text("\n".join([*lines, lines[1]]), encoding="utf-8")
    sheet = OpenSheet(page.job, page.path)
    assert sheet.count() == (0, 6) and len(sheet.describe()["lines"]) == 6
    sheet.decide(page.read()[0]["id"], {"decision": "accept", "who": "Ann"})
    assert [line["decision"] for line in page.read()] == ["accept", *[""] * 6]
    assert take_review.fn(page.job, read_sheet(page.path), "sheet.csv").new == {"accept": 1}
