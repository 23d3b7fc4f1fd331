"""How long calls of a model take: measured while it is asked, kept for forecasts in ``.pedigree/call-times.json``."""

import json
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass

from pedigree.system.atomic_write import write_text
from pedigree.workspace import Workspace

LOCAL_SECONDS = 0.01  # of a call of offline/... and replay/...
TO_TIME = "'pedigree preview' and 'pedigree pilot' make some and time them, and a run does not pay for them again"
MOST_CALLS = 1000  # that are remembered of a model, so that what it does lately counts


@dataclass(frozen=True)
class CallTime:
    """Answered calls of a model, the seconds that they took one by one, and their output tokens."""

    calls: int = 0
    seconds: float = 0.0
    tokens_out: int = 0

    def __add__(self, other: "CallTime") -> "CallTime":
        return CallTime(self.calls + other.calls, self.seconds + other.seconds, self.tokens_out + other.tokens_out)


class CallTimes:
    """The calls of a run so far, by model; calls whose tokens are not known are left out."""

    def __init__(self) -> None:
        self._by_model: dict[str, CallTime] = {}

    def note(self, model: str, seconds: float, tokens_out: int | None) -> None:
        """Count an answered call."""
        if tokens_out:
            self._by_model[model] = self._by_model.get(model, CallTime()) + CallTime(1, seconds, tokens_out)

    def save(self, workspace: Workspace) -> None:
        """Add the calls to those that the workspace remembers; a file that can't be written stops nothing."""
        if not self._by_model:
            return
        known = read_call_times(workspace)
        for model, new in self._by_model.items():
            before = known.get(model, CallTime())
            share = min(1.0, max(0, MOST_CALLS - new.calls) / before.calls) if before.calls else 0.0
            kept = CallTime(round(before.calls * share), before.seconds * share, round(before.tokens_out * share))
            known[model] = kept + new
        text = json.dumps({model: asdict(one) for model, one in sorted(known.items())}, indent=1)
        with suppress(OSError):
            write_text(workspace.state / "call-times.json", text + "\n")


def read_call_times(workspace: Workspace) -> dict[str, CallTime]:
    """Return what the workspace remembers, by model; nothing of a file that can't be read."""
    try:
        content = json.loads((workspace.state / "call-times.json").read_text(encoding="utf-8"))
        times = {str(model): CallTime(**one) for model, one in content.items()}
        return {model: one for model, one in times.items() if min(one.calls, one.seconds, one.tokens_out) > 0}
    except (OSError, ValueError, TypeError, AttributeError):
        return {}


def predict_seconds(times: Mapping[str, CallTime], model: str, tokens_out: float) -> tuple[float | None, str]:
    """Return the seconds of a call of so many output tokens and what they rest on; None for a model not yet measured.

    A call is taken to last in proportion to its output.
    """
    if model.startswith(("offline/", "replay/")):
        return LOCAL_SECONDS, "default of a model in this process"
    if (one := times.get(model)) is None:
        return None, f"no call of {model} was timed in this workspace: {TO_TIME}"
    calls = f"{one.calls:,} calls of this workspace" if one.calls > 1 else "one call of this workspace"
    return one.seconds / one.tokens_out * tokens_out, calls
