"""In a browser: make a dataset, see the result, see why another was not published, and set up a schedule."""

import re

import pytest
from playwright.sync_api import expect

from pedigree.recipe.yaml_file import load_recipe, set_keys
from tests.support.browser import (
    browse,
    choose,
    fill_number,
    find_field,
    find_state,
    open_artifact,
    open_form,
    open_page,
    open_tab,
    start_run,
    submit,
    watch,
)
from tests.support.demanding_suite import demand_rows
from tests.support.make_published import NAME, SMALL
from tests.support.pedigree_serve import Served
from tests.support.repository import settle

pytestmark = pytest.mark.full  # a browser, a server and whole runs: minutes on two cores

STRICT = "shop-entailment"  # its recipe asks for what can't be had
GROWING = f"refresh/{NAME}"
ROWS, MORE_ROWS, EVERY = 80, 16, 15  # seconds
LONG = 600_000  # milliseconds for a run


@pytest.fixture(scope="module")
def browser():
    with browse() as browser:
        yield browser


@pytest.fixture
def page(browser):
    page = open_page(browser)
    yield page
    page.context.close()


@pytest.fixture(scope="module")
def served(browser, tmp_path_factory):
    """A served workspace with two small recipes, and a schedule of seconds that is switched off."""
    house = settle(tmp_path_factory.mktemp("ui") / "work")
    set_keys(house.root / f"recipes/{NAME}.yaml", SMALL)
    set_keys(
        house.root / f"recipes/{STRICT}.yaml",
        {"rows": 30, "gates.class_floor": 1, "gates.suite": "strict", "evaluate.repeats": 1},
    )
    demand_rows(house.root, 25, "strict")
    deployments = house.root / "prefect.yaml"
    text = deployments.read_text()
    for usual, own in (('cron: "0 6 * * 1"', f"interval: {EVERY}"), ("more_rows: 100", f"more_rows: {MORE_ROWS}")):
        assert text.count(usual) == 1
        text = text.replace(usual, own)
    deployments.write_text(text)
    house.git("commit", "-qam", "small recipes, and a schedule of seconds")
    with Served(house, PREFECT_SERVER_SERVICES_SCHEDULER_LOOP_SECONDS="8") as served:
        yield served


@pytest.fixture(scope="module")
def failing(served):
    """A run whose gate will fail, started beside the others."""
    return served.start("synthesize/synthesize", dataset=STRICT)


@pytest.fixture(scope="module")
def made(served, failing, browser):
    """The run that somebody starts from the form and follows to its end."""
    page = open_page(browser)
    open_form(page, served.ui, "synthesize")
    choose(page, "dataset", NAME)
    fill_number(page, "rows", ROWS)
    run = start_run(page)
    page.goto(f"{served.ui}/runs/flow-run/{run}")
    expect(find_state(page)).to_have_text("Completed", timeout=LONG)
    expect(page.locator(".page-heading")).to_contain_text(f"{NAME}: v1.0.0 (first)")
    open_tab(page, "Logs")
    expect(page.get_by_text(f"recipes/{NAME}.yaml: rows is now {ROWS}")).to_be_visible()
    page.context.close()
    return run


@pytest.fixture(scope="module")
def scheduled(served, made, browser):
    """The schedule, switched on on the deployment's page."""
    page = open_page(browser)
    page.goto(f"{served.ui}/deployments/deployment/{served.ask(f'/deployments/name/{GROWING}')['id']}")
    switch = page.locator(".deployment-schedule-card").get_by_role("switch")
    expect(switch).to_have_attribute("aria-checked", "false")
    switch.click()
    expect(switch).to_have_attribute("aria-checked", "true")
    page.context.close()


@pytest.mark.parametrize(("rows", "says"), [(-3, "-3 is less than the minimum of 0")])
def test_a_wrong_value_is_refused_in_the_form_and_nothing_is_started(served, failing, page, rows, says):
    open_form(page, served.ui, "synthesize")
    expect(find_field(page, "rows")).to_contain_text(
        "Rows that the dataset shall have, 1 to 10,000,000; 0 takes the recipe's number."
    )
    choose(page, "dataset", NAME)
    fill_number(page, "rows", rows)
    submit(page)
    expect(page.get_by_text(re.compile(f"'rows'.*{re.escape(says)}")).first).to_be_visible()
    assert "/run?" in page.url
    assert [run["id"] for run in served.list_runs("synthesize/synthesize")] == [failing]


def test_a_recipe_must_be_chosen_from_those_present(served, page):
    open_form(page, served.ui, "synthesize")
    submit(page)
    expect(find_field(page, "dataset")).to_contain_text("'dataset' is a required property")


