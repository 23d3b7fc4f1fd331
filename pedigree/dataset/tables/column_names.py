"""Names of columns as names of fields: identifiers, with the unit taken off."""

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass

from pedigree.recipe.labels_and_fields import RESERVED_FIELDS

UNIT = re.compile(r"(.*?)\s*[(\[]\s*([^()\[\]]{1,20}?)\s*[)\]]\s*")
MAX_CHARS = 40


@dataclass(frozen=True)
class ColumnName:
    """The name of a field, the column that it stands for, the unit in the column's name, and the name without it."""

    field: str
    column: str
    unit: str = ""
    plain: str = ""


def name_fields(columns: Iterable[str]) -> list[ColumnName]:
    """Return a name for each column, no two equal: ``height (cm)`` is height in cm; of two equal, the second is _2."""
    taken: set[str] = set()
    names = []
    for column in columns:
        found = UNIT.fullmatch(column)
        bare, unit = (found[1], found[2]) if found and found[1].strip() else (column, "")
        name = plain = _make_identifier(bare)
        number = 2
        while name in taken:
            name, number = f"{plain}_{number}", number + 1
        taken.add(name)
        names.append(ColumnName(name, column, unit, " ".join(bare.replace("_", " ").split()) or name))
    return names


def _make_identifier(name: str) -> str:
    ascii_name = unicodedata.normalize("NFKD", name.replace("ß", "ss")).encode("ascii", "ignore").decode().lower()
    plain = re.sub(r"[^a-z0-9]+", "_", ascii_name).strip("_")[:MAX_CHARS].strip("_")
    if not plain or plain[0].isdigit():
        plain = f"column_{plain}".rstrip("_")
    return f"{plain}_value" if plain in RESERVED_FIELDS or plain in ("real", "language", "labels", "spans") else plain
