"""A request of a batch, and what the batch brought for it; which providers are known to have a batch API."""

from dataclasses import dataclass
from typing import Any

from pedigree.models.call_errors import FatalError
from pedigree.models.direct_calls import HANDLER, SDK, Received, RequestForm
from pedigree.recipe.asked_model import AskedModel


@dataclass(frozen=True)
class BatchRequest:
    """The request of one prompt: its form, the type of its response_format, and its body."""

    form: RequestForm
    structure: str | None
    body: dict[str, Any]


@dataclass(frozen=True)
class Collected:
    """What a batch brought for a prompt; ``structure`` is the type of the response_format that was asked for."""

    received: Received
    structure: str | None


def check_provider(generator: AskedModel, provider: str) -> None:
    """Raise FatalError for a provider, as LiteLLM names it, whose batches are not OpenAI's."""
    if provider not in {SDK, HANDLER}:
        raise lack_batches(generator)


def lack_batches(generator: AskedModel) -> FatalError:
    """Return the error for a model that no batch can be made for."""
    return FatalError(
        "no-batches",
        f"{generator.role}: 'batch: true' needs OpenAI's files and batches, which {generator.model} is not asked by",
        "set 'batch: false'; or 'model: openai/NAME' with 'api_base', where the provider has files and batches as "
        "OpenAI has them",
    )
