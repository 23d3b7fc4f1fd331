"""The schema of a study, for its YAML file: tasks x strategies x models x sizes x seeds, and the budget of them all."""

import re
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, Field, field_validator, model_validator

from pedigree.recipe.asked_model import AskedModel
from pedigree.recipe.budget import Budget
from pedigree.recipe.embedder_name import parse_name
from pedigree.recipe.generator import Generator
from pedigree.recipe.strict_model import InconsistentRecipe, StrictModel, check_inside, stay_inside

NAME = re.compile(r"[a-z0-9][a-z0-9-]{0,59}")
TFIDF = "tfidf-logreg"
TEMPLATE, REAL = "template", "real"  # the two baselines: the offline template model, and people's rows alone
MAX_CELLS = 2_000
PARTS = (  # keys of a recipe that a task takes from its base recipe, or states itself under 'parts'
    "task", "language", "languages", "labels", "fields", "seeds", "held_out", "private", "judges", "screens", "gates",
)  # fmt: skip
INHERITED = tuple(key for key in PARTS if key not in ("judges", "gates"))


def _check_name(name: str) -> str:
    if not NAME.fullmatch(name):
        raise ValueError(f"{name!r} is no name: write lower-case letters, digits and dashes, at most 60")
    return name


Name = Annotated[str, AfterValidator(_check_name)]
Size = Annotated[int, Field(ge=2, le=1_000_000)]


class Subjectivity(StrictModel):
    """How subjective a task is, by somebody's measurement: higher is more subjective, on one scale in a study."""

    value: float = Field(allow_inf_nan=False, description="The figure, such as 1 - kappa of its annotators, or a rank.")
    source: str = Field(min_length=3, description="Who measured it and how; told beside the figure.")


class StudyTask(StrictModel):
    """One task: what a recipe says of it, people's rows, and how subjective it is."""

    name: str = Field(pattern=r"^[a-z][a-z0-9-]*$", max_length=60, description="Unique name.")
    recipe: str | None = Field(
        default=None, description="Base recipe below recipes/; its generators, judges, gates and rows are not taken."
    )
    parts: dict[str, Any] = Field(default={}, description="Keys of a recipe, in place of the base recipe's.")
    real: str | None = Field(
        default=None, description="File of labelled rows that people wrote, to train on; the seeds if left out."
    )
    subjectivity: Subjectivity | Literal["agreement"] | None = Field(
        default=None,
        description="A figure; or 1 - the mean agreement of annotators that the held-out rows tell. "
        "null: the task is left out of that chart.",
    )

    _real_stays_in_data = field_validator("real")(stay_inside("data"))

    @field_validator("recipe")
    @classmethod
    def _recipe_stays_in_recipes(cls, value):
        if value is not None:
            check_inside(value, "recipes")
        return value

    @field_validator("parts")
    @classmethod
    def _parts_are_of_a_task(cls, value):
        if unknown := sorted(value.keys() - {*PARTS}):
            raise InconsistentRecipe(f"{unknown[0]!r} is no part of a task: one of {', '.join(PARTS)}", unknown[0])
        return value

    @model_validator(mode="after")
    def _says_what_it_is(self):
        if self.recipe is None and (lacking := [key for key in ("task", "labels") if key not in self.parts]):
            raise InconsistentRecipe(f"a task without a base recipe needs parts.{lacking[0]}", "parts")
        return self


class StudyStrategy(Generator):
    """A generator without its model; only for some tasks or models where these are named."""

    tasks: list[str] = Field(default=[], description="Names of the tasks it is for; all if left out.")
    models: list[str] = Field(default=[], description="Names of the models it is for; all if left out.")

    @model_validator(mode="before")
    @classmethod
    def _takes_any_model(cls, value):
        if isinstance(value, dict) and "model" not in value:
            value = {**value, "model": "replay/any" if value.get("strategy") == "replay" else "offline/template"}
        elif isinstance(value, dict):
            raise ValueError("a strategy names no model: the study's 'models' are combined with every strategy")
        return value


