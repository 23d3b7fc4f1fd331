"""The reports' site: what it shows, and what it refuses."""

import gzip
import html
import json
import re
import urllib.error
import urllib.request
from contextlib import ExitStack, closing
from datetime import UTC, datetime
from socket import socket
from urllib.parse import quote

import polars as pl
import pytest

from cli.serve import serve_reports
from pedigree.dataset.rejects import MEANINGS
from pedigree.errors import CommandError
from pedigree.report.html import render_comparison
from pedigree.versions.diff.compare import compare_versions
from pedigree.versions.versions import find_version
from pedigree.workspace import Workspace
from tests.support.make_measured_job import copy_measured_job
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


def assert_guarded(headers):
    assert headers["Content-Security-Policy"].startswith("default-src 'none'")
    assert (headers["X-Content-Type-Options"], headers["X-Frame-Options"]) == ("nosniff", "DENY")
    assert headers["Referrer-Policy"] == "same-origin" and headers["Cross-Origin-Opener-Policy"] == "same-origin"


def test_the_list_names_datasets_versions_and_their_pages(site):
    status, headers, text = fetch(site)
    assert status == 200
    assert f'href="/{NAME}/report.html"' in text and f'href="/{NAME}@v1.0.1/report.html"' in text
    assert "shop-entailment" in text and "Not made yet." in text
    assert "right by estimate" in text and "all critical gates passed" in text and f'href="/{NAME}@v1.0.0/rows"' in text
    assert (
        headers["Content-Security-Policy"].startswith("default-src 'none'")
        and "script-src" not in headers["Content-Security-Policy"]
    )


def test_a_report_is_the_workspaces_own_or_that_of_a_version(site, house):
    here, there = (fetch(f"{site}{name}/report.html")[2] for name in (NAME, f"{NAME}@v1.0.0"))
    stored = (house.root / f"data/{NAME}/report.html").read_text()
    assert there != here
    added = r'<nav aria-label="Pages.*?</nav>|<p><a href="/[^#].*?</p>|<a href="/[^"]*">'
    taken = re.sub(added, "", here, flags=re.DOTALL)
    for text in ("<title>.*?</title>", '<p class="kicker">.*?</p>', "</a>", r"\s+"):
        taken, stored = (re.sub(text, "", one, count=0 if len(text) < 5 else 1) for one in (taken, stored))
    assert taken == stored


def read_title(text):
    return html.unescape(re.search("<title>([^<]*)</title>", text)[1])


PARTS = {"report.html": "dataset report", "README.md": "card", "rows": "rows", "rejects": "rejects"}


@pytest.mark.parametrize("page", PARTS)
def test_version_and_date_stand_in_title_and_header(site, house, page):
    tagged = find_version(house.root, NAME, "v1.0.0").date
    day = datetime.fromisoformat(tagged).astimezone(UTC).strftime("%Y-%m-%d %H:%M UTC")
    text = fetch(f"{site}{NAME}@v1.0.0/{page}")[2]
    assert read_title(text) == f"{NAME} v1.0.0, published {day}: {PARTS[page]}"
    body = text.split("<body>" if page == "report.html" else "</style>", 1)[1]
    assert f"published {day}" in re.sub("<[^>]+>", "", body)[:600]
    text = fetch(f"{site}{NAME}/{page}")[2]
    assert re.fullmatch(
        rf"{NAME} in the workspace, made 20\d\d-\d\d-\d\d \d\d:\d\d UTC, the same as v1.0.1: {PARTS[page]}",
        read_title(text),
    )


def test_files_that_no_version_has_are_told(site, house):
    manifest = house.root / f"data/{NAME}/manifest.json"
    before = manifest.read_text()
    told = []
    try:
        for text in (before.replace('"cost_usd": 0.0', '"cost_usd": 7.0', 1), "{", "[]", "{}"):
            manifest.write_text(text)
            told.append(read_title(fetch(f"{site}{NAME}/report.html")[2]).split(" UTC, ")[1])
    finally:
        manifest.write_text(before)
    assert told == ["not published, after v1.0.1: dataset report", *["after v1.0.1: dataset report"] * 3]


