"""Masks secrets in texts and finds them in recipes: keys come from the environment only, and are never written."""

import os
import re
from typing import Any
from urllib.parse import parse_qsl, quote, urlsplit

MASK = "[secret]"
MIN_LENGTH = 8  # characters; shorter values could be ordinary words
PARAMETER = re.compile(r"key|token$|secret|password|authorization|headers", re.IGNORECASE)
NAMES = re.compile(r"(?:KEY|TOKEN|SECRET|PASSWORD)$", re.IGNORECASE)
USERINFO = re.compile(r"(?<=://)[^\s/?#\"'<>]*[^\s/?#\"'<>@](?=@)")
# Keys as providers form them, whole or with their middle masked, and values of authorization headers.
LOOKS_LIKE_A_KEY = re.compile(
    r"\b(?:(?:sk|rk|pk|gsk|xai|hf|ghp|glpat)[-_]|AIza|AKIA)[\w*.…•-]*[\w*…•-]{6}"
    r"|(?<=[Bb]earer )[\w*.…•~+/=-]{8,}|(?<=[Bb]asic )[\w+/=]{8,}"
)


def mask_secrets(text: str) -> str:
    """Return a text with the environment's keys, user names in URLs and everything that looks like a key masked.

    The environment's keys are values of at least 8 characters of variables whose names end in KEY, TOKEN, SECRET or
    PASSWORD; also in the form in which providers quote them, with stars or dots in the middle.
    """
    for value in sorted(_list_keys(), key=len, reverse=True):
        text = text.replace(value, MASK).replace(quote(value, safe=""), MASK)
        ends = rf"{re.escape(value[:3])}[\w-]*(?:\*+|\.{{3,}}|…+|•+)[\w-]*"
        text = re.sub(ends, MASK, text)
    return LOOKS_LIKE_A_KEY.sub(MASK, USERINFO.sub(MASK, text))


def name_secret_block(variable: str) -> str:
    """Return the name of the Prefect Secret block for an environment variable: ``openai-api-key``."""
    return variable.lower().replace("_", "-")


def find_secret_name(parameters: Any) -> str | None:
    """Return the first name in nested parameters that is a typical name of a secret, or None."""
    names = list(map(str, parameters)) if isinstance(parameters, dict) else []
    inner = parameters.values() if isinstance(parameters, dict) else parameters if isinstance(parameters, list) else ()
    found = (*(name for name in names if PARAMETER.search(name)), *map(find_secret_name, inner))
    return next(filter(None, found), None)


def holds_secret(address: str) -> bool:
    """Return whether a URL holds a user name or a parameter with a typical name of a secret."""
    parts = urlsplit(address)
    return "@" in parts.netloc or any(PARAMETER.search(name) for name, _ in parse_qsl(parts.query))


def _list_keys() -> set[str]:
    return {value for name, value in os.environ.items() if NAMES.search(name) and len(value) >= MIN_LENGTH}
