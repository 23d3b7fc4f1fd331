"""The agreement sweep of Li et al. (2023) on Financial PhraseBank: a student tested where annotators agree.

``python benchmarks/label_agreement.py [PAGE]`` writes docs/agreement.md, and so does 'make real-text'. The data are not
part of the repository: they are read from the folder that PEDIGREE_TEST_DATA names, or ../shared/data. Takes seconds.
"""

import random
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

import numpy as np

from benchmarks.label_check_sets import Pairs
from benchmarks.real_text_sources import DATA, REPOSITORY
from pedigree.metrics.text_classifier import train_classifier
from pedigree.system.atomic_write import write_text
from pedigree.usefulness.agreement_sweep import sweep_agreement
from pedigree.usefulness.trials import Trial

LEVELS = {"50": 0.50, "66": 0.66, "75": 0.75, "All": 1.00}  # file -> least share of annotators that agree
LEARNED, DRAWS = 1000, 5  # rows of any agreement that the student learns, and how often they are drawn anew
FOLDER = "real/financial_phrasebank"
HEAD = f"""\
<!-- Written by 'make real-text'; edit benchmarks/label_agreement.py instead. -->

# Where people agree

Held-out rows may say how far their annotators agreed: in a column `agreement`, a share from 0 to 1, or as
`annotations`, a list of the labels that they gave. Report and `pedigree evaluate` then have accuracy and macro-F1 on
the rows with at least each agreement (the sweep of Li et al. 2023, [arXiv
2310.07849](https://arxiv.org/abs/2310.07849)).

Here the same sweep of Financial PhraseBank: sentences that several people labelled, with the share of them that agreed.
A student (TF-IDF and logistic regression) learns {LEARNED:,} sentences of any agreement and is tested on the others.
Means over {DRAWS} draws; behind them the lowest and the highest draw.

"""


@dataclass(frozen=True)
class AtLevel:
    """Test rows with at least this agreement, and the student's scores by draw."""

    agreement: float
    rows: int
    accuracy: list[float]
    macro_f1: list[float]


def sweep_phrasebank(data: Path) -> list[AtLevel]:
    """Return the student's accuracy and macro-F1 on test rows of at least each agreement."""
    rows, known = _read(data / FOLDER)
    found: dict[float, list[tuple[int, float, float]]] = {}
    for draw in range(DRAWS):
        order = random.Random(draw).sample(range(len(rows)), len(rows))
        learned, tested = ([rows[place] for place in some] for some in (order[:LEARNED], order[LEARNED:]))
        student = train_classifier([text for text, _ in learned], [label for _, label in learned], 0)
        shares = student.predict_proba([text for text, _ in tested])
        true = np.array([list(student.classes_).index(label) for _, label in tested])
        agreement = np.array([known[place] for place in order[LEARNED:]])
        of_draw = sweep_agreement(agreement, {"real": Trial(true, shares)}, draw)
        for level in of_draw["levels"] if of_draw else ():
            one = level["real"]
            found.setdefault(level["agreement"], []).append((level["rows"], one["accuracy"], one["macro_f1"]))
    swept = {level: [list(figures) for figures in zip(*of, strict=True)] for level, of in found.items()}
    return [AtLevel(level, round(np.mean(rows)), right, f1) for level, (rows, right, f1) in swept.items()]


def write_page(sweep: Sequence[AtLevel]) -> str:
    """Return the page in Markdown."""
    lines = ["| agreement at least | test rows | accuracy | macro-F1 |", "| --- | --- | --- | --- |"]
    for one in sweep:
        cells = [f"{one.agreement:.0%}", f"{one.rows:,}", *map(_format, (one.accuracy, one.macro_f1))]
        lines.append(f"| {' | '.join(cells)} |")
    gain = 100 * (np.mean(sweep[-1].accuracy) - np.mean(sweep[0].accuracy))
    said = (
        f"From all sentences to those on which everybody agrees, accuracy changes by {gain:+.1f} points. A\n"
        "checker's doubt about a sentence on which people disagree is no proof of a wrong label."
    )
    return HEAD + "\n".join(lines) + f"\n\n{said}\n"


def _format(scores: Sequence[float]) -> str:
    low, middle, high = (100 * one for one in (min(scores), float(np.mean(scores)), max(scores)))
    return f"{middle:.1f} ({low:.1f} to {high:.1f})"


def write_agreement_page(page: Path = REPOSITORY / "docs/agreement.md") -> None:
    """Measure the sweep and write its page; without the data, say so and exit 2."""
    if not (DATA / FOLDER).is_dir():
        print(f"{DATA / FOLDER} is not there: PEDIGREE_TEST_DATA names the folder of the data", file=sys.stderr)
        sys.exit(2)
    write_text(page, write_page(sweep_phrasebank(DATA)))
    print(f"wrote {page}")


def _read(folder: Path) -> tuple[Pairs, list[float]]:
    """Return every sentence once, with its label, and the highest agreement of a file that holds it."""
    found: dict[str, tuple[str, float]] = {}
    for name, level in LEVELS.items():
        for line in (folder / f"Sentences_{name}Agree.txt").read_text(encoding="latin-1").strip().split("\n"):
            text, _, label = line.strip().rpartition("@")
            if text:  # the file of full agreement holds a line that is a number alone
                found[text] = (label, level)
    return [(text, label) for text, (label, _) in found.items()], [level for _, level in found.values()]


if __name__ == "__main__":
    write_agreement_page(*map(Path, sys.argv[1:2]))
