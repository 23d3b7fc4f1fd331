"""A recipe's generators: model, strategy, parameters, limits and prices."""

import operator
from typing import Literal

from pydantic import Field, field_validator, model_validator

from pedigree.recipe.content.instructions import InstructedModel
from pedigree.recipe.content.knowledge import KnowledgeSettings
from pedigree.recipe.content.replay import Replay
from pedigree.recipe.content.strategy_keys import find_key_fault
from pedigree.recipe.failures import STRATEGY, FailureSettings
from pedigree.recipe.strict_model import stay_inside
from pedigree.recipe.tables.generator_keys import SENTENCES, TABLE
from pedigree.recipe.value_lists import MAX_ASKED, check_asked, check_attributes, check_list, check_traits

BORDERLINE, TRANSFORM = "borderline", "transform"


class Generator(InstructedModel):
    """One way of requesting rows from a model; generators are mixed by weight."""

    name: str = Field(default="", pattern=r"^[a-z0-9-]*$", description="Unique name; the strategy where left out.")
    strategy: Literal[
        "zero-shot",
        "topic",
        "one-shot",
        "few-shot",
        "attributes",
        "persona",
        "taxonomy",
        "two-stage",
        "knowledge",
        "borderline",
        "rewrite",
        "transform",
        "failures",
        "table",
        "replay",
    ] = Field(
        default="zero-shot",
        description="What a prompt holds besides task, label and definition; see docs/strategies.md.",
    )
    weight: float = Field(
        default=1,
        gt=0,
        description="Relative to the other generators: 7 and 3 make 70 % and 30 % of the rows asked for.",
    )
    turns: int = Field(
        default=1, ge=1, le=5, description="Turns of one conversation; later ones ask for more diversity."
    )
    shots: int = Field(default=0, ge=0, le=50, description="Seed rows shown in each prompt.")
    shots_from: Literal["all", "easy", "ambiguous", "hard"] = Field(
        default="all",
        exclude_if=lambda kind: kind == "all",  # so that recipes without the key keep their hashes
        description="Which seed rows are shown: all, or those that a classifier of the seeds finds easy, ambiguous or "
        "hard (docs/difficulty.md); it takes 30 seed rows.",
    )
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
    values_asked: int = Field(
        default=8, ge=2, le=MAX_ASKED, description="Values to ask for of each of those, and of each asked trait."
    )
    personas: int | dict[str, int | list[str]] = Field(
        default={},
        exclude_if=operator.not_,  # here and below: so that recipes without the key keep their hashes
        description="Trait -> values, or how many to ask the model for; or how many traits to ask for. A call is "
        "written as a person with one of each.",
    )
    ways: int | dict[str, list[str]] = Field(
        default={},
        exclude_if=operator.not_,
        description="Label -> ways in which a text can show it, or how many to ask the model for; each row gets one.",
    )
    contexts: int = Field(
        default=0,
        ge=0,
        le=MAX_ASKED,
        exclude_if=operator.not_,
        description="Contexts that one call asks for, without any label; each row of strategy two-stage gets one.",
    )
    mix: list[float] = Field(
        default=[],
        exclude_if=operator.not_,
        description="Shares of their label that rows of strategy borderline have, above 0.5 and below 1; the rest is "
        "another label's, of those under 'unlike' if there are any.",
    )
    corpus: str | None = Field(
        default=None,
        description="File of real texts without labels that are rewritten; the seeds if left out. With strategy "
        "transform: file of another dataset's records, of any fields.",
    )
    incentives: list[Literal["taboo", "hints", "chaining"]] = Field(
        default=[],
        description="What makes rewritten rows differ: words to avoid, unusual seed rows as hints; or, from the second "
        "turn on, that the rows of the answer before are rewritten.",
    )
    avoid: list[str] = Field(
        default=[],
        max_length=MAX_ASKED,
        exclude_if=operator.not_,
        description="Openings that the prompt forbids, such as those that 'pedigree patterns' finds.",
    )
    statistics: str | None = Field(
        default=None,
        exclude_if=lambda path: path is None,
        description="File of counted statistics of people's rows that the prompt tells; 'pedigree statistics' writes "
        "it (docs/privacy.md).",
    )
    knowledge: KnowledgeSettings | None = Field(
        default=None, exclude_if=lambda settings: settings is None, description="The facts that rows are written for."
    )
    scenario: str | None = Field(
        default=None,
        exclude_if=lambda name: name is None,
        description="Name of the scenario that all its rows are asked for; it then takes no part in the weights.",
    )
    form: Literal["sentences", "json", "csv"] | None = Field(
        default=None,
        exclude_if=operator.not_,
        description="How strategy table shows rows; sentences, such as 'age is 42, job is clerk', if left out.",
    )
    label: Literal["asked", "predicted"] = Field(
        default="asked",
        exclude_if=lambda label: label == "asked",
        description="Which label a row has: the one that its prompt asks for, or the one that a judge gives it from "
        "its values alone (docs/table-generation.md).",
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
    def row_form(self) -> str | None:
        """Return how its prompts show rows of a table; None for any strategy but table."""
        return (self.form or SENTENCES) if self.strategy == TABLE else None

    @property
    def read_files(self) -> dict[str, str]:
        """Return the files of texts and figures that its prompts are made of: path -> what it is."""
        triples = self.knowledge.file if self.knowledge else None
        files = {self.corpus: "corpus", self.statistics: "statistics", triples: "triples", self.optimised: "record"}
        return {path: what for path, what in files.items() if path}

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
            "traits": isinstance(self.personas, int),
            "trait-values": any(isinstance(of, int) for of in self._traits.values()) or isinstance(self.personas, int),
            "ways": isinstance(self.ways, int),
            "contexts": bool(self.contexts),
        }

    @property
    def _traits(self) -> dict[str, int | list[str]]:
        return self.personas if isinstance(self.personas, dict) else {}

    _files_stay_in_data = field_validator("corpus", "statistics")(stay_inside("data"))

    @field_validator("topics", "ways")
    @classmethod
    def _lists_are_some(cls, value, info):
        if isinstance(value, int):
            check_asked(value, info.field_name)
        else:
            for one in value.values() if isinstance(value, dict) else filter(None, [value]):
                check_list(one, info.field_name)
        return value

    @field_validator("avoid")
    @classmethod
    def _openings_are_some(cls, value):
        check_list(value, "openings")
        return value

    _personas_are_some = field_validator("personas")(check_traits)

    @field_validator("mix")
    @classmethod
    def _mix_has_a_larger_part(cls, value):
        if odd := [share for share in value if not 0.5 < round(share, 2) < 1]:
            raise ValueError(f"a share of the label is {odd[0]:g}, and it must be above 0.5 and below 1")
        if len({round(share, 2) for share in value}) < len(value):
            raise ValueError("two shares are the same per cent: leave one out")
        return value

    @model_validator(mode="after")
    def _strategy_has_what_it_needs(self):
        if fault := find_key_fault(self):
            raise ValueError(fault)
        return self

    @model_validator(mode="after")
    def _replays_with_what_it_needs(self):
        if self.strategy == "replay" and not self.model.startswith("replay/"):
            raise ValueError(f"strategy replay does not go with model {self.model}: it reads model replay/FILE")
        if self.strategy == "replay" and (self.replay is None or self.turns > 1):
            raise ValueError("strategy replay needs the key replay (how records map to fields) and turns: 1")
        if self.strategy != "replay" and self.replay is not None:
            raise ValueError("the key replay goes with strategy replay; another strategy replays recorded completions")
        return self

    @model_validator(mode="after")
    def _attributes_have_values(self):
        check_attributes(self.attributes)
        return self
