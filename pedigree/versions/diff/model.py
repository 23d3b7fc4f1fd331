"""A comparison: two versions of a dataset told apart. As JSON, this is what ``pedigree diff --json`` prints.

Its shape is kept: keys are added, none is renamed or given another meaning without a higher ``schema_version``.
"""

from typing import Any, Literal

from pydantic import Field

from pedigree.dataset.results import Result

COMPARISON_SCHEMA = 1
SAMPLE = 10  # rows shown of each kind of change
Number = int | float | None


class SideName(Result):
    """What one side is."""

    name: str = Field(description="v1.0.0, the first digits of a commit, or 'workspace'.")
    tag: str | None
    commit: str | None = Field(description="Null for the workspace.")
    date: str | None = Field(description="When the version was tagged, ISO 8601; null for what is no version.")
    cost_usd: float | None = Field(description="Null where the cost of any completion is unknown.")


class RowShown(Result):
    """A row of a sample. ``before`` and ``after`` are what changed: label, split, or the fields that differ."""

    row_id: str
    label: str
    split: str
    generator: str | None
    fields: dict[str, Any]
    before: dict[str, Any] = Field(default={})
    after: dict[str, Any] = Field(default={})


class RowChange(Result):
    """How many rows changed in one way, and the first of them in the order of their ids."""

    count: int
    sample: list[RowShown] = Field(description=f"At most {SAMPLE}.")


class RowsOneSided(RowChange):
    """Rows that one side alone holds, and what the other side made of them."""

    rejected_there: dict[str, int] = Field(description="Reason -> rows that the other side rejects.")
    unknown_there: int = Field(description="Rows that the other side never had as candidates.")


class RowChanges(Result):
    """The rows of both sides, told apart by row_id."""

    before: int
    after: int
    shared: int
    added: RowsOneSided
    removed: RowsOneSided
    same_content: int = Field(description="Of the added rows: those with label and fields of a removed row.")
    moved: RowChange = Field(description="In both, in another split.")
    relabelled: RowChange = Field(description="In both, with another label.")
    reworded: RowChange = Field(description="In both, with another value of a field.")
    fields: list[str] = Field(description="The fields that both sides have; 'reworded' is about these.")


class LabelSide(Result):
    """One label's rows on one side."""

    rows: int
    train: int
    validation: int
    target_share: float | None = Field(description="As the recipe has it.")


class LabelChange(Result):
    """One label on both sides; null on a side whose recipe lacks it and that has no such row."""

    label: str
    before: LabelSide | None
    after: LabelSide | None
    change: int = Field(description="Rows after minus rows before.")
    added: int = Field(description="Rows of this label that are on the later side alone.")
    removed: int


class TextChange(Result):
    """A text on both sides, as the lines of a unified diff without its two head lines."""

    lines: list[str]
    left_out: int = Field(default=0, description="Lines of the diff that are not given.")
    note: str | None = Field(default=None, description="Why no lines are given.")


class FileChange(Result):
    """A file that a run reads and that differs."""

    path: str
    kind: Literal["template", "suite", "seeds", "held-out", "real", "review", "other"]
    status: Literal["added", "removed", "changed"]
    diff: TextChange


class ValueChange(Result):
    """A value that differs; null where a side does not have it."""

    key: str = Field(description="Dotted, such as generators.0.parameters.temperature.")
    before: Any
    after: Any


class Figure(Result):
    """A number on both sides; null where it is unknown or not there."""

    key: str
    before: Number
    after: Number
    change: Number


class ModelFigure(Figure):
    """Completions of one model: as it was asked for (``key``) and as it named itself."""

    answered: str


class PromptChange(Result):
    """The first prompt of a generator, as sent."""

    generator: str
    diff: TextChange


class PromptChanges(Result):
    """What was asked on both sides."""

    before: int
    after: int
    shared: int = Field(description="Askings that both sides have; nothing was paid for them twice.")
    as_sent: list[PromptChange] = Field(description="Generators whose first prompt differs.")


class GateChange(Result):
    """A gate whose finding or limit differs; null on a side that lacks it."""

    name: str
    before: dict[str, Any] | None = Field(description="severity, passed, figure, limit, message.")
    after: dict[str, Any] | None


class GateChanges(Result):
    """The suite and the gates of both sides."""

    suite_before: str | None
    suite_after: str | None
    changed: list[GateChange]
    unchanged: int


class Comparison(Result):
    """Two versions of a dataset told apart."""

    schema_version: int = COMPARISON_SCHEMA
    dataset: str
    before: SideName
    after: SideName
    change: Literal["major", "minor", "patch"] | None = Field(description="Null where the manifests say the same.")
    rows: RowChanges
    labels: list[LabelChange]
    recipe: TextChange
    values: list[ValueChange] = Field(description="Values of the recipe that differ.")
    files: list[FileChange]
    prompts: PromptChanges
    models: list[ModelFigure]
    metrics: list[Figure] = Field(description="All figures of metrics.json but the rejects.")
    screens: list[Figure] = Field(description="Reason of rejection -> candidates.")
    gates: GateChanges