def test_what_was_filled_in_is_in_the_recipe_and_in_the_version(served, made):
    assert load_recipe(served.house.root / f"recipes/{NAME}.yaml").rows == ROWS
    assert re.search(rf"^rows: {ROWS}\b", served.house.git("show", f"{NAME}@v1.0.0:recipes/{NAME}.yaml"), re.MULTILINE)


def test_a_schedule_is_switched_on(served, scheduled):
    (schedule,) = served.ask(f"/deployments/name/{GROWING}")["schedules"]
    assert schedule["active"] and schedule["schedule"]["interval"] == EVERY


def test_the_label_table_and_its_picture_stand_in_an_artifact(served, made, page):
    open_artifact(page, served.ui, made, f"{NAME}-labels")
    table = (
        page.get_by_role("table").filter(has_text="target").first
    )  # one on the evidence of the labels stands before it
    lines = [line.split("\t") for line in table.inner_text().splitlines() if "\t" in line]
    kept = {cells[0]: (cells[1], cells[5]) for cells in lines if "%" in cells[1]}
    assert kept["all"] == ("100.0%", str(ROWS))
    assert kept["billing-dispute"] == ("18.0%", "14")
    picture = page.get_by_role("img", name=re.compile("Rows kept of rows wanted: billing-dispute 14 of 14"))
    expect(picture).to_be_visible()
    assert picture.evaluate("image => image.complete && image.naturalWidth") > 600


def test_report_and_card_open_by_their_links(served, made, page):
    open_artifact(page, served.ui, made, f"{NAME}-version")
    expect(page.get_by_text(f"git checkout {NAME}@v1.0.0 && dvc pull")).to_be_visible()
    with page.expect_popup() as opened:
        page.get_by_role("link", name=f"data/{NAME}/report.html").click()
    report = opened.value
    wrong = watch(report)
    answer = report.reload()
    assert report.url == f"{served.reports}/{NAME}@v1.0.0/report.html"
    assert "sandbox allow-scripts" in answer.headers["content-security-policy"]
    for place in ("labels", "rejects", "usefulness"):
        expect(report.locator(f"[data-chart={place}] svg")).to_be_visible()
    assert report.locator("[data-chart=labels] svg path").count() > 8
    assert wrong == []

    with page.expect_popup() as opened:
        page.get_by_role("link", name=f"data/{NAME}/README.md").click()
    card = opened.value
    wrong = watch(card)
    card.reload()
    expect(card.get_by_role("heading", name="Support tickets")).to_be_visible()
    assert card.get_by_role("table").count() > 2 and wrong == []


def test_a_gate_that_fails_is_told_on_the_page_with_figure_and_limit(served, failing, page):
    page.goto(f"{served.ui}/runs/flow-run/{failing}")
    expect(find_state(page)).to_have_text("Failed", timeout=LONG)
    told = page.get_by_text(re.compile(r"class floor 9 \(limit 25\)"))
    expect(told.first).to_be_visible()
    open_tab(page, "Details")
    page.get_by_text("See More").first.click()
    expect(told.last).to_be_visible()
    assert f"{STRICT}@" not in served.house.git("tag")
    open_artifact(page, served.ui, failing, f"{STRICT}-gates")
    expect(page.get_by_role("table").locator("tr", has_text="class floor")).to_contain_text("FAILED")


def test_what_is_published_is_measured_again_by_an_automation(served, made, page):
    served.wait_until(lambda: served.list_runs("evaluate/evaluate"), 90)
    page.goto(f"{served.ui}/runs/flow-run/{served.list_runs('evaluate/evaluate')[0]['id']}")
    expect(find_state(page)).to_have_text("Completed", timeout=LONG)
    expect(page.locator(".page-heading")).to_contain_text(f"{NAME}: v1.0.0 measured again")


def test_a_schedule_that_was_switched_on_fires(served, scheduled, page):
    def list_started():
        """Return the runs that began, without those that were due meanwhile and dropped."""
        runs = [run for run in served.list_runs(GROWING) if run["start_time"] and run["state_type"] != "CANCELLED"]
        return sorted(runs, key=lambda run: run["start_time"])

    served.wait_until(list_started, 120)
    fired = list_started()[0]
    page.goto(f"{served.ui}/runs/flow-run/{fired['id']}")
    expect(page.locator(".page-heading")).to_contain_text(f"{NAME}: {MORE_ROWS} more rows")
    expect(find_state(page)).to_have_text("Completed", timeout=LONG)
    assert fired["auto_scheduled"]
    assert f"{NAME}@v1.1.0" in served.house.git("tag").split()


def test_serving_ends_cleanly(served, made):
    assert served.stop() == 0
    assert "Traceback" not in served.said and "stopped; schedules are paused" in served.said
