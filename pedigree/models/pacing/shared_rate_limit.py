"""The shared pace: what a provider allows counts over all processes of a user that ask one model at one address.

A process that asks has a seat in a file of the user's cache; there stand its calls in flight, and for all of them when
the last call started, the tokens that are ahead of their minute, and until when the provider asked for a pause. A call
starts where there is room for it and nobody who waits is worse off: fewer calls in flight, or as many and a longer time
since the last start (max-min fairness). Nobody holds back what others don't want. A seat of a dead process is empty.

Times are of the monotonic clock, which all processes of a machine read alike.
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

from pedigree.models.pacing.shared_slots import SlotFile, acquire_slot, leave_seat

log = logging.getLogger("pedigree")

LOOK = 0.01  # seconds until a process that must wait for others looks again
GRACE = 0.05  # seconds that a process which waits may be late, before others stop letting it go first
EPSILON = 1e-6  # seconds, below what a timer can wait
STALE = 30 * 24 * 3600  # seconds after which a file that nobody used is removed


@dataclass
class SharedState:
    """What counts for all seats of a model."""

    last_start: float = 0.0
    token_debt: float = 0.0  # tokens that were started and are ahead of their minute, as of ``debt_at``
    debt_at: float = 0.0
    closed_until: float = 0.0


@dataclass
class ProcessState:
    """What one run takes of a model, and what its recipe says that the model takes."""

    most: float
    request_takes: float  # seconds; 0 for no limit
    token_takes: float
    in_flight: float = 0.0
    last_start: float = 0.0
    waits_until: float = 0.0  # it wants to start a call, and will have looked again by then


@dataclass(frozen=True)
class StartDecision:
    """Whether a call may start: at once where ``wait`` is 0, else ask again in so many seconds.

    ``now`` is when that was so; ``paused`` the seconds of a pause that another process was told, the first time it is
    seen; ``seats`` how many ask this model.
    """

    now: float
    wait: float
    paused: float = 0.0
    seats: int = 1


class SharedRateLimit:
    """One run's share of a model. Whatever the file system refuses is warned of once; then the run paces itself alone."""

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
        """Count a call that starts, where one may."""
        return self._try(lambda common, seats, own: self._start(common, seats, own, tokens)) or StartDecision(
            self._clock(), 0.0
        )

    def end(self, unused_tokens: int = 0) -> None:
        """Count a call that ended, and the tokens that it was counted for and did not take."""
        if self._at is not None:
            self._try(lambda common, _, own: self._end(common, own, unused_tokens))

    def pause(self, seconds: float) -> int:
        """Tell all others that the provider asked for a pause; return how many ask this model."""
        return self._try(lambda common, seats, _: self._pause(common, seats, seconds)) or 1

    def leave(self) -> None:
        """Give back what this run takes; the next start takes it again."""
        if self._at is not None:
            at, self._at = self._at, None
            with suppress(OSError):  # the kernel gives it back when the process ends
                leave_seat(self._path, *at)

    def _try(self, change: Callable):
        """Return what a change of the file comes to; None where there is no file to share."""
        if self._alone:
            return None
        if self._process != os.getpid():
            self._process, self._at = os.getpid(), None  # a fork has no seat yet
        try:
            if self._at is None:
                _sweep(self._path)
                self._at = acquire_slot(self._path, len(astuple(SharedState())), list(self._row))
            file, place = self._at
            with file.change() as numbers:
                common = SharedState(*numbers.shared)
                seats = {at: ProcessState(*row) for at, row in numbers.rows.items()}
                own = seats.setdefault(place, ProcessState(*self._row))  # not there if somebody emptied the file
                said = change(common, seats, own)
                numbers.shared = list(vars(common).values())
                numbers.rows[place] = list(vars(own).values())
            return said
        except OSError as error:
            self._alone = True
            self.leave()
            _warn(self._path.parent, error)
            return None

    def _start(
        self, common: SharedState, seats: dict[int, ProcessState], own: ProcessState, tokens: int
    ) -> StartDecision:
        now = self._clock()
        if now < common.closed_until != self._pause_seen:
            self._pause_seen = common.closed_until
            return StartDecision(now, LOOK, common.closed_until - now, len(seats))
        wait = _wait(common, list(seats.values()), own, now)
        if wait > 0:
            own.waits_until = now + wait + GRACE
            return StartDecision(now, wait, seats=len(seats))
        common.token_debt += tokens
        common.last_start = own.last_start = now
        own.in_flight, own.waits_until = own.in_flight + 1, 0.0
        return StartDecision(now, 0.0, seats=len(seats))

    def _end(self, common: SharedState, own: ProcessState, unused_tokens: int) -> None:
        own.in_flight = max(0.0, own.in_flight - 1)
        common.token_debt = max(0.0, common.token_debt - unused_tokens)

    def _pause(self, common: SharedState, seats: dict[int, ProcessState], seconds: float) -> int:
        common.closed_until = max(common.closed_until, self._clock() + seconds)
        self._pause_seen = common.closed_until
        return len(seats)


