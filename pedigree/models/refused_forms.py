"""Remembers which forms of a schema a server refused, so that the next run does not make a call that is refused again.

The workspace keeps them for a day, in ``.pedigree/refused-forms.json``: a server may be updated. With another version
of LiteLLM they do not count, because it may send another form. The file is a cache: if it can't be read, it is written
anew.
"""

import json
import time
from collections.abc import Callable
from contextlib import suppress
from importlib.metadata import version
from pathlib import Path

from pedigree.system.atomic_write import write_text

DAY = 86_400.0  # seconds

Key = tuple[str, str, str]  # model, address (empty for the provider's own), form


class RefusedForms:
    """The forms refused in this run, and those remembered from runs of the last day."""

    def __init__(self, state: Path, now: Callable[[], float] = time.time):
        self._path, self._now, self._litellm = state / "refused-forms.json", now, version("litellm")
        self._here: set[Key] = set()
        self._remembered = self._read()

    def add(self, model: str, address: str | None, form: str) -> None:
        """Note a refusal, in the file too."""
        key = (model, address or "", form)
        self._here.add(key)
        noted = self._read() | {key: self._now()}
        forms = [[*one, when] for one, when in sorted(noted.items())]
        write_text(self._path, json.dumps({"litellm": self._litellm, "forms": forms}, indent=2) + "\n")

    def holds(self, model: str, address: str | None, form: str, *, of_this_run: bool) -> bool:
        """Return whether a form was refused; ``of_this_run`` leaves out what earlier runs remembered."""
        key = (model, address or "", form)
        return key in self._here or (not of_this_run and key in self._remembered)

    def _read(self) -> dict[Key, float]:
        """Return the refusals of the last day; empty for another version of LiteLLM."""
        with suppress(OSError, ValueError, KeyError, TypeError, AttributeError):
            noted = json.loads(self._path.read_text(encoding="utf-8"))
            if noted["litellm"] == self._litellm:
                forms = {(str(one[0]), str(one[1]), str(one[2])): float(one[3]) for one in noted["forms"]}
                return {key: when for key, when in forms.items() if 0 <= self._now() - when < DAY}
        return {}
