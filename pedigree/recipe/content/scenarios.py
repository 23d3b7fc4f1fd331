"""Rare scenarios of a recipe: what rows are to be about at least so often, and the generators that ask for them."""

import operator
from collections.abc import Collection, Mapping, Sequence
from math import ceil
from types import MappingProxyType
from typing import Annotated

from pydantic import Field, ValidationInfo, field_validator

from pedigree.recipe.apportion import apportion
from pedigree.recipe.generator import Generator
from pedigree.recipe.strict_model import InconsistentRecipe, StrictModel
from pedigree.recipe.value_lists import MAX_LINE_CHARS, check_list, is_line

NAME = r"^[a-z][a-z0-9-]*$"
MOST_A_CALL = 5  # rows of a scenario whose floor is a share
UNABLE = ("replay", "failures")  # strategies that take no scenario: what they ask for is fixed otherwise


class Scenario(StrictModel):
    """A case that the dataset must have rows of; docs/scenarios.md explains each key."""

    name: str = Field(pattern=NAME, max_length=40, description="Its name: lower-case letters, digits and dashes.")
    means: str = Field(description="What such a row is about, for the model: one line.")
    floor: Annotated[int, Field(ge=1)] | Annotated[float, Field(gt=0, lt=1)] = Field(
        description="Fewest rows of the dataset that were asked for it: a number, or a share of the rows of its labels."
    )
    labels: list[str] = Field(
        default=[], exclude_if=operator.not_, description="The labels that it goes with; all if left out."
    )

    @field_validator("floor", mode="before")
    @classmethod
    def _floor_is_rows_or_a_share(cls, value):
        whole = isinstance(value, int) and not isinstance(value, bool)
        if not (whole and value >= 1) and not (isinstance(value, float) and 0 < value < 1):
            raise ValueError("a floor is a whole number of rows from 1 on, or a share above 0 and below 1")
        return value

    @field_validator("means")
    @classmethod
    def _means_is_a_line(cls, value):
        if not is_line(value):
            raise ValueError(f"{value!r} is no description: one line of at most {MAX_LINE_CHARS} characters")
        return value

    @field_validator("labels")
    @classmethod
    def _labels_are_some(cls, value):
        if not value:
            raise ValueError("an empty list: name some labels, or leave 'labels' out for all of them")
        check_list(value, "labels")
        return value

    def list_labels(self, labels: Collection[str]) -> list[str]:
        """Return the labels that it goes with, of all labels of the recipe, in their order."""
        return [name for name in labels if not self.labels or name in self.labels]


