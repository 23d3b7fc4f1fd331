"""LiteLLM, loaded once and told to fetch nothing: what other modules of this room need of it."""

import asyncio
import inspect
import os
import re
import sys
import warnings
from typing import Any

from httpx import Timeout

from pedigree.system.garbage_collection import pause_garbage_collection
from pedigree.system.loopback import bypass_proxy

MAX_CONNECT_SECONDS = 10.0  # seconds until an endpoint must take a connection, however long it may think
LOADING = 30.0  # seconds that the first calls may take besides: LiteLLM loads what they need


def make_timeout(seconds: float) -> Timeout:
    """Return the limits of one call, in seconds: of the connection, and from byte to byte."""
    return Timeout(seconds, connect=min(MAX_CONNECT_SECONDS, seconds))


def find_missing_keys(model: str) -> list[str]:
    """Return the environment variables that a model's provider needs and that are not set."""
    return load_litellm().validate_environment(model).get("missing_keys") or []


def list_key_variables(model: str) -> dict[str, bool]:
    """Return the environment variables of a key for a model, and whether each is set; empty where none is known.

    LiteLLM names those that are missing; those that are set are known by the provider's name, with which they begin.
    """
    provider = model.split("/")[0] if "/" in model else load_litellm().get_llm_provider(model)[1]
    begin = provider.upper().replace("_", "")
    is_set = [name for name, value in os.environ.items() if value and name.replace("_", "").startswith(begin)]
    names = dict.fromkeys(find_missing_keys(model), False) | dict.fromkeys(sorted(is_set), True)
    return {name: there for name, there in names.items() if re.search("KEY|TOKEN|SECRET", name)}


def load_litellm() -> Any:
    """Return LiteLLM, told to fetch nothing and to say nothing."""
    os.environ.setdefault("LITELLM_LOCAL_MODEL_COST_MAP", "True")
    os.environ.setdefault("LITELLM_LOG", "ERROR")
    bypass_proxy()
    with pause_garbage_collection():
        import litellm

    litellm.suppress_debug_info = True
    litellm.telemetry = False
    # An answer of an unusual form is read here (response_reader.py), not told to a person.
    warnings.filterwarnings("ignore", message="Pydantic serializer warnings", category=UserWarning)
    litellm.DEFAULT_MAX_RETRIES = 0  # what it takes for an embedding where it is told 0
    return litellm


async def close_clients() -> None:
    """Close the connections that calls in the running event loop have opened, once the last of them has ended.

    LiteLLM keeps its clients by loop, for other calls to come; none comes where the loop ends.
    """
    if (litellm := sys.modules.get("litellm")) is None:
        return
    kept, mine = litellm.in_memory_llm_clients_cache, f"-{id(asyncio.get_running_loop())}"
    for key in [key for key in list(kept.cache_dict) if key.endswith(mine)]:
        client = kept.cache_dict.pop(key)
        kept.ttl_dict.pop(key, None)
        closing = client.close() if hasattr(client, "close") else None
        if inspect.isawaitable(closing):
            await closing
