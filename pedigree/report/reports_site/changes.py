"""The page of what changed from one version to another, as ``pedigree diff --html`` writes it, with links."""

import re
from functools import lru_cache

from pedigree.report.html import render_comparison
from pedigree.report.reports_site.files import Source
from pedigree.report.reports_site.heading import Heading
from pedigree.report.reports_site.responses import render
from pedigree.versions.diff.compare import compare_versions
from pedigree.versions.diff.model import Comparison
from pedigree.versions.version_reader import HERE
from pedigree.versions.versions import find_version
from pedigree.workspace import Workspace

OLDER = "since"  # the parameter of an address that names the other version
COMPARISONS_KEPT = 16
NAMED = re.compile(rf"v\d+\.\d+\.\d+|{HERE}")


def show_changes(source: Source, heading: Heading, before: str | None) -> str:
    """Return the page of what changed since another version; left out, since the one before.

    Raises FileNotFoundError for a name that is none, WorkspaceError and CommandError as ``compare_versions`` does.
    """
    if before and not NAMED.fullmatch(before):
        raise FileNotFoundError(f"{before[:100]!r} is neither a version nor 'workspace'")
    chosen = before or heading.before
    page = render_comparison(_compare(source, chosen))
    values = {"heading": heading, "chosen": chosen, "parameter": OLDER}
    return page.replace("<body>", f"<body>\n{render('changes_links.html.j2', values)}", 1)


def _compare(source: Source, before: str | None) -> Comparison:
    workspace, dataset, after = source.workspace, source.dataset, source.version or HERE
    if source.commit is None or before is None or before == HERE:
        return compare_versions(workspace, dataset, before, after)
    older = find_version(workspace.root, dataset, before)
    return _compare_published(workspace, dataset, older.name, after, (older.commit, source.commit))


@lru_cache(COMPARISONS_KEPT)
def _compare_published(
    workspace: Workspace, dataset: str, before: str, after: str, commits: tuple[str, str]
) -> Comparison:
    """Return how two versions differ; ``commits`` are theirs, as a tag may be set anew."""
    return compare_versions(workspace, dataset, before, after)
