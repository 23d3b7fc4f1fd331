"""The schema of a recipe, for its YAML file, the Prefect form and the docs."""

import operator
from typing import Annotated, Literal

from pydantic import ConfigDict, Field, field_validator, model_validator

from pedigree.recipe.asked_model import AskedModel
from pedigree.recipe.budget import Budget
from pedigree.recipe.card_settings import CardSettings
from pedigree.recipe.content.optimising import SearchedRecipe
from pedigree.recipe.content.scenarios import Scenario, check_scenarios, expand_generators
from pedigree.recipe.failures import FailureSettings, find_failure_fault
from pedigree.recipe.gate_settings import DriftSettings, EvaluationSettings, GateSettings
from pedigree.recipe.generator import TRANSFORM, Generator
from pedigree.recipe.generator_fit import REAL as REAL_ROWS
from pedigree.recipe.generator_fit import check_generator, check_people, check_titles, find_corpus_fault
from pedigree.recipe.grown_from import Base, check_growth, list_sizes, list_steps
from pedigree.recipe.judge import Judge, find_judge_fault, find_unjudged_fault
from pedigree.recipe.label_sets.fit import BY_LABEL, find_unfit_part
from pedigree.recipe.label_sets.plan import check_plan, make_set_labels, plan_steps
from pedigree.recipe.label_sets.settings import LabelsPerRow
from pedigree.recipe.labels_and_fields import Label, TypedField, check_field_names, check_labels, check_names
from pedigree.recipe.languages.language_check import check_languages, drop_single_language
from pedigree.recipe.languages.strata import Stratum, list_strata, spread_steps
from pedigree.recipe.private import find_private_fault
from pedigree.recipe.screen_settings import Screens, Split
from pedigree.recipe.spans.slot_fit import check_slots
from pedigree.recipe.spans.slot_settings import SlotSettings, check_slot_names
from pedigree.recipe.strict_model import InconsistentRecipe, stay_inside
from pedigree.recipe.tables.checks import ColumnCheck, check_rules
from pedigree.recipe.tables.fit import check_tables
from pedigree.workspace import DATASET_NAME

REAL = REAL_ROWS  # the column that marks rows that people wrote, and their generator's name
ARRIVAL, COVERAGE = "arrival", "coverage"  # which rows are taken, where more were made than are wanted


