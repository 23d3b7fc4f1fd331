"""Measures the report and the pages of its rows in a real Chromium: ``python benchmarks/report_pages.py [ROWS]``.

A dataset of ROWS invented rows (default 100,000), a fifth more candidates, and the report about them; its metrics are
those of 240 rows of the same kind, as they do not make the page longer. The site runs in a process of its own, and each
time is that of a browser without a cache: of a report, from the address until all its charts are drawn; of a table, as
the browser itself tells it, from the start of the navigation (the press of the button) to the end of its load event.
Needs Chromium and the test requirements. Exits with 1 above the limits: for 100,000 rows on two idle cores.
"""

import statistics
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from contextlib import ExitStack, closing
from multiprocessing import get_context
from pathlib import Path
from socket import socket

import polars as pl

sys.path.insert(0, str(Path(__file__).parents[1]))

from playwright.sync_api import Browser, Page

from cli.serve import serve_reports
from pedigree.job import Job
from pedigree.recipe.judge import AGREED
from pedigree.workspace import Workspace
from tasks.measure import measure
from tests.support.browser import browse
from tests.support.make_finished_job import write_finished_job
from tests.support.make_measured_job import write_pages

MEGABYTES, OPEN_SECONDS, FILTER_SECONDS, TRIES = 5, 3.0, 0.3, 5
DRAWN = """() => {
  const places = [...document.querySelectorAll(".chart")];
  return places.length > 5 && places.every(place => place.querySelector("svg, canvas"));
}"""
LOADED = "performance.getEntriesByType('navigation')[0].loadEventEnd"
FILTERS = {
    "rows by label": ("rows", {"label": "refund-request"}),
    "rows by split": ("rows", {"split": "validation"}),
    "rows by generator": ("rows", {"generator": "few-shot"}),
    "rows by the judges": ("rows", {AGREED: "false"}),
    "rows by label and words": ("rows", {"label": "refund-request", "q": "coffee machine"}),
    "rows by words": ("rows", {"q": "third time headphones"}),
    "rows by words that none has": ("rows", {"q": "xylophone"}),
    "rejects by reason": ("rejects", {"reason": "pii"}),
    "rejects by label, reason, generator": (
        "rejects",
        {"label": "refund-request", "reason": "surplus", "generator": "few-shot"},
    ),
    "rejects by words": ("rejects", {"q": "third time headphones"}),
}


def make_dataset(root: Path, rows: int) -> Job:
    """Write a dataset of so many rows, each read by a judge, with its pages."""
    metrics = measure.fn(write_finished_job(root / "small"))
    job = write_finished_job(root / "large", rows)
    write_pages(job, metrics)
    for split in ("train", "validation"):
        table = pl.read_parquet(job.table(split))
        table.with_columns((pl.int_range(pl.len()) % 9 > 0).alias(AGREED)).write_parquet(
            job.table(split), compression="zstd", row_group_size=100_000
        )
    return job


def serve(root: Path, port: int) -> None:
    """Serve the site of a workspace until this process is ended."""
    with ExitStack() as stack:
        serve_reports(Workspace(root), port, stack)
        threading.Event().wait()


def start_site(root: Path, stack: ExitStack) -> str:
    """Serve the site from a process of its own until the stack unwinds; return its address."""
    with closing(socket()) as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    process = get_context("spawn").Process(target=serve, args=(root, port), daemon=True)
    process.start()
    stack.callback(process.join)
    stack.callback(process.terminate)
    for _ in range(600):
        with closing(socket()) as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return f"http://127.0.0.1:{port}/"
        time.sleep(0.1)
    raise SystemExit("the site did not start within a minute")


def time_pages(browser: Browser, act: Callable[[Page], float]) -> list[float]:
    """Return the seconds of so many visits, each in a browser's window of its own."""
    found = []
    for _ in range(TRIES):
        page = browser.new_context(viewport={"width": 1280, "height": 900}).new_page()
        found.append(act(page))
        page.context.close()
    return found


def open_report(page: Page, address: str) -> float:
    """Return the seconds until a report has drawn its charts."""
    start = time.perf_counter()
    page.goto(address)
    page.wait_for_function(DRAWN)
    return time.perf_counter() - start


def open_table(page: Page, address: str) -> float:
    """Return the seconds until a page of rows is there."""
    page.goto(address)
    return read_seconds(page)


def read_seconds(page: Page) -> float:
    """Return the seconds from the start of the last navigation to the end of its load event."""
    page.get_by_role("status").wait_for()
    page.wait_for_function(f"{LOADED} > 0")
    return page.evaluate(LOADED) / 1000


def use_filter(page: Page, address: str, chosen: dict[str, str]) -> float:
    """Choose filters, press the button, and return the seconds until the rows that fit are there."""
    page.goto(address)
    for name, value in chosen.items():
        field = page.locator(f"[name='{name}']")
        field.fill(value) if name == "q" else field.select_option(value)
    with page.expect_navigation():
        page.get_by_role("button", name="Show").click()
    return read_seconds(page)


def follow_row(page: Page, address: str) -> float:
    """Click the first row's id and return the seconds until its chain is there."""
    page.goto(address)
    start = time.perf_counter()
    page.locator("td a").first.click()
    page.locator("pre").wait_for()
    return time.perf_counter() - start


def main() -> None:
    """Measure as the command line says."""
    rows, above = int(sys.argv[1]) if len(sys.argv) > 1 else 100_000, []

    def tell(what: str, seconds: list[float], limit: float | None) -> None:
        median = statistics.median(seconds)
        if limit is not None and median > limit:
            above.append(what)
        told = f", limit {limit:g} s" if limit is not None else ""
        print(f"{what}: {median:.2f} s (first {seconds[0]:.2f}, slowest {max(seconds):.2f}){told}", flush=True)

    with tempfile.TemporaryDirectory() as folder, ExitStack() as stack:
        job = make_dataset(Path(folder), rows)
        report = job.folder / "report.html"
        size = report.stat().st_size / 1e6
        print(f"{rows:,} rows; report.html has {size:.2f} MB, limit {MEGABYTES} MB")
        if size > MEGABYTES:
            above.append("report.html")
        site = f"{start_site(job.workspace.root, stack)}{job.dataset}"
        browser = stack.enter_context(browse())
        tell("the report as a file", time_pages(browser, lambda page: open_report(page, report.as_uri())), OPEN_SECONDS)
        tell(
            "the report on the site",
            time_pages(browser, lambda page: open_report(page, f"{site}/report.html")),
            OPEN_SECONDS,
        )
        for kind in ("rows", "rejects"):
            tell(
                f"the page of {kind}",
                time_pages(browser, lambda page, kind=kind: open_table(page, f"{site}/{kind}")),
                OPEN_SECONDS,
            )
        for what, (kind, chosen) in FILTERS.items():
            address = f"{site}/{kind}"
            tell(what, time_pages(browser, lambda page, a=address, c=chosen: use_filter(page, a, c)), FILTER_SECONDS)
        tell("the last page", time_pages(browser, lambda page: open_table(page, f"{site}/rows?page={rows}")), None)
        tell("the chain of a row", time_pages(browser, lambda page: follow_row(page, f"{site}/rows")), None)
    print("above the limit: " + ", ".join(above) if above else "within the limits")
    sys.exit(bool(above))


if __name__ == "__main__":
    main()
