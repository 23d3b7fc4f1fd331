"""Typed contents of the result files: label distribution, gates and manifest."""

import json
import operator
from pathlib import Path
from typing import Any, Literal, TypeVar

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from pedigree.dataset.embedder_facts import ScreenEmbedder
from pedigree.dataset.judges.figures import JudgeFigures
from pedigree.errors import WorkspaceError
from pedigree.ids import canonical_json
from pedigree.recipe.schema import REAL
from pedigree.system.atomic_write import write_text
from pedigree.value_mistakes import word_first_mistake

R = TypeVar("R", bound="Result")


class Result(BaseModel):
    """A part of a result file: unknown keys are errors, and values are immutable."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class LabelCount(Result):
    """A label's counts of rows, from wanted to classified."""

    label: str
    target_share: float
    wanted: int
    made: int = Field(description="Candidates that generation gave, and real rows, before any screen.")
    rejected: dict[str, int] = Field(description="Reason code -> candidates; 'surplus' is rows beyond the target.")
    kept: int
    train: int
    validation: int
    read: int | None = Field(
        description="Kept rows that a classifier trained on the seeds assigns to this label; null without seeds."
    )
    deviation: float = Field(description="Share as kept minus target share.")
    judged: int | None = Field(
        default=None,
        exclude_if=lambda count: count is None,
        description="Kept rows of this label to which the judges give the same label; null without judges.",
    )


class GeneratorCount(Result):
    """A generator's candidates and kept rows per label; real rows are counted as the generator ``real``."""

    generator: str
    made: dict[str, int]
    kept: dict[str, int]


class Distribution(Result):
    """The label distribution as generated, kept and classified (``distribution.json``)."""

    labels: list[LabelCount]
    generators: list[GeneratorCount]
    unassigned: dict[str, int] = Field(description="Rejected whole completions, by reason.")
    distance_made: float = Field(description="Total-variation distance to the target shares, 0 to 1.")
    distance_kept: float
    distance_read: float | None
    g_test_p: float | None = Field(description="p-value of the G-test of the kept counts against the target shares.")

    @property
    def judged(self) -> bool:
        """Return whether the recipe has judges."""
        return any(label.judged is not None for label in self.labels)

    @property
    def real(self) -> GeneratorCount | None:
        """Return the counts of real rows; None if the recipe has none."""
        return next((one for one in self.generators if one.generator == REAL), None)


class GateResult(Result):
    """The result of one gate."""

    name: str
    severity: Literal["critical", "warning"]
    passed: bool | None = Field(description="Null where nothing could be decided: unknown, which is not passed.")
    figure: float | int | str | None
    limit: float | int | str | None
    message: str = Field(description="A sentence for people, with figure and limit.")
    failing_row_ids: list[str] = Field(default=[], description="At most 20.")
    failing_rows: int = 0


class Estimate(Result):
    """An estimated share with its 95 % interval, 0 to 1."""

    share: float
    low: float
    high: float


class Confusion(Result):
    """Rows that carry one label and show another, by estimate."""

    asked: str
    read: str
    rows: int


class LabelEvidence(Result):
    """What one check of the labels found: the estimated share of rows whose text shows the label that they carry."""

    by: Literal["people", "judge", "classifier"]
    name: str = Field(default="", description="Of the judge, or of the people; empty for a classifier.")
    rows: int = Field(description="Rows of the dataset that were checked.")
    right: Estimate
    by_label: dict[str, Estimate] = Field(description="Labels that no row was checked of are absent.")
    rests_on: str = Field(description="A sentence for people: how the estimate was made.")
    caution: str | None = Field(default=None, description="A sentence for people: why it may be wrong.")
    guesses: bool = Field(default=False, exclude_if=lambda one: not one, description="A judge no better than chance.")
    doubted_row_ids: list[str] = Field(default=[], description="Rows that got another label, the surest first.")
    doubted_rows: int = 0
    confusions: list[Confusion] = Field(default=[], description="Frequent ones first, at most 5.")


