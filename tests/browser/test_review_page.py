"""In a browser: thirty rows are reviewed by keyboard alone, and hostile texts stay texts."""

from contextlib import ExitStack

import pytest
from playwright.sync_api import expect

from tests.support.browser import browse, watch
from tests.support.make_review_page import HOSTILE, make_review_page, serve_review_page

pytestmark = pytest.mark.full  # a browser


@pytest.fixture(scope="module")
def browser():
    with browse() as browser:
        yield browser


@pytest.fixture
def visit(browser, tmp_path):
    """Return a function that makes a sheet, serves it and opens its page at a width."""
    with ExitStack() as stack:

        def open_review(width=1200, **options):
            made = serve_review_page(make_review_page(tmp_path, **options), stack)
            page = browser.new_context(viewport={"width": width, "height": 800}).new_page()
            stack.callback(page.context.close)
            made.wrong = watch(page)
            page.goto(made.address)
            expect(page.locator("#count")).to_contain_text("decided")
            return made, page

        yield open_review


def sign(page, name="Ann"):
    expect(page.locator("#card")).to_be_focused()
    page.locator("#who").fill(name)
    page.keyboard.press("Enter")


def test_thirty_rows_by_keyboard_with_a_restart_between(visit, browser):
    made, page = visit(rows=30, texts=HOSTILE)
    sign(page)
    lines, expected = made.read(), {}
    labels = list(made.job.recipe.labels)
    for place, line in enumerate(lines[:20]):
        other = next(label for label in labels if label != line["label"])
        key, said = [
            ("a", ("accept", "")),
            ("r", ("reject", "")),
            (str(labels.index(other) + 1), ("relabel", other)),
            (str(labels.index(line["label"]) + 1), ("accept", "")),
        ][place % 4]
        expected[line["id"]] = said
        page.keyboard.press(key)
    expect(page.locator("#count")).to_have_text("20 of 30 decided")
    assert {one["id"]: (one["decision"], one["new_label"]) for one in made.read()[:20]} == expected
    page.keyboard.press("u")
    expect(page.locator("#count")).to_have_text("19 of 30 decided")
    page.keyboard.press("ArrowLeft")
    expect(page.locator("#state")).to_contain_text("Relabelled: ")
    page.keyboard.press("n")
    page.keyboard.type("I read it twice")
    page.keyboard.press("Enter")
    page.keyboard.press("ArrowRight")
    expect(page.locator("#place")).to_have_text("Row 20 of 30")
    assert made.read()[18]["why"] == "I read it twice" and made.read()[18]["decision"] == "relabel"

    page.reload()
    expect(page.locator("#place")).to_have_text("Row 20 of 30")
    expect(page.locator("#who")).to_have_value("Ann")
    for _ in range(11):
        page.keyboard.press("a")
    expect(page.locator("#end")).to_contain_text(f"pedigree review notes --take {made.path}")
    assert all(line["decision"] and line["who"] == "Ann" for line in made.read())
    assert page.title() == "Review: notes" and made.wrong == []


def test_nothing_is_decided_without_a_name_and_a_key_held_down_decides_once(visit):
    made, page = visit()
    sign(page, "")
    page.keyboard.press("a")
    expect(page.locator("#problem")).to_contain_text("Write a name first")
    expect(page.locator("#who")).to_be_focused()
    page.keyboard.type("Ann")
    page.keyboard.press("Enter")
    page.keyboard.down("a")
    for _ in range(4):
        page.keyboard.down("a")  # repeats
    page.keyboard.up("a")
    expect(page.locator("#count")).to_have_text("1 of 6 decided")
    assert [line["decision"] for line in made.read()] == ["accept", *[""] * 5]


def test_the_first_row_can_be_decided_at_once_under_the_name_that_git_knows(visit, monkeypatch):
    for place, value in enumerate(("user.name", "Ann Lee")):
        monkeypatch.setenv(("GIT_CONFIG_KEY_0", "GIT_CONFIG_VALUE_0")[place], value)
    monkeypatch.setenv("GIT_CONFIG_COUNT", "1")
    made, page = visit()
    expect(page.locator("#who")).to_have_value("Ann Lee")
    expect(page.locator("#stored")).to_contain_text("Change it here")
    page.keyboard.press("a")
    expect(page.locator("#count")).to_have_text("1 of 6 decided")
    assert made.read()[0]["who"] == "Ann Lee"


def test_all_is_reached_with_tab_and_fits_at_700_pixels(visit):
    _made, page = visit(width=700, texts=HOSTILE)
    sign(page)
    reached = []
    for _ in range(14):
        page.keyboard.press("Tab")
        reached.append(page.evaluate("document.activeElement.id || document.activeElement.textContent"))
        on_page = page.evaluate("document.activeElement !== document.body")
        assert not on_page or page.evaluate("getComputedStyle(document.activeElement).outlineStyle") != "none"
    assert {"accept", "refuse", "next", "undo", "why", "who"} <= set(reached)
    assert any("complaint" in name for name in reached)
    assert page.evaluate("document.documentElement.scrollWidth") <= 700
    page.locator("#accept").focus()
    page.keyboard.press("Enter")
    expect(page.locator("#count")).to_have_text("1 of 6 decided")


def test_of_sixty_labels_one_is_found_by_typing(visit):
    labels = {f"{n:02d} {'label' * 8}"[:40]: {"share": 1 / 60, "means": f"meaning {n}"} for n in range(60)}
    made, page = visit(labels=labels)
    sign(page)
    page.keyboard.press("/")
    page.keyboard.type("meaning 4")
    expect(page.locator("#labels button")).to_have_count(11)
    page.keyboard.type("2")
    page.keyboard.press("Enter")
    expect(page.locator("#count")).to_have_text("1 of 6 decided")
    assert made.read()[0]["new_label"].startswith("42 ")
    assert page.evaluate("document.documentElement.scrollWidth") <= 1200


def test_a_server_that_stopped_is_told_and_the_decision_is_not_shown_as_saved(browser, tmp_path):
    with ExitStack() as stack:
        made = serve_review_page(make_review_page(tmp_path), stack)
        page = browser.new_context().new_page()
        page.goto(made.address)
        sign(page)
        stack.close()
        page.keyboard.press("a")
        expect(page.locator("#problem")).to_contain_text("this was not saved")
        expect(page.locator("#count")).to_have_text("0 of 6 decided")
        page.context.close()
