"""Characters that tables cannot store, and their escaped form."""

import re

UNSTORABLE = re.compile("[\0\ud800-\udfff]")


def escape_unstorable(text: str) -> str:
    r"""Return a text with NUL and lone surrogates written as ``\u0000`` and ``\ud800``."""
    return UNSTORABLE.sub(lambda sign: f"\\u{ord(sign[0]):04x}", text)
