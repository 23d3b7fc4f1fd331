"""Writes docs/report-*.png: the reports of the demo recipe and of tweets that Llama-2-70B wrote, in two columns each.

Also writes docs/review-page.png, the review page of the demo recipe, and docs/diff.png, two versions of it compared.

Run from the repository, with the test requirements installed: python scripts/report_pictures.py [FOLDER]. The second
picture needs the data of benchmarks/real_text.py; without them it is skipped.
"""

import shutil
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from playwright.sync_api import Browser
from rich.console import Console

from benchmarks.real_text_sources import DATA, SOURCES, write_workspace
from cli.review_page import start_review_site
from flows import stages
from pedigree.dataset.schemas import read_table
from pedigree.job import open_job
from pedigree.recipe.yaml_file import set_keys
from pedigree.report.export.csv_sheet import write_sheet
from pedigree.report.html import render_comparison
from pedigree.report.review_page.open_sheet import OpenSheet
from pedigree.versions.diff.compare import compare_versions
from pedigree.workspace import Workspace
from tasks.review import draw_sample, list_columns
from tests.support.browser import browse, take_picture
from tests.support.make_published import publish_again
from tests.support.repository import settle
from tests.support.workspaces import REPOSITORY

REPLAYED = "sentiment-llama-2-70b"
WIDTH = 1080  # CSS pixels of a column
COLORS, MAX_BYTES = 96, 340_000
DIFF_HEIGHT = 2000  # CSS pixels: down to the prompts
# Shows the given parts of a page in two columns and removes the rest.
ARRANGE = """([left, right]) => {
  document.querySelector("nav").remove();
  const whole = document.createElement("div");
  whole.style.cssText = "display: grid; grid-template-columns: 1fr 1fr; gap: 3rem; align-items: start;";
  for (const names of [left, right]) {
    const column = document.createElement("div");
    column.append(...names.map(name => document.querySelector(name)));
    column.firstElementChild.style.marginTop = "0";
    column.style.minWidth = "0";
    whole.append(column);
  }
  document.body.style.maxWidth = "none";
  document.body.style.paddingBottom = "1.5rem";
  document.body.replaceChildren(whole);
}"""


def main() -> None:
    """Make both datasets in temporary workspaces and save pictures of their reports."""
    folder = Path(sys.argv[1]) if len(sys.argv) > 1 else REPOSITORY / "docs"
    source = next(source for source in SOURCES if source.dataset == REPLAYED)
    with tempfile.TemporaryDirectory() as temporary, browse() as browser:
        demo = Workspace(settle(Path(temporary) / "demo").root)
        run_stages(demo, "support-tickets")
        save_picture(
            browser,
            demo,
            "support-tickets",
            (["header", "#verdict", "#labels"], ["#generators", "#rejects", "#map"]),
            folder / "report-demo.png",
        )
        save_review_picture(browser, demo, "support-tickets", folder / "review-page.png")
        save_diff_picture(browser, Path(temporary) / "published", folder / "diff.png")
        if source.locate(DATA).is_file():
            replayed = write_workspace(source, DATA, Path(temporary) / "replayed")
            run_stages(replayed, REPLAYED)
            request_existing_rows(replayed, REPLAYED)
            run_stages(replayed, REPLAYED)
            save_picture(
                browser,
                replayed,
                REPLAYED,
                (["header", "#verdict", "#labels", "#rejects"], ["#usefulness"]),
                folder / "report-replay.png",
            )


def run_stages(workspace: Workspace, dataset: str) -> None:
    """Run the four stages."""
    stages.generate(workspace, dataset)
    stages.curate(workspace, dataset)
    stages.validate(workspace, dataset, Console(quiet=True), record=True)
    stages.measure(workspace, dataset)


def request_existing_rows(workspace: Workspace, dataset: str) -> None:
    """Set the recipe's rows and shares to those that the dataset has."""
    counts = dict(read_table(open_job(workspace, dataset).table("train"))["label"].value_counts().iter_rows())
    rows = sum(counts.values())
    shares = {("labels", label, "share"): count / rows for label, count in counts.items()}
    set_keys(workspace.recipe_path(dataset), {("rows",): rows, **shares})


def save_picture(
    browser: Browser, workspace: Workspace, dataset: str, columns: Sequence[list[str]], path: Path
) -> None:
    """Write a picture of parts of a report."""
    page = browser.new_context(viewport={"width": 2 * WIDTH, "height": 1200}).new_page()
    page.goto((workspace.dataset_folder(dataset) / "report.html").as_uri())
    page.evaluate(ARRANGE, columns)
    take_picture(page, path, full_page=True)
    shrink(path)


def save_review_picture(browser: Browser, workspace: Workspace, dataset: str, path: Path) -> None:
    """Write a picture of the review page, after some decisions."""
    job, sheet = open_job(workspace, dataset), workspace.root / "review.csv"
    write_sheet(sheet, list_columns(job), draw_sample(job, 100))
    opened = OpenSheet(job, sheet)
    for number, line in enumerate(opened.describe()["lines"][:37]):
        opened.decide(line["id"], {"decision": "reject" if number % 12 == 5 else "accept", "who": "Ann"})
    with ExitStack() as stack:
        page = browser.new_context(viewport={"width": WIDTH, "height": 860}).new_page()
        page.goto(start_review_site(opened, 0, stack))
        page.wait_for_selector("#card:not([hidden])")
        take_picture(page, path, full_page=True)
    shrink(path)


def save_diff_picture(browser: Browser, root: Path, path: Path) -> None:
    """Publish the demo recipe, and once more with another screen and template; picture the page of changes."""
    house, template = settle(root), "prompts/zero-shot.j2"
    publish_again(house)
    text = (root / template).read_text(encoding="utf-8")
    addition = "Let each customer say first what happened, and only then what they want done about it."
    (root / template).write_text(f"{text}{{% block method -%}}\n{addition}\n{{%- endblock %}}\n", encoding="utf-8")
    publish_again(house, **{"screens.near_duplicate": 0.8})
    page = browser.new_context(viewport={"width": 1400, "height": DIFF_HEIGHT}).new_page()
    (root / "diff.html").write_text(
        render_comparison(compare_versions(Workspace(root), "support-tickets", None, None)), encoding="utf-8"
    )
    page.goto((root / "diff.html").as_uri())
    take_picture(page, path)
    shrink(path)


def shrink(path: Path) -> None:
    """Make a picture's file small; stop where it stays too large."""
    if quantize := shutil.which("pngquant"):  # without it a picture is three times as large
        subprocess.run([quantize, "--force", "--nofs", "--strip", "--output", path, str(COLORS), path], check=True)
    size = path.stat().st_size
    print(f"{path}: {size:,} bytes")
    if size > MAX_BYTES:
        raise SystemExit(
            f"{path} has {size:,} bytes, more than {MAX_BYTES:,}: show less of the page, or install pngquant"
        )


if __name__ == "__main__":
    main()
