"""Verdicts: which label a text has, by the words that the offline model would use for each label."""

import functools
import json
import re
from collections.abc import Sequence
from typing import Any

from pedigree.ids import seeded
from pedigree.models.offline.phrases import find_concepts, load_phrases
from pedigree.models.offline.prompt_reader import Brief, read_content
from pedigree.models.offline.tables import predict_label
from pedigree.recipe.fault_rates import FaultRates

ENOUGH = 0.7  # share of the best concept's score from which a label fits
_VERDICTS = re.compile(r"(\d{1,4}) x (label|labels|fits)")
SHOWN = 0.45  # share of the best label's score from which a text shows a label, too
_WORD = re.compile(r"[^\W\d_]{3,}")


def write_verdicts(messages: list[dict], dials: FaultRates, seed: str) -> list[dict[str, Any]] | None:
    """Return the verdicts that messages ask for, or None where they ask for none."""
    brief = Brief("\n".join(map(read_content, messages)))
    found = _VERDICTS.fullmatch(brief.first("Verdicts"))
    if found is None:
        return None
    classes, choices = brief.meanings("Class"), dict(brief.numbered("Choice"))
    verdicts, known = [], brief.objects("Known")
    for number, shown in brief.numbered("Row"):
        options = [label for label, _ in classes]
        row = _read_json(shown)
        verdict = predict_label(row if isinstance(row, dict) else {}, known, options, seed)
        verdicts.append({"row": int(number), found[2]: _mistake(verdict, options, dials, seed, number)})
    for number, shown in brief.numbered("Text"):
        choice = _read_json(choices.get(number, "null"))
        options, verdict = _judge(_read_texts(shown), classes, choice, found[2], brief.first("Else"))
        if found[2] == "labels":
            verdict = _choose_several(_read_texts(shown), classes)
            options = [[label] for label in options]
        verdicts.append({"row": int(number), found[2]: _mistake(verdict, options, dials, seed, number)})
    return verdicts


def _mistake(verdict: Any, options: Sequence[Any], dials: FaultRates, seed: str, number: str) -> Any:
    """Return a verdict, or another of the options as often as the dial says."""
    if seeded("wrong_verdict", seed, number).random() >= dials.wrong_verdict:
        return verdict
    others = [option for option in options if option != verdict]
    return seeded("wrong_verdict", seed, number, "which").choice(others or [verdict])


def _judge(
    text: str, classes: Sequence[tuple[str, str]], choice: Any, key: str, none: str = ""
) -> tuple[list[str], str]:
    """Return the possible verdicts on a text, and the one that the model comes to.

    ``none`` is the answer that no class fits, where the prompt knows one: the words of another concept weigh more.
    """
    meanings = dict(classes)
    if key == "fits":
        own = max(_score(text, name) for name in find_concepts(str(choice), meanings.get(str(choice), "")))
        best = max(_score(text, name) for name in load_phrases()["concepts"])
        return ["yes", "no"], "yes" if own >= ENOUGH * best else "no"
    options = [label for label in choice if label in meanings] if isinstance(choice, list) else list(meanings)
    scores = {label: max(_score(text, name) for name in find_concepts(label, meanings[label])) for label in options}
    chosen = max(options, key=scores.__getitem__)
    if not none:
        return options, chosen
    best = max(_score(text, name) for name in load_phrases()["concepts"])
    return [*options, none], chosen if scores[chosen] >= ENOUGH * best else none


def _choose_several(text: str, classes: Sequence[tuple[str, str]]) -> list[str]:
    """Return the labels that a text shows: those that score nearly as much as the best."""
    scores = {label: max(_score(text, name) for name in find_concepts(label, means)) for label, means in classes}
    best = max(scores.values(), default=0.0)
    return [label for label, score in scores.items() if best and score >= SHOWN * best]


def _score(text: str, concept: str) -> float:
    """Return how much a text has of what is said of a concept: words count more the fewer concepts have them."""
    known = _list_words()
    words = set(_WORD.findall(text.casefold())) & known[concept]
    return sum(1 / sum(word in of for of in known.values()) for word in words)


@functools.cache
def _list_words() -> dict[str, frozenset[str]]:
    """Return the words of each concept's lines."""
    concepts = load_phrases()["concepts"]
    return {name: frozenset(_WORD.findall(_flatten(one).casefold())) for name, one in concepts.items()}


def _flatten(value: Any) -> str:
    parts = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return " ".join(map(_flatten, parts)) if parts else str(value)


def _read_texts(shown: str) -> str:
    fields = _read_json(shown)
    return " ".join(map(str, fields.values())) if isinstance(fields, dict) else shown


def _read_json(said: str) -> Any:
    try:
        return json.loads(said)
    except (ValueError, RecursionError):
        return None
