"""Fidelity: what synthetic texts have in common with real ones, and how varied both are, on equally many texts."""

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

SPREAD_ROWS = 2000  # pairs of them are compared
COUPLED_ROWS = 500  # each is compared with all others at once, in time that grows faster yet
PAIRED_ROWS = 1000  # of each side


def measure_diversity(rows: pl.DataFrame, seed: int, embed: Embed | None = None) -> dict[str, float | int | None]:
    """Return how varied texts are, as far as it takes pairs: Remote Clique, Chamfer, APS, compression, Vendi, self-BLEU.

    ``rows`` has text and label, in an order that says nothing. Of more than 2,000 rows, and of more than 500 for Vendi and
    self-BLEU, a sample is measured; ``rows`` and ``coupled_rows`` say how many. What ends in ``_tfidf`` is of TF-IDF
    vectors; with ``embed`` the same figures of its vectors stand beside it, ending in ``_embeddings``. Null below two rows.
    """
    sample = draw_rows(rows, SPREAD_ROWS, seed, "diversity")
    coupled = draw_rows(sample.with_row_index("place"), COUPLED_ROWS, seed, "coupled")
    figures = {"rows": sample.height, "coupled_rows": coupled.height}
    for how, make in _list_ways(embed):
        vectors = make(sample["text"].to_list())
        aps = measure_aps(vectors, sample["label"].to_list())
        figures |= {
            f"remote_clique_{how}": measure_remote_clique(vectors),
            f"chamfer_{how}": measure_chamfer(vectors),
            f"aps_within_{how}": aps["within"],
            f"aps_between_{how}": aps["between"],
            f"vendi_{how}": measure_vendi(vectors[coupled["place"].to_numpy()]),
        }
    return figures | {
        "compression_ratio": measure_compression(sample["text"]),
        "self_bleu": measure_self_bleu(coupled["text"]),
    }


def measure_fidelity(
    synthetic: pl.DataFrame, real: pl.DataFrame, seed: int, embed: Embed | None = None
) -> dict[str, Any]:
    """Return ``compare_samples`` of synthetic and real rows, how varied each side is, and what gives the synthetic rows away.

    Of the real texts nothing is said but figures.
    """
    ours, theirs = _draw_equal(synthetic, real, seed)
    return {
        **_compare(ours["text"], theirs["text"], seed, embed),
        "telltales": discriminative_ngrams(ours["text"].to_list(), theirs["text"].to_list(), seed),
        "variety": {name: _sum_up_variety(side, seed, embed) for name, side in (("synthetic", ours), ("real", theirs))},
    }


def compare_samples(
    one: pl.DataFrame, real: pl.DataFrame, seed: int, embed: Embed | None = None
) -> dict[str, float | int | None]:
    """Return how like real texts others are: neighbours, two-sample test, divergence of length and punctuation.

    Both have text and label. As many rows are drawn of each side as the smaller one has, at most 1,000, so that a dataset
    that grows keeps its figures; ``rows`` says how many. Null is what so few texts don't tell.
    """
    return _compare(*(side["text"] for side in _draw_equal(one, real, seed)), seed, embed)


def _draw_equal(one: pl.DataFrame, other: pl.DataFrame, seed: int) -> list[pl.DataFrame]:
    rows = min(one.height, other.height, PAIRED_ROWS)
    return [draw_rows(side.sort("text", "label"), rows, seed, "fidelity") for side in (one, other)]


def _compare(synthetic: pl.Series, real: pl.Series, seed: int, embed: Embed | None) -> dict[str, float | int | None]:
    figures: dict[str, float | int | None] = {"rows": len(synthetic)}
    for how, make in _list_ways(embed):
        vectors = make([*synthetic, *real])
        ours, theirs = vectors[: len(synthetic)], vectors[len(synthetic) :]
        near = measure_coverage(ours, theirs)
        figures |= {
            f"top_5_similarity_{how}": measure_top_similarity(ours, theirs),
            f"coverage_{how}": near["coverage"],
            f"precision_{how}": near["precision"],
        }
    return figures | {
        "two_sample_auc": measure_two_sample_auc(synthetic.to_list(), real.to_list(), seed),
        "length_divergence": measure_length_divergence(synthetic, real),
        "punctuation_divergence": measure_punctuation_divergence(synthetic, real),
    }


def _list_ways(embed: Embed | None) -> list[tuple[str, Embed]]:
    """Return what texts become vectors by, and how figures of such vectors are named."""
    return [("tfidf", embed_tfidf), *([("embeddings", embed)] if embed else [])]


def _sum_up_variety(rows: pl.DataFrame, seed: int, embed: Embed | None) -> dict[str, float | int | None]:
    return {
        **measure_diversity(rows, seed, embed),
        "distinct_2": measure_words(rows["text"])["distinct_2"],
        "opening_top_1_share": measure_openings(rows["text"])["top_1_share"],
    }
