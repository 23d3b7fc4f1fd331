"""What an embedding model sent, read from a response of LiteLLM's: nothing in it is taken on trust."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from pedigree.models.call_errors import TransientError


@dataclass(frozen=True)
class EmbeddingResponse:
    """A vector a text (float32), the name that the model answered under, tokens and USD; None where unknown."""

    vectors: np.ndarray
    model: str
    tokens: int | None
    cost_usd: float | None


def read_embedded(response: Any, model: str, texts: int) -> EmbeddingResponse:
    """Return what a response holds, in the order of the texts.

    Raises Passing where it is not one vector of finite numbers a text, all of one length.
    """
    usage = getattr(response, "usage", None)
    return EmbeddingResponse(
        vectors=_read_vectors(getattr(response, "data", None) or [], model, texts),
        model=getattr(response, "model", None) or model,
        tokens=getattr(usage, "prompt_tokens", None) or None,
        cost_usd=response._hidden_params.get("response_cost"),
    )


def _read_vectors(data: list[Any], model: str, texts: int) -> np.ndarray:
    if len(data) != texts:
        raise TransientError("bad-vectors", f"{model} sent {len(data):,} vectors for {texts:,} texts")
    try:
        lines = {line["index"]: line["embedding"] for line in data}
        vectors = np.array([lines[place] for place in range(texts)], dtype=np.float32)
    except KeyError:
        raise TransientError("bad-vectors", f"{model} sent vectors that name no text, or two of one text") from None
    except (TypeError, ValueError):
        raise TransientError("bad-vectors", f"{model} sent vectors of several lengths, or no numbers") from None
    if vectors.ndim != 2 or not vectors.size or not np.isfinite(vectors).all():
        raise TransientError("bad-vectors", f"{model} sent vectors that are empty, or hold what is no number")
    return vectors
