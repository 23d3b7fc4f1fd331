"""In a browser: the report of 150 labels is short, and all of it is found, opened and read with the keyboard."""

import pytest

from benchmarks.many_labels import NAME, STAGES, time_stage, write_dataset
from tests.support.browser import DRAWN, browse, watch
from tests.support.repository import settle

pytestmark = pytest.mark.full  # a browser, and the four stages of 3,000 rows
MOST = {1280: 15_300, 700: 18_000}  # pixels: of the width the height


@pytest.fixture(scope="module")
def report(tmp_path_factory):
    root = settle(tmp_path_factory.mktemp("many") / "work").root
    write_dataset(root, 150)
    for stage in STAGES:
        time_stage(root, stage, NAME)
    return root / f"data/{NAME}/report.html"


@pytest.fixture(scope="module")
def browser():
    with browse() as browser:
        yield browser


@pytest.mark.parametrize("width", MOST)
def test_the_page_of_150_labels_is_short_and_whole(browser, report, width):
    assert report.stat().st_size < 3_000_000
    page = browser.new_context(viewport={"width": width, "height": 900}).new_page()
    wrong = watch(page)
    page.goto(report.as_uri())
    page.wait_for_function(DRAWN)
    assert page.evaluate("document.documentElement.scrollHeight") <= MOST[width]
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    field = page.get_by_label("Find among 150 labels")
    field.focus()
    page.keyboard.type("hotel check")
    assert page.locator("#rows .label-list details:visible").count() == 1
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    assert page.locator("#rows .content:visible").count() == 2
    page.locator("body").evaluate("() => document.querySelectorAll('details').forEach(one => { one.open = true })")
    field.fill("")
    pairs = page.locator(".all-labels", has_text="pairs that are listed")
    assert 6 < pairs.locator("tbody tr:visible").count() <= 20
    folded = page.locator(".all-labels", has_not_text="pairs that are listed")
    assert folded.count() >= 6
    for place in range(folded.count()):
        assert folded.nth(place).locator("tbody tr:visible").count() >= 150
    assert wrong == []
