"""Serves the review page of a sheet until Ctrl+C."""

from contextlib import ExitStack, suppress
from pathlib import Path

from cli.console import out
from cli.site_server import HOST, open_port, serve_from_thread
from pedigree.job import Job
from pedigree.report.review_page.open_sheet import OpenSheet
from pedigree.report.review_page.site import build_review_site, make_token
from pedigree.system.interrupt import let_signals_pass, wait_for_signal


def serve_review_page(job: Job, path: Path, port: int) -> None:
    """Serve the page, and say at the end how far it got and what to run next."""
    sheet = OpenSheet(job, path)
    let_signals_pass()
    with ExitStack() as stack:
        address = start_review_site(sheet, port, stack)
        decided, count = sheet.count()
        done = f", {decided:,} of them decided" if decided else ""
        out.print(
            f"{path}: {count:,} lines{done}\nopen in a browser   {address}\nstop with           Ctrl+C; every decision "
            "is saved at once, and the same command goes on",
            markup=False,
        )
        with suppress(KeyboardInterrupt):
            wait_for_signal()
    decided, count = sheet.count()
    out.print(f"\n{decided:,} of {count:,} lines decided in {path}\n  {sheet.command}", markup=False)


def start_review_site(sheet: OpenSheet, port: int, stack: ExitStack) -> str:
    """Serve the page from a thread until the stack unwinds; return its address, which nobody can guess."""
    bound, token = open_port(port, "--port", stack), make_token()
    port = bound.getsockname()[1]
    serve_from_thread(build_review_site(sheet, token, port), bound, stack)
    return f"http://{HOST}:{port}/{token}/"
