"""Seconds and peak memory of the screen semantic_duplicate: ``python benchmarks/semantic_duplicates.py [ROWS] [DIM]``.

Without ``--texts`` the vectors are made here (two labels; one row in ten is near an earlier one), so that the search is
measured alone. ``--texts WORKSPACE MODEL`` embeds sentences of random words by a model of the workspace first.
"""

import argparse
import random
import resource
import sys
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import polars as pl

sys.path.insert(0, str(Path(__file__).parents[1]))

from pedigree.curation.meaning import MeaningScreen
from pedigree.curation.similarity.minhash import BATCH
from pedigree.metrics.local_embedder import open_local_model
from pedigree.recipe.embedder_name import parse_name
from pedigree.recipe.schema import Recipe
from pedigree.workspace import Workspace

NEAR = 0.1  # of the rows are near an earlier one


def make_recipe(labels: int) -> Recipe:
    """Return a recipe with the screen, of so many labels."""
    names = {f"l{n}": {"share": 1 / labels, "means": "any"} for n in range(labels)}
    settings = {"embedder": "model2vec/made-here", "threshold": 0.9}
    return Recipe(
        dataset="speed",
        task="How fast?",
        labels=names,
        rows=10,
        generators=[{"model": "offline/template"}],
        screens={"semantic_duplicate": settings},
    )


def make_vectors(rows: int, dimensions: int) -> np.ndarray:
    """Return unit vectors (float32): random ones, and some near an earlier one (cosine about 0.95)."""
    chance = np.random.default_rng(0)
    vectors = chance.standard_normal((rows, dimensions), dtype=np.float32)
    near = np.flatnonzero(chance.random(rows) < NEAR)[1:]
    vectors[near] = vectors[chance.integers(0, near)] + 0.33 * vectors[near]
    return vectors / np.linalg.norm(vectors, axis=1, keepdims=True)


def make_texts(rows: int) -> list[str]:
    """Return sentences of 10 to 30 words that an embedder of English knows."""
    chance = random.Random(0)
    words = "order refund parcel late broken screen help account locked password battery colour wrong thanks".split()  # noqa: SIM905
    words += "train ticket hotel film actor story music summer garden river doctor school window morning".split()  # noqa: SIM905
    return [f"{' '.join(chance.choices(words, k=chance.randint(10, 30)))} {n}" for n in range(rows)]


def compare(screen: MeaningScreen, texts: list[str], labels: int) -> int:
    """Compare the rows in batches as curation does; return how many are rejected."""
    rejected = 0
    for start in range(0, len(texts), BATCH):
        part = texts[start : start + BATCH]
        names = [f"l{(start + place) % labels}" for place in range(len(part))]
        search = screen.search(pl.DataFrame({"text": part, "label": names}))
        for place in range(len(part)):
            if search.find(place):
                rejected += 1
            else:
                search.keep(place, str(start + place))
    return rejected


def main() -> None:
    """Measure as the command line says."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("rows", nargs="?", type=int, default=10_000)
    parser.add_argument("dimensions", nargs="?", type=int, default=256)
    parser.add_argument("--labels", type=int, default=2)
    parser.add_argument("--texts", nargs=2, metavar=("WORKSPACE", "MODEL"))
    chosen = parser.parse_args()
    recipe, seconds = make_recipe(chosen.labels), 0.0
    if chosen.texts:
        model = open_local_model(Workspace(Path(chosen.texts[0])), parse_name(chosen.texts[1]), alone=True)
        texts, inner = make_texts(chosen.rows), model.embed
    else:
        texts, vectors = [str(row) for row in range(chosen.rows)], make_vectors(chosen.rows, chosen.dimensions)
        inner = make_lookup(vectors)

    def embed(texts: list[str]) -> np.ndarray:
        nonlocal seconds
        start = time.perf_counter()
        found = inner(texts)
        seconds += time.perf_counter() - start
        return found

    screen = MeaningScreen(recipe, recipe.screens.semantic_duplicate, embed)
    screen.add_people((), ())
    start, processor = time.perf_counter(), time.process_time()
    rejected = compare(screen, texts, chosen.labels)
    whole, processor = time.perf_counter() - start, time.process_time() - processor
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(
        f"{chosen.rows:>8,} rows, {chosen.labels} labels: embedding {seconds:6.1f} s, search {whole - seconds:6.1f} s, "
        f"processor time {processor:6.1f} s, {rejected:,} rejected, peak memory {peak:,.0f} MiB"
    )


def make_lookup(vectors: np.ndarray) -> Callable[[list[str]], np.ndarray]:
    """Return an embedder of texts that are the numbers of vectors."""
    return lambda texts: vectors[[int(text) for text in texts]].astype(np.float64)


if __name__ == "__main__":
    main()
