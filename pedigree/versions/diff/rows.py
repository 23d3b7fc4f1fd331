"""Compares the rows of two versions by row_id.

Only ids, labels, splits and a hash of the fields are held in memory: the tables are scanned, and the few sample rows
are read last.
"""

from typing import Any

import polars as pl

from pedigree.dataset.output_files import SPLITS
from pedigree.dataset.spans.shown import show_spans
from pedigree.errors import WorkspaceError
from pedigree.versions.diff.model import SAMPLE, LabelChange, LabelSide, RowChange, RowChanges, RowShown, RowsOneSided
from pedigree.versions.version_reader import VersionReader

BATCH = 100_000  # rows; as many as a row group has
PARTS = 16  # the tables are joined in so many parts, by a hash of the row's id
# Other columns are fields, except the marks.
OWN = {"row_id", "label", "weight", "generator", "completion_id", "position"}
MARKS = {"real", "agreed"}  # of real rows, and of rows whose judges agree, where they are truth values
# In a joined table: which version has the row.
BEFORE, AFTER = pl.col("label").is_not_null(), pl.col("label_after").is_not_null()
MOVED = pl.col("split") != pl.col("split_after")
RELABELLED = pl.col("label") != pl.col("label_after")
REWORDED = pl.col("content") != pl.col("content_after")


def compare_rows(before: VersionReader, after: VersionReader) -> tuple[RowChanges, list[LabelChange]]:
    """Return how the rows differ, in total and by label; raise WorkspaceError where a table can't be read."""
    try:
        fields = sorted(_list_fields(before) & _list_fields(after))
        joined = _join(_read_narrow(before, fields), _read_narrow(after, fields))
        return _sum_up(joined, before, after, fields), _count_labels(joined, before, after)
    except (pl.exceptions.PolarsError, OSError) as error:
        raise WorkspaceError(
            f"the tables of {before.dataset} can't be compared: {str(error).splitlines()[0]}",
            expected="train, validation and rejects as Pedigree writes them",
            hint=f"'pedigree verify {before.dataset} --rev VERSION' shows which of them was changed",
        ) from None


def _sum_up(joined: pl.DataFrame, before: VersionReader, after: VersionReader, fields: list[str]) -> RowChanges:
    both = BEFORE & AFTER
    counts = joined.select(
        before=BEFORE.sum(),
        after=AFTER.sum(),
        shared=both.sum(),
        moved=(both & MOVED).sum(),
        relabelled=(both & RELABELLED).sum(),
        reworded=(both & REWORDED).sum(),
    ).row(0, named=True)
    removed = joined.lazy().filter(~AFTER).select("row_id", "label", "content")
    added = joined.lazy().filter(~BEFORE).select("row_id", label="label_after", content="content_after")
    same = added.join(removed, on=["label", "content"], how="semi").select(pl.len()).collect().item()
    return RowChanges(
        before=counts["before"],
        after=counts["after"],
        shared=counts["shared"],
        added=_describe_one_sided(added, after, before),
        removed=_describe_one_sided(removed, before, after),
        same_content=same if fields else 0,
        moved=_describe_both(joined, MOVED, counts["moved"], before, after, ["split"]),
        relabelled=_describe_both(joined, RELABELLED, counts["relabelled"], before, after, ["label"]),
        reworded=_describe_both(joined, REWORDED, counts["reworded"], before, after, fields),
        fields=fields,
    )


def _count_labels(joined: pl.DataFrame, before: VersionReader, after: VersionReader) -> list[LabelChange]:
    older = _count_side(joined.filter(BEFORE), "label", "split", ~AFTER)
    newer = _count_side(joined.filter(AFTER), "label_after", "split_after", ~BEFORE)
    targets = [_read_targets(side) for side in (before, after)]
    changes = []
    for label in sorted({**older, **newer, **targets[0], **targets[1]}):
        counts = [side.get(label) for side in (older, newer)]
        sides = [_describe_label(label, *pair) for pair in zip(counts, targets, strict=True)]
        rows, alone = ([count[name] if count else 0 for count in counts] for name in ("rows", "alone"))
        changes.append(
            LabelChange(
                label=label, before=sides[0], after=sides[1], change=rows[1] - rows[0], added=alone[1], removed=alone[0]
            )
        )
    return changes


def _count_side(rows: pl.DataFrame, label: str, split: str, alone: pl.Expr) -> dict[str, dict[str, int]]:
    """Return label -> the number of rows in all, in each split, and in this version only."""
    splits = {name: (pl.col(split) == name).sum() for name in SPLITS}
    counts = rows.group_by(label=label).agg(rows=pl.len(), **splits, alone=alone.sum())
    return {line.pop("label"): line for line in counts.iter_rows(named=True)}


def _describe_label(label: str, counts: dict[str, int] | None, targets: dict[str, float | None]) -> LabelSide | None:
    if counts is None and label not in targets:
        return None
    rows = {name: counts[name] if counts else 0 for name in ("rows", *SPLITS)}
    return LabelSide(**rows, target_share=targets.get(label))


