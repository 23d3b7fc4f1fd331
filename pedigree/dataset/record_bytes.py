"""Reads the bytes of a file of records: which kind it is by its name, its size, and its gzip compression."""

import gzip
import stat
import zlib
from pathlib import Path

from pedigree.errors import RecipeError

MAX_BYTES = 500_000_000
ENDS = {
    **{".jsonl": "jsonl", ".ndjson": "jsonl", ".json": "json", ".csv": "csv", ".tsv": "tsv", ".tab": "tsv"},
    **{".parquet": "parquet", ".arrow": "arrow", ".feather": "arrow", ".ipc": "arrow"},
}
BINARY = ("parquet", "arrow")
CONTENTS = {  # what a file begins with: what it is, and what to do with it
    b"PAR1": ("a Parquet file", "let its name end in .parquet"),
    b"ARROW1": ("an Arrow file", "let its name end in .arrow"),
    b"\x1f\x8b": ("compressed with gzip", "let its name end in .gz, such as seeds.jsonl.gz"),
    b"\x28\xb5\x2f\xfd": ("compressed with zstd", "decompress it, or compress it with gzip"),
    b"BZh": ("compressed with bzip2", "decompress it, or compress it with gzip"),
    b"PK\x03\x04": ("an Excel or OpenDocument workbook, or a ZIP archive", "save the sheet as 'CSV UTF-8'"),
    b"\xd0\xcf\x11\xe0": ("an Excel workbook", "save the sheet as 'CSV UTF-8'"),
}


def find_kind(path: Path) -> str:
    """Return what a file is by the end of its name: jsonl, json, csv, tsv, parquet or arrow."""
    ends = [end.lower() for end in path.suffixes]
    return ENDS.get("".join(ends[-2:-1] if is_gzipped(path) else ends[-1:]), "jsonl")


def is_gzipped(path: Path) -> bool:
    """Return whether a file's name says that it is compressed with gzip."""
    return path.suffix.lower() == ".gz"


def read_bytes(path: Path) -> bytes:
    """Return a file's bytes, decompressed; raise RecipeError for no regular file, too many bytes or another content."""
    try:
        facts = path.stat()
        if not stat.S_ISREG(facts.st_mode):
            raise RecipeError(
                f"{path}: not a regular file", hint="correct the path in the recipe, or set the key to null"
            )
        if facts.st_size > MAX_BYTES:
            _refuse_size(path, f"{facts.st_size:,} bytes")
        data = _decompress(path) if is_gzipped(path) else path.read_bytes()
    except FileNotFoundError:
        raise RecipeError(
            f"{path}: no such file", hint="correct the path in the recipe, or set the key to null"
        ) from None
    except (gzip.BadGzipFile, EOFError, zlib.error) as error:
        raise RecipeError(f"{path}: not a whole gzip file: {error}", hint="compress the file again") from None
    except OSError as error:
        hint = "correct the path in the recipe, or make the file readable"
        raise RecipeError(f"{path}: {error.strerror}", hint=hint) from None
    if find_kind(path) not in BINARY:
        _check_content(path, data)
    return data


def _decompress(path: Path) -> bytes:
    with gzip.open(path) as file:
        data = file.read(MAX_BYTES + 1)
    if len(data) > MAX_BYTES:
        _refuse_size(path, f"more than {MAX_BYTES:,} bytes when decompressed")
    return data


def _refuse_size(path: Path, found: str) -> None:
    raise RecipeError(f"{path}: {found}", expected=f"at most {MAX_BYTES:,}", hint="use a sample of it")


def _check_content(path: Path, data: bytes) -> None:
    for begin, (what, hint) in CONTENTS.items():
        if data.startswith(begin):
            raise RecipeError(
                f"{path} is {what}, and not {find_kind(path).upper()} as its name says",
                expected="JSONL, JSON, CSV or TSV (also .gz), Parquet or Arrow",
                hint=hint,
            )
