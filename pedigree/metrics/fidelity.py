"""Compares synthetic texts with real ones, and the variety of both, on equally many texts of each."""

from typing import Any

import polars as pl

from pedigree.dataset.sampling import draw_rows
from pedigree.metrics.divergence import measure_length_divergence, measure_punctuation_divergence
from pedigree.metrics.diversity import measure_aps, measure_chamfer, measure_remote_clique, measure_vendi
from pedigree.metrics.nearest_neighbours import measure_coverage, measure_top_similarity
from pedigree.metrics.repetition import measure_compression, measure_self_bleu
from pedigree.metrics.text_statistics import measure_openings, measure_words
from pedigree.metrics.tfidf import Embed, embed_tfidf
from pedigree.metrics.two_sample import discriminative_ngrams, measure_two_sample_auc

MAX_ROWS = 2000  # for measures whose time is quadratic in the rows
MAX_COUPLED_ROWS = 500  # for measures that are slower still: Vendi score and self-BLEU
MAX_PAIRED_ROWS = 1000  # of each side of a comparison
Figures = dict[str, float | int | None]


def measure_diversity(rows: pl.DataFrame, seed: int, embed: Embed | None = None) -> Figures:
    """Return Remote Clique, Chamfer, APS, Vendi score, compression ratio and self-BLEU; null for fewer than two rows.

    ``rows`` has text and label; their order must not depend on their origin. At most 2,000 rows are sampled, and at
    most 500 of them for Vendi and self-BLEU: see ``rows`` and ``coupled_rows``. Keys that end in ``_tfidf`` are of
    TF-IDF vectors; with ``embed`` the same figures of its vectors have keys that end in ``_embeddings``.
    """
    sample = draw_rows(rows, MAX_ROWS, seed, "diversity")
    coupled = draw_rows(sample.with_row_index("index"), MAX_COUPLED_ROWS, seed, "coupled")
    figures: Figures = {"rows": sample.height, "coupled_rows": coupled.height}
    for name, make_vectors in _list_embeddings(embed).items():
        vectors = make_vectors(sample["text"].to_list())
        aps = measure_aps(vectors, sample["label"].to_list())
        figures |= {
            f"remote_clique_{name}": measure_remote_clique(vectors),
            f"chamfer_{name}": measure_chamfer(vectors),
            f"aps_within_{name}": aps["within"],
            f"aps_between_{name}": aps["between"],
            f"vendi_{name}": measure_vendi(vectors[coupled["index"].to_numpy()]),
        }
    return figures | {
        "compression_ratio": measure_compression(sample["text"]),
        "self_bleu": measure_self_bleu(coupled["text"]),
    }


def measure_fidelity(
    synthetic: pl.DataFrame, real: pl.DataFrame, seed: int, embed: Embed | None = None
) -> dict[str, Any]:
    """Return ``compare_samples``, the variety of each side and the n-grams that mark synthetic rows ("telltales").

    No content of a real text is returned, only figures.
    """
    ours, theirs = _draw_equal(synthetic, real, seed)
    return {
        **_compare(ours["text"], theirs["text"], seed, embed),
        "telltales": discriminative_ngrams(ours["text"].to_list(), theirs["text"].to_list(), seed),
        "variety": {
            name: _measure_variety(side, seed, embed) for name, side in (("synthetic", ours), ("real", theirs))
        },
    }


def compare_samples(one: pl.DataFrame, real: pl.DataFrame, seed: int, embed: Embed | None = None) -> Figures:
    """Return how similar texts are to real ones: neighbours, two-sample test, divergence of length and punctuation.

    Both tables have text and label. The same number of ``rows`` is drawn of each side, that of the smaller side and at
    most 1,000, so that the figures do not depend on the size of a dataset. Null for too few texts.
    """
    ours, theirs = _draw_equal(one, real, seed)
    return _compare(ours["text"], theirs["text"], seed, embed)


def measure_similarity(one: pl.DataFrame, real: pl.DataFrame, seed: int) -> float | None:
    """Return ``top_5_similarity_tfidf`` of ``compare_samples`` alone."""
    ours, theirs = (side["text"].to_list() for side in _draw_equal(one, real, seed))
    vectors = embed_tfidf([*ours, *theirs])
    return measure_top_similarity(vectors[: len(ours)], vectors[len(ours) :])


def _draw_equal(one: pl.DataFrame, other: pl.DataFrame, seed: int) -> list[pl.DataFrame]:
    rows = min(one.height, other.height, MAX_PAIRED_ROWS)
    return [draw_rows(side.sort("text", "label"), rows, seed, "fidelity") for side in (one, other)]


def _compare(synthetic: pl.Series, real: pl.Series, seed: int, embed: Embed | None) -> Figures:
    figures: Figures = {"rows": len(synthetic)}
    for name, make_vectors in _list_embeddings(embed).items():
        vectors = make_vectors([*synthetic, *real])
        ours, theirs = vectors[: len(synthetic)], vectors[len(synthetic) :]
        coverage = measure_coverage(ours, theirs)
        figures |= {
            f"top_5_similarity_{name}": measure_top_similarity(ours, theirs),
            f"coverage_{name}": coverage["coverage"],
            f"precision_{name}": coverage["precision"],
        }
    return figures | {
        "two_sample_auc": measure_two_sample_auc(synthetic.to_list(), real.to_list(), seed),
        "length_divergence": measure_length_divergence(synthetic, real),
        "punctuation_divergence": measure_punctuation_divergence(synthetic, real),
    }


def _list_embeddings(embed: Embed | None) -> dict[str, Embed]:
    """Return the functions that turn texts into vectors, by the suffix of their figures."""
    return {"tfidf": embed_tfidf} | ({"embeddings": embed} if embed else {})


def _measure_variety(rows: pl.DataFrame, seed: int, embed: Embed | None) -> Figures:
    return {
        **measure_diversity(rows, seed, embed),
        "distinct_2": measure_words(rows["text"])["distinct_2"],
        "opening_top_1_share": measure_openings(rows["text"])["top_1_share"],
    }
