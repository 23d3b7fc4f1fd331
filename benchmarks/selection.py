"""Measures how long a choice by coverage takes: ``python benchmarks/selection.py [CANDIDATES] [ROWS]``.

Made-up texts of 2 labels on one core; it prints seconds and the most memory that the process had.
"""

import resource
import sys
import time
from pathlib import Path

import numpy as np
import polars as pl

sys.path.insert(0, str(Path(__file__).parents[1]))

from pedigree.curation.selection import choose_rows
from pedigree.ids import sha256_of
from pedigree.metrics.tfidf import embed_tfidf

VOCABULARY, WORDS = 20_000, 25  # words there are, and of a text: as frequent as Zipf's law has it
LABELS = ("cat", "dog")


def make_rows(count: int) -> pl.DataFrame:
    """Return candidates of made-up texts."""
    draws = np.random.default_rng(0).zipf(1.3, size=(count, WORDS)) % VOCABULARY
    texts = [" ".join(f"word{number}" for number in line) for line in draws.tolist()]
    labels = [LABELS[place % len(LABELS)] for place in range(count)]
    ids = [sha256_of([place, text]) for place, text in enumerate(texts)]
    return pl.DataFrame({"row_id": ids, "text": texts, "label": labels, "cell": [""] * count})


def main() -> None:
    """Choose, and print what it took."""
    candidates, wanted = (int(one) for one in [*sys.argv[1:], "50000", "10000"][:2])
    rows = make_rows(candidates)
    start, cpu = time.perf_counter(), time.process_time()
    targets = dict.fromkeys(LABELS, wanted // len(LABELS))
    chosen = choose_rows(rows, targets, [], lambda part: embed_tfidf(part["text"].to_list()))
    took, cpu = time.perf_counter() - start, time.process_time() - cpu
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    print(f"{len(chosen):,} of {candidates:,} rows: {took:.1f} s, {cpu:.1f} s of one core, {memory:,} MiB at most")


if __name__ == "__main__":
    main()
