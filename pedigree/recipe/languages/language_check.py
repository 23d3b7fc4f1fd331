"""Checks the languages that a recipe names, and that its other parts serve several of them."""

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from pedigree.recipe.failures import STRATEGY
from pedigree.recipe.generator import Generator
from pedigree.recipe.strict_model import InconsistentRecipe

LANGUAGE = "language"  # the column of rows in several languages
# The two-letter codes of ISO 639-1.
KNOWN = frozenset([
    "aa", "ab", "ae", "af", "ak", "am", "an", "ar", "as", "av", "ay", "az", "ba", "be", "bg", "bi", "bm", "bn",
    "bo", "br", "bs", "ca", "ce", "ch", "co", "cr", "cs", "cu", "cv", "cy", "da", "de", "dv", "dz", "ee", "el",
    "en", "eo", "es", "et", "eu", "fa", "ff", "fi", "fj", "fo", "fr", "fy", "ga", "gd", "gl", "gn", "gu", "gv",
    "ha", "he", "hi", "ho", "hr", "ht", "hu", "hy", "hz", "ia", "id", "ie", "ig", "ii", "ik", "io", "is", "it",
    "iu", "ja", "jv", "ka", "kg", "ki", "kj", "kk", "kl", "km", "kn", "ko", "kr", "ks", "ku", "kv", "kw", "ky",
    "la", "lb", "lg", "li", "ln", "lo", "lt", "lu", "lv", "mg", "mh", "mi", "mk", "ml", "mn", "mr", "ms", "mt",
    "my", "na", "nb", "nd", "ne", "ng", "nl", "nn", "no", "nr", "nv", "ny", "oc", "oj", "om", "or", "os", "pa",
    "pi", "pl", "ps", "pt", "qu", "rm", "rn", "ro", "ru", "rw", "sa", "sc", "sd", "se", "sg", "si", "sk", "sl",
    "sm", "sn", "so", "sq", "sr", "ss", "st", "su", "sv", "sw", "ta", "te", "tg", "th", "ti", "tk", "tl", "tn",
    "to", "tr", "ts", "tt", "tw", "ty", "ug", "uk", "ur", "uz", "ve", "vi", "vo", "wa", "wo", "xh", "yi", "yo",
    "za", "zh", "zu",
])  # fmt: skip


def drop_single_language(recipe: Any) -> Any:
    """Return a recipe's unchecked values with ``language`` null if ``languages`` names some; raise if both are given.

    Raises InconsistentRecipe.
    """
    if not isinstance(recipe, dict) or not isinstance(several := recipe.get("languages"), dict) or not several:
        return recipe
    if recipe.get("language") is not None:
        found = f"'language: {recipe['language']}' and 'languages' are both given: remove 'language'"
        raise InconsistentRecipe(found, "language")
    return {**recipe, "language": None}


def check_languages(
    language: str | None,
    languages: Mapping[str, float],
    fields: Collection[str],
    text_fields: Collection[str],
    generators: Sequence[Generator],
) -> None:
    """Raise InconsistentRecipe for no language, several that are wrong, and a part that cannot serve several."""
    if language is None and not languages:
        raise InconsistentRecipe("no language is named: write its ISO 639 code, such as en", "language")
    if languages and (fault := find_share_fault(languages) or find_misfit(fields, text_fields, generators)):
        raise InconsistentRecipe(fault, "languages")


def find_share_fault(languages: Mapping[str, float]) -> str | None:
    """Return what is wrong with the languages of a recipe and their shares, and what to do; None if nothing is."""
    for code in languages:
        plain = code.isascii() and code.isalpha() and code.islower()
        if not plain or len(code) not in (2, 3) or (len(code) == 2 and code not in KNOWN):
            return f"{code!r} is no code of a language: two letters of ISO 639-1, such as de, or three of ISO 639-3"
    if len(languages) == 1:
        [code] = languages
        return f"{code!r} is the only language: write 'language: {code}' in place of 'languages'"
    if odd := [code for code, share in languages.items() if not 0 < share < 1]:
        return f"the share of {odd[0]!r} is {languages[odd[0]]:g}: it must be above 0 and below 1"
    if abs((total := sum(languages.values())) - 1) > 1e-6:
        return f"the shares of the languages sum to {total:.6g}, not to 1"
    return None


def find_misfit(fields: Collection[str], text_fields: Collection[str], generators: Sequence[Generator]) -> str | None:
    """Return the first part of a recipe that cannot serve several languages, and what to do; None if all can."""
    if LANGUAGE in fields:
        return f"a field is named {LANGUAGE!r}, as the column of a row's language: rename it"
    if not text_fields:
        return "several languages need a field of text"
    for one in generators:
        lacks = None
        if one.replay is not None:
            lacks = "replays a file, whose records tell no language"
        elif one.strategy == STRATEGY:
            lacks = "asks for what a classifier of all languages gets wrong"
        elif one.statistics is not None:
            lacks = "tells statistics that were counted of all languages together"
        elif one.knowledge and not one.knowledge.language:
            return f"generator {one.title!r} reads facts of one language: name it, as 'knowledge: {{language: en}}'"
        if lacks:
            return (
                f"generator {one.title!r} {lacks}: choose another strategy, or write a recipe of each language with "
                "'language'"
            )
    return None
