"""Exports the rows of a version as files for other tools, atomically into a new folder.

``jsonl`` and ``csv`` have one line per row: row_id, the fields, label, split, weight, generator, and
``difficulty`` with its figures where asked for; ``spans`` is a list of objects, in ``csv`` as JSON text. ``bio`` has a
token and its tag on each line (bio.py). ``hub`` is a folder
for the Hugging Face hub: the tables, the card with their paths, Croissant and the manifest.
"""

import json
import secrets
import shutil
from collections.abc import Generator, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, get_args

import polars as pl

from pedigree.dataset.output_files import SPLITS
from pedigree.dataset.results import write_result
from pedigree.errors import CommandError, WorkspaceError
from pedigree.ids import sha256_of_file
from pedigree.report.export.bio import find_text_column, write_bio, write_spans
from pedigree.report.export.card import adapt_card
from pedigree.report.export.csv_sheet import FORMULA
from pedigree.report.export.difficulty import measure_row_difficulty
from pedigree.report.export.misread import describe_misread, list_texts, list_types
from pedigree.system.atomic_write import write_text
from pedigree.versions.version_reader import VersionReader

Format = Literal["jsonl", "csv", "hub", "bio"]
FORMATS = get_args(Format)
BATCH = 100_000  # rows, as many as a row group of the tables has
LEFT_OUT = ("completion_id", "position")  # 'pedigree trace' finds them by the row's id


@dataclass(frozen=True)
class Exported:
    """What was written: the revision, and for each file its rows (None if it holds none), bytes and sha256.

    ``warnings`` name the columns that other programs misread unless they are told the types.
    """

    dataset: str
    version: str
    commit: str | None
    format: Format | Literal["training"]
    folder: str
    files: dict[str, dict[str, Any]]
    warnings: tuple[str, ...] = ()


def export_rows(side: VersionReader, kind: Format, to: Path, *, difficulty: bool = False) -> Exported:
    """Write the rows of a version into the folder ``to``, in constant memory.

    ``difficulty``: measure each row's, and add it as columns. That reads all rows at once. Raises CommandError
    for that with ``hub``, whose tables are the version's own, and with ``bio``; for ``bio`` of rows without spans; and
    if ``to`` is not empty; WorkspaceError if it can't be written or the version lacks a file.
    """
    if difficulty and kind in ("hub", "bio"):
        raise CommandError(f"--difficulty with --format {kind}", expected="--format jsonl or csv")
    with making_folder(to) as folder:
        if kind == "hub":
            rows = _write_hub(side, folder)
        else:
            lines = _list_lines(side, measure_row_difficulty(side) if difficulty else None)
            rows = {"jsonl": _write_lines, "csv": _write_cells, "bio": _write_tags}[kind](side, lines, folder)
        files = describe_files(folder, rows)
    warnings = () if kind in ("hub", "bio") else tuple(describe_misread(kind, _list_tables(side)))
    return Exported(side.dataset, side.name, side.commit, kind, str(to), files, warnings)


def describe_files(folder: Path, rows: Mapping[str, int]) -> dict[str, dict[str, Any]]:
    """Return rows (None if it holds none), bytes and sha256 of each file of a folder."""
    return {
        name: {"rows": rows.get(name), "bytes": path.stat().st_size, "sha256": sha256_of_file(path)}
        for path in sorted(folder.rglob("*"))
        if path.is_file() and (name := path.relative_to(folder).as_posix())
    }


def scan_rows(table: Path, split: str) -> pl.LazyFrame:
    """Return a table's rows, lazily: row_id, the fields, label, split, weight, generator."""
    rows = pl.scan_parquet(table).drop(LEFT_OUT, strict=False)
    names = [name for name in rows.collect_schema().names() if name not in {"weight", "generator"}]
    return rows.select(*names, pl.lit(split).alias("split"), "weight", "generator")


def _list_tables(side: VersionReader) -> list[pl.LazyFrame]:
    return [scan_rows(side.tables[split], split) for split in SPLITS]


def _list_lines(side: VersionReader, more: pl.DataFrame | None) -> dict[str, pl.LazyFrame]:
    """Return the rows of each split, with further columns by row id."""
    lines = dict(zip(SPLITS, _list_tables(side), strict=True))
    if more is None:
        return lines
    return {
        split: one.join(more.lazy(), on="row_id", how="left", maintain_order="left") for split, one in lines.items()
    }


def escape_formulas(lines: pl.LazyFrame) -> pl.LazyFrame:
    """Return lines whose texts no spreadsheet reads as a formula: those that could be one get a leading ``'``.

    They begin with = + - @ (also full-width), a tab, a line break, or ``'`` itself; removing one leading ``'`` restores
    every text (OWASP, CSV injection).
    """
    texts = [pl.col(name) for name, kind in lines.collect_schema().items() if kind == pl.String]
    marked = [pl.concat_str(pl.lit("'"), text) for text in texts]
    return lines.with_columns(
        pl.when(text.str.contains(f"^{FORMULA.pattern}")).then(mark).otherwise(text).name.keep()
        for text, mark in zip(texts, marked, strict=True)
    )


def _write_lines(side: VersionReader, lines: Mapping[str, pl.LazyFrame], folder: Path) -> dict[str, int]:
    for split, rows in lines.items():
        with (folder / f"{split}.jsonl").open("wb") as file:
            for part in _read_parts(rows):
                part.write_ndjson(file)
    _write_card(side, "jsonl", folder)
    return _count(side, {split: f"{split}.jsonl" for split in SPLITS})


