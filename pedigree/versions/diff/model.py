"""The result of comparing two versions of a dataset, which ``pedigree diff --json`` prints.

Keys may be added; none is renamed or changes its meaning without a higher ``schema_version``.
"""

from typing import Any, Literal

from pydantic import Field

from pedigree.dataset.results import Result

COMPARISON_SCHEMA = 1
SAMPLE = 10  # rows shown of each kind of change
Number = int | float | None
Interval = tuple[float, float]
Verdict = Literal[
    "better", "worse", "within noise", "seems better", "seems worse", "equal", "not comparable", "unknown"
]
FileKind = Literal["template", "suite", "seeds", "held-out", "real", "review", "other"]


class SideName(Result):
    """One of the two versions."""

    name: str = Field(description="v1.0.0, the first digits of a commit, or 'workspace'.")
    tag: str | None
    commit: str | None = Field(description="Null for the workspace.")
    date: str | None = Field(description="When the version was tagged, ISO 8601; null where it is not a version.")
    cost_usd: float | None = Field(description="Null where the cost of any completion is unknown.")


class RowShown(Result):
    """A row of a sample; ``before`` and ``after`` have the values that changed: label, split or fields."""

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
    """Rows of one version only, and what happened to them in the other."""

    rejected_there: dict[str, int] = Field(description="Reason -> rows that the other version rejects.")
    unknown_there: int = Field(description="Rows that the other version never had as candidates.")


class RowChanges(Result):
    """The rows of both versions, compared by row_id."""

    before: int
    after: int
    shared: int
    added: RowsOneSided
    removed: RowsOneSided
    same_content: int = Field(description="Added rows with the label and fields of a removed row.")
    moved: RowChange = Field(description="In both, in another split.")
    relabelled: RowChange = Field(description="In both, with another label.")
    reworded: RowChange = Field(description="In both, with another value of a field.")
    fields: list[str] = Field(description="The fields that both sides have; 'reworded' is about these.")


class LabelSide(Result):
    """The rows of one label, or of one language, in one version."""

    rows: int
    train: int
    validation: int
    target_share: float | None = Field(description="From the recipe.")


class LabelChange(Result):
    """One label in both versions; null where neither recipe nor rows of a version have it."""

    label: str
    before: LabelSide | None
    after: LabelSide | None
    change: int = Field(description="Rows after minus rows before.")
    added: int = Field(description="Rows of this label in the later version only.")
    removed: int


class LanguageChange(Result):
    """One language in both versions, as ``LabelChange`` is one label."""

    language: str = Field(description="ISO 639 code.")
    before: LabelSide | None
    after: LabelSide | None
    change: int = Field(description="Rows after minus rows before.")
    added: int = Field(description="Rows of this language in the later version only.")
    removed: int


class TextChange(Result):
    """The unified diff of a text, without its two header lines."""

    lines: list[str]
    left_out: int = Field(default=0, description="Lines of the diff that are left out.")
    note: str | None = Field(default=None, description="Why there are no lines.")


class FileChange(Result):
    """An input file that differs."""

    path: str
    kind: FileKind
    status: Literal["added", "removed", "changed"]
    diff: TextChange


class ValueChange(Result):
    """A value that differs; null where a version lacks it."""

    key: str = Field(description="Dotted, such as generators.0.parameters.temperature.")
    before: Any
    after: Any


class Figure(Result):
    """A number of both versions; null where it is unknown or absent."""

    key: str
    before: Number
    after: Number
    change: Number


class Headline(Result):
    """A figure by which a version is better or worse than another."""

    key: str = Field(description="Dotted, as in metrics.json, or 'label precision' or 'cost for 1,000 rows'.")
    name: str = Field(description="In words.")
    better: Literal["higher", "lower"]
    before: Number
    after: Number
    before_interval: Interval | None = Field(description="95 %; null where there is none.")
    after_interval: Interval | None
    difference: Interval | None = Field(description="95 % interval of after minus before.")
    verdict: Verdict = Field(
        description="Better or worse: beyond its interval, or of a count; 'seems': a figure without an interval; "
        "within noise: the interval of the difference holds 0."
    )
    note: str | None = Field(description="What makes the verdict uncertain or impossible.")


class ModelFigure(Figure):
    """Completions of one model: ``key`` is its requested name, ``answered`` the name in the response."""

    answered: str


class PromptChange(Result):
    """The first prompt of a generator, as sent."""

    generator: str
    diff: TextChange


class PromptChanges(Result):
    """The prompts of both versions."""

    before: int
    after: int
    shared: int = Field(description="Prompts in both versions; their completions were paid once.")
    as_sent: list[PromptChange] = Field(description="Generators whose first prompt differs.")


class GateChange(Result):
    """A gate whose result or limit differs; null where a version lacks it."""

    name: str
    before: dict[str, Any] | None = Field(description="severity, passed, figure, limit, message.")
    after: dict[str, Any] | None


class GateChanges(Result):
    """The suite and the gates of both versions."""

    suite_before: str | None
    suite_after: str | None
    changed: list[GateChange]
    unchanged: int


class Comparison(Result):
    """The differences between two versions of a dataset."""

    schema_version: int = COMPARISON_SCHEMA
    dataset: str
    before: SideName
    after: SideName
    change: Literal["major", "minor", "patch"] | None = Field(description="Null for equal manifests.")
    rows: RowChanges
    labels: list[LabelChange]
    languages: list[LanguageChange] = Field(default=[], description="Empty where both versions have one language.")
    recipe: TextChange
    values: list[ValueChange] = Field(description="Values of the recipe that differ.")
    files: list[FileChange]
    prompts: PromptChanges
    models: list[ModelFigure]
    headlines: list[Headline] = Field(description="Whether the later version is better, figure by figure.")
    metrics: list[Figure] = Field(description="All figures of metrics.json except the rejects.")
    screens: list[Figure] = Field(description="Reason of rejection -> candidates.")
    gates: GateChanges
