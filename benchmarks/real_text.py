"""Measures what text of real models is worth: ``python benchmarks/real_text.py [PAGE]`` (default docs/real-text.md).

Then it writes docs/agreement.md: a student tested where people agree (``benchmarks/label_agreement.py``).

The data are not part of the repository: they are read from the folder that PEDIGREE_TEST_DATA names, or ../shared/data.
Without them it says so and exits 2. Takes about 8 minutes of computing and 1,100 MiB.
"""

import logging
import os
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from benchmarks.label_agreement import write_agreement_page
from benchmarks.real_text_figures import Figures, run_recipe
from benchmarks.real_text_page import write_page
from benchmarks.real_text_sources import DATA, REPOSITORY, SOURCES, Source, write_workspace
from pedigree.system.atomic_write import write_text

CORES = 2


def find_absent(sources: tuple[Source, ...], data: Path) -> list[Path]:
    """Return the files of sources that are not there."""
    return [path for source in sources if not (path := source.locate(data)).is_file()]


def compute(source: Source, data: Path) -> Figures:
    """Run a source's recipe in a folder that passes, and return its figures."""
    with tempfile.TemporaryDirectory() as passing:
        return run_recipe(write_workspace(source, data, Path(passing) / "workspace"), source.dataset)


def main() -> None:
    """Compute every line of the table and write the page."""
    page = Path(sys.argv[1]) if len(sys.argv) > 1 else REPOSITORY / "docs/real-text.md"
    if absent := find_absent(SOURCES, DATA):
        print(
            f"{absent[0]} is not there: PEDIGREE_TEST_DATA names the folder of the data; nothing was written",
            file=sys.stderr,
        )
        sys.exit(2)
    os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[:CORES])
    logging.getLogger("pedigree").setLevel(logging.WARNING)
    lines = {}
    for source in SOURCES:
        lines[source.title] = one = compute(source, DATA)
        print(f"{source.title}: {one.came:,} rows came, {one.kept:,} are kept", flush=True)
    write_text(page, write_page(lines))
    print(f"wrote {page}")
    write_agreement_page()


if __name__ == "__main__":
    main()
