"""The recipe: what to make, as typed values. One schema for YAML, for the Prefect form and for the docs."""

import re
from pathlib import PurePosixPath
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

from pedigree.shares import divide

DATASET_NAME = re.compile(r"[a-z][a-z0-9-]*")
RESERVED_FIELDS = {"row_id", "label", "weight", "generator", "completion_id", "position", "split"}


class Strict(BaseModel):
    """A part of the recipe: unknown keys are errors, values do not change."""

    model_config = ConfigDict(extra="forbid", frozen=True, protected_namespaces=())


class Label(Strict):
    """One class of the task."""

    share: float = Field(gt=0, le=1, description="Target share of the rows; the shares of all labels sum to 1.")
    means: str = Field(min_length=1, description="Definition that the model reads.")
    unlike: list[str] = Field(default=[], description="Labels that are easily confused with this one.")


class TypedField(Strict):
    """One field of a row."""

    type: Literal["text", "category", "integer", "number"] = "text"
    means: str = Field(default="", description="What the field holds, for the model.")
    min_chars: int = Field(default=1, ge=1, description="Shortest text, in characters.")
    max_chars: int = Field(default=2000, ge=1, description="Longest text, in characters.")
    values: list[str] = Field(default=[], description="The allowed values of a category.")
    min: float | None = Field(default=None, description="Smallest number.")
    max: float | None = Field(default=None, description="Largest number.")

    @model_validator(mode="after")
    def _limits_make_sense(self):
        if self.min_chars > self.max_chars:
            raise ValueError(f"min_chars {self.min_chars} is above max_chars {self.max_chars}")
        if self.type == "category" and len(set(self.values)) < 2:
            raise ValueError("a category needs at least two different values")
        if self.min is not None and self.max is not None and self.min > self.max:
            raise ValueError(f"min {self.min} is above max {self.max}")
        return self


class Prices(Strict):
    """What a model costs, where LiteLLM's price map does not know it."""

    input: float = Field(ge=0, description="USD per million prompt tokens.")
    output: float = Field(ge=0, description="USD per million completion tokens.")


class Replay(Strict):
    """How the records of a replayed file map to rows."""

    fields: dict[str, str] = Field(min_length=1, description="Field of the recipe -> key in the record.")
    label: str = Field(default="label", description="Key that holds the label.")
    labels: dict[str, str] = Field(default={}, description="Label in the file -> label of the recipe.")


