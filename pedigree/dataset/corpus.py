"""Reads corpora from files of records: texts of the domain without labels, to be rewritten to a label."""

from pathlib import Path

from pedigree.dataset.examples import Example
from pedigree.dataset.record_files import name_place, read_records
from pedigree.dataset.storable_text import UNSTORABLE
from pedigree.errors import RecipeError, join_errors
from pedigree.ids import sha256_of

KEY = "text"
MAX_CHARS = 8000  # of one document, which a prompt contains whole


def load_corpus(path: Path) -> list[Example]:
    """Read the documents of a corpus in the file's order, without duplicates; their label is "".

    Raises RecipeError with file and line of each record that has no text, or one that is too long for a prompt.
    """
    documents: dict[str, Example] = {}
    wrong = []
    for line, record in read_records(path):
        try:
            document = _read_document(name_place(path, line), line, record)
            documents.setdefault(document.id, document)
        except RecipeError as error:
            wrong.append(error)
    if wrong:
        raise join_errors(wrong)
    if not documents:
        raise RecipeError(f"{path}: no documents", hint="add some, or let the generator rewrite the recipe's seeds")
    return list(documents.values())


def _read_document(where: str, line: int, record: dict) -> Example:
    text = record.get(KEY)
    if not isinstance(text, str) or not text.strip():
        raise RecipeError(f"{where}: {KEY} is {text!r}"[:300], expected=f"a text under the key {KEY!r} in every record")
    if len(text) > MAX_CHARS:
        raise RecipeError(
            f"{where}: {len(text):,} characters", expected=f"at most {MAX_CHARS:,}", hint="split it into passages"
        )
    if sign := UNSTORABLE.search(text):
        raise RecipeError(
            f"{where}: {KEY} holds U+{ord(sign[0]):04X}", hint="remove that character: tables cannot store it"
        )
    fields = {KEY: text.strip()}
    return Example(sha256_of({"fields": fields, "label": ""}), fields, "", line)
