"""Rules between the fields of a row: checks that every row holds, and fields whose value sets that of others."""

from collections.abc import Collection, Iterable, Mapping

from pydantic import Field

from pedigree.recipe.labels_and_fields import TypedField
from pedigree.recipe.strict_model import InconsistentRecipe, StrictModel

LABEL = "label"


class ColumnCheck(StrictModel):
    """A check with its meaning."""

    check: str = Field(min_length=1, description="Expression over the fields that is true in every row.")
    means: str = Field(default="", max_length=300, description="What it says, for the model and the reject.")

    def __str__(self) -> str:
        return f"{self.check} ({self.means})" if self.means else self.check


def list_checks(checks: Iterable[str | ColumnCheck]) -> list[ColumnCheck]:
    """Return the checks of a recipe, those without a meaning too, in one form."""
    return [ColumnCheck(check=one) if isinstance(one, str) else one for one in checks]


def split_left(names: str) -> list[str]:
    """Return the fields that together set others: "country + year" gives both."""
    return [name.strip() for name in names.split("+")]


def describe_rules(checks: Iterable[str | ColumnCheck], depends: Mapping[str, list[str]]) -> list[str]:
    """Return the rules as sentences for a model."""
    told = [str(one) for one in list_checks(checks)]
    for left, right in depends.items():
        told.append(f"rows with the same {' and '.join(split_left(left))} have the same {' and '.join(right)}")
    return told


def check_rules(
    checks: Collection[str | ColumnCheck],
    depends: Mapping[str, list[str]],
    fields: Mapping[str, TypedField],
    languages: Collection[str],
    *,
    one_label: bool,
) -> None:
    """Raise InconsistentRecipe for a rule that names no field of the recipe, or can't be read or computed."""
    if checks:
        from pedigree.recipe.tables.expressions import compile_check  # loads polars

        for place, one in enumerate(list_checks(checks)):
            try:
                compile_check(one.check, {name: of.type for name, of in fields.items()}, with_label=one_label)
            except ValueError as error:
                raise InconsistentRecipe(f"check {one.check[:100]!r}: {error}", "checks", place) from None
    if depends and languages:
        raise InconsistentRecipe("depends compares rows of all languages, so it goes with one language", "depends")
    known = {*fields, *([LABEL] if one_label else [])}
    for left, right in depends.items():
        named = [*split_left(left), *right]
        if unknown := [name for name in named if name not in known]:
            found = f"no field {unknown[0]!r} among {', '.join(fields)}"
            raise InconsistentRecipe(found, "depends", left)
        if not right or len(set(named)) < len(named) or LABEL in right:
            found = f"{left!r} needs other fields that it sets, each named once; the label is asked for, not set"
            raise InconsistentRecipe(found, "depends", left)
