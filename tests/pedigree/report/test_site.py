"""The reports' site: what it shows, and what it refuses."""

import urllib.error
import urllib.request
from contextlib import ExitStack, closing
from socket import socket

import pytest

from cli.serve import serve_reports
from pedigree.errors import CommandError
from pedigree.workspace import Workspace
from tests.support.make_published import share_small

NAME = "support-tickets"


def find_free_port() -> int:
    with closing(socket()) as free:
        free.bind(("127.0.0.1", 0))
        return free.getsockname()[1]


@pytest.fixture(scope="module")
def house(tmp_path_factory):
    return share_small(tmp_path_factory)


@pytest.fixture(scope="module")
def site(house):
    with ExitStack() as stack:
        yield serve_reports(Workspace(house.root), find_free_port(), stack)


def fetch(address, **headers):
    try:
        with urllib.request.urlopen(urllib.request.Request(address, **headers), timeout=30) as answer:
            return answer.status, answer.headers, answer.read().decode()
    except urllib.error.HTTPError as error:
        return error.code, error.headers, error.read().decode()


def test_the_list_names_datasets_versions_and_their_pages(site):
    status, headers, text = fetch(site)
    assert status == 200
    assert f'href="/{NAME}/report.html"' in text and f'href="/{NAME}@v1.0.1/report.html"' in text
    assert "shop-entailment" in text and "Not made yet." in text
    assert (
        headers["Content-Security-Policy"].startswith("default-src 'none'")
        and "script-src" not in headers["Content-Security-Policy"]
    )


def test_a_report_is_the_workspaces_own_or_that_of_a_version(site, house):
    here, there = (fetch(f"{site}{name}/report.html")[2] for name in (NAME, f"{NAME}@v1.0.0"))
    assert here == (house.root / f"data/{NAME}/report.html").read_text()
    assert there != here and "<title>" in there


def test_a_report_reaches_nothing_else_whatever_stands_in_it(site):
    policy = fetch(f"{site}{NAME}/report.html")[1]["Content-Security-Policy"]
    assert "default-src 'none'" in policy and "sandbox allow-scripts" in policy and "connect-src" not in policy
    assert "frame-ancestors 'none'" in policy


def test_a_card_is_shown_as_a_page_without_its_front_matter(site):
    status, _, text = fetch(f"{site}{NAME}@v1.0.1/README.md")
    assert status == 200 and "<table>" in text
    assert "license:" not in text.split("<body", 1)[-1].split("<h2", 1)[0]


def test_what_a_model_wrote_into_a_card_stays_text(site, house):
    card = house.root / f"data/{NAME}/README.md"
    before = card.read_text()
    try:
        card.write_text("# x\n\n<script>alert(1)</script> [a](javascript:alert(1)) <img src=x onerror=alert(1)>\n")
        text = fetch(f"{site}{NAME}/README.md")[2]
        assert "<script" not in text and "<img" not in text and 'href="javascript' not in text
    finally:
        card.write_text(before)


REFUSED = {
    "another file": f"{NAME}/run.json",
    "a path out": "..%2f..%2fetc/report.html",
    "a dataset that is none": "Etc/report.html",
    "a dataset that is not there": "nobody/report.html",
    "a version that is not there": f"{NAME}@v9.9.9/report.html",
    "a version that is none": f"{NAME}@HEAD/report.html",
}


@pytest.mark.parametrize("path", REFUSED.values(), ids=REFUSED)
def test_there_is_nothing_else(site, path):
    status, _, text = fetch(f"{site}{path}")
    assert status == 404 and "Traceback" not in text


def test_another_sites_name_is_refused(site):
    assert fetch(site, headers={"Host": "evil.example"})[0] == 400


def test_nothing_can_be_sent(site):
    assert fetch(site, data=b"x", method="POST")[0] == 405


def test_a_port_that_is_taken_is_told(house):
    with closing(socket()) as taken, ExitStack() as stack:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        with pytest.raises(CommandError, match=r"(?s)port \d+: .*--reports-port"):
            serve_reports(Workspace(house.root), taken.getsockname()[1], stack)
