"""Formats the label distribution as a table for the terminal and as Markdown."""

from collections.abc import Callable

from rich.box import SIMPLE_HEAD
from rich.table import Table
from rich.text import Text

from pedigree.dataset.results import Distribution, LabelCount
from pedigree.recipe.label_sets.names import SEPARATOR
from pedigree.report.markdown import escape_markdown, write_table

COLUMNS = (
    "label",
    "target",
    "wanted",
    "made",
    "rejected",
    "kept",
    "train",
    "validation",
    "judged",
    "read",
    "deviation",
)
SHORT = {"wanted": "want", "rejected": "out", "validation": "valid", "deviation": "off"}  # to fit into 80 columns


def format_distribution(distribution: Distribution) -> Table:
    """Return a table for the terminal: one line per label, the totals, and the distances below."""
    table = Table(
        box=SIMPLE_HEAD,
        pad_edge=False,
        padding=(0, 1, 0, 0),
        collapse_padding=True,
        caption=Text("\n".join(_list_distances(distribution))),
        caption_justify="left",
    )
    for column in _list_columns(distribution):
        is_name = column == "label"
        table.add_column(
            SHORT.get(column, column), justify="left" if is_name else "right", overflow="fold", no_wrap=not is_name
        )
    for label in distribution.labels:
        table.add_row(*map(Text, _list_cells(label, distribution)))
    table.add_section()
    table.add_row(*map(Text, _list_totals(distribution)))
    return table


def format_distribution_markdown(distribution: Distribution) -> str:
    """Return the whole distribution as Markdown: labels, distances, rejections by reason, generators."""
    labels = [label.label for label in distribution.labels]
    reasons = sorted({reason for label in distribution.labels for reason in label.rejected})
    parts = [
        "## Labels",
        write_table(
            _list_columns(distribution),
            [*(_list_cells(label, distribution) for label in distribution.labels), _list_totals(distribution)],
        ),
        "\n".join(f"- {line}" for line in _list_distances(distribution, escape_markdown)),
        "## Rejected, by reason",
        write_table(["reason", *labels], ([reason, *_list_rejected(distribution, reason)] for reason in reasons)),
        "## Kept of made, by generator",
        write_table(
            ["generator", *labels],
            (
                [one.generator, *(f"{one.kept.get(label, 0):,} of {one.made.get(label, 0):,}" for label in labels)]
                for one in distribution.generators
            ),
        ),
    ]
    return "\n\n".join(parts) + "\n"


def _list_columns(distribution: Distribution) -> list[str]:
    before = COLUMNS.index("made")
    columns = [*COLUMNS[:before], *["real"] * bool(distribution.real), *COLUMNS[before:]]
    return [name for name in columns if name != "judged" or distribution.judged]


def _list_cells(label: LabelCount, distribution: Distribution) -> list[str]:
    read = "-" if label.read is None else f"{label.read:,}"
    return [
        label.label,
        f"{label.target_share:.1%}",
        *(f"{n:,}" for n in _count_cells(label, distribution)),
        *([] if label.judged is None else [f"{label.judged:,}"]),
        read,
        f"{label.deviation * 100:+.2f}",
    ]


def _count_cells(label: LabelCount, distribution: Distribution) -> list[int]:
    """Return the rows wanted, real, made, rejected, kept, train, validation; made and rejected exclude real rows."""
    real = distribution.real
    given, kept = (real.made[label.label], real.kept[label.label]) if real else (0, 0)
    made, rejected = label.made - given, sum(label.rejected.values()) - (given - kept)
    return [label.wanted, *[kept] * bool(real), made, rejected, label.kept, label.train, label.validation]


def _list_totals(distribution: Distribution) -> list[str]:
    labels = distribution.labels
    reads = [label.read for label in labels if label.read is not None]
    counts = map(sum, zip(*(_count_cells(label, distribution) for label in labels), strict=True))
    read = f"{sum(reads):,}" if len(reads) == len(labels) else "-"
    judged = [f"{sum(label.judged or 0 for label in labels):,}"] * distribution.judged
    return ["all", f"{sum(label.target_share for label in labels):.1%}", *(f"{n:,}" for n in counts), *judged, read, ""]


def _list_rejected(distribution: Distribution, reason: str) -> list[str]:
    return [f"{label.rejected.get(reason, 0):,}" for label in distribution.labels]


def _list_distances(distribution: Distribution, escape: Callable[[str], str] = str) -> list[str]:
    several = any(SEPARATOR in label.label for label in distribution.labels)
    unknown = "unknown (no seeds, or several labels a row)" if several else "unknown (no seeds)"
    read = unknown if distribution.distance_read is None else f"{distribution.distance_read:.4f}"
    test = "not defined" if distribution.g_test_p is None else f"p {distribution.g_test_p:.3g}"
    lines = [
        f"distance to the target shares (total variation): "
        f"made {distribution.distance_made:.4f}, kept {distribution.distance_kept:.4f}, read {read}",
        f"G-test of the kept rows: {test}; deviation: kept share minus target, in points",
    ]
    if (real := distribution.real) and (out := sum(real.made.values()) - sum(real.kept.values())):
        lines.append(f"real rows rejected by screens or by review: {out:,}")
    if distribution.unassigned:
        reasons = ", ".join(f"{escape(reason)} {count:,}" for reason, count in distribution.unassigned.items())
        lines.append(f"answers without a candidate: {reasons}")
    return lines
