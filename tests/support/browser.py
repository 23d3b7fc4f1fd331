"""The machine's own browser, and how a person finds the way on the pages of the Prefect UI."""

import os
import re
import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from playwright.sync_api import Browser, FloatRect, Locator, Page, expect, sync_playwright

NAMES = ("chromium", "chromium-browser", "google-chrome")
PATIENCE = 120_000  # milliseconds for a page to show something
BETWEEN = 400  # milliseconds between two pictures of a page that are compared
DRAWN = "[...document.querySelectorAll('.chart')].every(place => place.querySelector('svg, canvas'))"
expect.set_options(timeout=PATIENCE)


def find_browser() -> str | None:
    """Return the path of a Chromium of this machine, or None."""
    return next(filter(None, map(shutil.which, NAMES)), None)


@contextmanager
def browse() -> Iterator[Browser]:
    """Yield a headless browser; where there is none the test is skipped, but not where CI is set: there it fails."""
    path = find_browser()
    if not path:
        (pytest.fail if os.environ.get("CI") else pytest.skip)(f"no browser on PATH: none of {', '.join(NAMES)}")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=["--no-sandbox"])
        yield browser
        browser.close()


def open_page(browser: Browser, height: int = 1500) -> Page:
    """Return a blank page, some 1,300 pixels wide."""
    page = browser.new_context(viewport={"width": 1300, "height": height}, locale="en-GB").new_page()
    page.set_default_timeout(PATIENCE)
    return page


def watch(page: Page) -> list[str]:
    """Return a list that fills with what goes wrong on a page."""
    wrong: list[str] = []
    page.on("console", lambda said: wrong.append(said.text) if said.type == "error" else None)
    page.on("pageerror", lambda error: wrong.append(str(error)))
    return wrong


def open_form(page: Page, ui: str, deployment: str) -> None:
    """From the list of deployments, go to the form of one."""
    page.goto(f"{ui}/deployments")
    page.get_by_role("link", name=deployment, exact=True).first.click()
    page.get_by_role("button", name="Run", exact=True).click()
    page.get_by_text("Custom run").first.click()
    page.get_by_text("Validate parameters").wait_for()


def find_field(page: Page, name: str) -> Locator:
    """Return a field of the form with its label and help."""
    label = page.locator(".schema-form-property__label", has_text=re.compile(rf"^{name}( \(Optional\))?$"))
    return page.locator(".p-label.schema-form-property").filter(has=label)


def choose(page: Page, name: str, value: str) -> None:
    """Choose from a drop-down list of the form."""
    find_field(page, name).locator(".p-select-button__control").press("ArrowDown")
    page.get_by_role("option", name=value, exact=True).click()


def fill_number(page: Page, name: str, value: int) -> None:
    """Write into a field for numbers."""
    find_field(page, name).get_by_role("spinbutton").fill(str(value))


def submit(page: Page) -> None:
    """Press the button below the form."""
    page.get_by_role("button", name="Submit").click()


def start_run(page: Page, tries: int = 3) -> str:
    """Press the button below the form and return the id of the run; pressed again where the server was too busy.

    The page's own message links to the run, for some seconds only: on a busy machine it is gone before it is read.
    """
    for _ in range(tries):
        with page.expect_response(lambda answer: answer.url.endswith("/create_flow_run"), timeout=2 * PATIENCE) as said:
            submit(page)
        if said.value.status != 503:
            break
    assert said.value.ok, said.value.text()
    return said.value.json()["id"]


def open_tab(page: Page, name: str) -> None:
    """Open a tab of a run's page."""
    page.locator(".p-tabs").get_by_text(name, exact=True).first.click()


def open_artifact(page: Page, ui: str, run: str, key: str) -> None:
    """Go from a run's page to one of its artifacts."""
    page.goto(f"{ui}/runs/flow-run/{run}")
    open_tab(page, "Artifacts")
    page.get_by_text(key, exact=True).last.click()
    page.get_by_text("Show raw data").wait_for()


def find_state(page: Page) -> Locator:
    """Return where a run's page says its state."""
    return page.locator(".page-heading-flow-run .state-badge").first


def take_picture(page: Page, path: Path, clip: FloatRect | None = None, *, full_page: bool = False) -> None:
    """Write a picture of a page once its charts are drawn and two pictures in a row are equal.

    A machine that is busy may take any time for that, so nothing waits for a number of seconds.
    """
    page.mouse.move(0, 0)
    page.wait_for_function(DRAWN)
    before, give_up = b"", time.monotonic() + PATIENCE / 1000
    while True:
        found = page.screenshot(clip=clip, full_page=full_page, animations="disabled", caret="hide")
        if found == before:
            break
        assert time.monotonic() < give_up, f"the page never stands still: {page.url}"
        before = found
        page.wait_for_timeout(BETWEEN)
    path.write_bytes(found)