def _describe_one_sided(rows: pl.LazyFrame, here: VersionReader, there: VersionReader) -> RowsOneSided:
    """Describe rows that only ``here`` has, and what happened to them in ``there``."""
    rejects = pl.scan_parquet(there.tables["rejects"]).select("row_id", "reason").drop_nulls().unique("row_id")
    fates = rows.join(rejects, on="row_id", how="left").group_by("reason").agg(rows=pl.len()).collect()
    by_reason = dict(fates.iter_rows())
    unknown = by_reason.pop(None, 0)
    return RowsOneSided(
        count=unknown + sum(by_reason.values()),
        sample=[_show(row) for row in _read_sample(here, rows)],
        rejected_there=dict(sorted(by_reason.items())),
        unknown_there=unknown,
    )


def _describe_both(
    joined: pl.DataFrame, changed: pl.Expr, count: int, before: VersionReader, after: VersionReader, columns: list[str]
) -> RowChange:
    """Describe rows of both versions in which one of the columns differs."""
    chosen = joined.lazy().filter(BEFORE & AFTER & changed)
    older = {row["row_id"]: row for row in _read_sample(before, chosen)} if count else {}
    newer = _read_sample(after, chosen) if count else []
    shown = []
    for row in newer:
        earlier = older[row["row_id"]]
        changed_columns = [name for name in columns if earlier[name] != row[name]]
        values = ({name: version[name] for name in changed_columns} for version in (earlier, row))
        shown.append(_show(row, *values))
    return RowChange(count=count, sample=shown)


def _read_sample(side: VersionReader, rows: pl.LazyFrame) -> list[dict[str, Any]]:
    """Return the first rows in the order of their ids, with all columns."""
    chosen = rows.select("row_id").sort("row_id").head(SAMPLE).collect()["row_id"].to_list()
    parts = [
        _scan(side, split).filter(pl.col("row_id").is_in(chosen)).with_columns(split=pl.lit(split)) for split in SPLITS
    ]
    return pl.concat(parts, how="diagonal_relaxed").collect().sort("row_id").to_dicts() if chosen else []


def _show(row: dict[str, Any], before: dict[str, Any] | None = None, after: dict[str, Any] | None = None) -> RowShown:
    marks = {name for name in MARKS if isinstance(row.get(name), bool | None)}
    fields = {name: value for name, value in row.items() if name not in OWN | {"split"} | marks}
    return RowShown(
        row_id=row["row_id"],
        label=row["label"],
        split=row["split"],
        generator=row.get("generator"),
        fields=fields,
        before=before or {},
        after=after or {},
    )


def _join(older: list[pl.DataFrame], newer: list[pl.DataFrame]) -> pl.DataFrame:
    """Return the rows of both versions, one line an id. Both lists are emptied, which frees their parts."""
    joined = []
    while older:
        joined.append(older.pop().join(newer.pop(), on="row_id", how="full", coalesce=True, suffix="_after"))
    return pl.concat(joined, rechunk=False)


def _read_narrow(side: VersionReader, fields: list[str]) -> list[pl.DataFrame]:
    """Return id, label, split and a hash of the fields of each row, in parts by a hash of the id.

    The hashes are valid within this process. Rows are read in batches: one scan would hold the texts of a whole file in
    memory before they are hashed.
    """
    content = pl.struct([pl.col(name).cast(pl.String) for name in fields]).hash() if fields else pl.lit(0, pl.UInt64)
    parts: list[list[pl.DataFrame]] = [[] for _ in range(PARTS)]
    for split in SPLITS:
        rows = _scan(side, split)
        narrow = rows.select(
            "row_id", pl.col("label").cast(pl.Categorical), split=pl.lit(split, pl.Categorical), content=content
        )
        height = rows.select(pl.len()).collect().item()
        for start in range(0, max(1, height), BATCH):
            batch = narrow.slice(start, BATCH).collect()
            for number, part in enumerate(parts):
                part.append(batch.filter(pl.col("row_id").hash() % PARTS == number))
    return [pl.concat(part) for part in parts]


def _scan(side: VersionReader, split: str) -> pl.LazyFrame:
    """Return a table with a row's spans, and its set of labels, as a text, compared and shown as other fields are."""
    rows = show_spans(pl.scan_parquet(side.tables[split]))
    sets = [name for name, kind in rows.collect_schema().items() if kind == pl.List(pl.String)]
    return rows.with_columns(pl.col(name).list.join("; ") for name in sets)


def _list_fields(side: VersionReader) -> set[str]:
    schemas = [pl.scan_parquet(side.tables[split]).collect_schema() for split in SPLITS]
    names = {name for schema in schemas for name, kind in schema.items() if name not in MARKS or kind != pl.Boolean}
    return names - OWN


def _read_targets(side: VersionReader) -> dict[str, float | None]:
    """Return label -> target share; empty where rows have sets of labels, which have no target."""
    if side.recipe.get("labels_per_row"):
        return {}
    labels = side.recipe.get("labels")
    labels = labels if isinstance(labels, dict) else {}
    shares = {str(name): about.get("share") for name, about in labels.items() if isinstance(about, dict)}
    return {name: float(share) if isinstance(share, int | float) else None for name, share in shares.items()}
