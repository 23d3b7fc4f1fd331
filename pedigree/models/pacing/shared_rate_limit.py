"""Rate limit shared by all processes of a user that call one model at one address.

A file in the user's cache has one slot per process with its calls in flight; all share the time of the last start,
the token debt and the end of a pause. A call starts if there is room and no waiting process is worse off: fewer
calls in flight, or as many and a longer time since its last start (max-min fairness). Unused share goes to the others;
the slots of dead processes are free. Times are of the monotonic clock, the same for all processes of a machine.

Kept although each run also backs off by itself: without it, two runs together exceed requests_per_minute and
tokens_per_minute of the recipe, and one can starve the other.
"""

import hashlib
import json
import logging
import os
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import astuple, dataclass
from pathlib import Path

from pedigree.models.pacing.shared_slots import SlotFile, acquire_slot, release_slot

log = logging.getLogger("pedigree")

POLL_SECONDS = 0.01  # seconds until a process that must wait for others looks again
GRACE = 0.05  # seconds that a process which waits may be late, before others stop letting it go first
EPSILON = 1e-6  # seconds, below what a timer can wait
STALE = 30 * 24 * 3600  # seconds after which a file without use is removed


@dataclass
class SharedState:
    """The state shared by all processes that call a model."""

    last_start: float = 0.0
    token_debt: float = 0.0  # tokens that were started and are ahead of their minute, as of ``debt_at``
    debt_at: float = 0.0
    closed_until: float = 0.0


@dataclass
class ProcessState:
    """The calls and the limits of one process."""

    most: float
    request_takes: float  # seconds a request; 0 for no limit
    token_takes: float
    in_flight: float = 0.0
    last_start: float = 0.0
    waits_until: float = 0.0  # it wants to start a call, and will have looked again by then


@dataclass(frozen=True)
class StartDecision:
    """Whether a call may start: at once where ``wait`` is 0, else ask again in so many seconds.

    ``now`` is the time of the decision; ``paused`` the seconds of a pause that another process received, reported once;
    ``processes`` the number of processes that call this model.
    """

    now: float
    wait: float
    paused: float = 0.0
    processes: int = 1


class SharedRateLimit:
    """One process's share of a model's rate limit. An OSError is logged once; then the limit is no longer shared."""

    def __init__(
        self,
        path: Path,
        most: int,
        requests_per_minute: float | None = None,
        tokens_per_minute: float | None = None,
        clock: Callable[[], float] = time.monotonic,
    ):
        self._path, self._clock = path, clock
        self._row = astuple(ProcessState(most, _spread(requests_per_minute), _spread(tokens_per_minute)))
        self._at: tuple[SlotFile, int] | None = None
        self._process = os.getpid()
        self._pause_seen = 0.0
        self._alone = False

    def start(self, tokens: int) -> StartDecision:
        """Count a call if it may start."""
        return self._try(lambda shared, processes, own: self._start(shared, processes, own, tokens)) or StartDecision(
            self._clock(), 0.0
        )

    def end(self, unused_tokens: int = 0) -> None:
        """Count a call that ended and give back the tokens that it did not use."""
        if self._at is not None:
            self._try(lambda shared, _, own: self._end(shared, own, unused_tokens))

    def pause(self, seconds: float) -> int:
        """Share a pause that the provider asked for; return the number of processes that call this model."""
        return self._try(lambda shared, processes, _: self._pause(shared, processes, seconds)) or 1

    def leave(self) -> None:
        """Release the slot; the next start acquires one again."""
        if self._at is not None:
            at, self._at = self._at, None
            with suppress(OSError):  # the kernel gives it back when the process ends
                release_slot(self._path, *at)

    def _try(self, change: Callable):
        """Return the result of a change of the file; None if there is no file to share."""
        if self._alone:
            return None
        if self._process != os.getpid():
            self._process, self._at = os.getpid(), None  # a fork has no slot yet
        try:
            if self._at is None:
                _sweep(self._path)
                self._at = acquire_slot(self._path, len(astuple(SharedState())), list(self._row))
            file, place = self._at
            with file.change() as numbers:
                shared = SharedState(*numbers.shared)
                processes = {at: ProcessState(*row) for at, row in numbers.rows.items()}
                own = processes.setdefault(place, ProcessState(*self._row))  # missing if the file was emptied
                result = change(shared, processes, own)
                numbers.shared = list(vars(shared).values())
                numbers.rows[place] = list(vars(own).values())
            return result
        except OSError as error:
            self._alone = True
            self.leave()
            _warn(self._path.parent, error)
            return None

    def _start(
        self, shared: SharedState, processes: dict[int, ProcessState], own: ProcessState, tokens: int
    ) -> StartDecision:
        now = self._clock()
        if now < shared.closed_until != self._pause_seen:
            self._pause_seen = shared.closed_until
            return StartDecision(now, POLL_SECONDS, shared.closed_until - now, len(processes))
        wait = _wait(shared, list(processes.values()), own, now)
        if wait > 0:
            own.waits_until = now + wait + GRACE
            return StartDecision(now, wait, processes=len(processes))
        shared.token_debt += tokens
        shared.last_start = own.last_start = now
        own.in_flight, own.waits_until = own.in_flight + 1, 0.0
        return StartDecision(now, 0.0, processes=len(processes))

    def _end(self, shared: SharedState, own: ProcessState, unused_tokens: int) -> None:
        own.in_flight = max(0.0, own.in_flight - 1)
        shared.token_debt = max(0.0, shared.token_debt - unused_tokens)

    def _pause(self, shared: SharedState, processes: dict[int, ProcessState], seconds: float) -> int:
        shared.closed_until = max(shared.closed_until, self._clock() + seconds)
        self._pause_seen = shared.closed_until
        return len(processes)


