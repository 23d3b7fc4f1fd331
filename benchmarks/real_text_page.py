"""The page of what real models' text is worth: tables, and what they show, in Markdown."""

from collections.abc import Callable, Mapping

from benchmarks.real_text_figures import Figures, Score

COLUMNS = {
    "real": "real alone",
    "came": "as it came",
    "curated": "curated",
    "both": "both",
    "both_real_upweighted": "both, real up-weighted",
    "recalibrated": "curated, recalibrated",
}
DIFFERENCES = {
    "curated_minus_came": "curated − as it came",
    "both_minus_real": "both − real",
    "both_real_upweighted_minus_real": "up-weighted − real",
    "recalibrated_minus_synthetic": "recalibrated − curated",
}
MIN_REPORTED = 0.01  # of the rows that came: what screens of fewer took is not told as a reason
HEAD = """\
<!-- Written by 'make real-text'; edit benchmarks/real_text_page.py instead. -->

# What the text of real models is worth

Text that models wrote for classifiers, replayed by Pedigree: is it worth having, and is it worth more after \
curation? Each
line below is one recipe with `strategy: replay` over the file of one model, taken through the flow's steps with \
every screen
as it is by default, unless the line says otherwise; whatever passes is kept, as many rows of a label as there are. \
Then a small
student (TF-IDF and logistic regression) learns from rows and is tested on held-out rows that people wrote. None of it
reproduces a paper: the students are smaller, and so are the real sets.

The emotion tweets hold people's handles, and so does what models made of them. The screen for personal data turns \
such rows
away, as it should where rows are handed on; the lines `pii: off` keep them and tell what that costs.
"""
METHOD = """\
## How it was measured

- *Real alone*: the real rows that the model was shown, a tenth of a crowd-labelled set. *As it came*: every row that \
could be read
  in the model's file, before any screen. *Curated*: the dataset that the recipe made of it. *Both*: curated and real \
rows;
  *up-weighted*: the real rows weigh as much in all as the curated ones. *Recalibrated*: the student of curated rows \
alone,
  its decisions moved by one bias a label, chosen on at most 200 of the real rows.
- A cell has macro-F1 in percent with its 95 % interval (1,000 resamples of the test rows), and below it mean ± \
standard deviation
  over five students of training rows drawn anew. A difference is of the first figures, its interval over the same \
resampled test
  rows (paired bootstrap). Intervals tell of the test rows; the ± beside them of the training rows. Each interval \
stands for itself:
  of twenty differences that are none, one leaves 0 out by chance; and lines of one task share their real and test rows.
- Of a text that stands twice, or in the real and the held-out rows, the first counts. SuperGen has no real rows to \
learn from: 200
  were drawn from its real test file, and the rest is what it is tested on.

## Run it

```sh
make real-text     # or: python benchmarks/real_text.py
```

It reads the folder that `PEDIGREE_TEST_DATA` names, or `../shared/data`, takes a few minutes, and writes this page; \
the same files
give the same page. No text of it is part of this repository.

## Sources

- hyperbole, sentiment, question-intimacy, emotion: [The Parrot Dilemma](https://arxiv.org/abs/2304.13861) (Møller et \
al. 2024), MIT licence:
  rows that GPT-4 and Llama-2-70B wrote from the real ones. Known of them: of Llama's emotion rows more than 40 % are \
exact duplicates,
  and many of its sentiment rows add hashtags; in the sentiment tweets `@user` stands for handles, the emotion tweets \
hold real ones.
- sst2: [SuperGen](https://arxiv.org/abs/2202.04538) (Meng et al. 2022), Apache-2.0: film reviews that CTRL (1.6B) \
wrote from prompts alone.
  Known of them: 2,590 of 6,000 open with "this film is".
"""

NO_BETTER = "what curation brings these students is fewer rows, without copies and personal data, that teach as much"


def write_page(lines: Mapping[str, Figures]) -> str:
    """Return the page; ``lines`` are the figures by title, in the table's order."""
    return "\n".join(
        [HEAD, _format_findings(lines), _draw_scores(lines), _draw_differences(lines), _draw_screens(lines), METHOD]
    )


def _format_findings(lines: Mapping[str, Figures]) -> str:
    said = [
        "## What it shows\n",
        _format_claim(lines, "curated_minus_came", "**Curated is not worse than as it came**", worse=True),
        *(_explain_loss(title, one) for title, one in lines.items() if one.differences["curated_minus_came"][2] < 0),
        _format_claim(lines, "both_minus_real", "**Both beat real rows alone**", worse=False),
        _format_means(lines),
        _format_claim(lines, "both_real_upweighted_minus_real",
            "**Both, real rows up-weighted, beat real rows alone**", worse=False),
        _format_recalibration(lines),
        _format_gains(lines),
    ]  # fmt: skip
    return "\n".join(said) + "\n"


def _format_claim(lines: Mapping[str, Figures], difference: str, claim: str, *, worse: bool) -> str:
    """Say of how many lines a claim holds beyond its interval, and of which it does not."""
    above = _choose(lines, difference, lambda value, low, high: low > 0)
    below = _choose(lines, difference, lambda value, low, high: high < 0)
    count = len(lines)
    if worse:
        better = f" It is better in {_join(above)}." if above else f" It is better in none: {NO_BETTER}."
        where = f" It is worse in {_join(below)}, for the reason below." if below else ""
        return (
            f"- {claim} (beyond the interval of the difference) in {count - len(below)} of {count} "
            f"lines.{better}{where}"
        )
    open_ = [title for title in lines if title not in above + below]
    higher = _choose(lines, difference, lambda value, low, high: value > 0)
    others = [title for title in lines if title not in higher]
    said = f"- {claim} in {len(higher)} of {count} lines, in {len(above)} of them beyond the interval of the difference"
    said += f", and not in {_join(others)}." if others else "."
    said += f" The interval holds 0 in {_join(open_)}." if open_ else ""
    return said + (f" They are worse in {_join(below)}." if below else "")


