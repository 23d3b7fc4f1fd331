"""The report: one page, the same for the same files, in which hostile text stays text."""

import base64
import hashlib
import html
import json
import re
from collections import Counter
from html.parser import HTMLParser

import polars as pl
import pytest

from pedigree.dataset import schemas
from pedigree.dataset.results import Distribution, GateResults, read_result, write_result
from pedigree.job import Job, open_job
from pedigree.job_outputs import read_job_outputs
from pedigree.report import many_labels, report_page
from pedigree.report.report_page import compute_map_points
from pedigree.report.samples import sample_prompts, sample_rejects, sample_rows
from tasks.measure import measure as step
from tests.support.make_finished_job import write_finished_job
from tests.support.make_measured_job import copy_measured_job, write_pages

measure = step.fn
HOSTILE = "</script><img src=x onerror=alert(1)> \"'& {{ 7 * 7 }} \x00 \u202eright to left <!-- <svg onload=alert(2)>"


class Elements(HTMLParser):
    """Counts elements and keeps scripts, styles and attributes as a browser would see them."""

    def __init__(self, html):
        super().__init__()
        self.tags, self.attributes, self.inside, self._open = {}, [], [], None
        self.feed(html)

    def handle_starttag(self, tag, attrs):
        self.tags[tag] = self.tags.get(tag, 0) + 1
        self.attributes += attrs
        self._open = (tag, dict(attrs)) if tag in {"script", "style"} else None

    def handle_data(self, data):
        if self._open:
            self.inside.append((*self._open, data))
            self._open = None


def read_page(job):
    measure(job)
    return (job.folder / "report.html").read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def job(tmp_path_factory):
    return write_finished_job(tmp_path_factory.mktemp("hostile"), rows=120, hostile=HOSTILE)


@pytest.fixture(scope="module")
def page(job):
    return read_page(job)


@pytest.fixture
def tame(tmp_path_factory, tmp_path):
    """A job whose texts are harmless, and its metrics."""
    return copy_measured_job(tmp_path_factory, tmp_path / "w")


def test_hostile_text_makes_no_element_and_no_attribute(page, tame):
    hostile, tame = Elements(page), Elements((tame[0].folder / "report.html").read_text(encoding="utf-8"))
    assert hostile.tags == tame.tags
    assert not [name for name, _ in hostile.attributes if name.startswith("on") or name == "style"]
    assert "\u202e" not in page
    assert "\x00" not in page
    assert "⟨202E⟩right to left" in page
    assert "{{ 7 * 7 }}" in page


def test_nothing_runs_or_styles_but_what_the_policy_names_by_hash(page):
    (policy,) = re.findall(r'Content-Security-Policy" content="([^"]+)"', page)
    policy = policy.replace("&#39;", "'")
    assert policy.startswith("default-src 'none'; ")
    assert "unsafe" not in policy
    for tag, attributes, text in Elements(page).inside:
        if attributes.get("type") != "application/json":
            digest = base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
            assert f"'sha256-{digest}'" in policy, tag


def test_the_page_refers_to_nothing_outside(page):
    loaded = {"src", "srcset", "action", "data", "poster"}
    outside = [(name, value) for name, value in Elements(page).attributes if name in loaded or "://" in (value or "")]
    assert not outside
    assert all(value.startswith("#") for name, value in Elements(page).attributes if name == "href")


def test_every_chart_that_is_embedded_has_its_place(page):
    (embedded,) = [text for _, attributes, text in Elements(page).inside if attributes.get("id") == "charts"]
    places = [value for name, value in Elements(page).attributes if name == "data-chart"]
    assert sorted(places) == sorted(json.loads(embedded))
    drawn = {"labels", "readings-0", "rejects", "map", "lengths-text", "usefulness", "curve", "gains", "confusion"}
    drawn.add("difficulty")
    assert drawn == set(places)


