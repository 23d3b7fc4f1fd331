"""A batch: the prompts of one round, with resolved parameters."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from types import MappingProxyType
from typing import Any

from pedigree.errors import RecipeError
from pedigree.generation.prompts import Prompt, PromptBuilder
from pedigree.generation.strategies import Slot
from pedigree.ids import sha256_of_file
from pedigree.job import Job
from pedigree.ledger.completion import Completion
from pedigree.recipe.generator import Generator


class Batch:
    """What a round asks: what its generators inquire first, then the first prompts of its slots, in the order of the plan.

    No list: Prefect would walk through every value.
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
        self._builder, self._slots, self._round, self._parameters = builder, slots, round_, parameters
        self._rare, self._fills_up = rare, fills_up

    def pending_requests(self) -> list[Prompt]:
        """Return the inquiries that can be made now; none where the slots can be written."""
        return self._builder.pending_requests(self._slots, self._round, self._parameters) if self._slots else []

    def record_answer(self, prompt: Prompt, completion: Completion) -> None:
        """Take in the answer to an inquiry. Raises ProviderError where it finally failed."""
        self._builder.record_answer(prompt, completion.text, completion.finish_reason, completion.failure)

    def assume_answer(self, prompt: Prompt) -> None:
        """Go on as if an inquiry had been answered."""
        self._builder.assume_answer(prompt)

    def record_held(self, get: Callable[[str], Completion | None]) -> Iterator[tuple[Prompt, Completion | None]]:
        """Take in what ``get`` holds of the inquiries; yield each of them with that, or with None where it has no answer.

        It ends where one lacks its answer, unless the caller has assumed one.
        """
        while inquiries := self.pending_requests():
            lacking = set()
            for prompt in inquiries:
                held = get(prompt.completion_id)
                if held is None or held.failure:
                    lacking.add(prompt.list_request.key)
                else:
                    self.record_answer(prompt, held)
                yield prompt, None if prompt.list_request.key in lacking else held
            if lacking & {inquiry.key for inquiry in self._builder.list_open_requests(self._slots)}:
                return

    def build(self) -> list[Prompt]:
        """Return the first prompts of the slots, once no inquiry is open. Raises RecipeError as ``PromptBuilder.write`` does."""
        if self._prompts is None:
            written = [
                self._builder.build(slot, self._round, self._parameters[slot.generator.title]) for slot in self._slots
            ]
            self._prompts = sorted(written, key=self._count_real)
        return self._prompts

    def _count_real(self, prompt: Prompt) -> int:
        """Return how many rows of people a label has that is filled up, or rewritten; what is neither comes before all."""
        generator = prompt.slot.generator
        rewrites = generator.strategy == "rewrite" and generator.corpus is None
        return self._rare.get(prompt.slot.label, 0) if rewrites or self._fills_up else -1


def resolve_parameters(job: Job, generator: Generator) -> dict:
    """Return what is sent besides the messages; a replayed file counts by its content and its mapping."""
    if not generator.model.startswith("replay/"):
        return dict(generator.parameters)
    file = job.workspace.resolve_inside(generator.model.removeprefix("replay/"))
    mapping = {"replay": generator.replay.model_dump()} if generator.replay else {}
    return {**generator.parameters, "file_sha256": hash_replayed(file), **mapping}


def hash_replayed(file: Path) -> str:
    """Return the sha256 of a replayed file; raise RecipeError where it can't be read."""
    try:
        return sha256_of_file(file)
    except OSError as error:
        raise RecipeError(
            f"{file}: {error.strerror}", hint="correct the generator's model: replay/PATH of a file in this workspace"
        ) from None
