"""The agreement sweep of Li et al. (2023) on Financial PhraseBank: a student tested where annotators agree."""

import random
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from sklearn.metrics import f1_score

from benchmarks.label_check_sets import Pairs
from pedigree.metrics.text_classifier import train_classifier

LEVELS = {"50": 0.50, "66": 0.66, "75": 0.75, "All": 1.00}  # file -> least share of annotators that agree
LEARNED, DRAWS = 1000, 5  # rows of any agreement that the student learns, and how often they are drawn anew


@dataclass(frozen=True)
class AtLevel:
    """Test rows with at least this agreement, and the student's means over the draws."""

    agreement: float
    rows: int
    accuracy: float
    macro_f1: float


def sweep_agreement(data: Path) -> list[AtLevel]:
    """Return the student's accuracy and macro-F1 on test rows of at least each agreement."""
    rows, agreement = _read(data / "real/financial_phrasebank")
    found: dict[float, list[tuple[float, ...]]] = {level: [] for level in LEVELS.values()}
    for draw in range(DRAWS):
        order = random.Random(draw).sample(range(len(rows)), len(rows))
        learned, tested = ([rows[place] for place in some] for some in (order[:LEARNED], order[LEARNED:]))
        student = train_classifier([text for text, _ in learned], [label for _, label in learned], 0)
        read, true = student.predict([text for text, _ in tested]), np.array([label for _, label in tested])
        agreed = np.array([agreement[place] for place in order[LEARNED:]])
        for level, figures in found.items():
            own = agreed >= level
            f1 = f1_score(true[own], read[own], average="macro")
            figures.append((own.sum(), np.mean(true[own] == read[own]), f1))
    means = {level: np.mean(figures, axis=0) for level, figures in found.items()}
    return [AtLevel(level, round(rows), float(right), float(f1)) for level, (rows, right, f1) in means.items()]


def _read(folder: Path) -> tuple[Pairs, list[float]]:
    """Return every sentence once, with its label, and the highest agreement of a file that holds it."""
    found: dict[str, tuple[str, float]] = {}
    for name, level in LEVELS.items():
        for line in (folder / f"Sentences_{name}Agree.txt").read_text(encoding="latin-1").strip().split("\n"):
            text, _, label = line.strip().rpartition("@")
            if text:  # the file of full agreement holds a line that is a number alone
                found[text] = (label, level)
    return [(text, label) for text, (label, _) in found.items()], [level for _, level in found.values()]
