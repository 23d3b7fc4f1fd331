"""Characters that tables cannot store, and their escaped form."""

import re

UNSTORABLE = re.compile("[\0\ud800-\udfff]")


def find_unstorable(text: str) -> str | None:
    """Return the first character that tables cannot store, or None; most texts are ASCII, and need no search."""
    if text.isascii() and "\0" not in text:
        return None
    found = UNSTORABLE.search(text)
    return found and found[0]


def escape_unstorable(text: str) -> str:
    r"""Return a text with NUL and lone surrogates written as ``\u0000`` and ``\ud800``."""
    return UNSTORABLE.sub(lambda sign: f"\\u{ord(sign[0]):04x}", text)
