"""The model ``offline/template``: answers prompts without a network, as a pure function of what it is asked."""

import json
from dataclasses import dataclass
from typing import Any

from pedigree.errors import RecipeError
from pedigree.ids import seeded, sha256_of
from pedigree.models.offline.faults import damage_answer, spoil_rows
from pedigree.models.offline.groups import write_groups
from pedigree.models.offline.lists import write_list
from pedigree.models.offline.phrases import load_phrases
from pedigree.models.offline.prompt_reader import read_content, read_request
from pedigree.models.offline.rewrites import write_rewrite
from pedigree.models.offline.rows import write_rows
from pedigree.models.offline.verdicts import write_verdicts
from pedigree.recipe.fault_rates import parse_fault_rates

CHARS_PER_TOKEN = 4


@dataclass(frozen=True)
class OfflineAnswer:
    """What a model without a network answers; tokens are estimates of four characters each."""

    text: str
    finish_reason: str
    tokens_in: int
    tokens_out: int


def answer(messages: list[dict], parameters: dict[str, Any], sample: int, draw: str | None = None) -> OfflineAnswer:
    """Return the answer: JSON rows if a prompt names a label; a list, verdicts, groups, instructions as it asks for.

    To anything else it answers a sentence. Parameters that count: ``max_tokens``, ``temperature`` (0 gives every sample
    the same answer) and ``faults`` (rates by kind, see pedigree/recipe/fault_rates.py). Raises RecipeError for an
    unknown fault, a rate outside 0 to 1, or a wrong max_tokens.
    """
    dials, most = parse_fault_rates(parameters.get("faults")), _read_max_tokens(parameters.get("max_tokens"))
    seed = sha256_of([messages, 0 if parameters.get("temperature") == 0 else sample, *([draw] if draw else [])])
    if groups := write_groups(messages):
        said: dict[str, list] = groups
    elif (rewrite := write_rewrite(messages, seed)) is not None:
        said = {"instructions": rewrite}
    elif (verdicts := write_verdicts(messages, dials, seed)) is not None:
        said = {"verdicts": verdicts}
    elif (items := write_list(messages, seed)) is not None:
        said = {"items": items}
    elif request := read_request(messages):
        said = {"rows": spoil_rows(write_rows(request, seed), request, dials, seed)}
    else:
        return make_answer(seeded("small talk", seed).choice(load_phrases()["flaws"]["small_talk"]), messages, most)
    text, reason = damage_answer(json.dumps(said, ensure_ascii=False, separators=(",", ":")), dials, seed)
    return make_answer(text, messages, most, reason)


def make_answer(text: str, messages: list[dict], most: int | None = None, reason: str = "stop") -> OfflineAnswer:
    """Return a text as an answer to messages, cut where it has more than ``most`` tokens."""
    tokens_in = estimate_tokens("".join(read_content(message) for message in messages))
    if most is not None and estimate_tokens(text) > most:
        text, reason = text[: most * CHARS_PER_TOKEN], "length"
    return OfflineAnswer(text, reason, tokens_in, estimate_tokens(text))


def estimate_tokens(text: str) -> int:
    """Return how many tokens a text is about: a quarter of its characters, rounded up."""
    return -(-len(text) // CHARS_PER_TOKEN)


def _read_max_tokens(value: Any) -> int | None:
    if value is not None and (type(value) is not int or value < 1):
        raise RecipeError(f"max_tokens is {value!r}", expected="a whole number from 1")
    return value