class Recipe(SearchedRecipe):
    """A whole recipe: the dataset is a function of it, the files that it names and the models' answers."""

    model_config = ConfigDict(serialize_by_alias=True)

    dataset: str = Field(description="Name: lower-case letters, digits and dashes.")
    task: str = Field(min_length=1, description="The question that a label answers, in a sentence.")
    language: str | None = Field(
        default="en", pattern=r"^[a-z]{2,3}$", description="ISO 639 code; null where 'languages' names several."
    )
    languages: dict[str, float] = Field(
        default={},
        exclude_if=operator.not_,  # so that recipes of one language keep their hashes
        description="ISO 639 code -> share of the rows, for a dataset in several languages "
        "(docs/several-languages.md): each label has its share in each of them.",
    )
    seed: int = Field(default=0, ge=0, description="Seed of all random choices; equal prompts keep their answers.")
    single_labels: dict[str, Label] = Field(alias="labels", min_length=2, description="The task's classes, by name.")
    labels_per_row: LabelsPerRow | None = Field(
        default=None,
        exclude_if=operator.not_,  # so that recipes of one label a row keep their hashes
        description="Rows with several labels (docs/multi-label.md); null: each row has exactly one.",
    )
    fields: dict[str, TypedField] = Field(
        default={"text": TypedField()}, min_length=1, description="The fields of a row, by name."
    )
    slots: dict[str, SlotSettings] = Field(
        default={},
        exclude_if=operator.not_,  # so that recipes without slots keep their hashes
        description="Kinds of values that are marked as spans in the texts of some labels, by name (docs/slots.md).",
    )
    checks: list[str | ColumnCheck] = Field(
        default=[],
        exclude_if=operator.not_,  # so that recipes without rules between fields keep their hashes
        description="Expressions over the fields, true in every row, such as end >= start (docs/tables.md).",
    )
    depends: dict[str, list[str]] = Field(
        default={}, exclude_if=operator.not_, description="Fields that set others, such as {country: [currency]}."
    )
    seeds: str | None = Field(default=None, description="File of rows that people wrote; may be shown to a model.")
    held_out: str | None = Field(default=None, description="File of rows that people wrote; never shown to a model.")
    real: str | None = Field(
        default=None,
        description="File of labelled rows that people wrote and that enter the dataset; "
        "they are also the seeds if none are named.",
    )
    review: str | None = Field(default=None, description="File of what people decided about rows; 'pedigree review'.")
    rows: Annotated[int, Field(ge=1, le=10_000_000, description="Rows wanted.")]
    private: bool = Field(
        default=False,
        exclude_if=operator.not_,
        description="No text of people's rows is shown to a model: what would show one is refused, and a gate looks "
        "for them in the prompts (docs/privacy.md).",
    )
    selection: Literal["arrival", "coverage"] = Field(
        default=ARRIVAL,
        exclude_if=lambda value: value == ARRIVAL,  # so that recipes of earlier versions keep their hashes
        description="Which rows of a label are taken where more were made than are wanted: the first that were made, "
        "or those that together are nearest to all of them (facility location on TF-IDF).",
    )
    grown_from: list[Base] = Field(default=[], description="Written by a run that grows a published version.")
    scenarios: list[Scenario] = Field(default=[], exclude_if=operator.not_, description="Rare cases with a floor.")
    generators: list[Generator] = Field(min_length=1, description="Ways of asking for rows, mixed by their weights.")
    judges: list[Judge] = Field(
        default=[],
        exclude_if=operator.not_,  # so that recipes without judges keep their hashes
        description="Models that judge the labels of the rows that pass the screens.",
    )
    budget: Budget = Field(
        default=Budget(), description="Limits of what the dataset may cost; answers of its earlier runs count."
    )
    screens: Screens = Field(default=Screens(), description="Which candidates are rejected.")
    weights: Literal["none", "imp", "dimp", "reader", "auto"] = Field(
        default="none",
        exclude_if=lambda scheme: scheme == "none",  # so that recipes without weights keep their hashes
        description="What the column weight of synthetic rows holds: 1, or a weight from classifiers of people's rows "
        "(docs/weights.md). auto keeps weights only where people's rows say that they help.",
    )
    split: Split = Field(default=Split(), description="How rows are split into train and validation.")
    gates: GateSettings = Field(default=GateSettings(), description="What must hold before a version is published.")
    drift: DriftSettings = Field(default=DriftSettings(), description="Limits for the rows that a new version adds.")
    evaluate: EvaluationSettings = Field(default=EvaluationSettings(), description="How usefulness is measured.")
    card: CardSettings = Field(default=CardSettings(), description="What the dataset card says to users.")

    @property
    def labels(self) -> dict[str, Label]:
        """Return what the column ``label`` may hold: labels or, where a row has several, the planned sets of them."""
        single = self.single_labels
        return single if self.labels_per_row is None else make_set_labels(self.targets, single)

    @property
    def targets(self) -> dict[str, int]:
        """Return the rows wanted of each label: whole numbers that sum to ``rows``."""
        return self.steps[-1]

    @property
    def steps(self) -> list[dict[str, int]]:
        """Return the rows wanted of each label by each version that the dataset grew from, and last by the recipe.

        No label's number falls from one step to the next, which could happen if each were apportioned separately.
        """
        if self.labels_per_row is not None:
            return plan_steps(self.single_labels, self.labels_per_row, list_sizes(self.grown_from, self.rows))
        return list_steps({name: label.share for name, label in self.labels.items()}, self.grown_from, self.rows)

    @property
    def strata(self) -> dict[str, Stratum]:
        """Return the parts of the dataset with a target of their own, by name: labels, in each language if several."""
        return list_strata({name: label.share for name, label in self.labels.items()}, self.languages)

    @property
    def stratum_steps(self) -> list[dict[str, int]]:
        """Return the rows wanted of each stratum in each of the ``steps``."""
        return spread_steps(self.steps, self.strata, self.languages)

    @property
    def stratum_targets(self) -> dict[str, int]:
        """Return the rows wanted of each stratum."""
        return self.stratum_steps[-1]

    @property
    def language_codes(self) -> list[str]:
        """Return the codes of the recipe's one or several languages."""
        return [*self.languages] or [self.language or "en"]

    def in_language(self, code: str) -> "Recipe":
        """Return the recipe as one of a single language, for what is checked language by language."""
        return self.model_copy(update={"language": code, "languages": {}}) if self.languages else self

    @property
    def asked_models(self) -> list[AskedModel]:
        """Return the generators, the judges, then the model that scores diversity."""
        return [*self.generators, *self.judges, *self.evaluate.scorers]

    @property
    def seed_file(self) -> str | None:
        """Return the file whose rows may be shown to a model: seeds, or else real rows."""
        return self.seeds or self.real

    @property
    def failures(self) -> FailureSettings | None:
        """Return how failure-driven rounds go on; None if no generator has that strategy."""
        return next((settings for one in self.generators if (settings := one.failure_settings)), None)

    @property
    def dev(self) -> str | None:
        """Return the file of people's rows that failure-driven rounds read in place of the seeds."""
        return self.failures.dev if self.failures else None

    @property
    def transformed(self) -> set[str]:
        """Return the files whose records, of any fields, are made into rows."""
        return {one.corpus for one in self.generators if one.corpus and one.strategy == TRANSFORM}

    @property
    def text_fields(self) -> list[str]:
        """Return the names of the fields that hold text, in the recipe's order."""
        return [name for name, field in self.fields.items() if field.type == "text"]

    @property
    def tabular(self) -> bool:
        """Return whether rows are records of a table: no field is a text."""
        return not self.text_fields

    _several_languages_need_no_other = model_validator(mode="before")(drop_single_language)

    @field_validator("dataset")
    @classmethod
    def _name_is_plain(cls, value):
        if not DATASET_NAME.fullmatch(value):
            raise ValueError(
                f"{value!r} is no dataset name: a lower-case letter, then lower-case letters, digits and dashes"
            )
        return value

    _labels_are_printable = field_validator("single_labels")(check_names)
    _slots_are_words = field_validator("slots")(check_slot_names)
    _fields_are_identifiers = field_validator("fields")(check_field_names)
    _files_stay_in_data = field_validator("seeds", "held_out", "real", "review")(stay_inside("data"))
    _scenarios_have_generators = field_validator("generators")(expand_generators)

    @model_validator(mode="after")
    def _parts_fit_together(self):
        check_labels(self.single_labels, sum_to_one=self.labels_per_row is None)
        check_slots(self.slots, self.single_labels, self.fields, self.judges, self.screens.pii)
        check_languages(self.language, self.languages, self.fields, self.text_fields, self.generators)
        check_growth(self.grown_from, self.rows, set(self.single_labels), by_coverage=self.selection == COVERAGE)
        check_plan(self.single_labels, self.labels_per_row, list_sizes(self.grown_from, self.rows))
        rest = self.fields, {key: getattr(self, key) for key in BY_LABEL}, self.real, self.weights
        if unfit := find_unfit_part(self.labels_per_row, self.generators, self.judges, *rest):
            raise InconsistentRecipe(*unfit)
        titles = [generator.title for generator in self.generators]
        check_titles(titles, [judge.name for judge in self.judges])
        check_people(self.weights, self.seeds, self.real, self.held_out, self.fields)
        check_rules(self.checks, self.depends, self.fields, self.languages, one_label=self.labels_per_row is None)
        check_tables(self.fields, self.slots, self.languages, compares_meaning=bool(self.screens.semantic_duplicate))
        check_scenarios(self.scenarios, self.generators, self.targets)
        for generator in self.generators:
            check_generator(generator, self.labels, self.fields, self.seed_file is not None)
        if fault := find_corpus_fault(self.generators, self.transformed):
            raise InconsistentRecipe(fault, "generators")
        driven = {one.title: settings for one in self.generators if (settings := one.failure_settings)}
        files = (self.seeds, self.real, self.held_out)
        if fault := find_failure_fault(driven, self.seed_file, files, self.budget.rounds):
            raise InconsistentRecipe(fault, "generators")
        if fault := find_judge_fault(self.judges, titles, self.fields, self.single_labels, bool(self.seed_file)):
            raise InconsistentRecipe(fault, "judges")
        if self.private and (fault := find_private_fault(self.generators, self.judges, self.evaluate.diversity)):
            raise InconsistentRecipe(fault, "private")
        if fault := find_unjudged_fault(self.judges, self.generators):
            raise InconsistentRecipe(fault, "generators")
        return self