def test_every_link_from_the_list_on_leads_to_a_page(site):
    waiting, seen, chains = ["/"], {}, 0
    while waiting:
        path = waiting.pop()
        chains += "/rows/" in path and path not in seen
        if path in seen or "?" in path or ("/rows/" in path and chains > 3):
            continue
        status, _, text = fetch(site.rstrip("/") + path)
        assert status == 200, path
        seen[path] = {html.unescape(link).split("#")[0] for link in re.findall(r'href="(/[^"]*)"', text)} - {""}
        waiting += seen[path]
    for name in (NAME, f"{NAME}@v1.0.1"):
        pages = {f"/{name}/{page}" for page in ("report.html", "README.md", "rows", "rejects", "changes")}
        for page in pages:
            assert pages - {page} <= seen[page] and "/" in seen[page]
        assert any(f"/{name}/rows/" in link for link in seen[f"/{name}/report.html"])
    changes = seen[f"/{NAME}@v1.0.1/changes"]
    assert {f"/{NAME}@v1.0.0/report.html", f"/{NAME}@v1.0.0/README.md"} <= changes
    assert f"/{NAME}@v1.0.0/changes?since=v1.0.1" not in changes


def test_changes_are_those_of_the_command_diff(site, house):
    text = fetch(f"{site}{NAME}@v1.0.1/changes")[2]
    told = render_comparison(compare_versions(Workspace(house.root), NAME, "v1.0.0", "v1.0.1"))
    before, after = told.split("<body>", 1)
    assert text.startswith(before) and text.endswith(after) and "Compared with <b>v1.0.0</b>" in text
    assert fetch(f"{site}{NAME}@v1.0.0/changes?since=v1.0.1")[0] == 200
    assert "v1.0.1 <span" in fetch(f"{site}{NAME}/changes")[2]


def test_a_folder_without_git_has_pages_too(tmp_path_factory, tmp_path):
    job, _ = copy_measured_job(tmp_path_factory, tmp_path / "w")
    with ExitStack() as stack:
        address = f"{serve_reports(job.workspace, find_free_port(), stack)}{NAME}"
        status, _, text = fetch(f"{address}/report.html")
        assert status == 200 and read_title(text).endswith("UTC, not published: dataset report")
        assert "/changes" not in text and fetch(f"{address}/changes")[0] == 404
        assert fetch(f"{address}/rows")[0] == 200


def test_two_of_the_site_stand_side_by_side(site, house):
    text = fetch(f"{site}compare?a={NAME}@v1.0.0&b={NAME}")[2]
    metrics = json.loads((house.root / f"data/{NAME}/metrics.json").read_text())
    line = text.split("Different texts in effect (Vendi score)")[1].split("</tr>")[0]
    assert line.count(f"{metrics['diversity']['vendi_tfidf']:.4g}") == 2 and line.count("on 60") == 2
    assert f'<option value="{NAME}@v1.0.0" selected>' in text and f'href="/{NAME}@v1.0.0/report.html"' in text
    assert "Choose two." in fetch(f"{site}compare")[2] and "Choose two." in fetch(f"{site}compare?a={NAME}")[2]
    for odd in (f"a={NAME}&b=nobody", f"a=../x&b={NAME}", f"a={NAME}&b={NAME}@v9.9.9", f"a={NAME}&b=%3Cscript%3E"):
        status, headers, text = fetch(f"{site}compare?{odd}")
        assert status == 404 and "<script" not in text
        assert_guarded(headers)


SINCE = ["v9.9.9", "HEAD", "HEAD~1", "x" * 3000, "v1.0.1", "..%2f", "--help", "support-tickets@v1.0.0"]


@pytest.mark.parametrize("since", SINCE)
def test_another_version_that_is_none_or_the_same_is_told(site, since):
    status, headers, text = fetch(f"{site}{NAME}@v1.0.1/changes?since={since}")
    assert status == 404 and "Traceback" not in text
    assert_guarded(headers)


def test_the_first_version_has_no_changes_and_no_link_to_any(site):
    status, _, text = fetch(f"{site}{NAME}@v1.0.0/changes")
    assert status == 404 and "no version before v1.0.0" in text


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
    "a long name": f"{'a' * 256}/report.html",
    "rows of a long name": f"{'a' * 5000}/rows",
    "rows of a dataset that is not there": "nobody/rows",
    "a row that is not there": f"{NAME}/rows/ffffffffffff",
    "a row that is none": f"{NAME}/rows/..%2f..",
}


