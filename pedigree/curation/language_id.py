"""Language identification with py3langid: naive Bayes over byte n-grams, without network access."""

from collections.abc import Sequence
from functools import cache

from py3langid.langid import MODEL_FILE, LanguageIdentifier

from pedigree.curation.words import IS_DENSE
from pedigree.errors import RecipeError

JUDGED_CHARS = 20  # of a text whose language is judged; a Chinese or Japanese character counts as three
LEAST = 0.1  # probability of a detected language among all that there are
SURE = 0.8  # minimum confidence; at it, 1 of 21,000 English posts by people is taken for another language
NO_LANGUAGE = "zxx"  # ISO 639 code for text without language, such as numbers
# Languages that are written alike: short texts of the one are often taken for the other.
ALIKE = {"zh": {"wuu"}, "ar": {"ary", "arz"}}


def knows_language(code: str) -> bool:
    """Return whether texts of this language can be told from those of others."""
    return code in _load_identifier().labels


def is_judged(text: str) -> bool:
    """Return whether a text is long enough to tell its language."""
    return len(text) + 2 * len(IS_DENSE.findall(text)) >= JUDGED_CHARS


def detect_language(text: str, codes: Sequence[str]) -> str | None:
    """Return which of these languages a text is in; None if it is short, or no one is clearly the likeliest."""
    if not is_judged(text):
        return None
    shares = dict(_load_identifier().rank(text))
    own = {code: max(shares.get(one, 0.0) for one in (code, *ALIKE.get(code, ()))) for code in codes}
    best = max(own, key=own.__getitem__)
    return best if own[best] >= SURE * sum(own.values()) and own[best] >= LEAST else None


def check_language(code: str) -> None:
    """Raise RecipeError if the language screen does not know this language."""
    if code not in _load_identifier().labels:
        raise RecipeError(
            f"language {code!r} is not among the {len(_load_identifier().labels)} that the language screen knows",
            hint="set screens.language to false",
        )


def find_language(text: str, expected: str) -> str | None:
    """Return a language other than the expected one, with its confidence (``de 0.99``), or None if not confident."""
    code, confidence = _load_identifier().classify(text)
    fits = {expected, NO_LANGUAGE} | ALIKE.get(expected, set())
    return f"{code} {confidence:.2f}" if code not in fits and confidence >= SURE else None


@cache
def _load_identifier() -> LanguageIdentifier:
    return LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True)
