"""The page on how to train on a dataset: what is recommended, why, and what it brought on real models' text."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from scipy.stats import binomtest

from pedigree.usefulness.cross_fitting import MIN_ROWS, WHY_SO_MANY
from pedigree.usefulness.setups import PAIR, RECALIBRATED

MIX_TITLES = {
    "both_real_upweighted": "both, real rows up-weighted",
    "both": "both",
    "synthetic": "synthetic alone",
    "real": "real alone",
}
TITLES = {
    **MIX_TITLES,
    **{f"{mix}{RECALIBRATED}": f"{title}, recalibrated" for mix, title in MIX_TITLES.items()},
    PAIR: "averaged pair",
}
Gain = tuple[float, float, float]


@dataclass(frozen=True)
class Line:
    """What is recommended to one student on one set, and each set-up's gain over real rows alone: value, low, high."""

    recommended: dict[str, Any]
    gains: dict[str, Gain]

    @property
    def gain(self) -> Gain:
        """Return the gain of the recommended set-up."""
        return self.gains[self.recommended["setup"]]


Lines = Mapping[str, Mapping[str, Line]]  # by set, then by student
HEAD = f"""\
<!-- Written by 'python benchmarks/recommended.py'; edit benchmarks/recommended_page.py instead. -->

# How to train on a dataset

The report, the card and `pedigree evaluate` recommend a set-up to train a classifier with, and say what it brings on
the held-out rows. `pedigree evaluate NAME` computes it for a version that was published before.

## What there is to choose from

In this order, the simplest first:

1. **both, real rows up-weighted**: the real rows weigh as much in all as the synthetic ones. This is the default;
   [real-text.md](real-text.md) is why.
2. **both**: every row has the weight 1.
3. **synthetic alone**, **real alone**.
4. Each of these **recalibrated**: a bias for each label is added to its log-probability.
5. **the averaged pair**: the log-probabilities of a classifier of the real rows and of a recalibrated classifier of
   the synthetic rows are averaged.

## How it is chosen

- On the real rows, never on the held-out ones. They are dealt into five folds; a classifier learns four of them and
  the synthetic rows, and reads the fifth. A synthetic row may be a real row rewritten, so a classifier that reads a
  fold learns no synthetic row whose nearest real row is in it. Where models rewrote real rows this still favours the
  synthetic rows: a rewritten row may be nearer to another one. Of more than 5,000 rows of a side, 5,000 are drawn.
- Biases are fitted on the readings of the other folds. Those of the final classifier are fitted on the readings of all
  folds. For synthetic rows alone they are fitted on at most 200 real rows.
- Of the set-ups whose macro-F1 is not below the best one's beyond the 95 % interval of the difference (paired over
  1,000 resamples of the real rows), the first in the order above is recommended. So the default stays unless another
  set-up is clearly better: on few rows the highest figure is often luck.
- With fewer than {MIN_ROWS} real rows nothing is chosen, and the default is recommended:
  {WHY_SO_MANY}.

## Take it

`pedigree export NAME --with-real` writes a folder with `training.jsonl` (columns `text`, `label`, `weight`, `source`),
`held-out.jsonl`, `biases.json` where the set-up is recalibrated, and `train.py`, which needs scikit-learn and polars
and prints the macro-F1 of the report to within 0.1 point. The files follow the set-up that is recommended for the
TF-IDF classifier; that for embeddings stands in the report. Held-out rows with personal data are left out if the recipe
screens for these (`pii`): `python train.py FILE` takes a file of your own.

`README.md` beside them says what is known of the labels (share right, interval, by whom) and on how many held-out rows
the figure rests. Where all held-out rows are read rightly, or none, the interval is Wilson's of the share right:
resampled rows would be all right, too, however few they are.
"""
METHOD = """\
## How it was measured

The lines are those of [real-text.md](real-text.md): what real models wrote, curated by the recipe's screens. Macro-F1
in percent on held-out rows that people wrote, with its 95 % interval. A difference is paired over the same resampled
held-out rows. Lines of one task share their real and held-out rows; the sign test takes lines as independent, so its p
is too small. The rule for ties and the order of the set-ups were written after a first look at these lines: the page
shows what the rule does, it does not test it on new data. Students of embeddings are tried on the lines of at most 6
labels, with the embedders that are on the machine. Classifiers are fitted more exactly than when real-text.md was
written: figures of the same rows differ from those by up to 0.3 points.

```sh
python benchmarks/recommended.py
```

It reads the folder that `PEDIGREE_TEST_DATA` names, or `../shared/data`. No text of it is part of this repository.
"""


