"""The errors that Pedigree raises, with the exit status of each.

PedigreeError            2
├── RecipeError          2   the recipe, a template or a seed file is wrong
├── CommandError         2   the command line is wrong
├── WorkspaceError       2   the folder, git or DVC is not in the expected state
│   └── PublishError     2   a version could not be published; nothing is half-published
├── SuiteError           2   an expectation suite is broken (the data were not checked)
├── LedgerError          2   the ledger cannot be written, or a segment cannot be read
├── GateError            1   the data failed a gate; nothing was published
├── LinkError            1   a link of a dataset's chain does not hold
└── StoppedError         3   the run was stopped; everything paid for is kept
    ├── ProviderError    3   the model's provider stopped the run
    │   └── MissingRecording 3   a replayed file holds no completion of a prompt
    ├── BudgetError      3   the recipe's budget stopped the run
    ├── ServerLost       3   the Prefect server went away during the run
    └── RunCancelled   130   the run was cancelled or interrupted
"""

from collections.abc import Sequence


class PedigreeError(Exception):
    """The base class: what was found, and optionally what was expected and what to do.

    ``found`` is one sentence without a full stop; ``expected`` and ``hint`` are further lines.
    """

    exit_status = 2

    def __init__(self, found: str, *, expected: str | None = None, hint: str | None = None):
        self.found, self.expected, self.hint = found, expected, hint
        super().__init__(found, expected, hint)

    def __str__(self) -> str:
        lines = [self.found]
        if self.expected:
            lines.append(f"  expected: {self.expected}")
        if self.hint:
            lines.append(f"  to do: {self.hint}")
        return "\n".join(lines)

    def __reduce__(self) -> tuple:
        return _rebuild, (type(self), self.found, self.expected, self.hint)


def _rebuild(kind: type[PedigreeError], found: str, expected: str | None, hint: str | None) -> PedigreeError:
    return kind(found, expected=expected, hint=hint)


class RecipeError(PedigreeError):
    """The recipe, a template or a seed file is wrong."""


MAX_TOLD = 20  # errors that are told at once


def join_errors(errors: Sequence[RecipeError]) -> RecipeError:
    """Return one error that tells all of them, the first with its remedy."""
    first, *others = errors
    told = [
        f"\n  also: {one.found}"
        + (f" (expected: {one.expected})" if one.expected not in (None, first.expected) else "")
        for one in others[: MAX_TOLD - 1]
    ]
    if len(errors) > MAX_TOLD:
        told.append(f"\n  and {len(errors) - MAX_TOLD:,} more")
    return RecipeError(first.found + "".join(told), expected=first.expected, hint=first.hint)


class CommandError(PedigreeError):
    """The command line is wrong."""


class WorkspaceError(PedigreeError):
    """The folder, git or DVC is not in the expected state."""


class PublishError(WorkspaceError):
    """A version could not be published; nothing is half-published."""


class SuiteError(PedigreeError):
    """An expectation suite is broken; the data were not checked."""


class LedgerError(PedigreeError):
    """The ledger cannot be written, or a segment cannot be read."""


class GateError(PedigreeError):
    """The data failed a gate; nothing was published."""

    exit_status = 1


class LinkError(PedigreeError):
    """A link of a dataset's chain does not hold: ``found`` begins with the link's name."""

    exit_status = 1

    @property
    def link(self) -> str:
        """Return the link's name."""
        return self.found.split(": ", 1)[0]


class StoppedError(PedigreeError):
    """The run was stopped from outside; everything paid for is kept."""

    exit_status = 3


class ProviderError(StoppedError):
    """The model's provider stopped the run."""


class MissingRecording(ProviderError):
    """A replayed file holds no completion of a prompt."""


class BudgetError(StoppedError):
    """The recipe's budget stopped the run."""


class ServerLost(StoppedError):
    """The Prefect server went away during the run, which can't be finished without it."""


class RunCancelled(StoppedError):
    """The run was cancelled."""

    exit_status = 130
