"""The page of what checks of labels are worth: tables and their reading, in Markdown."""

from collections.abc import Mapping

from benchmarks.label_definitions import Readings
from benchmarks.label_embedders import Figures
from benchmarks.label_mixtures import CALIBRATED, MIXTURES, PEOPLE, REVIEWED, ROWS, Coverage
from pedigree.dataset.results import Estimate

HEAD = """\
<!-- Written by 'python benchmarks/label_checks.py'; edit benchmarks/label_check_page.py instead. -->

# What checks of labels are worth

A version's gate on the share of right labels rests on people, on a judge model, or on a classifier of people's
rows. This page measures the classifier on rows that people labelled, and the intervals on datasets whose truth is
known.

## Which evidence there is

The strongest kind comes first. All kinds that a recipe has are shown with their intervals; the gate *label precision*
uses the first that decides. Where the intervals of two kinds have no share in common, report, card, run page and
terminal say that they disagree, and which one the gate used.

| evidence | it is there with | it costs | it proves | the gate uses it |
| --- | --- | --- | --- | --- |
| people: a random sample, read | `pedigree review NAME --sample 100` | people's time; no tokens | the share of \
right labels of all rows, as the readers see it; the interval holds the sampling, not what a reader gets wrong (two \
readers: their agreement) | first |
| a judge model | `judges:` in the recipe | `votes` answers for each row and for each row of people it is tested \
on: tokens, and USD where a price is known | the share, corrected for the errors that the judge makes on people's \
rows; that it errs alike on a model's rows is assumed | second; a judge no better than chance decides nothing, one \
that wrote the rows never passes it |
| a classifier of seed and real rows | two or more rows of people of each label | nothing; seconds of a CPU | the \
share, corrected for its errors on held-out rows or people's rows; a wide interval where it can hardly tell the \
labels | third |
| people's decisions on chosen rows | `pedigree review NAME` without `--sample` | people's time | these rows, and \
all rows only if every row was decided on | no |
| definitions of labels | always | nothing | too little: see below | no |
| none of these | | | nothing: nobody has checked the labels | a version is not published, unless `gates: \
{label_precision: unchecked-ok}` |

An interval wider than 50 points is said not to tell how many are right. One below the limit (0.7) fails the gate, one
above it passes it, and one that holds it leaves the gate unknown.

## The classifier

It learns the recipe's seed rows and real rows: TF-IDF with a logistic regression. If `evaluate: {embedder: ...}`
names a local embedder that is on the machine, a logistic regression on its vectors is added, by the geometric mean
of the two.

- **No row is judged by a classifier that learned the row next to it.** People's rows are dealt into five folds; a
  text is read by the classifier that left out the fold of the nearest row. Without that, a classifier repeats the
  seed's label for a rewritten seed, whatever its text says: of 4,500 tweets that GPT-4 wrote from 500 labelled ones
  (13 emotions), it "agreed" with 55 % where it had learned the tweet, and with 13 % where it had not.
- **The share of right labels** is the share of rows that are read as labelled, corrected for the classifier's
  errors on held-out rows, one label against the others (Rogan and Gladen 1978). The interval covers the errors' own
  uncertainty, and a move of the classifier's readings on a model's text (log-odds of standard deviation 0.15). A
  larger move is not covered: between people's rows and rows of real models, differences of 0.5 and more were seen
  for single labels.
- **The share of all rows is the mean of the labels' shares**, weighted by their rows, so that no label contradicts
  it. Its interval also covers the case that readings too low for one label balance readings too high for another.
- **Which label is written for which** is counted by confident learning (Northcutt, Jiang and Chuang 2021); the
  counts equal those of the package cleanlab 2.9.
- **It reports and gates; it removes no row.** Dropping what a weak classifier doubts can empty a label.
- Without seed rows there is no classifier. Definitions of labels are not used in their place: see below.
"""
EMBEDDERS = """\
## Which embedder reads labels best

15 people's rows of each label are learned, up to 300 others judged, over three draws of the 15. Of the judged rows,
10 % get another label by chance. Each cell: macro-F1 in percent / AUC of the exchanged rows / share of exchanged
rows among the rows that stand out most, as many as were exchanged, in percent.
"""
CHOICE = """\
- **MiniLM** (all-MiniLM-L6-v2, Apache-2.0) with TF-IDF finds most on most sets. Its weights are 91 MB and the usual
  way to run it needs torch, so it is not installed by default: install `sentence-transformers`, put the model on
  the machine, and set `evaluate: {embedder: sentence-transformers/all-MiniLM-L6-v2}`.
- **WordLlama** (package 0.4, MIT) with TF-IDF has a higher macro-F1 than TF-IDF alone on all sets, by less. Its 16
  MB of vectors were trained from token embeddings of Llama 2 and others, whose licence is not the package's: it is
  not a default either.
- **model2vec** (potion) and **fastembed** install, but load their weights from a hub that was not reachable where
  this page was made: they are not in the table. A model2vec folder in the workspace is used where
  `evaluate.embedder` names it.
- So TF-IDF is what is always there, and an embedder is what the recipe names. If the named one is missing, the
  evidence says so.
"""
DEFINITIONS = """\
## Definitions in place of seed rows

Rows of people are read as the label whose name and definition have the largest TF-IDF cosine with the text. A row that
shares no term with any definition is not read. *Always the same* is the share that is right where every row is read as
the most frequent label. The interval is Wilson's, 95 %.
"""
REAL = """\
## What it says of real text

The texts of docs/real-text.md. The classifier learns the real rows that the model was shown, and its errors are
known from held-out rows (for people's rows: from one half of them; the other half is judged). Nobody has labelled
the models' rows, so their true share is not known. A label that the classifier recognises hardly more often than
others are taken for it tells nothing: there the interval is wide, and the gate stays unknown. None of the models'
sets lies wholly below the limit of 0.7. The interval misses the truth in question-intimacy, six labels that differ
by degree: 0.90 with 10 % exchanged, and 0 with all exchanged.
"""
INTERVALS = f"""\
## Do the intervals hold the truth?

{MIXTURES} seeded datasets: 2 to 8 labels of {ROWS} rows, 0 to 50 % of the labels wrong, half of the datasets by any
other label and half by the next label. The classifier's errors are known from {PEOPLE} rows of each label; a review
is of {REVIEWED} rows. The weak judge has sensitivity 0.903 and specificity 0.487, as was measured for GPT-3.5 on
500 sarcastic and other texts, the good one 0.95 and 0.85; the errors of both are known from {CALIBRATED} right and
{CALIBRATED} wrong rows. Here no reading moves between people's rows and the dataset's.
"""


