"""Measures the checks of labels: ``python benchmarks/label_checks.py [PAGE]`` (default docs/label-checks.md).

The data are not part of the repository: they are read from the folder that PEDIGREE_TEST_DATA names, or ../shared/data.
Embedders are measured where they are there: the package wordllama, and all-MiniLM-L6-v2 in the folder that
PEDIGREE_MINILM names. PEDIGREE_VECTORS names a folder that keeps vectors for the next time. Without the data it says so
and exits 2. Takes a minute, and 20 more for MiniLM's vectors.
"""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from benchmarks.label_check_page import write_page
from benchmarks.label_check_sets import read_sets
from benchmarks.label_definitions import measure_definitions
from benchmarks.label_embedders import find_encoders, measure
from benchmarks.label_mixtures import measure_coverage
from benchmarks.label_real_text import estimate_sources
from benchmarks.real_text_sources import DATA, REPOSITORY
from pedigree.system.atomic_write import write_text


def main() -> None:
    """Measure everything and write the page."""
    page = Path(sys.argv[1]) if len(sys.argv) > 1 else REPOSITORY / "docs/label-checks.md"
    if not (DATA / "real").is_dir():
        print(
            f"{DATA / 'real'} is not there: PEDIGREE_TEST_DATA names the folder of the data; nothing was written",
            file=sys.stderr,
        )
        sys.exit(2)
    encoders, figures = find_encoders(), {}
    for one in read_sets():
        figures[one.name] = measure(one, encoders)
        print(f"{one.name}: {len(one.tests):,} rows judged by {len(figures[one.name])} classifiers", flush=True)
    write_text(page, write_page(figures, estimate_sources(), measure_coverage(), measure_definitions(DATA)))
    print(f"wrote {page}")


if __name__ == "__main__":
    main()
