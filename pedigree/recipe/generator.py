"""A recipe's generators: model, strategy, parameters, limits and prices."""

from typing import Literal

from pydantic import Field, field_validator, model_validator

from pedigree.recipe.asked_model import AskedModel
from pedigree.recipe.failures import STRATEGY, FailureSettings
from pedigree.recipe.strict_model import StrictModel, stay_inside

MAX_ASKED = 50  # items of a list that one call may request
MAX_LINE_CHARS = 200


def is_line(text: str) -> bool:
    """Return whether a text fits on one line of a prompt: not blank, printable, at most MAX_LINE_CHARS."""
    return bool(text.strip()) and text.isprintable() and len(text) <= MAX_LINE_CHARS


class Replay(StrictModel):
    """The mapping from records of a replayed file to rows."""

    fields: dict[str, str] = Field(min_length=1, description="Field of the recipe -> key in the record.")
    label: str = Field(default="label", description="Key that holds the label.")
    labels: dict[str, str] = Field(default={}, description="Label in the file -> label of the recipe.")


class Generator(AskedModel):
    """One way of requesting rows from a model; generators are mixed by weight."""

    name: str = Field(default="", pattern=r"^[a-z0-9-]*$", description="Unique name; the strategy where left out.")
    strategy: Literal["zero-shot", "topic", "one-shot", "few-shot", "attributes", "rewrite", "failures", "replay"] = (
        Field(default="zero-shot", description="What a prompt holds besides task, label and definition; see README.md.")
    )
    weight: float = Field(default=1, gt=0, description="Share of the rows among the generators.")
    turns: int = Field(
        default=1, ge=1, le=5, description="Turns of one conversation; later ones ask for more diversity."
    )
    shots: int = Field(default=0, ge=0, le=50, description="Seed rows shown in each prompt.")
    topics: int | list[str] | dict[str, list[str]] = Field(
        default=[], description="Topics, or label -> topics, or how many to ask the model for; a call is about one."
    )
    topics_per: Literal["label", "recipe"] = Field(default="label", description="What one asked list of topics is for.")
    attributes: dict[str, int | list[str] | dict[str, list[str]]] = Field(
        default={},
        description="Attribute -> values, label -> values, or how many to ask the model for; "
        "each row gets one of each.",
    )
    ask_attributes: int = Field(default=0, ge=0, le=10, description="Further attributes to ask the model for.")
    values_asked: int = Field(default=8, ge=2, le=MAX_ASKED, description="Values to ask for of each of those.")
    corpus: str | None = Field(
        default=None, description="File of real texts without labels that are rewritten; the seeds if left out."
    )
    incentives: list[Literal["taboo", "hints"]] = Field(
        default=[], description="What makes rewritten rows differ: words to avoid, unusual seed rows as hints."
    )
    replay: Replay | None = Field(default=None, description="How records of a replayed file become rows.")
    failures: FailureSettings | None = Field(
        default=None,
        exclude_if=lambda settings: settings is None,  # so that recipes without it keep their hashes
        description="How strategy failures goes on from round to round.",
    )
    template: str | None = Field(default=None, description="Template under prompts/; prompts/STRATEGY.j2 if left out.")

    @property
    def title(self) -> str:
        """Return the generator's name in the tables."""
        return self.name or self.strategy

    @property
    def failure_settings(self) -> FailureSettings | None:
        """Return how its failure-driven rounds go on; None for any other strategy."""
        return (self.failures or FailureSettings()) if self.strategy == STRATEGY else None

    @property
    def template_path(self) -> str:
        """Return the template's path, from the workspace's root."""
        return self.template or f"prompts/{self.strategy}.j2"

    @property
    def template_paths(self) -> list[str]:
        """Return the paths of the generator's templates: its own, and those of the lists that it requests first."""
        return [self.template_path, *(f"prompts/ask-{name}.j2" for name, used in self._list_requests.items() if used)]

    @property
    def _list_requests(self) -> dict[str, bool]:
        values = bool(self.ask_attributes) or any(isinstance(values, int) for values in self.attributes.values())
        attributes = bool(self.ask_attributes)
        return {
            "topics": isinstance(self.topics, int),
            "attributes": attributes,
            "values": values,
            "fitting-values": values,
        }

    _corpus_stays_in_data = field_validator("corpus")(stay_inside("data"))

    @field_validator("topics")
    @classmethod
    def _topics_are_some(cls, value):
        if isinstance(value, int):
            if not 2 <= value <= MAX_ASKED:
                raise ValueError(f"{value} topics can't be asked for in one call: 2 to {MAX_ASKED} can")
            return value
        lists = list(value.values()) if isinstance(value, dict) else [value]
        for one in lists:
            if value and (not one or len(set(one)) < len(one) or not all(map(is_line, one))):
                raise ValueError(f"{one!r} is no list of topics: different texts of one line, at least one")
        return value

    @model_validator(mode="after")
    def _strategy_has_what_it_needs(self):
        needs = {
            "topic": ("topics", self.topics),
            "one-shot": ("shots: 1", self.shots == 1),
            "few-shot": ("shots", self.shots),
            "attributes": ("attributes or ask_attributes", self.attributes or self.ask_attributes),
        }
        if self.strategy in needs and not needs[self.strategy][1]:
            raise ValueError(f"strategy {self.strategy} needs {needs[self.strategy][0]}")
        if self.topics and self.strategy != "topic":
            raise ValueError(f"the key topics goes with strategy topic, not with {self.strategy}")
        if self.ask_attributes and self.strategy != "attributes":
            raise ValueError(f"the key ask_attributes goes with strategy attributes, not with {self.strategy}")
        if self.failures is not None and self.strategy != STRATEGY:
            raise ValueError(f"the key failures goes with strategy failures, not with {self.strategy}")
        if self.strategy != "rewrite" and (self.corpus or self.incentives):
            raise ValueError(f"the keys corpus and incentives go with strategy rewrite, not with {self.strategy}")
        if self.strategy == "replay" and not self.model.startswith("replay/"):
            raise ValueError(f"strategy replay does not go with model {self.model}: it reads model replay/FILE")
        if self.strategy == "replay" and (self.replay is None or self.turns > 1):
            raise ValueError("strategy replay needs the key replay (how records map to fields) and turns: 1")
        if self.strategy != "replay" and self.replay is not None:
            raise ValueError("the key replay goes with strategy replay; another strategy replays recorded completions")
        for name, values in self.attributes.items():
            if isinstance(values, int):
                if not 2 <= values <= MAX_ASKED:
                    raise ValueError(f"attribute {name!r}: 2 to {MAX_ASKED} values can be asked for, not {values}")
                continue
            lists = values.values() if isinstance(values, dict) else [values]
            if not all(lists) or not values:
                raise ValueError(f"attribute {name!r} has no values")
        return self