def test_the_verdict_comes_first_and_names_the_gate_that_failed(tame):
    job, metrics = tame
    page = (job.folder / "report.html").read_text(encoding="utf-8")
    assert "Every critical gate passed; 1 gave a warning. Read it before you use the rows." in page
    gates = read_result(GateResults, job.folder / "gates.json").model_dump()
    gates["passed"] = gates["gates"][0]["passed"] = False
    write_result(GateResults(**gates), job.folder / "gates.json")
    write_pages(job, metrics)
    page = (job.folder / "report.html").read_text(encoding="utf-8")
    assert "1 of 4 gates failed, so this dataset is not published." in page
    assert "Made by the offline template model." in page
    first = page[page.index('<p class="headline">') :]
    assert first.startswith(
        '<p class="headline"><bdi>People (Ann) read 96 rows: by estimate 91% of the labels are right'
    )
    assert "7 of <bdi>refund-request</bdi> look like <bdi>billing-dispute</bdi>" in page
    sections = re.findall(r'<section id="(\w+)">', page)
    assert sections == [
        "verdict",
        "labels",
        "generators",
        "rejects",
        "rows",
        "map",
        "measures",
        "usefulness",
        "difficulty",
        "cost",
        "provenance",
    ]


def test_each_section_is_linked_and_each_column_has_a_name(tame):
    page = (tame[0].folder / "report.html").read_text(encoding="utf-8")
    linked = re.findall(r'<a href="#(\w+)">', page[page.index('<nav class="sections"') : page.index("</nav>")])
    assert linked == re.findall(r'<section id="(\w+)">', page)
    assert not re.search(r"<th[^>]*>\s*</th>", page)


@pytest.fixture(scope="module")
def answered(tmp_path_factory):
    """The page about rows of a real model that told what one of its answers cost."""
    job = write_finished_job(tmp_path_factory.mktemp("answered"), rows=30, model="openai/some-model")
    table = schemas.read_table(job.table("completions"))
    unknown = pl.when(pl.int_range(pl.len()) > 0).then("cost_usd").alias("cost_usd")
    schemas.write_table(table.with_columns(unknown), job.table("completions"))
    return read_page(job)


def test_a_cost_that_is_known_in_part_is_told_as_that(answered):
    assert "<dd>$0.00+<small>" in answered and ", 1 of unknown cost" in answered
    assert "The cost of the others is unknown and not counted as 0." in answered


def test_real_rows_have_their_usefulness_in_the_verdict_and_offline_rows_have_not(page, answered):
    says = "A classifier trained on these rows scores macro-F1"
    assert says not in page and says in answered


def test_a_dataset_without_rows_or_rejects_still_has_a_page(tmp_path):
    job = write_finished_job(tmp_path, rows=30)
    for name in ("train", "validation", "rejects"):
        schemas.write_table(schemas.read_table(job.table(name)).clear(), job.table(name))
    assert "Nothing was rejected." in read_page(job)


@pytest.mark.full
def test_a_label_that_a_screen_emptied_stands_out_screen_after_screen(tmp_path):
    job = write_finished_job(tmp_path, rows=120)
    distribution = read_result(Distribution, job.folder / "distribution.json").model_dump()
    label = distribution["labels"][2]
    label["rejected"], label["made"] = {"length": 5, "pii": 60, "surplus": 700}, label["kept"] + 765
    write_result(distribution, job.folder / "distribution.json")
    (section,) = re.findall(r"after each screen</h3>(.*?)</section>", read_page(job), re.DOTALL)
    (line,) = [line for line in section.split("<tr>") if f"<bdi>{label['label']}</bdi>" in line]
    cells = re.findall(r'<td class="n( off)?">(?:<span class="of">)?([\d,]+)', line)
    left = [label["made"], label["made"] - 5, *[label["kept"] + 760] * 2, *[label["kept"] + 700] * 4, label["kept"]]
    titles = re.findall(r'<th class="n">([^<]+)</th>', section)
    assert titles[:4] == ["Made", "length", "refusal", "label-named"] and titles[-1] == "surplus"
    assert [figure for _, figure in cells] == [f"{figure:,}" for figure in left]
    assert not any(off for off, _ in cells)
    label["rejected"], label["made"] = {"pii": 60}, label["kept"] + 60
    write_result(distribution, job.folder / "distribution.json")
    assert re.findall(r'<td class="n off">([\d,]+)</td>', read_page(job).split("after each screen</h3>")[1]) == [
        str(label["kept"])
    ]


