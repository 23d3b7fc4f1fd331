"""Identity is content: ids are sha256 over canonical JSON, so that anybody can compute them again."""

import hashlib
import json
import random
from pathlib import Path
from typing import Any


def canonical_json(value: Any) -> str:
    """Return the one JSON text of a value: sorted keys, no spaces, UTF-8 kept, NaN refused."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False)


def sha256_of(value: Any) -> str:
    """Return the sha256 (64 hex digits) of a value's canonical JSON."""
    return hashlib.sha256(canonical_json(value).encode("utf-8", "surrogatepass")).hexdigest()


def sha256_of_file(path: Path) -> str:
    """Return the sha256 (64 hex digits) of a file's bytes."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def prompt_id(messages: list[dict]) -> str:
    """Return the id of what is said to a model: its messages alone."""
    return sha256_of({"messages": messages})


def completion_id(model: str, messages: list[dict], parameters: dict, schema: dict, sample: int) -> str:
    """Return the id of one asking. Endpoint, key, timeout and the way of asking for structure are not in it."""
    return sha256_of(
        {"model": model, "messages": messages, "parameters": parameters, "schema": schema, "sample": sample}
    )


def row_id(completion: str, position: int) -> str:
    """Return the id of the row at ``position`` (from 0) of a completion."""
    return sha256_of({"completion_id": completion, "position": position})


def seeded(*parts: Any) -> random.Random:
    """Return a random generator that depends on the parts alone, not on hash seed, platform or order of calls."""
    return random.Random(int(sha256_of(list(parts))[:16], 16))
