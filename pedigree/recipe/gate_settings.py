"""Settings of the gates before publication, of drift limits and of the evaluation."""

from typing import Annotated, Literal

from pydantic import Field

from pedigree.recipe.content.diversity import DiversityScorer
from pedigree.recipe.embedder_name import EmbedderText
from pedigree.recipe.strict_model import StrictModel

LABEL_PRECISION = 0.7
UNCHECKED_OK = "unchecked-ok"


class GateSettings(StrictModel):
    """Limits of the gates; a version is published only if every critical gate passes."""

    suite: str = Field(
        default="text-classification", pattern=r"^[a-z][a-z0-9-]*$", description="Suite in expectations/."
    )
    label_distance: float = Field(
        default=0.005, ge=0, le=1, description="Largest total-variation distance to the target shares."
    )
    near_duplicate_share: float = Field(
        default=0.02, ge=0, le=1, description="Largest share of rows with a near-duplicate."
    )
    class_floor: int = Field(default=10, ge=0, description="Fewest rows of a label.")
    read_distance: float = Field(
        default=0.25, ge=0, le=1, description="Total-variation distance of the labels as read that warns."
    )
    label_precision: Annotated[float, Field(ge=0, le=1)] | Literal["unchecked-ok"] = Field(
        default=LABEL_PRECISION,
        exclude_if=lambda share: share == LABEL_PRECISION,  # so that recipes of earlier versions keep their hashes
        description="Smallest share of right labels. A version needs a check of the labels: seed or real rows of "
        "people, a judge that is tested on such rows, or a review. 'unchecked-ok' publishes without any; what is known "
        "is still held to 0.7. 0 is no limit.",
    )
    screen_share: float = Field(
        default=0.5, ge=0, le=1, description="Share of a label's candidates that one screen takes without a warning."
    )
    mixed_models: Literal["allow", "warn", "forbid"] = Field(
        default="warn",
        description="What follows if one model answers under several names; forbid stops the run at the second name.",
    )

    @property
    def least_precision(self) -> float:
        """Return the smallest share of right labels, 0 to 1."""
        return LABEL_PRECISION if isinstance(self.label_precision, str) else self.label_precision

    @property
    def needs_evidence(self) -> bool:
        """Return whether a version needs a check of its labels."""
        return self.label_precision not in (UNCHECKED_OK, 0)


class DriftSettings(StrictModel):
    """Largest distances, beyond chance (0 to 1), of added rows from the base version's rows; null is off."""

    labels: float | None = Field(default=0.05, ge=0, le=1, description="Total-variation distance of the labels.")
    labels_read: float | None = Field(
        default=0.1, ge=0, le=1, description="The same of the labels as a student of the seeds reads them."
    )
    lengths: float | None = Field(
        default=0.1, ge=0, le=1, description="Kolmogorov-Smirnov statistic of the texts' characters."
    )
    vocabulary: float | None = Field(default=0.05, ge=0, le=1, description="Jensen-Shannon divergence of the words.")
    diversity: float | None = Field(default=0.1, ge=0, le=1, description="Share of distinct-2 that is lost.")


class EvaluationSettings(StrictModel):
    """How usefulness is measured."""

    student: Literal["tfidf-logreg"] = Field(default="tfidf-logreg", description="The classifier that learns the rows.")
    repeats: int = Field(
        default=5,
        ge=1,
        le=100,
        description="Trainings on bootstrap samples of the training rows; their spread is told.",
    )
    embedder: EmbedderText | None = Field(
        default=None,
        description="Embedder of a second classifier: model2vec/NAME or sentence-transformers/NAME; null is none.",
    )
    diversity: DiversityScorer | None = Field(
        default=None,
        exclude_if=lambda scorer: scorer is None,  # so that recipes without it keep their hashes
        description="Model that scores how diverse the rows are, which costs money (docs/llm-diversity.md); null is "
        "none.",
    )

    @property
    def scorers(self) -> list[DiversityScorer]:
        """Return the model that scores diversity, if there is one."""
        return [self.diversity] if self.diversity else []
