"""Language identification with py3langid: naive Bayes over byte n-grams, without network access."""

from functools import cache

from py3langid.langid import MODEL_FILE, LanguageIdentifier

from pedigree.errors import RecipeError

SURE = 0.8  # minimum confidence; at it, 1 of 21,000 English posts by people is taken for another language
NO_LANGUAGE = "zxx"  # ISO 639 code for text without language, such as numbers
# Languages that are written alike: short texts of the one are often taken for the other.
ALIKE = {"zh": {"wuu"}, "ar": {"ary", "arz"}}


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
