"""The sentences that a gate says: one if it passes, another if it fails, so that a failure never reads as a success.

A suite describes an expectation that holds; versions state the sha256 of their suite, so its descriptions stay as they
are. The sentence for a failed expectation is found here by that description.
"""

from pedigree.metrics.figure_format import Figure, format_figure

FAILING = {
    "The columns are those of the recipe, in their order": "The columns are not those of the recipe, in their order",
    "There are as many rows as the recipe wants": "The number of rows is not the number that the recipe wants",
    "No value is missing": "Values are missing",
    "Each label is one of the recipe's": "Some labels are not in the recipe",
    "Each text is as long as the recipe allows, in characters": "Some texts are shorter or longer than the recipe "
    "allows, in characters",
    "Each value is one of the recipe's": "Some values are not in the recipe",
    "Each number is within the recipe's limits": "Some numbers are outside the recipe's limits",
    "Each date is within the recipe's limits": "Some dates are outside the recipe's limits",
    "No two rows have one id": "Several rows have the same id",
    "No two rows are equal in all fields": "Several rows are equal in all fields",
    "Few rows say nearly what another says": "Too many rows say nearly what another says",
    "The labels' shares are near the target shares (total-variation distance)": "The labels' shares are too far from "
    "the target shares (total-variation distance)",
    "The labels' shares diverge little from the target shares (Kullback-Leibler, nats)": "The labels' shares diverge "
    "too much from the target shares (Kullback-Leibler, nats)",
    "No label has so few rows that a classifier can't learn it": "A label has so few rows that a classifier can't "
    "learn it",
}
EXPECTED = {"wanted": "expected", "expected": "expected", "within": "expected"}


def word_expectation(description: str, passed: bool | None) -> str:
    """Return the sentence of an expectation that passed, failed, or could not be checked (None)."""
    if passed is None:
        return f"Unknown whether this holds: {description}"
    return description if passed else FAILING.get(description, f"This does not hold: {description}")


def word_bound(figure: Figure, bound: str, limit: Figure, passed: bool | None) -> str:
    """Return figure and limit in words; ``bound`` is how they relate, such as "at most"."""
    if passed is None:
        return "there is nothing to check"
    if passed:
        return format_figure(figure) if figure == limit else f"{format_figure(figure)}, {bound} {format_figure(limit)}"
    expected = EXPECTED.get(bound, f"expected {bound}")
    return f"found {format_figure(figure)}, {expected} {format_figure(limit)}"
