import numpy as np
import polars as pl
import pytest

from pedigree.metrics import fidelity
from pedigree.metrics.diversity import measure_vendi
from pedigree.metrics.nearest_neighbours import measure_top_similarity
from pedigree.metrics.repetition import measure_self_bleu
from pedigree.metrics.text_statistics import measure_words
from pedigree.metrics.tfidf import embed_tfidf
from pedigree.metrics.two_sample import measure_two_sample_auc
from tests.support.mixed_texts import mix


def format_table(texts):
    return pl.DataFrame(
        {"text": texts, "label": ["aye", "nay"] * (len(texts) // 2)}, {"text": pl.String, "label": pl.String}
    )


SYNTHETIC, REAL = format_table(mix(80, 1)), format_table([f"{text} kindly" for text in mix(60, 2)])


def test_the_order_of_rows_does_not_count():
    mixed = SYNTHETIC.sample(fraction=1, shuffle=True, seed=1), REAL.reverse()
    found, again = (fidelity.measure_fidelity(*sides, 0) for sides in ((SYNTHETIC, REAL), mixed))
    assert found.pop("telltales") == again.pop("telltales")
    variety = found.pop("variety"), again.pop("variety")
    assert again == pytest.approx(found, abs=1e-12)
    for side in ("synthetic", "real"):
        assert variety[1][side] == pytest.approx(variety[0][side], abs=1e-12)


def test_as_many_rows_of_each_side_are_compared_as_the_smaller_one_has(monkeypatch):
    assert fidelity.measure_fidelity(SYNTHETIC, REAL, 0)["rows"] == 60
    more = pl.concat([SYNTHETIC, SYNTHETIC.with_columns(pl.col("text") + " again")])
    assert fidelity.compare_samples(more, REAL, 0)["rows"] == 60
    monkeypatch.setattr(fidelity, "MAX_PAIRED_ROWS", 40)
    found = fidelity.measure_fidelity(SYNTHETIC, REAL, 0)
    assert [found["rows"], *(found["variety"][side]["rows"] for side in ("synthetic", "real"))] == [40, 40, 40]


def test_equal_numbers_of_rows_are_measured_whole():
    """Each figure is the one of its own module, whose tests hold it against its definition."""
    ours, real = SYNTHETIC.head(60), REAL["text"].to_list()
    found = fidelity.compare_samples(ours, REAL, 7)
    vectors = embed_tfidf([*sorted(ours["text"]), *sorted(real)])
    assert found["two_sample_auc"] == measure_two_sample_auc(ours["text"].to_list(), real, 7)
    assert found["top_5_similarity_tfidf"] == pytest.approx(
        measure_top_similarity(vectors[:60], vectors[60:]), abs=1e-12
    )
    variety = fidelity.measure_fidelity(ours, REAL, 7)["variety"]["synthetic"]
    assert variety["distinct_2"] == measure_words(ours["text"])["distinct_2"]


def test_what_takes_pairs_is_measured_on_samples_of_a_stated_size(monkeypatch):
    monkeypatch.setattr(fidelity, "MAX_ROWS", 50)
    monkeypatch.setattr(fidelity, "MAX_COUPLED_ROWS", 20)
    found = fidelity.measure_diversity(SYNTHETIC, 0)
    assert (found["rows"], found["coupled_rows"]) == (50, 20)
    assert 1 < found["vendi_tfidf"] <= 20
    assert found == fidelity.measure_diversity(SYNTHETIC, 0) != fidelity.measure_diversity(SYNTHETIC, 1)
    monkeypatch.setattr(fidelity, "MAX_COUPLED_ROWS", 50)
    monkeypatch.setattr(fidelity, "MAX_ROWS", 80)
    whole = fidelity.measure_diversity(SYNTHETIC.head(50), 0)
    assert whole["self_bleu"] == measure_self_bleu(SYNTHETIC["text"].head(50))
    assert whole["vendi_tfidf"] == measure_vendi(embed_tfidf(SYNTHETIC["text"].head(50).to_list()))


def test_one_label_has_nothing_between_labels_and_no_rows_have_no_figure():
    one = fidelity.measure_diversity(SYNTHETIC.with_columns(label=pl.lit("aye")), 0)
    assert one["aps_between_tfidf"] is None and one["aps_within_tfidf"] == pytest.approx(1 - one["remote_clique_tfidf"])
    nothing = fidelity.measure_diversity(SYNTHETIC.clear(), 0)
    assert {key for key, value in nothing.items() if value is not None} == {"rows", "coupled_rows"}
    found = fidelity.measure_fidelity(SYNTHETIC.clear(), REAL, 0)
    assert found["rows"] == 0 and found["telltales"] == [] and found["length_divergence"] is None


def embed_letters(texts):
    """Stand-in for an embedder: a direction a text, from its letters."""
    vectors = np.array([[text.count(letter) - 1 for letter in "aeinorst"] for text in texts], dtype=float)
    return vectors / np.maximum(np.linalg.norm(vectors.reshape(len(texts), 8), axis=1, keepdims=True), 1e-9)


def test_an_embedders_figures_stand_beside_those_of_tfidf():
    found, plain = (
        fidelity.measure_fidelity(SYNTHETIC, REAL, 0, embed_letters),
        fidelity.measure_fidelity(SYNTHETIC, REAL, 0),
    )
    added = {name for name in found if name.endswith("_embeddings")}
    assert added == {"top_5_similarity_embeddings", "coverage_embeddings", "precision_embeddings"}
    assert {name: found[name] for name in plain if name != "variety"} == {n: plain[n] for n in plain if n != "variety"}
    variety = found["variety"]["synthetic"]
    names = ("remote_clique", "chamfer", "aps_within", "aps_between", "vendi")
    assert {name for name in variety if name.endswith("_embeddings")} == {f"{name}_embeddings" for name in names}
    real = embed_letters(REAL["text"].to_list())
    whole = fidelity.compare_samples(SYNTHETIC.head(60), REAL, 0, embed_letters)
    assert whole["top_5_similarity_embeddings"] == pytest.approx(
        measure_top_similarity(embed_letters(SYNTHETIC["text"].head(60).to_list()), real), abs=1e-12
    )
    assert -1 < variety["aps_within_embeddings"] < 1