def test_failing_rows_of_a_gate_are_shown_as_text_and_link_nowhere_in_the_file(tame):
    job, metrics = tame
    row = pl.read_parquet(job.table("train")).row(3, named=True)
    reject = pl.read_parquet(job.table("rejects")).filter(pl.col("row_id").is_not_null()).row(0, named=True)
    ids = [row["row_id"], reject["row_id"], "f" * 64]
    gates = read_result(GateResults, job.folder / "gates.json").model_dump()
    failed = {"passed": False, "name": "lengths", "message": "Texts are too long: 41 fail", "severity": "warning"}
    gates["gates"].append({**gates["gates"][0], **failed, "failing_row_ids": ids, "failing_rows": 41})
    write_result(GateResults(**gates), job.folder / "gates.json")
    write_pages(job, metrics)
    page = (job.folder / "report.html").read_text(encoding="utf-8")
    section = html.unescape(page.split("41 failing rows")[1].split("</details>")[0])
    first, second, third = re.findall(r"<li>(.*?)</li>", section, re.DOTALL)
    assert (
        f"<bdi>{row['label']}</bdi>: <bdi>{row['text'][:300]}" in first and f'class="id row" title="{ids[0]}"' in first
    )
    assert json.loads(reject["candidate"])["text"][:100] in second and "in no table" in third
    assert "The first 3." in section and "41 failing rows" in page and "Texts are too long: 41 fail" in page
    assert all(value.startswith("#") for name, value in Elements(page).attributes if name == "href")


def test_drift_is_drawn_where_a_version_grew(tame):
    job, metrics = tame
    assert 'id="drift"' not in (job.folder / "report.html").read_text(encoding="utf-8")
    gates = read_result(GateResults, job.folder / "gates.json").model_dump()
    for name, figure in (("drift: lengths", 0.05), ("drift: vocabulary", 0.0), ("drift: labels", None)):
        gates["gates"].append({**gates["gates"][0], "name": name, "figure": figure, "limit": 0.1})
    write_result(GateResults(**gates), job.folder / "gates.json")
    write_pages(job, metrics)
    page = (job.folder / "report.html").read_text(encoding="utf-8")
    (embedded,) = [text for _, attributes, text in Elements(page).inside if attributes.get("id") == "charts"]
    (values,) = json.loads(embedded)["drift"]["datasets"].values()
    assert values == [
        {"measure": "lengths", "figure": 0.05, "limit": 0.1}, {"measure": "vocabulary", "figure": 0.0, "limit": 0.1},
    ]  # fmt: skip
    linked = re.findall(r'<a href="#(\w+)">', page[page.index('<nav class="sections"') : page.index("</nav>")])
    assert linked == re.findall(r'<section id="(\w+)">', page) and "drift" in linked


def test_an_undecided_gate_is_named_and_is_not_passed(tame):
    job, metrics = tame
    gates = read_result(GateResults, job.folder / "gates.json").model_dump()
    gates["gates"] = [{**gates["gates"][0], "name": "label precision", "severity": "warning", "passed": None}]
    write_result(GateResults(**gates), job.folder / "gates.json")
    write_pages(job, metrics)
    page = " ".join((job.folder / "report.html").read_text(encoding="utf-8").split())
    assert "Every gate that could be decided passed." in page
    assert "1 gate stayed unknown, which is not passed: <bdi>label precision</bdi>." in page


def test_rows_stand_beside_real_ones_and_seeds_where_there_are_any(page, tmp_path):
    assert "<th>Similarity to held-out rows</th>" in page and ">Seeds</th>" in page
    job = write_finished_job(tmp_path, rows=60)
    recipe = job.workspace.recipe_path(job.dataset)
    text = re.sub(r"held_out: data\S+", "held_out: null", recipe.read_text(encoding="utf-8"))
    text = text.replace("language: en", "language: ko")
    recipe.write_text(text, encoding="utf-8")
    beside_seeds = read_page(open_job(job.workspace, job.dataset))
    assert "<th>Similarity to seed rows</th>" in beside_seeds and ">Seeds</th>" not in beside_seeds
    alone = read_page(Job(job.workspace, open_job(job.workspace, job.dataset).recipe))
    assert ("Not checked: texts in" in alone, "Not checked: texts in" in page) == (True, False)
    assert "Similarity to" not in alone and "Remote Clique" in alone


def test_rows_are_shown_for_every_label_with_the_generators_in_turn(job):
    shown = sample_rows(job, read_job_outputs(job))
    assert list(shown) == list(job.recipe.labels)
    assert all(len(rows) == 4 and {row.label for row in rows} == {label} for label, rows in shown.items())
    assert {row.generator for row in shown["billing-dispute"]} == {"attributes", "few-shot", "zero-shot"}