def _write_cells(side: VersionReader, lines: Mapping[str, pl.LazyFrame], folder: Path) -> dict[str, int]:
    for split, rows in lines.items():
        with (folder / f"{split}.csv").open("wb") as file:
            for number, part in enumerate(_read_parts(escape_formulas(_write_lists(write_spans(rows))))):
                # Without the byte order mark, Excel reads the file in the encoding of the machine.
                first = number == 0
                part.write_csv(file, include_bom=first, include_header=first, quote_style="non_numeric")
    _write_card(side, "csv", folder)
    return _count(side, {split: f"{split}.csv" for split in SPLITS})


def _write_tags(side: VersionReader, lines: Mapping[str, pl.LazyFrame], folder: Path) -> dict[str, int]:
    text = find_text_column(side.manifest, lines[SPLITS[0]].collect_schema().names())
    for split, rows in lines.items():
        with (folder / f"{split}.bio").open("wb") as file:
            for part in _read_parts(rows):
                write_bio(part, text, file)
    _write_card(side, "bio", folder)
    return _count(side, {split: f"{split}.bio" for split in SPLITS})


def _write_lists(lines: pl.LazyFrame) -> pl.LazyFrame:
    """Return lines whose lists are texts, as JSON, which a cell can hold."""
    lists = [name for name, kind in lines.collect_schema().items() if kind == pl.List(pl.String)]
    return lines.with_columns(
        pl.col(name).map_elements(lambda one: json.dumps(one.to_list(), ensure_ascii=False), return_dtype=pl.String)
        for name in lists
    )


def _read_parts(lines: pl.LazyFrame) -> Iterator[pl.DataFrame]:
    """Yield the lines in order, in at least one part; the sinks of polars would keep unwritten rows in memory."""
    start, part = 0, None
    while part is None or part.height == BATCH:
        part = lines.slice(start, BATCH).collect()
        start += BATCH
        yield part


def _write_hub(side: VersionReader, folder: Path) -> dict[str, int]:
    described, places = _read_croissant(side), {}
    (folder / "data").mkdir()
    for file in described["distribution"]:
        split = file["name"].removesuffix(".parquet")
        places[split] = f"data/{split}-00000-of-00001.parquet"
        shutil.copyfile(side.tables[split], folder / places[split])
        if sha256_of_file(folder / places[split]) != file["sha256"]:
            raise WorkspaceError(
                f"{split}.parquet of {side.name} does not match its croissant.json",
                hint=f"'pedigree measure {side.dataset}' writes a new one for the workspace's files",
            )
        file |= {"name": Path(places[split]).name, "contentUrl": places[split]}
    if side.version:
        described |= {"version": side.version.name.removeprefix("v"), "datePublished": side.version.date}
    write_result(described, folder / "croissant.json")
    write_result(side.manifest, folder / "manifest.json")
    _write_card(side, "hub", folder, places)
    return _count(side, places)


def _read_croissant(side: VersionReader) -> dict[str, Any]:
    described = side.read_result("croissant.json")
    files = [file.get("name") for file in described.get("distribution", ())]
    if not files or {*files} - {f"{split}.parquet" for split in SPLITS}:
        raise WorkspaceError(
            f"{side.name} of {side.dataset} has no usable croissant.json",
            expected="a version made by a Pedigree that writes one",
            hint="use --format jsonl or csv, or make a new version with 'pedigree run' and export that",
        )
    return described


def _write_card(side: VersionReader, kind: Format, folder: Path, places: Mapping[str, str] | None = None) -> None:
    card = side.read(f"data/{side.dataset}/README.md")
    if card is not None:
        lines = scan_rows(side.tables[SPLITS[0]], SPLITS[0])
        told = list_texts(lines), list_types(lines)
        write_text(folder / "README.md", adapt_card(card.decode("utf-8"), kind, _name(side), places or {}, *told))


def _name(side: VersionReader) -> str:
    if side.commit is None:
        return f"{side.dataset}, unpublished files of the workspace"
    return f"{side.version.tag if side.version else side.dataset}, commit {side.commit}"


def _count(side: VersionReader, places: Mapping[str, str]) -> dict[str, int]:
    return {
        path: pl.scan_parquet(side.tables[split]).select(pl.len()).collect().item() for split, path in places.items()
    }


@contextmanager
def making_folder(to: Path) -> Generator[Path]:
    """Yield a temporary folder; on success it becomes ``to``, on failure it is removed."""
    beside = to.with_name(f".{to.name}.{secrets.token_hex(4)}.tmp")
    try:
        if to.is_symlink() or (to.exists() and not (to.is_dir() and not any(to.iterdir()))):
            raise CommandError(
                f"{to} exists already", expected="a new or an empty folder", hint="choose another: --to FOLDER"
            )
        beside.mkdir(parents=True)
        yield beside
        beside.replace(to)
    except (OSError, pl.exceptions.PolarsError) as error:
        words = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
        raise WorkspaceError(
            f"{to} can't be written: {words}", hint="free disk space, or choose another: --to FOLDER"
        ) from error
    finally:
        shutil.rmtree(beside, ignore_errors=True)