def find_path(model: str, address: str | None) -> Path:
    """Return the file in which the processes of this user and machine share the pace of a model at an address."""
    said = json.dumps([_name_machine(), model, address and address.rstrip("/")])
    return _find_cache() / "pedigree" / "pace" / hashlib.sha256(said.encode()).hexdigest()[:32]


def _find_cache() -> Path:
    """Return the user's cache (XDG Base Directory Specification); for a user without a home, what can't be written."""
    if (named := Path(os.environ.get("XDG_CACHE_HOME") or "")).is_absolute():
        return named
    try:
        return Path.home() / ".cache"
    except RuntimeError:
        return Path(os.devnull)


def _name_machine() -> str:
    """Return what tells this machine's clock from others that see the same cache, and from itself before a reboot."""
    try:
        return Path("/proc/sys/kernel/random/boot_id").read_text(encoding="ascii").strip()
    except OSError:
        return os.uname().nodename


def _wait(common: SharedState, seats: list[ProcessState], own: ProcessState, now: float) -> float:
    """Return the seconds until a call may start, as far as is known; the strictest limit counts, and the most calls."""
    request_takes = max(seat.request_takes for seat in seats)
    token_takes = max(seat.token_takes for seat in seats)
    _drain(common, token_takes, now)
    common.last_start = min(common.last_start, now)  # a later one is of a clock that began anew
    until_due = common.token_debt * token_takes
    if request_takes:
        until_due = max(until_due, common.last_start + request_takes - now)
    if until_due > EPSILON:
        return until_due
    full = sum(seat.in_flight for seat in seats) >= max(seat.most for seat in seats)
    rank = (own.in_flight, own.last_start)
    worse_off = any((one.in_flight, one.last_start) < rank for one in seats if now < one.waits_until)
    return LOOK if full or worse_off else 0.0


def _drain(common: SharedState, token_takes: float, now: float) -> None:
    """Let the tokens pass whose time has come."""
    passed = max(0.0, now - common.debt_at)
    common.token_debt = max(0.0, common.token_debt - passed / token_takes) if token_takes else 0.0
    common.debt_at = now


def _spread(per_minute: float | None) -> float:
    return 60 / per_minute if per_minute else 0.0


def _sweep(path: Path) -> None:
    """Remove, before a new file is made, those that nobody used for long."""
    if not path.exists() and path.parent.is_dir():
        oldest = time.time() - STALE
        for one in path.parent.iterdir():
            with suppress(OSError):
                if one.stat().st_mtime < oldest:
                    one.unlink()


_warned: set[Path] = set()


def _warn(folder: Path, error: OSError) -> None:
    """Warn once of a folder that can't be shared."""
    if folder not in _warned:
        _warned.add(folder)
        log.warning("%s: %s: a provider's limits are kept within this run alone", folder, error.strerror or error)
