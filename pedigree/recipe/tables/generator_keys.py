"""What generators of tables have in a recipe: strategy, forms, and where a row's label comes from; its checks."""

from collections.abc import Mapping
from typing import Any

from pedigree.recipe.labels_and_fields import TypedField

TABLE = "table"  # the strategy
SENTENCES = "sentences"  # the form of shown rows if none is named
PREDICTED = "predicted"  # the label is what a judge says of a row's values


def find_table_fault(generator: Any, fields: Mapping[str, TypedField]) -> str | None:
    """Return what of a generator does not go with a recipe's fields, as the end of a sentence; None if it goes."""
    texts = [name for name, field in fields.items() if field.type == "text"]
    if generator.strategy == TABLE and texts:
        return f"makes rows of a table, but {texts[0]} is a text: choose another strategy, such as few-shot"
    if generator.label == PREDICTED and texts:
        return f"has labels that are predicted from values, but {texts[0]} is a text: let a judge ask 'relabel'"
    return None
