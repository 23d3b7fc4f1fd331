"""Writes docs/ui-*.png: the form, the run's page and an artifact of the demo recipe, in a headless Chromium.

Run from the repository, with the test requirements installed: python scripts/screenshots.py [FOLDER]
"""

import os
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from playwright.sync_api import Page, expect

from tests.support.browser import (
    browse,
    choose,
    fill_number,
    find_state,
    open_artifact,
    open_form,
    open_page,
    open_tab,
    start_run,
    take_picture,
)
from tests.support.pedigree_serve import Served
from tests.support.repository import settle
from tests.support.workspaces import REPOSITORY

NAME, ROWS = "support-tickets", 1000
LONGEST = 3600.0  # seconds for the run, which shares the machine with others
MAX_BYTES = 250_000


def main() -> None:
    """Make the dataset in a temporary workspace, started from the form, and save a screenshot of each page."""
    folder = Path(sys.argv[1]) if len(sys.argv) > 1 else REPOSITORY / "docs"
    os.environ |= {"DO_NOT_TRACK": "1", "DVC_NO_ANALYTICS": "1", "GX_ANALYTICS_ENABLED": "false"}
    with tempfile.TemporaryDirectory() as temporary, browse() as browser:
        page = open_page(browser, height=1200)
        with Served(settle(Path(temporary) / "pedigree")) as served:
            open_form(page, served.ui, "synthesize")
            choose(page, "dataset", NAME)
            fill_number(page, "rows", ROWS)
            save_screenshot(page, folder / "ui-form.png", 832)
            run = start_run(page)
            ended = served.await_run(run, LONGEST)
            if ended["state_type"] != "COMPLETED":
                raise SystemExit(f"the run ended as {ended['state_name']}: {ended['state']['message']}")
            page.goto(f"{served.ui}/runs/flow-run/{run}")
            expect(find_state(page)).to_have_text("Completed")
            open_tab(page, "Artifacts")
            page.get_by_text(f"{NAME}-version", exact=True).last.wait_for()
            save_screenshot(page, folder / "ui-run.png", 1180)
            open_artifact(page, served.ui, run, f"{NAME}-labels")
            save_screenshot(page, folder / "ui-artifact.png", 955)


def save_screenshot(page: Page, path: Path, height: int) -> None:
    """Write a picture of the upper part of a page."""
    take_picture(page, path, {"x": 0, "y": 0, "width": 1300, "height": height})
    size = path.stat().st_size
    print(f"{path}: {size:,} bytes")
    if size > MAX_BYTES:
        raise SystemExit(f"{path} has {size:,} bytes, more than {MAX_BYTES:,}: show less of the page")


if __name__ == "__main__":
    main()