def test_rejects_are_shown_with_their_rival_and_without_personal_data(tmp_path):
    job = write_finished_job(tmp_path, rows=240, hostile="Write to jo.doe@example.com or call +44 20 7946 0958.")
    shown = sample_rejects(job, read_job_outputs(job))
    assert len(shown["surplus"]) == 3
    assert shown["surplus"][0].fields["text"].endswith("Write to [e-mail] or call [phone].")
    assert shown["held-out-overlap"][0].compared_with == job.held_out[0].fields["text"]
    assert shown["unreadable"][0].fields == {"": '{"rows": [{"text": "I want'}
    points = compute_map_points(job, read_job_outputs(job))
    rejected = [point for point in points if point["kind"] == "reject"]
    assert not [point for point in rejected if "@" in point["text"]]
    assert "attributes, near-duplicate" in {point["origin"] for point in rejected}


def test_candidates_rows_and_rejects_of_the_page_add_up(job, page):
    contents = read_job_outputs(job)
    told = re.search(r"Of ([\d,]+) candidates made, ([\d,]+) became rows and ([\d,]+) were rejected", page)
    made, kept, rejected = (int(one.replace(",", "")) for one in told.groups())
    assert (made, kept) == (contents.made, contents.synthetic.height) and kept + rejected == made
    unread = sum(contents.distribution.unassigned.values())
    assert rejected + unread == contents.rejects.height and f"Besides, {unread} answer" in page
    assert page.count('<span class="n of" title="no candidate">–</span>') == 1


def test_each_generator_shows_one_prompt_as_sent(job):
    letters = sample_prompts(read_job_outputs(job))
    assert [letter.generator for letter in letters] == ["attributes", "few-shot", "zero-shot"]
    assert [role for role, _ in letters[0].messages] == ["system", "user"]


def test_the_map_samples_what_is_too_much_to_draw(job, monkeypatch):
    monkeypatch.setattr(report_page, "MAX_POINTS", {"reject": 5, "row": 50, "seed": 10})
    points = compute_map_points(job, read_job_outputs(job))
    assert Counter(point["kind"] for point in points) == report_page.MAX_POINTS
    assert all(len(point["text"]) < 250 for point in points)
    rows, people = read_job_outputs(job).rows["row_id"], {seed.id for seed in job.seeds}
    named = {kind: {point["id"] for point in points if point["kind"] == kind} for kind in ("row", "seed")}
    assert named["row"] <= {row_id[:12] for row_id in rows} and named["seed"] <= {one[:12] for one in people}
    tips = report_page.charts.draw_map(points)["encoding"]["tooltip"]
    assert "id" in [tip["field"] for tip in tips]


def test_of_many_labels_each_table_is_folded_and_nothing_is_lost(tmp_path_factory, tmp_path, monkeypatch):
    job, metrics = copy_measured_job(tmp_path_factory, tmp_path / "w")
    write_pages(job, metrics)
    plain = (job.folder / "report.html").read_text(encoding="utf-8").split("<main>")[1].split("</main>")[0]
    assert 'class="all-labels"' not in plain and "label-list" not in plain
    monkeypatch.setattr(many_labels, "MOST_UNFOLDED", len(job.recipe.labels) - 1)
    write_pages(job, metrics)
    folded = (job.folder / "report.html").read_text(encoding="utf-8").split("<main>")[1].split("</main>")[0]
    lines = re.compile(r"<t[rd][ >].*?</t[rd]>", re.S)
    assert not set(lines.findall(plain)) - set(lines.findall(folded))
    assert set(re.findall(r'class="content">(.*?)<', plain)) == set(re.findall(r'class="content">(.*?)<', folded))
    summaries = re.findall(r'<details class="all-labels"><summary>(.*?)</summary>', folded)
    assert len(summaries) >= 6 and all(re.search(r"\ball \d+|\bAll \d+", one) for one in summaries)
    assert folded.count("<details><summary><bdi>") >= len(job.recipe.labels)


def test_what_is_shown_does_not_grow_with_the_dataset(tmp_path):
    job = write_finished_job(tmp_path, rows=3000)
    contents = read_job_outputs(job)
    assert len(compute_map_points(job, contents)) <= sum(report_page.MAX_POINTS.values()) == 2000
    assert sum(map(len, sample_rows(job, contents).values())) == 32
    assert max(map(len, sample_rejects(job, contents).values())) == 3


@pytest.mark.full
def test_a_hundred_thousand_rows_give_a_page_under_five_megabytes(tmp_path):
    job = write_finished_job(tmp_path, rows=100_000)
    assert len(read_page(job).encode()) < 5_000_000