def write_page(lines: Lines) -> str:
    """Return the page."""
    students = list(next(iter(lines.values())))
    parts = [HEAD]
    for student in students:
        own = {title: of[student] for title, of in lines.items() if student in of}
        parts += [f"## What it brought: {student}\n", _tell(own), _draw_lines(own), _draw_setups(own)]
    return "\n".join([*parts, METHOD])


def _tell(own: Mapping[str, Line]) -> str:
    """Say on how many lines the recommended set-up is above real rows alone, and on which it is not."""
    above = [title for title, line in own.items() if line.gain[0] > 0]
    sure = [title for title, line in own.items() if line.gain[1] > 0]
    below = [title for title, line in own.items() if line.gain[0] < 0]
    worse = [title for title, line in own.items() if line.gain[2] < 0]
    equal = [title for title in own if title not in above + below]
    mean = sum(line.gain[0] for line in own.values()) / len(own)
    said = [
        f"- Above real rows alone on {len(above)} of {len(own)} lines, on {len(sure)} beyond the interval; "
        f"{_show_points(mean)} points in the mean.",
        f"- Below on {len(below)}{_name(below)}, beyond the interval on {len(worse)}{_name(worse)}.",
    ]
    if equal:
        said.append(f"- Equal on {len(equal)}{_name(equal)}.")
    if above or below:
        chance = binomtest(len(above), len(above) + len(below)).pvalue
        said.append(f"- Sign test, {len(above)} above and {len(below)} below: p = {chance:.4f} (two-sided).")
    return "\n".join(said) + "\n"


def _name(titles: list[str]) -> str:
    return f" ({'; '.join(titles)})" if titles else ""


def _draw_lines(own: Mapping[str, Line]) -> str:
    head = ["task, model", "real rows", "recommended", "macro-F1", "real alone", "difference"]
    cells = [
        [
            title,
            f"{line.recommended['real_rows']:,}",
            TITLES[line.recommended["setup"]]
            + (f" ({line.recommended['real_weight']:.1f} times)" if line.recommended["real_weight"] > 1 else ""),
            f"{100 * line.recommended['macro_f1']:.1f} ("
            + " to ".join(f"{100 * end:.1f}" for end in line.recommended["macro_f1_interval"])
            + ")",
            f"{100 * line.recommended['real_macro_f1']:.1f}",
            _show(line.gain),
        ]
        for title, line in own.items()
    ]
    return _draw(head, cells)


def _draw_setups(own: Mapping[str, Line]) -> str:
    """Draw what each set-up would have brought if it had been taken on every line."""
    cells = []
    for name, title in TITLES.items():
        gains = [line.gains[name] for line in own.values() if name in line.gains]
        if name == "real" or not gains:
            continue
        cells.append(
            [
                title,
                str(len(gains)),
                _show_points(sum(gain[0] for gain in gains) / len(gains)),
                str(sum(gain[0] > 0 for gain in gains)),
                str(sum(gain[1] > 0 for gain in gains)),
                str(sum(gain[2] < 0 for gain in gains)),
            ]
        )
    head = ["always this set-up", "lines", "mean difference", "above", "beyond the interval", "below beyond it"]
    return "The same if one set-up is taken on every line, without a choice:\n\n" + _draw(head, cells)


def _show_points(value: float) -> str:
    return f"{100 * value:+.1f}".replace("-", "−")


def _show(gain: Gain) -> str:
    said = f"{_show_points(gain[0])} ({_show_points(gain[1])} to {_show_points(gain[2])})"
    return f"**{said}**" if gain[1] > 0 or gain[2] < 0 else said


def _draw(head: list[str], cells: list[list[str]]) -> str:
    rows = [head, ["---"] * len(head), *cells]
    return "".join(f"| {' | '.join(row)} |\n" for row in rows)