class Generator(Strict):
    """One way of asking a model for rows; several are mixed by weight."""

    name: str = Field(default="", pattern=r"^[a-z0-9-]*$", description="Unique name; the strategy where left out.")
    strategy: Literal["zero-shot", "few-shot", "attributes", "replay"] = "zero-shot"
    model: str = Field(min_length=1, description="offline/template, replay/FILE, or any LiteLLM model string.")
    weight: float = Field(default=1, gt=0, description="Share of the rows among the generators.")
    rows_per_call: int = Field(default=10, ge=1, le=100, description="Rows asked for in one call.")
    turns: int = Field(
        default=1, ge=1, le=5, description="Turns of one conversation; later ones ask for more diversity."
    )
    shots: int = Field(default=0, ge=0, le=50, description="Seed rows shown in each prompt.")
    attributes: dict[str, list[str] | dict[str, list[str]]] = Field(
        default={}, description="Attribute -> values, or attribute -> label -> values; each row gets one of each."
    )
    parameters: dict[str, Any] = Field(default={}, description="Passed to the model: temperature, max_tokens, ...")
    replay: Replay | None = None
    template: str | None = Field(default=None, description="Template under prompts/; prompts/STRATEGY.j2 if left out.")
    structured: Literal["auto", "native", "text"] = "auto"
    api_base: str | None = None
    concurrency: int = Field(default=8, ge=1, le=1024, description="Most calls in flight.")
    timeout: float = Field(default=120, gt=0, description="Seconds that one call may take.")
    retries: int = Field(default=5, ge=0, le=20, description="Further tries of a call that failed in passing.")
    prices: Prices | None = None

    @property
    def title(self) -> str:
        """Return the name under which the tables know this generator."""
        return self.name or self.strategy

    @property
    def template_path(self) -> str:
        """Return the template's path, from the workspace's root."""
        return self.template or f"prompts/{self.strategy}.j2"

    @field_validator("template")
    @classmethod
    def _template_stays_in_prompts(cls, value):
        if value is not None:
            _check_inside(value, "prompts")
        return value

    @field_validator("parameters")
    @classmethod
    def _no_secret_in_parameters(cls, value):
        for key in value:
            if re.search(r"key|token$|secret|password|authorization|headers", key, re.IGNORECASE):
                raise ValueError(f"{key!r} looks like a secret: keys come from the environment, never from a recipe")
            if key in {"model", "messages", "stream", "n", "response_format", "api_base", "timeout", "num_retries"}:
                raise ValueError(f"{key!r} is set by Pedigree and can't be a parameter")
        return value

    @model_validator(mode="after")
    def _strategy_has_what_it_needs(self):
        needs = {"few-shot": ("shots", self.shots), "attributes": ("attributes", self.attributes)}
        if self.strategy in needs and not needs[self.strategy][1]:
            raise ValueError(f"strategy {self.strategy} needs {needs[self.strategy][0]}")
        if self.strategy == "replay" and not self.model.startswith("replay/"):
            raise ValueError(f"strategy replay does not go with model {self.model}: it reads model replay/FILE")
        if self.strategy == "replay" and (self.replay is None or self.turns > 1):
            raise ValueError("strategy replay needs the key replay (how records map to fields) and turns: 1")
        if self.strategy != "replay" and self.replay is not None:
            raise ValueError("the key replay goes with strategy replay; another strategy replays recorded completions")
        for name, values in self.attributes.items():
            lists = values.values() if isinstance(values, dict) else [values]
            if not all(lists) or not values:
                raise ValueError(f"attribute {name!r} has no values")
        return self


class Budget(Strict):
    """Hard limits; null is no limit."""

    usd: float | None = Field(default=None, ge=0)
    calls: int | None = Field(default=None, ge=0)
    tokens: int | None = Field(default=None, ge=0)
    rounds: int = Field(default=6, ge=1, le=100)


class Screens(Strict):
    """Which candidates are turned away; each rejection carries its reason code and evidence."""

    near_duplicate: float | None = Field(
        default=0.85, gt=0, le=1, description="Jaccard similarity from which two rows are one; null is off."
    )
    shot_copy: float | None = Field(
        default=0.7, gt=0, le=1, description="Similarity to a shown seed row from which a row is a copy."
    )
    held_out_overlap: bool = Field(
        default=True, description="Reject what is in the held-out data: exact, near, or a shared 13-gram."
    )
    refusal: bool = True
    meta_text: bool = True
    placeholder: bool = True
    label_named: bool = Field(default=True, description="Reject a text that names its own label.")
    language: bool = Field(default=False, description="Reject a text in another language than the recipe's.")
    pii: Literal["reject", "off"] = Field(default="reject", description="E-mail, phone, card (Luhn), IBAN, IP, handle.")


class Gates(Strict):
    """What must hold before a version is published."""

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


class Evaluate(Strict):
    """How usefulness is measured."""

    student: Literal["tfidf-logreg"] = "tfidf-logreg"
    repeats: int = Field(default=5, ge=1, le=100)


class Split(Strict):
    """How rows go to train and validation."""

    validation: float = Field(default=0.15, ge=0, lt=1, description="Share of each label in the validation split.")
    similar: float = Field(default=0.6, gt=0, le=1, description="Rows at least this similar stay on one side.")