class StudyModel(AskedModel):
    """A model, with its address, parameters and prices. ``{task}`` in its name becomes the task's name."""

    tasks: list[str] = Field(default=[], description="Names of the tasks it is for; all if left out.")

    @model_validator(mode="before")
    @classmethod
    def _is_perhaps_a_name(cls, value):
        return {"model": value} if isinstance(value, str) else value


class Study(StrictModel):
    """A whole study: its results are a function of it, the files that it names and the models' answers."""

    study: str = Field(pattern=r"^[a-z][a-z0-9-]*$", max_length=60, description="Name: the file's own.")
    question: str = Field(min_length=1, description="What the study asks, in a sentence.")
    after: str | None = Field(default=None, description="The paper whose design it follows; told on its page.")
    tasks: list[StudyTask] = Field(min_length=1, description="The tasks.")
    strategies: dict[Name, StudyStrategy] = Field(min_length=1, description="Name -> generator without a model.")
    models: dict[Name, StudyModel] = Field(min_length=1, description="Name -> model, with what a generator says of it.")
    sizes: list[Size] = Field(min_length=1, description="Synthetic rows of a dataset.")
    sizes_are: Literal["rows", "rows_per_label"] = Field(default="rows", description="What a size counts.")
    real_rows: list[Annotated[int, Field(ge=0, le=1_000_000)]] = Field(
        default=[0], min_length=1, description="Real rows that are mixed with the synthetic ones in training."
    )
    seeds: list[Annotated[int, Field(ge=0, lt=2**63)]] = Field(
        default=[0], min_length=1, description="Seeds; each is a draw."
    )
    students: list[str] = Field(
        default=[TFIDF], min_length=1, description=f"Classifiers: {TFIDF}, or an embedder such as model2vec/NAME."
    )
    budget: Budget = Field(default=Budget(), description="Limits of the whole study; rounds are those of a dataset.")

    @field_validator("sizes", "real_rows", "seeds", "students")
    @classmethod
    def _each_is_named_once(cls, value):
        if twice := [one for place, one in enumerate(value) if one in value[:place]]:
            raise ValueError(f"{twice[0]} is named twice")
        return value

    @field_validator("sizes", "real_rows")
    @classmethod
    def _grows(cls, value):
        if value != sorted(value):
            raise ValueError("write them from the smallest to the largest")
        return value

    @field_validator("students")
    @classmethod
    def _students_are_known(cls, value):
        for one in value:
            if one != TFIDF and parse_name(one).is_paid:
                raise ValueError(f"{one} sends every text to a provider: a study's students run on this machine")
        return value

    @model_validator(mode="after")
    def _fits_together(self):
        names = [task.name for task in self.tasks]
        if twice := [name for place, name in enumerate(names) if name in names[:place]]:
            raise InconsistentRecipe(f"two tasks have the name {twice[0]!r}", "tasks", names.index(twice[0]))
        for kind, known in (("tasks", names), ("models", [*self.models])):
            for group in ("strategies", "models"):
                for name, one in getattr(self, group).items():
                    if unknown := [each for each in getattr(one, kind, []) if each not in known]:
                        raise InconsistentRecipe(
                            f"{unknown[0]!r} is none of this study's {kind}: {', '.join(known)}", group, name, kind
                        )
        for reserved in {TEMPLATE, REAL} & {*self.strategies}:
            raise InconsistentRecipe(
                f"{reserved!r} is the name of a baseline, which each study has: give it another", "strategies", reserved
            )
        if len({type(task.subjectivity) for task in self.tasks if task.subjectivity}) > 1:
            found = "a figure for one task and 'agreement' for another are not on one scale"
            raise InconsistentRecipe(found, "tasks", 0, "subjectivity")
        if self.real_rows[0] != 0:
            raise InconsistentRecipe("the first must be 0: synthetic rows alone", "real_rows")
        return self