def write_page(
    figures: Mapping[str, Figures],
    real: Mapping[str, Mapping[str, Estimate]],
    coverage: Mapping[str, Coverage],
    definitions: Mapping[str, Readings],
) -> str:
    """Return the page in Markdown; ``figures`` are of each set, ``real`` of each source, ``coverage`` of estimates."""
    parts = [HEAD, EMBEDDERS, _write_figures(figures), CHOICE, DEFINITIONS, _write_definitions(definitions)]
    parts += [REAL, _write_real(real), INTERVALS]
    return "\n".join([*parts, _write_coverage(coverage)])


def _write_definitions(definitions: Mapping[str, Readings]) -> str:
    lines = [
        "| rows | labels | rows that are read | right, of these | always the same |",
        "| --- | --- | --- | --- | --- |",
    ]
    for name, one in definitions.items():
        low, high = one.interval
        right = f"{one.right / one.said:.0%} ({low:.0%} to {high:.0%})"
        lines.append(f"| {name} | {one.labels} | {one.said:,} of {one.rows:,} | {right} | {one.frequent:.0%} |")
    above = [name for name, one in definitions.items() if one.interval[0] > one.frequent]
    said = (
        f"Definitions say more than the most frequent label does in {len(above)} of {len(definitions)} sets "
        f"({'; '.join(above)}),\nand how often they err there is not known without rows of people. "
        "So they are no evidence: without seed rows, a\njudge or a review, nobody has checked the labels."
    )
    return "\n".join([*lines, "", said]) + "\n"


def _write_real(real: Mapping[str, Mapping[str, Estimate]]) -> str:
    names = list(next(iter(real.values())))
    lines = [f"| rows | {' | '.join(names)} |", f"| --- |{' --- |' * len(names)}"]
    for title, found in real.items():
        cells = [f"{one.share:.2f} ({one.low:.2f} to {one.high:.2f})" for one in found.values()]
        lines.append(f"| {title} | {' | '.join(cells)} |")
    return "\n".join(lines) + "\n"


def _write_figures(figures: Mapping[str, Figures]) -> str:
    names = list(next(iter(figures.values())))
    lines = [f"| rows | {' | '.join(names)} |", f"| --- |{' --- |' * len(names)}"]
    for one, found in figures.items():
        cells = [f"{100 * f1:.0f} / {auc:.2f} / {100 * precision:.0f}" for f1, auc, precision in found.values()]
        lines.append(f"| {one} | {' | '.join(cells)} |")
    return "\n".join(lines) + "\n"


def _write_coverage(coverage: Mapping[str, Coverage]) -> str:
    lines = [
        f"| estimate | intervals of {MIXTURES} that hold the truth | median width | mean error |",
        "| --- | --- | --- | --- |",
    ]
    for name, one in coverage.items():
        lines.append(f"| {name} | {one.held} | {one.width:.2f} | {one.error:+.3f} |")
    return "\n".join(lines) + "\n"
