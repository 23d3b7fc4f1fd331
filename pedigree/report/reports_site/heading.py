"""What the pages of the reports site say of themselves: the dataset, its version and when it was published.

A file can't hold its own version: the version is a tag that is set when the file is finished. So the site writes it
into the header and the title of each page.
"""

import json
import re
from dataclasses import dataclass
from datetime import UTC, datetime
from html import escape
from pathlib import Path

from pedigree.errors import PedigreeError
from pedigree.report.reports_site.files import Source
from pedigree.versions.version_reader import HERE
from pedigree.versions.versions import Version, compare_manifests, list_versions, read_manifest

SINGLE_ROW = re.compile(r'<code class="id row" title="([0-9a-f]{64})">[^<]*</code>')
TABLE_HEADS = re.compile(r'<section id="(rows|rejects)">\s*<h2>[^<]*</h2>')
ALL_OF = {"rows": "All rows", "rejects": "All rejects"}


@dataclass(frozen=True)
class Heading:
    """What a dataset's pages say of it: ``address`` is its name in an address, ``said`` its version and date.

    ``before`` is the version that it is compared with, None where there is no other; ``others`` are the addresses of
    what it can be compared with, by title.
    """

    address: str
    dataset: str
    version: str
    said: str
    before: str | None
    others: dict[str, str]
    published: bool  # whether the dataset has a version

    @property
    def title(self) -> str:
        """Return how a page's title begins: the dataset, its version and date."""
        return f"{self.dataset} {self.version}, {self.said}"


def make_heading(source: Source) -> Heading:
    """Return the heading of a version, or of the files of the workspace."""
    versions = _list_versions(source)
    own = next((one for one in versions if one.name == source.version), None)
    older = [one for one in versions if own is None or one.number < own.number]
    others = {one.name: one.name for one in versions if one is not own}
    if own:
        there = (source.workspace.dataset_folder(source.dataset) / "manifest.json").is_file()
        others |= {"the workspace": HERE} if there else {}
        return Heading(
            own.tag, own.dataset, own.name, f"published {format_time(own.date)}", _name_last(older), others, True
        )
    said = _date_workspace(source, versions)
    return Heading(source.dataset, source.dataset, "in the workspace", said, _name_last(older), others, bool(versions))


def mark_report(text: str, heading: Heading, links: str) -> str:
    """Return a stored report with version and date in title and header, and links to the rows and other pages."""
    kind = "Study" if is_study_page(text) else "Dataset report"
    title = escape(f"{heading.title}: {kind.lower()}")
    said = escape(f"{kind} · {heading.version} · {heading.said}")
    text = re.sub(r"<title>[^<]*</title>", lambda _: f"<title>{title}</title>", text, count=1)
    text = re.sub(r'<p class="kicker">.*?</p>', lambda _: f'<p class="kicker">{said}</p>', text, count=1)
    text = TABLE_HEADS.sub(lambda found: found[0] + _link_table(heading, found[1]), text)
    text = SINGLE_ROW.sub(lambda found: f'<a href="/{heading.address}/rows/{found[1]}">{found[0]}</a>', text)
    return text.replace("<body>", f"<body>\n{links}", 1)


def is_study_page(text: str) -> bool:
    """Return whether a stored report is the page of a study, which has no card and no rows."""
    return '<p class="kicker">Study</p>' in text


def format_time(iso: str) -> str:
    """Return an ISO 8601 time as day and minute of UTC."""
    return f"{datetime.fromisoformat(iso).astimezone(UTC):%Y-%m-%d %H:%M} UTC"


def _list_versions(source: Source) -> list[Version]:
    """Return the dataset's versions; none in a folder that is no git repository."""
    try:
        return list_versions(source.workspace.root, source.dataset)
    except PedigreeError:
        return []


def _link_table(heading: Heading, kind: str) -> str:
    return f'\n  <p><a href="/{heading.address}/{kind}">{ALL_OF[kind]} in a table, with a search and filters</a></p>'


def _name_last(versions: list[Version]) -> str | None:
    return versions[-1].name if versions else None


def _date_workspace(source: Source, versions: list[Version]) -> str:
    """Return when the files of the workspace were made, and whether they are a published version."""
    path = source.workspace.dataset_folder(source.dataset) / "manifest.json"
    try:
        made = datetime.fromtimestamp(path.stat().st_mtime, UTC).isoformat()
    except OSError:
        return "not made yet"
    return f"made {format_time(made)}, {_tell_published(source, path, versions)}"


def _tell_published(source: Source, path: Path, versions: list[Version]) -> str:
    if not versions:
        return "not published"
    last = versions[-1]
    try:
        manifest = json.loads(path.read_bytes())
        equal = compare_manifests(read_manifest(source.workspace.root, last), manifest) is None
    except (PedigreeError, OSError, ValueError, KeyError, TypeError, AttributeError):
        return f"after {last.name}"
    return f"the same as {last.name}" if equal else f"not published, after {last.name}"
