"""Finds how long a provider asks to wait: in headers, in a field of the body, in its sentence."""

import re
import time
from collections.abc import Mapping
from contextlib import suppress
from datetime import datetime
from email.utils import parsedate_to_datetime

NUMBER = r"(?:\d{1,3}(?:,\d{3})+|\d+)(?:\.\d+)?"
UNIT = r"(?:milliseconds?|ms|seconds?|secs?|s|minutes?|mins?|m|hours?|hrs?|h|days?|d)"
STEP = rf"{NUMBER}\s*{UNIT}(?![a-z])"
SECONDS = {"ms": 0.001, "mi": 60.0, "s": 1.0, "m": 60.0, "h": 3600.0, "d": 86400.0}  # by how a unit begins
SENTENCE = re.compile(
    rf"(?:try again|retry|retrying|wait|resets?|available)\b[^0-9.\n]{{0,40}}({STEP}(?:[\s,]*(?:and\s+)?{STEP})*)", re.I
)
FIELD = re.compile(  # "retryDelay": "2.5s", 'retry_after_ms': 1500
    rf"(retry[_-]?(?:delay|after)(?:[_-]?(?:seconds|secs|ms))?|estimated_time)[\\\"']*\s*[:=]\s*[\\\"']*"
    rf"({NUMBER})\s*({UNIT})?(?![\w.])",
    re.I,
)
EPOCH_SECONDS, EPOCH_MILLISECONDS = 1e9, 1e12  # from here on a number is a time, not a duration


def find_named_wait(text: str, headers: Mapping[str, str]) -> float | None:
    """Return the seconds that a provider asks to wait in a header or in its text, or None.

    The names of ``headers`` are in lower case.
    """
    milliseconds = _read_number(headers.get("retry-after-ms", ""))
    if milliseconds is not None:
        return milliseconds / 1000
    named = _read_moment(headers.get("retry-after", ""))
    return _read_text(text) if named is None else named


def find_reset(headers: Mapping[str, str]) -> float | None:
    """Return the seconds until the used-up limits are reset; the soonest reset if no header tells which are used up."""
    moments = {name: _read_moment(value) for name, value in headers.items() if "ratelimit" in name and "reset" in name}
    resets = {name: seconds for name, seconds in moments.items() if seconds is not None}
    used_up = [seconds for name, seconds in resets.items() if headers.get(name.replace("reset", "remaining")) == "0"]
    return max(used_up) if used_up else min(resets.values(), default=None)


def _read_text(text: str) -> float | None:
    if field := FIELD.search(text):
        name, number, unit = field.groups()
        unit = unit or ("ms" if name.lower().endswith("ms") else "s")
        return _to_seconds(number, unit)
    sentence = SENTENCE.search(text)
    return _read_duration(sentence[1]) if sentence else None


def _read_moment(value: str) -> float | None:
    """Return the seconds from now; the value is in seconds, a duration (6m0s), a time since 1970, or a date."""
    number = _read_number(value)
    if number is not None:
        if number < EPOCH_SECONDS:
            return number
        return max(0.0, (number if number < EPOCH_MILLISECONDS else number / 1000) - time.time())
    if re.match(STEP, value):
        return _read_duration(value)
    for read in (parsedate_to_datetime, datetime.fromisoformat):
        with suppress(ValueError, TypeError):
            return max(0.0, read(value).timestamp() - time.time())
    return None


def _read_duration(text: str) -> float:
    steps = re.findall(rf"({NUMBER})\s*({UNIT})(?![a-z])", text, re.I)
    return sum(_to_seconds(number, unit) for number, unit in steps)


def _to_seconds(number: str, unit: str) -> float:
    unit = "ms" if unit.lower().startswith("milli") else unit.lower()
    return float(number.replace(",", "")) * (SECONDS.get(unit[:2]) or SECONDS[unit[0]])


def _read_number(text: str) -> float | None:
    return float(text) if re.fullmatch(r"\s*\d+(?:\.\d+)?\s*", text) else None
