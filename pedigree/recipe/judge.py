"""A recipe's judges: models that are asked whether the label of a row is right, and what follows from it."""

import operator
from collections.abc import Mapping, Sequence
from typing import ClassVar, Literal

from pydantic import Field, model_validator

from pedigree.recipe.asked_model import AskedModel
from pedigree.recipe.generator import BORDERLINE, Generator
from pedigree.recipe.label_groups.groups import FEWEST, find_group_fault
from pedigree.recipe.labels_and_fields import Label, TypedField
from pedigree.recipe.tables.generator_keys import PREDICTED

JUDGE = "judge"  # the strategy of a judge's prompts in the tables
AGREED = "agreed"  # the column that says whether the judges give a row its label
SEVERAL = "labels"  # the question about rows that may have several labels
PREDICT = "predict"  # the question about rows of a table
OPEN = ("relabel", PREDICT, SEVERAL)  # the questions that show a judge no label of the row
QUESTIONS = {
    "relabel": "which of all labels the text has; the asked label is hidden",
    "fits": "whether the text shows its label, yes or no",
    "pairwise": "which of two labels fits better, the asked one or another; which was asked is hidden",
    PREDICT: "which of all labels a row without texts has; the asked label is hidden, and rows of people are shown",
    SEVERAL: "which labels the text has, all of them; the asked ones are hidden (with labels_per_row)",
}


class Judge(AskedModel):
    """A model that judges the labels of rows."""

    strategy: ClassVar[str] = JUDGE
    turns: ClassVar[int] = 1
    replay: ClassVar[None] = None

    name: str = Field(pattern=r"^[a-z0-9-]+$", description="Unique name, also among the generators.")
    rows_per_call: int = Field(default=1, ge=1, le=100, description="Rows judged in one call.")
    question: Literal["relabel", "fits", "pairwise", "predict", "labels"] = Field(
        default="relabel", description="; ".join(f"{name}: {says}" for name, says in QUESTIONS.items()) + "."
    )
    shots: int = Field(
        default=0,
        ge=0,
        le=50,
        exclude_if=operator.not_,
        description="Seed rows of all labels that question predict shows with their labels; never the judged ones.",
    )
    labels_shown: int | None = Field(
        default=None,
        exclude_if=lambda value: value is None,  # so that recipes of earlier versions keep their hashes
        description="Of question relabel: how many labels are shown about a row, its own and those confused with it "
        "among them, with the answer that none of them fits (docs/label-groups.md); null: all labels.",
    )
    votes: int = Field(default=1, ge=1, le=25, description="Answers asked for about each row; the majority counts.")
    on: Literal["all", "doubted"] | float = Field(
        default="all",
        description="Rows to judge: all, a share of them (above 0, at most 1), or doubted: those to which a "
        "classifier trained on the seeds gives another label.",
    )
    on_disagreement: Literal["reject", "relabel", "keep"] = Field(
        default="reject",
        description="What follows if it gives another label: the row is rejected, gets that label, or is kept and the "
        f"column {AGREED!r} says so.",
    )
    calibrate: int = Field(
        default=100,
        ge=0,
        le=10_000,
        description="Rows of people that it is asked about, to measure its errors; 0 is off.",
    )
    calibrate_on: Literal["seeds", "held_out"] = Field(
        default="seeds",
        description="Which rows of people. Held-out rows are then shown to this model, and stand in its prompts.",
    )
    template: str | None = Field(
        default=None,
        description="Template under prompts/; if left out prompts/judge-QUESTION.j2, with labels_shown "
        "prompts/judge-relabel-group.j2.",
    )

    @property
    def template_path(self) -> str:
        """Return the template's path, from the workspace's root."""
        return self.template or f"prompts/judge-{self.question}{'' if self.labels_shown is None else '-group'}.j2"

    @property
    def template_paths(self) -> list[str]:
        """Return the paths of its templates."""
        return [self.template_path]

    @property
    def is_binding(self) -> bool:
        """Return whether a row needs its verdict to stay."""
        return self.on_disagreement != "keep"

    @model_validator(mode="after")
    def _parts_fit_together(self):
        if not isinstance(self.on, str) and not 0 < self.on <= 1:
            raise ValueError(f"on is {self.on}, and a share of the rows is above 0 and at most 1")
        if self.on_disagreement == "relabel" and self.question not in OPEN:
            raise ValueError(
                f"on_disagreement: relabel goes with question {' or '.join(OPEN)}, not with {self.question}"
            )
        if self.shots and self.question != PREDICT:
            raise ValueError(f"the key shots goes with question {PREDICT}, not with {self.question}")
        if self.labels_shown is None:
            return self
        if self.labels_shown < FEWEST:
            raise ValueError(f"labels_shown is {self.labels_shown}, and a group has at least {FEWEST} labels")
        if self.question != "relabel":
            raise ValueError(f"labels_shown goes with question relabel, not with {self.question}: leave it out")
        if self.on_disagreement == "relabel":
            raise ValueError(
                "labels_shown does not go with on_disagreement: relabel, as the judge cannot name a label that it is "
                "not shown: set on_disagreement to reject or keep, or leave labels_shown out"
            )
        return self


def find_unjudged_fault(judges: Sequence[Judge], generators: Sequence[Generator]) -> str | None:
    """Return what is wrong if the labels of generators are for a judge to say, and none relabels each row; or None."""
    asks = {judge.question for judge in judges if judge.on == "all" and judge.is_binding}
    for generator in generators:
        if generator.strategy == BORDERLINE and not asks & {"relabel", PREDICT}:
            return (
                f"generator {generator.title!r} mixes two labels in a row, and no judge says which of them the row has"
                ": add a judge with 'question: relabel', 'on: all', and 'on_disagreement: relabel' (or reject)"
            )
        if generator.label == PREDICTED and PREDICT not in asks:
            return (
                f"the labels of generator {generator.title!r} are predicted, and no judge predicts them: add a judge "
                "with 'question: predict', 'on: all', 'shots' and 'on_disagreement: relabel' (or reject)"
            )
    return None


def find_judge_fault(
    judges: list[Judge],
    titles: list[str],
    fields: Mapping[str, TypedField],
    labels: Mapping[str, Label],
    has_seeds: bool,
) -> str | None:
    """Return what is wrong with a recipe's judges beside its generators (``titles``), fields and labels, or None."""
    names = [*titles, *(judge.name for judge in judges)]
    for judge in judges:
        if names.count(judge.name) > 1:
            return f"two generators or judges have the name {judge.name!r}: give each a name of its own"
        if judge.on == "doubted" and not has_seeds:
            return f"judge {judge.name!r} judges doubted rows, which seeds tell, but the recipe has none"
        if judge.shots and not has_seeds:
            return (
                f"judge {judge.name!r} shows {judge.shots} seed rows, but the recipe has none: name seeds, or no shots"
            )
        if judge.question == PREDICT and (texts := [name for name, of in fields.items() if of.type == "text"]):
            return f"judge {judge.name!r} predicts labels from values, but {texts[0]} is a text: ask 'relabel'"
        if fault := find_group_fault(judge.labels_shown, judge.name, labels):
            return fault
    if judges and AGREED in fields:
        return f"a field is named {AGREED!r}, as the column of the judges: rename it"
    return None