def add_generators(
    generators: Sequence[Generator], scenarios: Sequence[Scenario], labels: Collection[str]
) -> list[Generator]:
    """Return the generators, and for each scenario that none is for, a copy of each plain one that asks for it alone.

    A copy is named after both. It asks for no more rows a call than a label's part of the floor, or MOST_A_CALL.
    """
    found = list(generators)
    for scenario in {one.name: one for one in scenarios}.values():  # two of one name are a fault, told later
        if any(one.scenario == scenario.name for one in generators):
            continue
        most = MOST_A_CALL  # a share depends on 'rows', and prompts must not: a dataset that grows keeps its answers
        if isinstance(scenario.floor, int):
            most = max(1, scenario.floor // max(1, len(scenario.list_labels(labels))))
        for one in generators:
            if one.scenario is None and one.strategy not in UNABLE:
                changes = {"name": f"{one.title}-{scenario.name}", "scenario": scenario.name}
                found.append(one.model_copy(update={**changes, "rows_per_call": min(one.rows_per_call, most)}))
    return found


def expand_generators(generators: list[Generator], parts: ValidationInfo) -> list[Generator]:
    """Return the generators with those that ask for scenarios; ``parts`` are the parts of the recipe read before."""
    return add_generators(generators, parts.data.get("scenarios", []), parts.data.get("single_labels", {}))


def list_plain(generators: Sequence[Generator]) -> list[Generator]:
    """Return the generators that share the rows by weight: those that are for no scenario."""
    return [one for one in generators if one.scenario is None]


def list_makers(generators: Sequence[Generator], scenario: str) -> list[Generator]:
    """Return the generators that are for a scenario."""
    return [one for one in generators if one.scenario == scenario]


def find_scenario(scenarios: Sequence[Scenario], name: str | None) -> Scenario | None:
    """Return the scenario of a name; None for None."""
    return next((one for one in scenarios if one.name == name), None)


def list_written(generators: Sequence[Generator]) -> list[Generator]:
    """Return the generators that the recipe's file has: those that ``add_generators`` added are left out."""
    plain = [one.title for one in list_plain(generators)]
    added = {f"{title}-{one.scenario}" for title in plain for one in generators if one.scenario}
    return [one for one in generators if one.scenario is None or one.title not in added]


def find_quotas(
    scenarios: Sequence[Scenario], targets: Mapping[str, int], label_of: Mapping[str, str] = MappingProxyType({})
) -> dict[tuple[str, str], int]:
    """Return how many rows of each (scenario, label) there are to be at least, of a dataset with these targets.

    With ``label_of``, name -> label, the targets are those of strata: of a label in each language.

    A floor is shared out among the labels of its scenario in proportion to their rows. Where the quotas of a label are
    more than its rows, those of the first scenarios count: ``check_scenarios`` says so.
    """
    left, quotas = dict(targets), {}
    for (name, label), wanted in _share_out(scenarios, targets, label_of).items():
        if quota := min(wanted, left[label]):
            quotas[name, label] = quota
            left[label] -= quota
    return quotas


def _share_out(
    scenarios: Sequence[Scenario], targets: Mapping[str, int], label_of: Mapping[str, str] = MappingProxyType({})
) -> dict[tuple[str, str], int]:
    wanted = {}
    for one in scenarios:
        rows = {name: count for name, count in targets.items() if count and one.list_labels([label_of.get(name, name)])}
        if rows:
            wanted |= {(one.name, label): part for label, part in apportion(find_floor(one, rows), rows).items()}
    return wanted


def find_floor(scenario: Scenario, rows: Mapping[str, int]) -> int:
    """Return a scenario's floor in rows; ``rows`` are those of its labels. A share is rounded up."""
    if isinstance(scenario.floor, int):
        return scenario.floor
    return ceil(round(scenario.floor * sum(rows.values()), 9))


def check_scenarios(scenarios: Sequence[Scenario], generators: Sequence[Generator], targets: Mapping[str, int]) -> None:
    """Raise InconsistentRecipe for scenarios that a recipe whose labels are to have so many rows cannot have."""
    if fault := _find_fault(scenarios, generators, targets):
        raise InconsistentRecipe(fault, "scenarios" if scenarios else "generators")


def _find_fault(
    scenarios: Sequence[Scenario], generators: Sequence[Generator], targets: Mapping[str, int]
) -> str | None:
    names = [one.name for one in scenarios]
    for one in scenarios:
        if names.count(one.name) > 1:
            return f"two scenarios have the name {one.name!r}: give each a name of its own"
        if unknown := [label for label in one.labels if label not in targets]:
            return f"scenario {one.name!r} goes with {unknown[0]!r}, which is no label of this recipe"
    for maker in generators:
        if maker.scenario and maker.scenario not in names:
            return f"generator {maker.title!r} is for scenario {maker.scenario!r}, which the recipe does not have"
    for one in scenarios:
        if not any(maker.scenario == one.name for maker in generators):
            return f"no generator can ask for scenario {one.name!r}: the strategies {' and '.join(UNABLE)} take none"
    if scenarios and all(maker.scenario for maker in generators):
        return "every generator is for a scenario, and none asks for the other rows: add one without 'scenario'"
    return _find_excess(scenarios, targets)


def _find_excess(scenarios: Sequence[Scenario], targets: Mapping[str, int]) -> str | None:
    for one in scenarios:
        rows = {label: targets[label] for label in one.list_labels(targets)}
        if (floor := find_floor(one, rows)) > sum(rows.values()):
            some = "its labels together get" if one.labels else "all labels together get"
            some = f"label {one.labels[0]!r} gets" if len(one.labels) == 1 else some
            return (
                f"the floor of scenario {one.name!r} is {floor:,} rows, and {some} {sum(rows.values()):,}: lower the "
                "floor, or raise 'rows'"
            )
    wanted = _share_out(scenarios, targets)
    for label, rows in targets.items():
        parts = {name: part for (name, of), part in wanted.items() if of == label and part}
        if sum(parts.values()) > rows:
            listed = ", ".join(f"{name} {part:,}" for name, part in parts.items())
            return (
                f"the scenarios want {sum(parts.values()):,} rows of label {label!r} at least ({listed}), and it gets "
                f"{rows:,}: lower their floors, or raise 'rows'"
            )
    return None
