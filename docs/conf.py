"""The site of these pages: 'make docs' builds it with Sphinx from README.md, CONTRIBUTING.md and docs/*.md."""

import re
import shutil
from pathlib import Path

ROOT = Path(__file__).parents[1]  # the site's source is the whole checkout, so that links to its files lead somewhere
LIST = re.compile(r"^## (.+)\n\n((?:(?:- |  ).*\n)+)", re.MULTILINE)
LINK = re.compile(r"\]\(([^)#:]+)\.md\)")

project = "Pedigree"
project_copyright = "the authors of Pedigree"
root_doc = "README"
include_patterns = ["README.md", "CONTRIBUTING.md", "docs/*.md"]
exclude_patterns = [path.name for path in ROOT.iterdir() if path.is_dir() and path.name != "docs"]
extensions = ["myst_parser"]
myst_heading_anchors = 4  # headings down to this level have the anchors that they have on GitHub
smartquotes = False
html_theme = "furo"
html_title = "Pedigree"
html_static_path = ["site"]
html_css_files = ["site.css"]
html_show_sourcelink = html_copy_source = False


def add_menu(_, page: str, source: list[str]) -> None:
    """Make the site's menu from the lists of docs/README.md: each heading, and the pages that its links lead to."""
    if page != root_doc:
        return
    source[0] += "\n```{toctree}\n:hidden:\n\ndocs/README\n```\n"
    for heading, lines in LIST.findall((ROOT / "docs/README.md").read_text(encoding="utf-8")):
        pages = [(ROOT / "docs" / link).resolve().relative_to(ROOT).as_posix() for link in LINK.findall(lines)]
        listed = "\n".join(page for page in pages if page != root_doc)
        source[0] += f"\n```{{toctree}}\n:hidden:\n:caption: {heading}\n\n{listed}\n```\n"


def add_index(app, failed: Exception | None) -> None:
    """Write index.html, which browsers and servers look for, as a copy of the first page."""
    if not failed:
        shutil.copy(app.outdir / f"{root_doc}.html", app.outdir / "index.html")


def setup(app) -> None:
    app.connect("source-read", add_menu)
    app.connect("build-finished", add_index)