def find_path(model: str, address: str | None) -> Path:
    """Return the file in which the processes of this user and machine share the rate limit of a model."""
    key = json.dumps([_name_machine(), model, address and address.rstrip("/")])
    return _find_cache() / "pedigree" / "pace" / hashlib.sha256(key.encode()).hexdigest()[:32]


def _find_cache() -> Path:
    """Return the user's cache (XDG Base Directory Specification); os.devnull for a user without a home."""
    if (named := Path(os.environ.get("XDG_CACHE_HOME") or "")).is_absolute():
        return named
    try:
        return Path.home() / ".cache"
    except RuntimeError:
        return Path(os.devnull)


def _name_machine() -> str:
    """Return an id of this machine's clock: another one on other machines and after a reboot."""
    try:
        return Path("/proc/sys/kernel/random/boot_id").read_text(encoding="ascii").strip()
    except OSError:
        return os.uname().nodename


def _wait(shared: SharedState, processes: list[ProcessState], own: ProcessState, now: float) -> float:
    """Return the seconds until a call may start, by the strictest rates and the highest concurrency."""
    request_takes = max(process.request_takes for process in processes)
    token_takes = max(process.token_takes for process in processes)
    _drain(shared, token_takes, now)
    shared.last_start = min(shared.last_start, now)  # a later one is from before a reset of the clock
    until_due = shared.token_debt * token_takes
    if request_takes:
        until_due = max(until_due, shared.last_start + request_takes - now)
    if until_due > EPSILON:
        return until_due
    full = sum(process.in_flight for process in processes) >= max(process.most for process in processes)
    rank = (own.in_flight, own.last_start)
    worse_off = any((one.in_flight, one.last_start) < rank for one in processes if now < one.waits_until)
    return POLL_SECONDS if full or worse_off else 0.0


def _drain(shared: SharedState, token_takes: float, now: float) -> None:
    """Reduce the token debt by the time that has passed."""
    passed = max(0.0, now - shared.debt_at)
    shared.token_debt = max(0.0, shared.token_debt - passed / token_takes) if token_takes else 0.0
    shared.debt_at = now


def _spread(per_minute: float | None) -> float:
    return 60 / per_minute if per_minute else 0.0


def _sweep(path: Path) -> None:
    """Remove unused files before a new one is made."""
    if not path.exists() and path.parent.is_dir():
        oldest = time.time() - STALE
        for one in path.parent.iterdir():
            with suppress(OSError):
                if one.stat().st_mtime < oldest:
                    one.unlink()


_warned: set[Path] = set()


def _warn(folder: Path, error: OSError) -> None:
    """Log once that the limits are not shared."""
    if folder not in _warned:
        _warned.add(folder)
        log.warning("%s: %s: a provider's limits are kept within this run alone", folder, error.strerror or error)
