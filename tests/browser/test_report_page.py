"""In a browser: the report is read with the keyboard and at 700 pixels, and its charts keep their names."""

import pytest

from tests.support.browser import DRAWN, browse, watch
from tests.support.make_measured_job import copy_measured_job, write_pages

pytestmark = pytest.mark.full  # a browser

REACHABLE = "a[href], summary, select, input, button, [tabindex='0']"
# What has the focus: its place among all that can have it, whether it shows that, and whether it is seen.
FOCUS = """names => {
  const one = document.activeElement, box = one.getBoundingClientRect();
  const [x, y] = [box.left + Math.min(5, box.width / 2), box.top + Math.min(box.height / 2, 20)];
  const seen = document.elementFromPoint(x, y);
  return {place: [...document.querySelectorAll(names)].indexOf(one),
          outlined: getComputedStyle(one).outlineStyle !== "none",
          seen: seen !== null && (one.contains(seen) || seen.contains(one)), name: one.outerHTML.slice(0, 120)};
}"""


@pytest.fixture(scope="module")
def address(tmp_path_factory):
    job, metrics = copy_measured_job(tmp_path_factory, tmp_path_factory.mktemp("report") / "w")
    write_pages(job, metrics)
    return (job.folder / "report.html").as_uri()


@pytest.fixture(scope="module")
def browser():
    with browse() as browser:
        yield browser


@pytest.fixture(params=[1280, 700])
def page(request, browser, address):
    page = browser.new_context(viewport={"width": request.param, "height": 900}).new_page()
    page.wrong = watch(page)
    page.goto(address)
    page.wait_for_function(DRAWN)
    yield page
    assert page.wrong == []
    page.context.close()


def test_charts_keep_their_role_and_name_after_they_are_drawn(page):
    charts = page.locator(".chart").evaluate_all(
        "all => all.map(one => [one.getAttribute('role'), one.getAttribute('aria-label'), one.dataset.says])"
    )
    assert len(charts) > 5
    assert all(role == "img" and name and name == says for role, name, says in charts)


def test_a_label_is_highlighted_on_the_map_with_the_keyboard(page):
    choice = page.get_by_label("Highlight")
    choice.focus()
    before = page.locator(".chart[data-chart=map] canvas").evaluate("one => one.toDataURL()")
    page.keyboard.press("ArrowDown")
    page.wait_for_function(
        "before => document.querySelector('.chart[data-chart=map] canvas').toDataURL() !== before", arg=before
    )
    assert choice.evaluate("one => one.selectedIndex") == 1


def test_the_keyboard_reaches_each_control_in_order_and_shows_where_it_is(page):
    page.locator("body").evaluate("() => document.querySelectorAll('details').forEach(one => { one.open = true })")
    wanted = page.locator(REACHABLE).count()
    reached = []
    for _ in range(wanted):
        page.keyboard.press("Tab")
        reached.append(page.evaluate(FOCUS, REACHABLE))
    assert [one["place"] for one in reached] == list(range(wanted))
    assert [one["name"] for one in reached if not one["outlined"] or not one["seen"]] == []


def test_nothing_is_wider_than_the_page_but_tables_that_the_keyboard_scrolls(page):
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    wide = "all => all.filter(one => one.scrollWidth > one.clientWidth).map(one => one.tabIndex)"
    assert set(page.locator(".wide").evaluate_all(wide)) <= {0}
    hidden = """all => all.filter(one => one.scrollHeight > one.clientHeight + 1
        && ["auto", "scroll"].includes(getComputedStyle(one).overflowY)).map(one => one.outerHTML.slice(0, 80))"""
    assert page.locator("main *").evaluate_all(hidden) == []


def test_the_sections_stay_in_reach_while_the_page_scrolls(page):
    page.evaluate("document.querySelector('#provenance').scrollIntoView()")
    nav = page.get_by_role("navigation", name="Sections")
    assert nav.bounding_box()["y"] == 0
    nav.get_by_role("link", name="Verdict").click()
    page.wait_for_function("Math.abs(document.querySelector('#verdict').getBoundingClientRect().top) < 120")