def _format_means(lines: Mapping[str, Figures]) -> str:
    above = [title for title, one in lines.items() if one.scores["both"].mean > one.scores["real"].mean]
    others = [title for title in lines if title not in above]
    said = f"  - Of the means over five students, that of both is the higher in {len(above)} of {len(lines)} lines"
    return said + (f", and not in {_join(others)}." if others else ".")


def _explain_loss(title: str, one: Figures) -> str:
    """Say which screens took most of a line's rows, and the labels that lost most."""
    large = [(reason, count / one.came) for reason, count in one.rejects.items() if count >= MIN_REPORTED * one.came]
    took = [f"`{reason}` {100 * share:.0f} %" for reason, share in large]
    lost = sorted(one.labels, key=lambda label: (one.labels[label][2] / max(one.labels[label][1], 1), label))[:3]
    left = [f"{label} {one.labels[label][2]:,} of {one.labels[label][1]:,}" for label in lost]
    gate = " Its gate on the fewest rows of a label keeps it from being published." if one.below_floor else ""
    told = f"turned away {', '.join(took)}; left of labels {', '.join(left)}."
    return f"  - {title}: {_show(one.differences['curated_minus_came'])}; {told}{gate}"


def _format_recalibration(lines: Mapping[str, Figures]) -> str:
    name = "recalibrated_minus_synthetic"
    above, below = (
        _choose(lines, name, lambda value, low, high: low > 0), _choose(lines, name, lambda value, low, high: high < 0)
    )  # fmt: skip
    said = (
        f"- **Recalibrating** the decisions on at most 200 real rows raises macro-F1 beyond the interval in "
        f"{len(above)} of {len(lines)} lines"
    )
    said += f" ({_join(above)})" if above else ""
    return said + (f", and lowers it in {_join(below)}." if below else ", and lowers it in none.")


def _format_gains(lines: Mapping[str, Figures]) -> str:
    """Say what labels with few real rows gain of both, and what the others do; of tasks with more than two labels."""
    rare, common = [], []
    for one in lines.values():
        even = one.real / len(one.labels)
        for label, gain in one.gains.items():
            if len(one.labels) > 2:
                (rare if one.labels[label][0] < even else common).append(gain)
    if not rare or not common:
        return "- Of no line there are rare labels and others whose gains can be compared."
    mean = [f"{100 * sum(gains) / len(gains):+.1f}".replace("-", "−") for gains in (rare, common)]
    return (
        f"- **Rare labels**: where there are more than two labels, those with less than an even share of the "
        f"real rows gain {mean[0]} "
        f"points of F1 on average when curated rows are added, the others {mean[1]}."
    )


def _draw_scores(lines: Mapping[str, Figures]) -> str:
    head = ["task, model", "rows: came → curated", *COLUMNS.values()]
    cells = [
        [title, f"{one.came:,} → {one.kept:,}<br>real {one.real:,}, test {one.tests:,}",
         *(_show_score(one.scores[name]) for name in COLUMNS)]
        for title, one in lines.items()
    ]  # fmt: skip
    return "## The table\n\n" + _draw(head, cells)


def _draw_differences(lines: Mapping[str, Figures]) -> str:
    cells = [[title, *(_show(one.differences[name]) for name in DIFFERENCES)] for title, one in lines.items()]
    head = ["task, model", *DIFFERENCES.values()]
    return "Differences in points of macro-F1; bold where the interval leaves 0 out.\n\n" + _draw(head, cells)


def _draw_screens(lines: Mapping[str, Figures]) -> str:
    """Draw what was turned away, the label that lost most, and how far the labels' shares moved."""
    cells = []
    for title, one in lines.items():
        reasons = ", ".join(f"{reason} {count:,}" for reason, count in one.rejects.items()) or "nothing"
        least = min(one.labels, key=lambda label: (one.labels[label][2] / max(one.labels[label][1], 1), label))
        cells.append(
            [title, reasons, f"{least}: {one.labels[least][2]:,} of {one.labels[least][1]:,}", f"{_move(one):.3f}"]
        )
    head = ["task, model", "turned away", "label that lost most: kept", "labels moved"]
    said = (
        "What the screens took. *Moved* is the total-variation distance between the labels' shares before "
        "and after (0 to 1).\n\n"
    )
    return said + _draw(head, cells)


def _move(one: Figures) -> float:
    return sum(abs(came / one.came - kept / one.kept) for _, came, kept in one.labels.values()) / 2


def _choose(lines: Mapping[str, Figures], name: str, holds: Callable[[float, float, float], bool]) -> list[str]:
    return [title for title, one in lines.items() if holds(*one.differences[name])]


def _show_score(score: Score) -> str:
    below = "" if score.mean is None else f"<br>{100 * score.mean:.1f} ± {100 * score.std:.1f}"
    return f"{100 * score.f1:.1f}<br>({100 * score.low:.1f} to {100 * score.high:.1f}){below}"


def _show(difference: tuple[float, float, float]) -> str:
    value, low, high = (100 * part for part in difference)
    said = f"{value:+.1f} ({low:+.1f} to {high:+.1f})"
    said = said.replace("-", "−")
    return f"**{said}**" if low > 0 or high < 0 else said


def _draw(head: list[str], cells: list[list[str]]) -> str:
    rows = [head, ["---"] * len(head), *cells]
    return "".join(f"| {' | '.join(row)} |\n" for row in rows)


def _join(names: list[str]) -> str:
    return "; ".join(names)
