"""Asks embedding models for vectors, and for their price."""

import asyncio

from pedigree.models.embedding_response import EmbeddingResponse, read_embedded
from pedigree.models.litellm_library import LOADING, load_litellm, make_timeout
from pedigree.models.provider_errors import classify_error
from pedigree.models.request_faults import Caller


async def embed(model: str, texts: list[str], timeout: float) -> EmbeddingResponse:
    """Ask an embedding model once for a vector of each text; raise a CallFailure."""
    litellm = load_litellm()
    call = {
        "model": model,
        "input": texts,
        "timeout": make_timeout(timeout),
        "num_retries": 0,
        "max_retries": 0,
    }
    try:
        async with asyncio.timeout(timeout + LOADING):
            response = await litellm.aembedding(**call)
    except Exception as error:
        caller = Caller(model, timeout, "the embedder")
        raise classify_error(error, caller) from None  # a traceback would show what is masked here
    return read_embedded(response, model, len(texts))


def price_vectors(model: str, tokens: int) -> float | None:
    """Return what vectors of so many tokens cost, in USD, or None where no price is known."""
    try:
        return sum(load_litellm().cost_per_token(model, prompt_tokens=tokens, call_type="embedding"))
    except Exception:  # LiteLLM raises a plain Exception for a model that its price map lacks
        return None
