"""Reads and checks the response of an embedding model, as LiteLLM returns it."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from pedigree.models.call_errors import TransientError


@dataclass(frozen=True)
class EmbeddingResponse:
    """One vector per text (float32), the model name in the answer, tokens and USD; None where unknown."""

    vectors: np.ndarray
    model: str
    tokens: int | None
    cost_usd: float | None


def read_embedded(response: Any, model: str, texts: int) -> EmbeddingResponse:
    """Return what a response holds, in the order of the texts.

    Raises TransientError unless there is one vector per text, all of one length and of finite numbers.
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
        raise TransientError("bad-vectors", f"{model} sent a vector without an index, or an index twice") from None
    except (TypeError, ValueError):
        raise TransientError("bad-vectors", f"{model} sent vectors of different lengths or not of numbers") from None
    if vectors.ndim != 2 or not vectors.size or not np.isfinite(vectors).all():
        raise TransientError("bad-vectors", f"{model} sent empty vectors, or values that are not finite")
    return vectors
