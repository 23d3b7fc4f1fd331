"""How well classifiers of 15 rows a label read labels and find wrong ones: TF-IDF, and embedders that are there."""

import os
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path

import numpy as np
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import f1_score, roc_auc_score

from benchmarks.label_check_sets import Pairs, RealSet
from benchmarks.minilm import MiniLm
from pedigree.metrics.text_classifier import train_classifier

EXCHANGED = 0.1  # of the judged rows get another label
TFIDF = "TF-IDF"
Encode = Callable[[list[str]], np.ndarray]
Figures = dict[str, tuple[float, float, float]]  # classifier -> macro-F1, AUC of wrong rows, precision


def find_encoders() -> dict[str, Encode]:
    """Return the embedders that are there: WordLlama, and MiniLM from the folder that PEDIGREE_MINILM names."""
    found: dict[str, Encode] = {}
    if find_spec("wordllama"):
        import wordllama

        model = wordllama.WordLlama.load(cache_dir=Path(wordllama.__file__).parent, disable_download=True)
        found["WordLlama"] = lambda texts: model.embed(texts, norm=True)
    if folder := os.environ.get("PEDIGREE_MINILM"):
        found["MiniLM"] = MiniLm(Path(folder)).encode
    return {name: _keep(name, encode) for name, encode in found.items()}


def _keep(name: str, encode: Encode) -> Encode:
    """Return an encoder that keeps its vectors in the folder PEDIGREE_VECTORS, where that is set."""
    folder = os.environ.get("PEDIGREE_VECTORS")
    if not folder:
        return encode
    path = Path(folder) / f"{name}.npz"
    known: dict[str, np.ndarray] = {}
    if path.is_file():
        kept = np.load(path)
        known = dict(zip(kept["texts"].tolist(), kept["vectors"], strict=True))

    def encode_new(texts: list[str]) -> np.ndarray:
        if new := [text for text in texts if text not in known]:
            known.update(zip(new, encode(new), strict=True))
            np.savez(path, texts=np.array([*known]), vectors=np.array([*known.values()]))
        return np.array([known[text] for text in texts])

    return encode_new


def measure(one: RealSet, encoders: dict[str, Encode]) -> Figures:
    """Return each classifier's figures: means over the draws of seeds."""
    vectors = {name: dict(zip(one.texts, encode(one.texts), strict=True)) for name, encode in encoders.items()}
    found: dict[str, list] = {}
    for number, seeds in enumerate(one.draws):
        for name, shares in read(seeds, one.tests, vectors).items():
            found.setdefault(name, []).append(score(one, shares, number))
    return {name: tuple(np.mean(figures, axis=0)) for name, figures in found.items()}


def read(seeds: Pairs, tests: Pairs, vectors: dict[str, dict[str, np.ndarray]]) -> dict[str, np.ndarray]:
    """Return the labels' probabilities of the tests (labels sorted) by each classifier, and by TF-IDF with each."""
    texts, labels = [text for text, _ in seeds], [label for _, label in seeds]
    by_terms = train_classifier(texts, labels, 0).predict_proba([text for text, _ in tests])
    found = {TFIDF: by_terms}
    for name, known in vectors.items():
        learned, judged = (np.array([known[text] for text, _ in rows]) for rows in (seeds, tests))
        centre = learned.mean(axis=0)
        scale = np.sqrt(((learned - centre) ** 2).sum(axis=1).mean())
        regression = LogisticRegression(C=10, class_weight="balanced", max_iter=5000)
        found[name] = regression.fit((learned - centre) / scale, labels).predict_proba((judged - centre) / scale)
        found[f"{TFIDF} + {name}"] = np.sqrt(by_terms * found[name])
    return found


def score(one: RealSet, shares: np.ndarray, number: int) -> tuple[float, float, float]:
    """Return macro-F1, and how well rows with an exchanged label stand out: AUC, and precision of as many as there are.

    A row stands out by the probability of the likeliest other label minus that of the label it carries.
    """
    true = np.array([one.labels.index(label) for _, label in one.tests])
    chance, places = np.random.default_rng(number), np.arange(len(true))
    wrong = chance.random(len(true)) < EXCHANGED
    step = chance.integers(1, len(one.labels), len(true))
    asked = np.where(wrong, (true + step) % len(one.labels), true)
    others = shares.copy()
    others[places, asked] = -1
    margin = others.max(axis=1) - shares[places, asked]
    first = np.argsort(-margin, kind="stable")[: wrong.sum()]
    f1 = f1_score(true, shares.argmax(axis=1), average="macro", labels=range(len(one.labels)), zero_division=0)
    return float(f1), float(roc_auc_score(wrong, margin)), float(wrong[first].mean())
