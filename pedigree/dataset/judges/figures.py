"""What ``gates.json`` says of a judge: its votes, and how it did on rows that people labelled."""

import operator

from pydantic import BaseModel, ConfigDict, Field


class Part(BaseModel):
    """A part of a result file: unknown keys are errors, and values are immutable."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Rate(Part):
    """How many of a number of rows had a property, with Wilson's 95 % interval of the share, 0 to 1."""

    hits: int
    rows: int
    low: float
    high: float


class LabelAgreement(Part):
    """How often a judge that answers with a set of labels gives one label, by itself, whatever else is in the set.

    Rows on which most of its votes are no verdict are not counted.
    """

    with_it: int = Field(description="Rows that were asked for the label; of rows of people, that have it.")
    given: int = Field(description="To how many of these the judge gives it.")
    without_it: int = Field(description="Rows that were not asked for it; of rows of people, that do not have it.")
    given_too: int = Field(description="To how many of these the judge gives it.")

    @property
    def rows(self) -> int:
        """Return the rows that are counted."""
        return self.with_it + self.without_it

    @property
    def agreed(self) -> float | None:
        """Return the share of rows on which both say the same of the label, 0 to 1; None without rows."""
        return (self.given + self.without_it - self.given_too) / self.rows if self.rows else None

    @property
    def kappa(self) -> float | None:
        """Return Cohen's kappa (1960); None without rows, or where both say the same of all rows."""
        if self.agreed is None:
            return None
        asked, given = self.with_it / self.rows, (self.given + self.given_too) / self.rows
        chance = asked * given + (1 - asked) * (1 - given)
        return None if chance == 1 else (self.agreed - chance) / (1 - chance)


class JudgeFigures(Part):
    """What a judge answered about all rows that it was asked about, and how it did on those that people labelled."""

    name: str
    model: str
    question: str
    labels_shown: int | None = Field(default=None, exclude_if=lambda one: one is None, description="About a row.")
    votes: dict[str, int] = Field(description="Label given -> votes; '' counts those for a label that is not named.")
    no_verdict: int = Field(description="Votes that hold no verdict.")
    self_agreement: float | None = Field(
        description="Share of pairs of its votes on one row that are equal; null where no row has two."
    )
    sensitivity: dict[str, Rate] = Field(
        description="By label: rows of people that have it, and how many of these the judge gives it. Labels that it "
        "was asked about no such row of are absent."
    )
    specificity: dict[str, Rate] = Field(
        description="By label: rows of people that have another, and to how many of these the judge does not give it."
    )
    by_label: dict[str, LabelAgreement] = Field(
        default={}, exclude_if=operator.not_, description="On candidates, where rows have several labels."
    )
    by_label_of_people: dict[str, LabelAgreement] = Field(
        default={}, exclude_if=operator.not_, description="The same on rows of people."
    )