class LabelReadings(Result):
    """The labels that a judge or a classifier gives, beside those that were asked for; not corrected for its errors."""

    by: Literal["judge", "classifier"]
    name: str = Field(default="", description="Of the judge; empty for a classifier.")
    labels: list[str] = Field(description="All labels, in the recipe's order.")
    counts: dict[str, dict[str, int]] = Field(
        description="Label asked for -> label given -> rows: candidates of a judge, kept rows of a classifier. The key "
        "'' counts verdicts that the label is another one, which they do not name."
    )
    labels_shown: int | None = Field(default=None, exclude_if=lambda one: one is None, description="To the judge.")


class Shortfall(Result):
    """Why a dataset has fewer rows than its recipe wants."""

    found: str = Field(description="A sentence for people.")
    to_do: str


class GateResults(Result):
    """All gates of a version (``gates.json``)."""

    passed: bool = Field(description="True if every critical gate passed.")
    suite: str
    gates: list[GateResult]
    shortfall: Shortfall | None = Field(default=None, exclude_if=operator.not_)
    labels: list[LabelEvidence] = Field(
        default=[], exclude_if=operator.not_, description="What is known of the labels; the strongest evidence first."
    )
    readings: list[LabelReadings] = Field(
        default=[], exclude_if=operator.not_, description="Of each judge; without judges, of the classifier."
    )
    judges: list[JudgeFigures] = Field(
        default=[], exclude_if=operator.not_, description="Of each judge of the recipe that was asked anything."
    )

    @property
    def failed(self) -> list[GateResult]:
        """Return the critical gates that failed."""
        return [gate for gate in self.gates if gate.severity == "critical" and gate.passed is False]

    @property
    def unknown(self) -> list[GateResult]:
        """Return the gates that could not be decided."""
        return [gate for gate in self.gates if gate.passed is None]

    @property
    def blocking(self) -> list[GateResult]:
        """Return the critical gates that did not pass: those that failed, then those that are unknown."""
        return self.failed + [gate for gate in self.unknown if gate.severity == "critical"]

    @property
    def warnings(self) -> list[GateResult]:
        """Return the warning gates that failed."""
        return [gate for gate in self.gates if gate.severity == "warning" and gate.passed is False]


class TableFacts(Result):
    """A table's number of rows and the sha256 of its content."""

    rows: int
    content_sha256: str


class Manifest(Result):
    """Hashes of everything that determines a dataset, and its contents (``manifest.json``, kept in git)."""

    schema_version: int
    dataset: str
    base: str | None = Field(description="The version that this one grew from; its rows come first.")
    recipe_sha256: str = Field(description="Of the recipe's values as canonical JSON; without comments.")
    inputs: dict[str, str] = Field(description="Path -> sha256 of the bytes: templates, seeds, held-out data, suite.")
    embedder: ScreenEmbedder = None
    labels: dict[str, dict[str, int]] = Field(description="Label -> {train, validation} rows.")
    fields: dict[str, str] = Field(description="Field -> type.")
    models: dict[str, dict[str, int]] = Field(description="Model asked for -> model that answered -> completions.")
    tables: dict[str, TableFacts]
    tokens_in: int | None
    tokens_out: int | None
    cost_usd: float | None = Field(description="Null if the cost of any completion is unknown.")
    gates: GateResults


def write_result(result: Result | dict[str, Any] | list[Any], path: Path) -> None:
    """Write a result as indented JSON with sorted keys, atomically."""
    canonical_json(plain := result.model_dump(mode="json") if isinstance(result, Result) else result)  # raises for NaN
    write_text(path, json.dumps(plain, indent=2, sort_keys=True, ensure_ascii=False) + "\n")


def read_result(kind: type[R], path: Path) -> R:
    """Read a result file; raise WorkspaceError if it is missing or invalid."""
    try:
        return kind.model_validate_json(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise WorkspaceError(f"{path} is not here", hint=f"'pedigree run {path.parent.name}' makes it") from None
    except (ValidationError, UnicodeDecodeError, OSError) as error:
        raise WorkspaceError(f"{path} can't be read: {word_first_mistake(error)}") from None
