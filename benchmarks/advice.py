"""Scores the advice on held-back doublings: ``python benchmarks/advice.py [PAGE]`` (default docs/advice.md).

The data are not part of the repository: they are read from the folder that PEDIGREE_TEST_DATA names, or ../shared/data.
Without them it says so and exits 2. Takes about 30 minutes on one core.
"""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from benchmarks.advice_doublings import Doubling, try_set
from benchmarks.advice_page import write_page
from benchmarks.advice_sets import list_sets
from benchmarks.real_text_sources import DATA, REPOSITORY
from pedigree.system.atomic_write import write_text


def main() -> None:
    """Hold rows of every set back, ask for advice, and write the page on what came of it."""
    page = Path(sys.argv[1]) if len(sys.argv) > 1 else REPOSITORY / "docs/advice.md"
    if not (DATA / "llm").is_dir() or not (DATA / "real").is_dir():
        print(f"{DATA} is not there: PEDIGREE_TEST_DATA names it; nothing was written", file=sys.stderr)
        sys.exit(2)
    found: list[Doubling] = []
    for one in list_sets(DATA):
        tried = try_set(one)
        found += tried
        print(f"{one.name}: {len(tried)} times rows were held back", flush=True)
    write_text(page, write_page(found))
    print(f"wrote {page}")


if __name__ == "__main__":
    main()
