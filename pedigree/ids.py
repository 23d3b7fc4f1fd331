"""Content-based ids: sha256 over canonical JSON, so that anybody can compute them again."""

import hashlib
import json
import random
from collections.abc import Mapping
from datetime import date
from json.encoder import encode_basestring
from pathlib import Path
from types import MappingProxyType
from typing import Any


def write_date(value: Any) -> str:
    """Return a date as ISO 8601, for JSON encoders, which have no dates; raises TypeError for anything else."""
    if type(value) is date:
        return value.isoformat()
    raise TypeError(f"{type(value).__name__} has no form in JSON")


_CANONICAL = json.JSONEncoder(
    sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False, default=write_date
)


def canonical_json(value: Any) -> str:
    """Return a value's canonical JSON: sorted keys, no spaces, UTF-8 not escaped; raises ValueError for NaN.

    A date is a text in ISO 8601.
    """
    return _CANONICAL.encode(value)


def sha256_of(value: Any) -> str:
    """Return the sha256 (64 hex digits) of a value's canonical JSON."""
    return sha256_of_text(canonical_json(value))


def sha256_of_text(canonical: str) -> str:
    """Return the sha256 (64 hex digits) of a text, such as canonical JSON that was written by hand for speed."""
    return hashlib.sha256(canonical.encode("utf-8", "surrogatepass")).hexdigest()


def quote(text: str) -> str:
    """Return a text's canonical JSON."""
    return encode_basestring(text)


def sha256_of_file(path: Path) -> str:
    """Return the sha256 (64 hex digits) of a file's bytes."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def prompt_id(messages: list[dict]) -> str:
    """Return the id of a prompt, which depends on its messages only."""
    return sha256_of({"messages": messages})


def completion_id(
    model: str,
    messages: list[dict],
    parameters: dict,
    schema: dict,
    sample: int,
    names: Mapping[str, str] = MappingProxyType({}),
) -> str:
    """Return the id of one request; it does not depend on address, key, timeout or response format.

    ``names`` are the endpoint and the draw that a generator names; without any, the id is that of earlier ledgers.
    """
    request = {"model": model, "messages": messages, "parameters": parameters, "schema": schema, "sample": sample}
    return sha256_of({**request, **names})


def row_id(completion: str, position: int) -> str:
    """Return the id of the row at ``position`` (from 0) of a completion: ``sha256_of`` of both."""
    return sha256_of_text(f'{{"completion_id":{quote(completion)},"position":{position}}}')


def seeded(*parts: Any) -> random.Random:
    """Return a random generator that depends only on the parts, not on hash seed, platform or order of calls."""
    return random.Random(int(sha256_of(list(parts))[:16], 16))
