"""The pages' links and anchors lead somewhere, their make targets and options exist, and they become a site."""

import importlib.util
import re
import subprocess
import sys
from html.parser import HTMLParser

import pytest
import typer

from cli.app import app
from tests.support.workspaces import REPOSITORY

PAGES = [REPOSITORY / "README.md", REPOSITORY / "CONTRIBUTING.md", *sorted((REPOSITORY / "docs").glob("*.md"))]
OTHERS = {"--help", "--force", "--out", "--remote-config"}  # all commands have the first; the others are DVC's
FENCE = re.compile(r"^```.*?^```", re.MULTILINE | re.DOTALL)


def without_blocks(page):
    return FENCE.sub("", page.read_text(encoding="utf-8"))


def anchors_of(page):
    """Return the anchors that GitHub gives to a page's headings; a heading that is there again gets a number."""
    anchors = []
    for heading in re.findall(r"^#+ (.+)$", without_blocks(page), re.MULTILINE):
        words = re.sub(r"\]\([^)]*\)|[\[`*]", "", heading).strip().lower()
        anchor = re.sub(r"[^\w\- ]", "", words).replace(" ", "-")
        anchors.append(anchor if anchor not in anchors else f"{anchor}-{anchors.count(anchor)}")
    return anchors


def find_dead_links(page, text):
    for target in re.findall(r"\]\(([^)]+)\)", re.sub(r"`[^`\n]*`", "", text)):  # code may have marks of spans
        path, _, anchor = target.partition("#")
        if path.startswith(("http:", "https:")):
            continue
        file = page.parent / path if path else page
        if not file.exists() or (anchor and anchor not in anchors_of(file)):
            yield target


@pytest.mark.parametrize("page", [*PAGES, REPOSITORY / "benchmarks/README.md"], ids=lambda page: page.stem)
def test_every_link_and_every_anchor_leads_somewhere(page):
    assert not [*find_dead_links(page, without_blocks(page))]


def test_a_dead_link_and_a_dead_anchor_are_found():
    page = REPOSITORY / "docs/tutorial.md"
    text = "[a](nowhere.md) [b](strategies.md#few-shot) [c](strategies.md#nowhere) [d](#nowhere) [e](../README.md)"
    assert [*find_dead_links(page, text)] == ["nowhere.md", "strategies.md#nowhere", "#nowhere"]


def code_of(page):
    """Return the pieces of code of a page: lines of its blocks, and what stands between backticks."""
    text = page.read_text(encoding="utf-8")
    blocks = [line for block in FENCE.findall(text) for line in block.splitlines()[1:-1]]
    return blocks + [" ".join(piece.split()) for piece in re.findall(r"`([^`]+)`", FENCE.sub("", text))]


def test_every_make_target_that_a_page_names_exists():
    targets = set(re.findall(r"^([a-z-]+):", (REPOSITORY / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))
    named = {
        (page.name, target)
        for page in [*PAGES, REPOSITORY / "benchmarks/README.md"]
        for code in code_of(page)
        for target in re.findall(r"(?:^|&& )(?:\w+=\S+ )*make ([a-z-]+)", code)
    }
    assert len(named) > 5 and not {(page, target) for page, target in named if target not in targets}


def test_every_option_that_stands_alone_is_one_of_a_command():
    groups = typer.main.get_command(app).commands.values()
    commands = [one for group in groups for one in getattr(group, "commands", {"": group}).values()]
    known = {name for one in commands for part in one.params for name in (*part.opts, *part.secondary_opts)}
    named = {
        (page.name, option)
        for page in PAGES
        for code in code_of(page)
        for alone in [code if code.startswith("-") else code.partition(" # ")[2] if code.startswith("pedigree") else ""]
        for option in re.findall(r"(?<![\w-])--[a-z][a-z-]*", alone)
    }
    assert len(named) > 30 and not {(page, option) for page, option in named if option not in known | OTHERS}


class Page(HTMLParser):
    """What a page of the site holds: ids, links, and what a browser loads with it."""

    def __init__(self, path):
        super().__init__()
        self.ids, self.links, self.loaded = set(), [], []
        self.feed(path.read_text(encoding="utf-8"))

    def handle_starttag(self, tag, attrs):
        values = dict(attrs)
        self.ids.add(values.get("id"))
        if tag == "a" and "href" in values:
            self.links.append(values["href"])
        if tag in ("script", "img", "link"):
            self.loaded.append(values.get("src") or values.get("href") or "")


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    if missing := [name for name in ("sphinx", "myst_parser", "furo") if not importlib.util.find_spec(name)]:
        pytest.skip(f"not installed: {', '.join(missing)}; 'make test' installs requirements-test.lock")
    folder = tmp_path_factory.mktemp("docs")
    command = [sys.executable, "-m", "sphinx", "-q", "-W", "--keep-going", "-b", "html", "-c", "docs"]
    done = subprocess.run(
        [*command, "-d", folder / "pages", ".", folder / "site"], cwd=REPOSITORY, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    return folder / "site"


@pytest.mark.full
def test_the_site_has_each_page_with_the_anchors_of_github_and_loads_nothing_from_elsewhere(site):
    assert (site / "index.html").read_bytes() == (site / "README.html").read_bytes()
    for source in PAGES:
        path = site / source.relative_to(REPOSITORY).with_suffix(".html")
        page = Page(path)
        assert {*anchors_of(source)} <= page.ids, source.name
        assert not [name for name in page.loaded if "//" in name]
        for link in page.links:
            target = link.partition("#")[0]
            assert "//" in link or not target or (path.parent / target).exists(), f"{source.name}: {link}"


@pytest.mark.full
def test_the_menu_of_the_site_has_the_headings_of_the_list_of_pages(site):
    headings = re.findall(r"^## (.+)$", (REPOSITORY / "docs/README.md").read_text(encoding="utf-8"), re.MULTILINE)
    menu = re.findall(r'class="caption-text">([^<]+)<', (site / "docs/commands.html").read_text(encoding="utf-8"))
    assert menu == headings and len(menu) >= 5
