"""The errors that Pedigree raises, with the exit status of each.

PedigreeError            2
├── RecipeError          2   the recipe, a template or a seed file is wrong
│   └── JoinedErrors     2   several such faults
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


class JoinedErrors(RecipeError):
    """Several faults of a recipe or a file, as one error; ``parts`` has each of them."""

    parts: Sequence[RecipeError] = ()


def list_parts(error: PedigreeError) -> list[PedigreeError]:
    """Return the faults that an error tells: those that were joined, or itself."""
    return [*error.parts] if isinstance(error, JoinedErrors) else [error]


def join_errors(errors: Sequence[RecipeError]) -> RecipeError:
    """Return one error that tells all of them in their order, each with what was expected and what to do.

    Of errors that follow each other, what is the same is told once, after the last of them.
    """
    errors = [part for one in errors for part in (one.parts if isinstance(one, JoinedErrors) else (one,))]
    if len(errors) == 1:
        return errors[0]
    told = errors[:MAX_TOLD]
    lines = []
    for one, following in zip(told, [*told[1:], None], strict=True):
        lines.append(f"  also: {one.found}" if lines else one.found)
        is_last = following is None or (one.expected, one.hint) != (following.expected, following.hint)
        if following is not None and is_last:
            lines += str(RecipeError("", expected=one.expected, hint=one.hint)).splitlines()[1:]
    last = told[-1]
    joined = JoinedErrors("\n".join(lines), expected=last.expected, hint=last.hint)
    if len(errors) > MAX_TOLD:
        rest = str(RecipeError("", expected=last.expected, hint=last.hint)).splitlines()[1:]
        joined = JoinedErrors("\n".join([*lines, *rest, f"  and {len(errors) - MAX_TOLD:,} more"]))
    joined.parts = tuple(errors)
    return joined


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
