"""What a recipe says of a model that it asks: parameters, address, limits and prices; of a generator or of a judge."""

import operator
from typing import Any, Literal

from pydantic import Field, field_validator, model_validator

from pedigree.recipe.strict_model import StrictModel, stay_inside
from pedigree.redaction import find_secret_name, holds_secret

WITHOUT_BATCHES = {"offline", "replay"}  # they run in this process


def _is_none(value: object) -> bool:
    return value is None


class Prices(StrictModel):
    """Prices of a model that LiteLLM's price map does not list."""

    input: float = Field(ge=0, description="USD per million prompt tokens.")
    output: float = Field(ge=0, description="USD per million completion tokens.")


class Limits(StrictModel):
    """Rate limits of a provider. Generators and judges of one model share the strictest; null is no limit."""

    requests_per_minute: float | None = Field(default=None, gt=0, description="Calls that may start in a minute.")
    tokens_per_minute: float | None = Field(default=None, gt=0, description="Prompt and completion tokens together.")


class AskedModel(StrictModel):
    """A model that a recipe asks, and how; its ``title`` is its name in the tables."""

    name: str = ""
    model: str = Field(min_length=1, description="offline/template, replay/FILE, or any LiteLLM model string.")
    rows_per_call: int = Field(default=10, ge=1, le=100, description="Rows asked for in one call.")
    parameters: dict[str, Any] = Field(default={}, description="Passed to the model: temperature, max_tokens, ...")
    template: str | None = Field(default=None, description="Template under prompts/.")
    structured: Literal["auto", "native", "text"] = Field(
        default="auto",
        description="How the form of the answer is asked for: text: in the prompt alone; native: by a JSON schema, or "
        "the run stops; auto: by a schema where the model is known or likely to take one.",
    )
    api_base: str | None = Field(default=None, description="Address of the server, if not the provider's own.")
    endpoint: str | None = Field(
        default=None,
        pattern=r"^[a-z0-9.-]*$",
        exclude_if=_is_none,
        description="Name of the server at api_base: its answers are another model's. Empty: those without a name.",
    )
    draw: str | None = Field(
        default=None,
        pattern=r"^[a-z0-9.-]+$",
        exclude_if=_is_none,
        description="Name of a draw of answers: another name gets other answers to equal prompts.",
    )
    transport: Literal["auto", "litellm"] = Field(
        default="auto",
        exclude_if=lambda value: value == "auto",
        description="auto: OpenAI-compatible servers are called directly, all others through LiteLLM.",
    )
    batch: bool = Field(
        default=False,
        exclude_if=operator.not_,
        description="Whether the calls go through the provider's batch API: cheaper, and answered within 24 hours "
        "(docs/batch.md).",
    )
    concurrency: int = Field(
        default=8,
        ge=1,
        le=1024,
        description="Most calls in flight, as far as the provider keeps up; generators of one model share the largest.",
    )
    limits: Limits = Field(default=Limits(), description="Rate limits of the provider.")
    timeout: float = Field(default=120, gt=0, description="Seconds that one call may take.")
    retries: int = Field(default=5, ge=0, le=20, description="Further tries of a call that failed in passing.")
    patience: float = Field(
        default=120,
        ge=0,
        description="Seconds for which a model that answered before may fail without an answer in between. If a "
        "pause that the provider names is longer, the run stops at once.",
    )
    prices: Prices | None = Field(default=None, description="Prices of a model that LiteLLM has no price of.")

    @property
    def names(self) -> dict[str, str]:
        """Return what tells its answers from others to the same prompts: the endpoint and the draw, where named."""
        return {name: value for name in ("endpoint", "draw") if (value := getattr(self, name))}

    @property
    def title(self) -> str:
        """Return its name in the tables."""
        return self.name

    @property
    def role(self) -> str:
        """Return what messages call it, with its name."""
        return f"{type(self).__name__.lower()} {self.title!r}"

    @property
    def template_paths(self) -> list[str]:
        """Return the paths of its templates, from the workspace's root."""
        return [self.template] if self.template else []

    _template_stays_in_prompts = field_validator("template", check_fields=False)(stay_inside("prompts"))

    @field_validator("api_base")
    @classmethod
    def _no_secret_in_address(cls, value):
        if value is not None and holds_secret(value):
            raise ValueError("the address holds a secret: keys come from the environment, never from a recipe")
        return value

    @field_validator("parameters")
    @classmethod
    def _no_secret_in_parameters(cls, value):
        if name := find_secret_name(value):
            raise ValueError(f"{name!r} looks like a secret: keys come from the environment, never from a recipe")
        for key in value:
            if key in {"model", "messages", "stream", "n", "response_format", "api_base", "timeout", "num_retries"}:
                raise ValueError(f"{key!r} is set by Pedigree and can't be a parameter")
        return value

    @model_validator(mode="after")
    def _can_be_batched(self):
        if not self.batch:
            return self
        if self.model.split("/")[0] in WITHOUT_BATCHES:
            raise ValueError(
                f"batch: true needs a provider with a batch API, and {self.model} has none: set batch: false"
            )
        if self.transport == "litellm":
            raise ValueError("batch: true does not go with transport: litellm: leave one of the two out")
        if getattr(self, "turns", 1) > 1:
            raise ValueError("batch: true goes with turns: 1, as each further turn would wait for a batch of its own")
        return self
