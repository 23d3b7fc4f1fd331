"""A batch: the prompts of one round, with resolved parameters."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from types import MappingProxyType
from typing import Any

from pedigree.errors import RecipeError
from pedigree.generation.prompt_builder import PromptBuilder
from pedigree.generation.prompts import Prompt, request_of
from pedigree.generation.slots import Slot
from pedigree.ids import sha256_of_file
from pedigree.job import Job
from pedigree.ledger.completion import Completion
from pedigree.recipe.generator import Generator
from pedigree.recipe.judge import Judge


class Batch:
    """What one round sends: the list requests of its generators, then the first prompts of its slots, in plan order.

    It is not a list, because Prefect would inspect every value of one.
    """

    def __init__(
        self,
        prompts: list[Prompt] | None = None,
        *,
        builder: PromptBuilder | None = None,
        slots: Sequence[Slot] = (),
        round_: int = 1,
        parameters: Mapping[str, dict[str, Any]] = MappingProxyType({}),
        rare: Mapping[str, int] = MappingProxyType({}),
        fills_up: bool = False,
    ):
        self._prompts = prompts
        self._optional_builder, self._slots, self._round, self._parameters = builder, slots, round_, parameters
        self._rare, self._fills_up = rare, fills_up

    def pending_requests(self) -> list[Prompt]:
        """Return the prompts of the list requests that can be sent now; empty if the slots can be built."""
        return self._builder.pending_requests(self._slots, self._round, self._parameters) if self._slots else []

    def record_answer(self, prompt: Prompt, completion: Completion) -> None:
        """Record the answer to a list request. Raises ProviderError if it finally failed."""
        self._builder.record_answer(prompt, completion.text, completion.finish_reason, completion.failure)

    def assume_answer(self, prompt: Prompt) -> None:
        """Record a placeholder answer to a list request."""
        self._builder.assume_answer(prompt)

    def record_held(self, get: Callable[[str], Completion | None]) -> Iterator[tuple[Prompt, Completion | None]]:
        """Record the answers to list requests that ``get`` returns; yield each request with its answer or None.

        It ends where an answer is missing, unless the caller has assumed it.
        """
        while requests := self.pending_requests():
            missing = set()
            for prompt in requests:
                held = get(prompt.completion_id)
                if held is None or held.failure:
                    missing.add(request_of(prompt).key)
                    yield prompt, None
                else:
                    self.record_answer(prompt, held)
                    yield prompt, held
            if missing & {request.key for request in self._builder.list_open_requests(self._slots)}:
                return

    def build(self) -> list[Prompt]:
        """Return the first prompts of the slots, once no list request is open. Raises as ``PromptBuilder.build``."""
        if self._prompts is None:
            built = [
                self._builder.build(slot, self._round, self._parameters[slot.generator.title]) for slot in self._slots
            ]
            self._prompts = sorted(built, key=self._count_real)
        return self._prompts

    @property
    def _builder(self) -> PromptBuilder:
        if self._optional_builder is None:
            raise ValueError("a batch of finished prompts has no builder")
        return self._optional_builder

    def _count_real(self, prompt: Prompt) -> int:
        """Return the real rows of the label if it is filled up or rewritten; -1 puts any other prompt first."""
        generator = prompt.slot.generator
        rewrites = isinstance(generator, Generator) and generator.strategy == "rewrite" and generator.corpus is None
        return self._rare.get(prompt.slot.label, 0) if rewrites or self._fills_up else -1


def resolve_parameters(job: Job, generator: Generator | Judge) -> dict:
    """Return what is sent besides the messages; for a replayed file its sha256 and its mapping."""
    if not generator.model.startswith("replay/"):
        return dict(generator.parameters)
    file = job.workspace.resolve_inside(generator.model.removeprefix("replay/"))
    replay = None if isinstance(generator, Judge) else generator.replay
    mapping = {"replay": replay.model_dump()} if replay else {}
    return {**generator.parameters, "file_sha256": hash_replayed(file), **mapping}


def hash_replayed(file: Path) -> str:
    """Return the sha256 of a replayed file; raise RecipeError where it can't be read."""
    try:
        return sha256_of_file(file)
    except OSError as error:
        raise RecipeError(
            f"{file}: {error.strerror}", hint="correct the generator's model: replay/PATH of a file in this workspace"
        ) from None
