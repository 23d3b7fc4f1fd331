"""Checks of a recipe's typed fields against its other parts."""

from collections.abc import Collection, Mapping

from pedigree.recipe.labels_and_fields import TypedField
from pedigree.recipe.strict_model import InconsistentRecipe


def check_tables(
    fields: Mapping[str, TypedField], slots: Collection[str], languages: Collection[str], *, compares_meaning: bool
) -> None:
    """Raise InconsistentRecipe where a field may be missing that another part of the recipe reads in every row."""
    texts = [name for name, field in fields.items() if field.type == "text"]
    if compares_meaning and not texts:
        raise InconsistentRecipe("semantic_duplicate compares texts, no field is a text: set it to null", "screens")
    lacking = [name for name in texts if fields[name].missing]
    if not lacking:
        return
    if lacking[0] == texts[0]:
        found = "the first text may be missing, by which rows are compared: leave out 'missing' there"
        raise InconsistentRecipe(found, "fields", lacking[0], "missing")
    readers = {"slots": slots, "languages": languages, "semantic_duplicate": compares_meaning}
    if reader := next((key for key, used in readers.items() if used), None):
        found = f"a text may be missing, but {reader} reads the texts of every row: leave out 'missing' there"
        raise InconsistentRecipe(found, "fields", lacking[0], "missing")