@pytest.mark.parametrize("path", REFUSED.values(), ids=REFUSED)
def test_there_is_nothing_else(site, path):
    status, headers, text = fetch(f"{site}{path}")
    assert status == 404 and "Traceback" not in text
    assert_guarded(headers)


def test_another_sites_name_is_refused(site):
    status, headers, _ = fetch(site, headers={"Host": "evil.example"})
    assert status == 400
    assert_guarded(headers)


def test_nothing_can_be_sent(site):
    status, headers, _ = fetch(site, data=b"x", method="POST")
    assert status == 405 and "GET" in headers["Allow"]
    assert_guarded(headers)


def test_a_fault_of_the_site_has_the_headers_too_and_no_traceback(site, monkeypatch):
    monkeypatch.setattr("pedigree.report.reports_site.listing.list_versions", lambda root: 1 / 0)
    status, headers, text = fetch(site)
    assert status == 500 and "ZeroDivisionError" in text and "Traceback" not in text
    assert_guarded(headers)


def test_a_page_that_the_browser_has_is_not_sent_again_and_others_are_compressed(site):
    address = f"{site}{NAME}/rows"
    _, headers, _ = fetch(address)
    status, again, text = fetch(address, headers={"If-None-Match": headers["ETag"]})
    assert (status, text, again["ETag"]) == (304, "", headers["ETag"])
    assert fetch(address + "?page=2", headers={"If-None-Match": headers["ETag"]})[0] == 200
    with urllib.request.urlopen(urllib.request.Request(address, headers={"Accept-Encoding": "gzip"})) as answer:
        assert answer.headers["Content-Encoding"] == "gzip"
        assert f"Rows of {NAME}" in gzip.decompress(answer.read()).decode()


def read_ids(text):
    return re.findall(rf'href="/{NAME}(?:@v1\.0\.\d)?/rows/([0-9a-f]{{64}})"', text)


