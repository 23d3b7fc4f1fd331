"""Every figure of metrics.json, computed once more from the files by plain loops and by hand-written definitions."""

import json
import re
import statistics
from collections import Counter
from itertools import pairwise
from math import log, sqrt

import numpy as np
import polars as pl
import pytest
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression

from tasks.measure import measure
from tests.support.make_finished_job import write_finished_job

WORDS = re.compile(r"\w+(?:['’]\w+)*")


@pytest.fixture(scope="module")
def job(tmp_path_factory):
    job = write_finished_job(tmp_path_factory.mktemp("recomputed"), rows=160, model="openai/some-model")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(
            "pedigree.usefulness.logistic_regression.TOLERANCE", 1e-10
        )  # at the minimum, as the regression beside it
        patch.setattr("pedigree.system.helper_process._helper", None)  # it would not know that
        measure.fn(job)
    return job


@pytest.fixture(scope="module")
def metrics(job):
    return json.loads((job.folder / "metrics.json").read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def tables(job):
    names = ("train", "validation", "rejects", "completions")
    return {name: pl.read_parquet(job.folder / f"{name}.parquet").to_dicts() for name in names}


@pytest.fixture(scope="module")
def texts(tables):
    return [row["text"] for row in sorted(tables["train"] + tables["validation"], key=lambda row: row["row_id"])]


@pytest.fixture(scope="module")
def words(texts):
    return [WORDS.findall(text.lower()) for text in texts]


def close(value):
    return pytest.approx(value, abs=1e-6)


def test_rows_of_a_real_model_are_evidence(metrics):
    assert metrics["usefulness"]["evidence"] is True


def test_counts_and_shares_of_duplicates(metrics, tables):
    reasons = Counter(row["reason"] for row in tables["rejects"])
    candidates = (
        len(tables["train"]) + len(tables["validation"]) + sum(row["row_id"] is not None for row in tables["rejects"])
    )
    rows = len(tables["train"]) + len(tables["validation"])
    assert metrics["counts"] == {
        "rows": rows,
        "train": len(tables["train"]),
        "validation": len(tables["validation"]),
        "made": candidates,
        "rejects": dict(reasons),
        "yield": close(rows / candidates),
    }
    assert metrics["duplicates"] == {
        "exact_share": close(reasons["exact-duplicate"] / candidates),
        "near_share": close(reasons["near-duplicate"] / candidates),
    }
    assert reasons["exact-duplicate"] and reasons["near-duplicate"]


def test_spending(metrics, tables):
    spent = {name: sum(row[name] for row in tables["completions"]) for name in ("tokens_in", "tokens_out", "cost_usd")}
    failures = sum(row["failure"] is not None for row in tables["completions"])
    assert metrics["spending"] == {
        **{name: close(value) for name, value in spent.items()},
        "cost_known": len(tables["completions"]),
        "cost_known_usd": close(spent["cost_usd"]),
        "completions": len(tables["completions"]),
        "failures": failures,
    }


def test_lengths(metrics, texts, words):
    for unit, values in (("chars", [len(text) for text in texts]), ("words", [len(row) for row in words])):
        assert metrics["text"]["text"][unit] == {
            "mean": close(statistics.fmean(values)),
            "median": close(statistics.median(values)),
            "min": min(values),
            "max": max(values),
        }


def test_vocabulary_and_distinct_n_grams(metrics, words):
    singles = [word for row in words for word in row]
    pairs = [pair for row in words for pair in pairwise(row)]
    triples = [triple for row in words for triple in zip(row, row[1:], row[2:], strict=False)]
    assert metrics["words"] == {
        "vocabulary": len(set(singles)),
        "distinct_1": close(len(set(singles)) / len(singles)),
        "distinct_2": close(len(set(pairs)) / len(pairs)),
        "distinct_3": close(len(set(triples)) / len(triples)),
    }


def test_openings(metrics, words):
    counts = Counter(" ".join(row[:3]) for row in words if row)
    common = sorted(counts.items(), key=lambda item: (-item[1], item[0]))
    assert metrics["openings"] == {
        "top_1_share": close(common[0][1] / len(words)),
        "top_10_share": close(sum(count for _, count in common[:10]) / len(words)),
        "top_5": [{"opening": opening, "rows": count} for opening, count in common[:5]],
    }


def test_remote_clique_and_chamfer_are_the_double_sums_of_their_definitions(metrics, words):
    """Li et al. 2023 after Cox et al. 2021: mean over i of the mean, and of the least, 1 - cosine(i, j), j != i."""
    terms = [Counter([*row, *map(" ".join, pairwise(row))]) for row in words]
    among = Counter(term for row in terms for term in row)
    vectors = []
    for row in terms:
        weight = {term: (1 + log(n)) * (1 + log((1 + len(terms)) / (1 + among[term]))) for term, n in row.items()}
        length = sqrt(sum(value**2 for value in weight.values()))
        vectors.append({term: value / length for term, value in weight.items()})

    def distance(one, other):
        return 1 - sum(value * other[term] for term, value in one.items() if term in other)

    means, least = [], []
    for i, one in enumerate(vectors):
        others = [distance(one, other) for j, other in enumerate(vectors) if j != i]
        means.append(sum(others) / (len(vectors) - 1))
        least.append(min(others))
    found = metrics["diversity"]
    assert found["rows"] == found["coupled_rows"] == len(words)
    assert found["remote_clique_tfidf"] == close(sum(means) / len(vectors))
    assert found["chamfer_tfidf"] == close(sum(least) / len(vectors))
    # Its definition once more: as many different texts as a uniform distribution of this entropy has.
    kernel = np.array([[1 - distance(one, other) for other in vectors] for one in vectors])
    values = [value for value in np.linalg.eigvalsh(kernel / len(vectors)) if value > 1e-12]
    assert found["vendi_tfidf"] == close(np.prod([value**-value for value in values]))


def recompute_f1(true, said, labels):
    """Return macro-F1 over the labels that have test rows, from precision and recall."""
    scores = []
    for label in labels:
        hits = sum(t == s == label for t, s in zip(true, said, strict=True))
        if label in true:
            precision, recall = hits / max(said.count(label), 1), hits / true.count(label)
            scores.append(0.0 if not hits else 2 * precision * recall / (precision + recall))
    return sum(scores) / len(scores)


def recompute_auc(true, probabilities, labels):
    """Return the mean over labels of the share of (label, other) pairs that are ranked rightly; a tie is half right."""
    areas = []
    for place, label in enumerate(labels):
        inside = [p[place] for t, p in zip(true, probabilities, strict=True) if t == label]
        outside = [p[place] for t, p in zip(true, probabilities, strict=True) if t != label]
        right = sum((a > b) + (a == b) / 2 for a in inside for b in outside)
        areas.append(right / (len(inside) * len(outside)))
    return sum(areas) / len(areas)


def recompute_calibration_error(true, probabilities, labels):
    """Guo et al. 2017, equation 3: over 15 bins of confidence, the rows' share times |accuracy - mean confidence|."""
    error = 0
    for low in range(15):
        rows = [
            (max(p), labels[list(p).index(max(p))] == t)
            for t, p in zip(true, probabilities, strict=True)
            if low / 15 < max(p) <= (low + 1) / 15
        ]
        if rows:
            error += abs(sum(right for _, right in rows) - sum(sure for sure, _ in rows)) / len(true)
    return error


def take_lesson(job, tables, teacher):
    """Return what a student learns from: texts, labels, and the weight of each."""
    synthetic = [(row["text"], row["label"], 1) for row in tables["train"]]
    weight = max(1, len(synthetic) / len(job.seeds)) if teacher == "both_real_upweighted" else 1
    real = [(row.fields["text"], row.label, weight) for row in job.seeds]
    return zip(*{"synthetic": synthetic, "real": real}.get(teacher, synthetic + real), strict=True)


def ask_student(job, tables, teacher):
    """Return the training rows and scikit-learn's probabilities of the held-out rows, at the minimum of its loss."""
    texts, taught, weights = take_lesson(job, tables, teacher)
    words = TfidfVectorizer(ngram_range=(1, 2), sublinear_tf=True, token_pattern=WORDS.pattern)
    reader = LogisticRegression(C=10, class_weight="balanced", max_iter=10_000, tol=1e-12, solver="newton-cg")
    reader.fit(words.fit_transform(texts), taught, weights)
    assert list(reader.classes_) == sorted(job.recipe.labels)
    return len(texts), reader.predict_proba(words.transform([row.fields["text"] for row in job.held_out]))


def resample(true, said, labels, draws=500):
    """Return the sorted ``recompute_f1`` of resampled test rows: one f1, or the difference of two."""
    rows = np.random.default_rng(17).integers(len(true), size=(draws, len(true))).tolist()
    f1 = [
        [recompute_f1([true[row] for row in draw], [one[row] for row in draw], labels) for one in said] for draw in rows
    ]
    return sorted(first - sum(rest) for first, *rest in f1)


@pytest.mark.parametrize("teacher", ["synthetic", "real", "both", "both_real_upweighted"])
def test_usefulness_by_counting(job, metrics, tables, teacher):
    found, labels = metrics["usefulness"][teacher], sorted(job.recipe.labels)
    rows, probabilities = ask_student(job, tables, teacher)
    true, said = [row.label for row in job.held_out], [labels[place] for place in probabilities.argmax(axis=1)]
    both = list(zip(true, said, strict=True))

    assert found["train_rows"] == found["synthetic_rows"] + found["real_rows"] == rows
    assert found["macro_f1"] == close(recompute_f1(true, said, labels))
    assert found["accuracy"] == close(sum(t == s for t, s in both) / len(true))
    assert found["auc"] == close(recompute_auc(true, probabilities, labels))
    assert found["calibration_error"] == close(recompute_calibration_error(true, probabilities, labels))
    counted, order = Counter(both), list(job.recipe.labels)
    assert metrics["usefulness"]["labels"] == order
    assert found["confusion"] == [[counted[t, s] for s in order] for t in order]
    for label in order:
        assert found["f1"][label] == close(2 * counted[label, label] / (true.count(label) + said.count(label)))

    assert len(found["macro_f1_repeats"]) == 5
    assert found["macro_f1_mean"] == close(statistics.fmean(found["macro_f1_repeats"]))
    assert found["macro_f1_std"] == close(statistics.pstdev(found["macro_f1_repeats"]))
    resampled = resample(true, [said], labels)
    assert found["macro_f1_interval"] == pytest.approx([resampled[12], resampled[487]], abs=0.02)


@pytest.mark.parametrize(
    ("name", "one", "other"),
    [("both_minus_real", "both", "real"), ("synthetic_minus_real", "synthetic", "real")],
)
def test_a_difference_is_between_two_on_the_same_test_rows(job, metrics, tables, name, one, other):
    useful, labels = metrics["usefulness"], sorted(job.recipe.labels)
    true = [row.label for row in job.held_out]
    said = [
        [labels[place] for place in ask_student(job, tables, teacher)[1].argmax(axis=1)] for teacher in (one, other)
    ]
    resampled = resample(true, said, labels, 300)
    assert useful["differences"][name] == {
        "macro_f1": close(recompute_f1(true, said[0], labels) - recompute_f1(true, said[1], labels)),
        "macro_f1_interval": pytest.approx([resampled[7], resampled[292]], abs=0.025),
    }
    assert useful["test_rows"] == len(true) == 256


def test_recalibrated_decisions_are_those_of_probabilities_times_a_factor_by_label(job, metrics, tables):
    useful, labels = metrics["usefulness"], sorted(job.recipe.labels)
    found = useful["synthetic"]["recalibrated"]
    probabilities = ask_student(job, tables, "synthetic")[1]
    moved = probabilities * np.exp([found["biases"][label] for label in labels])
    true, said = [row.label for row in job.held_out], [labels[place] for place in moved.argmax(axis=1)]
    assert found["real_rows"] == len(job.seeds)
    assert found["macro_f1"] == close(recompute_f1(true, said, labels))
    assert found["accuracy"] == close(sum(t == s for t, s in zip(true, said, strict=True)) / len(true))
    moved /= moved.sum(axis=1, keepdims=True)
    assert found["auc"] == close(recompute_auc(true, moved, labels))
    assert found["calibration_error"] == close(recompute_calibration_error(true, moved, labels))
