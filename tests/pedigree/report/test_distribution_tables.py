from rich.console import Console

from pedigree.dataset.results import Distribution, GeneratorCount, LabelCount
from pedigree.report.distribution_tables import format_distribution, format_distribution_markdown
from pedigree.report.markdown import escape_markdown


def make_distribution(label: str = "praise", read: int | None = 7) -> Distribution:
    counts = LabelCount(
        label=label, target_share=0.5, wanted=10, made=1013, rejected={"pii": 1, "surplus": 1002}, kept=10, train=8,
        validation=2, read=read, deviation=0.0125,
    )  # fmt: skip
    other = counts.model_copy(update={"label": "complaint", "rejected": {}, "made": 10, "deviation": -0.0125})
    return Distribution(
        labels=[counts, other],
        generators=[GeneratorCount(generator="few-shot", made={label: 1013, "complaint": 10}, kept={label: 10})],
        unassigned={"refusal": 2},
        distance_made=0.25,
        distance_kept=0.0125,
        distance_read=None if read is None else 0.3,
        g_test_p=None if read is None else 0.4321,
    )


def show(distribution: Distribution) -> str:
    console = Console(width=100)
    with console.capture() as shown:
        console.print(format_distribution(distribution))
    return shown.get()


def test_terminal_shows_a_line_a_label_and_the_distances():
    lines = [line.rstrip() for line in show(make_distribution()).splitlines()]
    assert lines[1:] == [
        " label      target  want   made    out  kept  train  valid  read    off",
        " ──────────────────────────────────────────────────────────────────────",
        " praise      50.0%    10  1,013  1,003    10      8      2     7  +1.25",
        " complaint   50.0%    10     10      0    10      8      2     7  -1.25",
        "",
        " all        100.0%    20  1,023  1,003    20     16      4    14",
        "",
        "distance to the target shares (total variation): made 0.2500, kept",
        "0.0125, read 0.3000",
        "G-test of the kept rows: p 0.432; deviation: kept share minus target, in",
        "points",
        "answers without a candidate: refusal 2",
    ]


def test_terminal_shows_what_judges_confirmed_where_there_are_judges():
    labels = [label.model_copy(update={"judged": count}) for label, count in zip(make_distribution().labels, (9, 0),
              strict=True)]  # fmt: skip
    lines = show(make_distribution().model_copy(update={"labels": labels})).splitlines()
    assert [line.split()[-3] for line in lines if "0%" in line] == ["9", "0", "4"] and "judged" in lines[1]


def test_terminal_markup_in_a_label_is_shown_as_it_is():
    assert "[red]x[/red]" in show(make_distribution(label="[red]x[/red]"))


def test_markdown_shows_labels_reasons_and_generators():
    assert (
        format_distribution_markdown(make_distribution(read=None))
        == """\
## Labels

| label | target | wanted | made | rejected | kept | train | validation | read | deviation |
| :-- | --: | --: | --: | --: | --: | --: | --: | --: | --: |
| praise | 50.0% | 10 | 1,013 | 1,003 | 10 | 8 | 2 | - | +1.25 |
| complaint | 50.0% | 10 | 10 | 0 | 10 | 8 | 2 | - | -1.25 |
| all | 100.0% | 20 | 1,023 | 1,003 | 20 | 16 | 4 | - |  |

- distance to the target shares (total variation): made 0.2500, kept 0.0125, read unknown (no seeds)
- G-test of the kept rows: not defined; deviation: kept share minus target, in points
- answers without a candidate: refusal 2

## Rejected, by reason

| reason | praise | complaint |
| :-- | --: | --: |
| pii | 1 | 0 |
| surplus | 1,002 | 0 |

## Kept of made, by generator

| generator | praise | complaint |
| :-- | --: | --: |
| few-shot | 10 of 1,013 | 0 of 10 |
"""
    )


def test_hostile_labels_stay_in_their_cell():
    markdown = format_distribution_markdown(make_distribution(label="a|b`<img src=x>[y](http://z)&amp;\n# h"))
    assert r"| a\|b\`&lt;img src\=x&gt;\[y\](http\://z)&amp;amp; \# h |" in markdown
    assert "<" not in markdown.replace("&lt;", "")


def test_plain_labels_stay_readable():
    assert escape_markdown("how-to question, 2nd") == "how-to question, 2nd"


def add_real(distribution: Distribution) -> Distribution:
    """Return the distribution of a set of which 6 and 4 rows are real, and one real row did not enter."""
    real = GeneratorCount(generator="real", made={"praise": 7, "complaint": 4}, kept={"praise": 6, "complaint": 4})
    return distribution.model_copy(update={"generators": [*distribution.generators, real]})


def test_real_rows_have_a_column_and_what_models_made_is_told_without_them():
    lines = [line.rstrip() for line in show(add_real(make_distribution())).splitlines()]
    assert lines[1:5] == [
        " label      target  want  real   made    out  kept  train  valid  read    off",
        " ────────────────────────────────────────────────────────────────────────────",
        " praise      50.0%    10     6  1,006  1,002    10      8      2     7  +1.25",
        " complaint   50.0%    10     4      6      0    10      8      2     7  -1.25",
    ]
    assert "real rows rejected by screens or by review: 1" in map(str.strip, lines)
    said = format_distribution_markdown(add_real(make_distribution()))
    assert "| label | target | wanted | real | made |" in said and "| real | 6 of 7 | 4 of 4 |" in said
