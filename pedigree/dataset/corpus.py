"""Reads corpora from files of records: texts of the domain without labels, to be rewritten to a label; or records of
another dataset, to be made into rows.
"""

from pathlib import Path
from typing import Any

from pedigree.dataset.examples import Example
from pedigree.dataset.record_files import name_place, read_records
from pedigree.dataset.storable_text import UNSTORABLE
from pedigree.errors import RecipeError, join_errors
from pedigree.ids import canonical_json, sha256_of

KEY = "text"
MAX_CHARS = 8000  # of one document, which a prompt contains whole


def load_corpus(path: Path, *, whole: bool = False) -> list[Example]:
    """Read the documents of a corpus in the file's order, without duplicates; their label is "".

    A document is the text under ``KEY``, or with ``whole`` a record with all its fields as texts. Raises RecipeError
    with file and line of each record that has no text, or one that is too long for a prompt.
    """
    documents: dict[str, Example] = {}
    wrong = []
    for line, record in read_records(path):
        where = name_place(path, line)
        try:
            fields = _read_record(where, record) if whole else {KEY: _read_text(where, record)}
            document = _make_document(where, line, fields)
            documents.setdefault(document.id, document)
        except RecipeError as error:
            wrong.append(error)
    if wrong:
        raise join_errors(wrong)
    if not documents:
        raise RecipeError(f"{path}: no documents", hint="add some, or let the generator rewrite the recipe's seeds")
    return list(documents.values())


def _read_text(where: str, record: dict[str, Any]) -> str:
    text = record.get(KEY)
    if not isinstance(text, str) or not text.strip():
        raise RecipeError(f"{where}: {KEY} is {text!r}"[:300], expected=f"a text under the key {KEY!r} in every record")
    return text


def _read_record(where: str, record: dict[str, Any]) -> dict[str, str]:
    """Return a record's fields as texts: what is no text as JSON, what is empty left out."""
    given = {name: value for name, value in record.items() if value is not None and str(value).strip()}
    if not any(isinstance(value, str) for value in given.values()):
        raise RecipeError(f"{where}: the record holds no text", expected="a text under some key in every record")
    return {name: value if isinstance(value, str) else canonical_json(value) for name, value in given.items()}


def _make_document(where: str, line: int, fields: dict[str, str]) -> Example:
    if (length := sum(map(len, fields.values()))) > MAX_CHARS:
        raise RecipeError(
            f"{where}: {length:,} characters", expected=f"at most {MAX_CHARS:,}", hint="split it into passages"
        )
    for name, text in fields.items():
        if sign := UNSTORABLE.search(name + text):
            raise RecipeError(
                f"{where}: {name} holds U+{ord(sign[0]):04X}", hint="remove that character: tables cannot store it"
            )
    fields = {name: text.strip() for name, text in fields.items()}
    return Example(sha256_of({"fields": fields, "label": ""}), fields, "", line)