@pytest.mark.parametrize("name", [NAME, f"{NAME}@v1.0.0"])
def test_all_rows_and_rejects_are_reached_page_by_page(site, house, name):
    for kind in ("rows", "rejects"):
        pages = [fetch(f"{site}{name}/{kind}?page={page}")[2] for page in (1, 2, 3, 4)]
        found = int(re.search(rf"of ([\d,]+) {kind}", pages[0])[1].replace(",", ""))
        ids = [row_id for page in pages[: -(-found // 50)] for row_id in read_ids(page)]
        assert len(ids) == len(set(ids)) and 0 < len(ids) <= found < 200
        if kind == "rows":
            assert len(ids) == found


def test_words_and_filters_find_what_the_table_holds(site, house):
    rows = pl.concat(pl.read_parquet(house.root / f"data/{NAME}/{split}.parquet") for split in ("train", "validation"))
    label = rows["label"][0]
    expected = rows.filter((pl.col("label") == label) & pl.col("text").str.to_lowercase().str.contains("my"))
    _, _, text = fetch(f"{site}{NAME}/rows?q=MY&label={label}")
    assert set(read_ids(text)) == set(expected["row_id"]) and len(expected)
    assert f"{len(expected)} of {len(rows)} rows" in text
    reason = pl.read_parquet(house.root / f"data/{NAME}/rejects.parquet")["reason"][0]
    _, _, text = fetch(f"{site}{NAME}/rejects?reason={reason}")
    assert MEANINGS[reason] in text


def test_each_filter_and_all_of_them_find_what_the_tables_hold(site, house):
    parts = [
        pl.read_parquet(house.root / f"data/{NAME}/{split}.parquet").with_columns(split=pl.lit(split))
        for split in ("train", "validation")
    ]
    rows, rejects = pl.concat(parts), pl.read_parquet(house.root / f"data/{NAME}/rejects.parquet")
    for kind, table, keys in (
        ("rows", rows, ("label", "split", "generator")),
        ("rejects", rejects, ("label", "reason")),
    ):
        example = table.drop_nulls(keys).row(len(table) // 2, named=True)
        for chosen in ([key] for key in keys), [keys]:
            for names in chosen:
                fit = table.filter(pl.all_horizontal(pl.col(name) == example[name] for name in names))
                _, _, text = fetch(f"{site}{NAME}/{kind}?" + "&".join(f"{name}={example[name]}" for name in names))
                assert f"{len(fit)} of {len(table)} {kind}" in text and len(fit)
                assert read_ids(text) == fit["row_id"].drop_nulls().to_list()[:50]
                assert all(f'<option value="{example[name]}" selected>' in text for name in names)


def test_words_of_several_pages_are_found_page_by_page(site, house):
    rows = pl.concat(pl.read_parquet(house.root / f"data/{NAME}/{split}.parquet") for split in ("train", "validation"))
    expected = rows.filter(pl.col("text").str.to_lowercase().str.contains("e"))["row_id"].to_list()
    found = [read_ids(fetch(f"{site}{NAME}/rows?q=E&page={page}")[2]) for page in (1, 2)]
    assert len(expected) > 50 and found == [expected[:50], expected[50:]]


def test_rows_that_were_made_again_are_counted_again(tmp_path_factory, tmp_path):
    job, _ = copy_measured_job(tmp_path_factory, tmp_path / "w")
    with ExitStack() as stack:
        address = f"{serve_reports(job.workspace, find_free_port(), stack)}{NAME}/rows"
        before = int(re.search(r" of ([\d,]+) rows", fetch(address)[2])[1])
        table = pl.read_parquet(job.table("validation"))
        table.head(3).write_parquet(job.table("validation"))
        text = fetch(address)[2]
        assert f" of {before - len(table) + 3} rows" in text and '<option value="validation">validation (3)' in text


PAGES = {"0": 1, "-1": 1, "abc": 1, "99999999999": None, "9" * 400: None, "²": 1, "007": None, "1": 1, "": 1}


@pytest.mark.parametrize("asked", PAGES)
def test_a_page_that_is_none_is_told_and_the_nearest_is_shown(site, asked):
    last = fetch(f"{site}{NAME}/rows?page=100000")[2]
    pages = int(re.search(r"; page [\d,]+ of ([\d,]+)", last)[1])
    status, _, text = fetch(f"{site}{NAME}/rows?page={quote(asked)}")
    shown = int(re.search(r"; page ([\d,]+) of", text)[1])
    assert status == 200 and shown == (PAGES[asked] or pages)
    assert ("There is no page" in text) == (asked not in {"", "1"})


def test_a_value_of_a_filter_that_is_none_is_told_and_becomes_no_choice(site):
    _, _, all_rows = fetch(f"{site}{NAME}/rows")
    _, _, text = fetch(f"{site}{NAME}/rows?label=nobody")
    assert "There is no label &#39;nobody&#39;: this filter is not used." in text and 'value="nobody"' not in text
    assert read_ids(text) == read_ids(all_rows)


@pytest.mark.parametrize("end", ["", "/"])
def test_a_name_alone_leads_to_its_report(site, end):
    for name in (NAME, f"{NAME}@v1.0.0"):
        with urllib.request.urlopen(f"{site}{name}{end}", timeout=30) as answer:
            assert answer.url == f"{site}{name}/report.html" and answer.status == 200
    assert fetch(f"{site}nobody{end}")[0] == 404


ODD = ["q=%3Cscript%3E", "q=%00", "q=" + "x" * 3000, "page=-1", "page=99999999999", "page=x", "label=none&nothing=1"]


@pytest.mark.parametrize("parameters", ODD)
def test_odd_parameters_find_nothing_or_are_ignored(site, parameters):
    status, _, text = fetch(f"{site}{NAME}/rows?{parameters}")
    assert status == 200 and "<script" not in text


def test_a_rows_chain_is_what_trace_says(site, house):
    row_id = pl.read_parquet(house.root / f"data/{NAME}/train.parquet")["row_id"][0]
    for name in (NAME, f"{NAME}@v1.0.1"):
        status, _, text = fetch(f"{site}{name}/rows/{row_id}")
        assert status == 200 and "prompt" in text and "offline/template" in text and row_id[:12] in text


def test_a_port_that_is_taken_is_told(house):
    with closing(socket()) as taken, ExitStack() as stack:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        with pytest.raises(CommandError, match=r"(?s)port \d+: .*--reports-port"):
            serve_reports(Workspace(house.root), taken.getsockname()[1], stack)
