"""Takes docs/report-*.png anew: the report of the demo's recipe, and of tweets that Llama-2-70B wrote, in two columns each.

Run from the repository with what the tests need installed: python scripts/report_pictures.py [FOLDER]. The second needs the data
that benchmarks/real_text.py needs; without them it is left as it is.
"""

import shutil
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from playwright.sync_api import Browser
from rich.console import Console

from benchmarks.real_text_sources import DATA, SOURCES, write_workspace
from flows import stages
from pedigree.dataset.schemas import read_table
from pedigree.job import open_job
from pedigree.recipe.yaml_file import set_keys
from pedigree.workspace import Workspace
from tests.support.browser import browse
from tests.support.repository import settle
from tests.support.workspaces import REPOSITORY

REPLAYED = "sentiment-llama-2-70b"
WIDTH = 1080  # CSS pixels of a column
COLORS, MAX_BYTES = 128, 300_000
# Puts the named parts of a page side by side, and takes the rest away.
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
    """Make both datasets in workspaces that pass, and keep their reports."""
    folder = Path(sys.argv[1]) if len(sys.argv) > 1 else REPOSITORY / "docs"
    source = next(one for one in SOURCES if one.dataset == REPLAYED)
    with tempfile.TemporaryDirectory() as passing, browse() as browser:
        demo = Workspace(settle(Path(passing) / "demo").root)
        run_stages(demo, "support-tickets")
        keep(
            browser,
            demo,
            "support-tickets",
            (["header", "#verdict", "#labels"], ["#generators", "#rejects", "#map"]),
            folder / "report-demo.png",
        )
        if source.locate(DATA).is_file():
            replayed = write_workspace(source, DATA, Path(passing) / "replayed")
            run_stages(replayed, REPLAYED)
            ask_for_what_there_is(replayed, REPLAYED)
            run_stages(replayed, REPLAYED)
            keep(
                browser,
                replayed,
                REPLAYED,
                (["header", "#verdict", "#labels", "#rejects"], ["#usefulness"]),
                folder / "report-replay.png",
            )


def run_stages(workspace: Workspace, dataset: str) -> None:
    """Go through the four stages."""
    stages.generate(workspace, dataset)
    stages.curate(workspace, dataset)
    stages.validate(workspace, dataset, Console(quiet=True), record=True)
    stages.measure(workspace, dataset)


def ask_for_what_there_is(workspace: Workspace, dataset: str) -> None:
    """Write the rows that the dataset has of each label into its recipe, as what is wanted."""
    counts = dict(read_table(open_job(workspace, dataset).table("train"))["label"].value_counts().iter_rows())
    rows = sum(counts.values())
    shares = {("labels", label, "share"): count / rows for label, count in counts.items()}
    set_keys(workspace.recipe_path(dataset), {("rows",): rows, **shares})


def keep(browser: Browser, workspace: Workspace, dataset: str, columns: Sequence[list[str]], path: Path) -> None:
    """Write a picture of parts of a report, once it stands still."""
    page = browser.new_context(viewport={"width": 2 * WIDTH, "height": 1200}).new_page()
    page.goto((workspace.dataset_folder(dataset) / "report.html").as_uri())
    page.evaluate(ARRANGE, columns)
    page.wait_for_timeout(1500)
    page.screenshot(path=path, full_page=True)
    if quantize := shutil.which("pngquant"):  # without it a picture takes three times the room
        subprocess.run([quantize, "--force", "--nofs", "--strip", "--output", path, str(COLORS), path], check=True)
    size = path.stat().st_size
    print(f"{path}: {size:,} bytes")
    if size > MAX_BYTES:
        raise SystemExit(
            f"{path} has {size:,} bytes, more than {MAX_BYTES:,}: show less of the page, or install pngquant"
        )


if __name__ == "__main__":
    main()
