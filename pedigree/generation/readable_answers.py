"""Notices a model none of whose first answers holds a row, before a large round is paid for."""

from pedigree.dataset.answer_samples import ADVICE, show_answers
from pedigree.errors import ProviderError
from pedigree.generation.asked_objects import holds_answer
from pedigree.generation.prompts import Prompt
from pedigree.ledger.completion import Completion

FIRST_ANSWERS = 10  # answers of a run in which a row must be found


class ReadableAnswers:
    """Whether a row was read in any answer of a model: those that the ledger holds, and those of this run.

    Texts that a model wrote earlier (``replay/``) are left out: they cost nothing.
    """

    def __init__(self):
        self._readable: set[tuple[str, str | None]] = set()
        self._unreadable: dict[tuple[str, str | None], list[str]] = {}

    def note_held(self, prompt: Prompt, completion: Completion) -> None:
        """Note an answer that the ledger holds."""
        if (place := _place(prompt)) not in self._readable and _holds_row(prompt, completion):
            self._readable.add(place)

    def check(self, prompt: Prompt, completion: Completion) -> None:
        """Note an answer of this run; raise ProviderError if it is one of too many without a row, and none had one."""
        place = _place(prompt)
        blank = not (completion.text or "").strip()  # the endpoint counts answers without a text
        if not prompt.rows or blank or place in self._readable:
            return
        if _holds_row(prompt, completion):
            self._readable.add(place)
            return
        texts = self._unreadable.setdefault(place, [])
        texts.append(completion.text or "")
        if len(texts) >= FIRST_ANSWERS and not place[0].startswith("replay/"):
            raise ProviderError(
                f"{place[0]}: no row can be read in any of its first {len(texts)} answers, {show_answers(texts)}",
                expected='JSON of the form {"rows": [{...}, ...]}',
                hint=ADVICE,
            )


def _place(prompt: Prompt) -> tuple[str, str | None]:
    return prompt.slot.generator.model, prompt.slot.generator.api_base


def _holds_row(prompt: Prompt, completion: Completion) -> bool:
    text = completion.text if prompt.rows else None
    return bool(text) and holds_answer(text, prompt, completion.finish_reason)