class Recipe(Strict):
    """What to make, wholly: the dataset that comes out is a function of this, its files and the model's answers."""

    dataset: str = Field(description="Name: lower-case letters, digits and dashes.")
    task: str = Field(min_length=1, description="The question that a label answers, in a sentence.")
    language: str = Field(default="en", pattern=r"^[a-z]{2,3}$", description="ISO 639 code.")
    seed: int = Field(default=0, ge=0, description="Seed of all chance.")
    labels: dict[str, Label] = Field(min_length=2)
    fields: dict[str, TypedField] = Field(default={"text": TypedField()}, min_length=1)
    seeds: str | None = Field(default=None, description="File of rows that people wrote; may be shown to a model.")
    held_out: str | None = Field(default=None, description="File of rows that people wrote; never shown to a model.")
    rows: Annotated[int, Field(ge=1, le=10_000_000, description="Rows wanted.")]
    generators: list[Generator] = Field(min_length=1)
    budget: Budget = Budget()
    screens: Screens = Screens()
    split: Split = Split()
    gates: Gates = Gates()
    evaluate: Evaluate = Evaluate()

    @property
    def targets(self) -> dict[str, int]:
        """Return the rows wanted of each label: whole numbers that sum to ``rows``."""
        return divide(self.rows, {name: label.share for name, label in self.labels.items()})

    @property
    def text_fields(self) -> list[str]:
        """Return the names of the fields that hold text, in the recipe's order."""
        return [name for name, field in self.fields.items() if field.type == "text"]

    @field_validator("dataset")
    @classmethod
    def _name_is_plain(cls, value):
        if not DATASET_NAME.fullmatch(value):
            raise ValueError(
                f"{value!r} is no dataset name: a lower-case letter, then lower-case letters, digits and dashes"
            )
        return value

    @field_validator("labels")
    @classmethod
    def _labels_are_printable(cls, value):
        for name in value:
            if not name.strip() or name != name.strip() or any(ord(c) < 32 for c in name):
                raise ValueError(f"{name!r} is no label: no control characters, no spaces at the ends")
        folded = [name.casefold() for name in value]
        if len(set(folded)) < len(folded):
            raise ValueError("two labels differ in upper and lower case only")
        return value

    @field_validator("fields")
    @classmethod
    def _fields_are_identifiers(cls, value):
        for name in value:
            if not re.fullmatch(r"[a-z][a-z0-9_]*", name) or name in RESERVED_FIELDS:
                raise ValueError(
                    f"{name!r} is no field name: lower-case letters, digits, _; not one of {sorted(RESERVED_FIELDS)}"
                )
        return value

    @field_validator("seeds", "held_out")
    @classmethod
    def _files_stay_in_data(cls, value):
        if value is not None:
            _check_inside(value, "data")
        return value

    @model_validator(mode="after")
    def _parts_fit_together(self):
        total = sum(label.share for label in self.labels.values())
        if abs(total - 1) > 1e-6:
            raise ValueError(f"the shares of the labels sum to {total:.6g}, not to 1")
        for name, label in self.labels.items():
            for other in label.unlike:
                if other not in self.labels or other == name:
                    raise ValueError(f"label {name!r} is unlike {other!r}, which is no other label of this recipe")
        titles = [generator.title for generator in self.generators]
        if len(set(titles)) < len(titles):
            raise ValueError(
                f"two generators have the name {max(titles, key=titles.count)!r}: give each a name of its own"
            )
        for generator in self.generators:
            self._check_generator(generator)
        return self

    def _check_generator(self, generator: Generator) -> None:
        if generator.shots and self.seeds is None:
            raise ValueError(f"generator {generator.title!r} shows shots, but the recipe has no seeds")
        for name, values in generator.attributes.items():
            if isinstance(values, dict) and set(values) != set(self.labels):
                missing = sorted(set(self.labels) ^ set(values))
                raise ValueError(f"attribute {name!r} is given per label but not for exactly the labels: {missing}")
        if generator.replay is not None:
            if set(generator.replay.fields) != set(self.fields):
                raise ValueError(
                    f"replay maps {sorted(generator.replay.fields)}, the recipe's fields are {sorted(self.fields)}"
                )
            for to in generator.replay.labels.values():
                if to not in self.labels:
                    raise ValueError(f"replay maps a label to {to!r}, which is no label of this recipe")


def _check_inside(path: str, folder: str) -> None:
    parts = PurePosixPath(path).parts
    if not parts or parts[0] != folder or ".." in parts or len(parts) < 2 or "\\" in path or "\0" in path:
        raise ValueError(f"{path!r} must be a path below {folder}/ of this workspace")
