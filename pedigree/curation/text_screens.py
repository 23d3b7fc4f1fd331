"""The screens of a text, as one table: a reason code, when it is on, and the expression that finds the evidence.

To add a screen, add an entry to TEXT_SCREENS and a case to its test. A row gets the reason of the first that finds
something. The patterns are Rust's regular expressions (no look-around, time linear in the text). They ask for what
only a model writes, about its own task: a person's good text that is turned away is lost.
"""

import re
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass

import polars as pl

from pedigree.curation.label_statements import find_statements
from pedigree.curation.language_id import JUDGED_CHARS, check_language, find_language, knows_language
from pedigree.curation.language_lists import ENGLISH, find_gap_patterns, find_patterns, join_words, list_covered
from pedigree.curation.pii import find_pii
from pedigree.curation.prompt_echo import find_echo
from pedigree.curation.text_patterns import GARBLED, PLACEHOLDER
from pedigree.curation.words import DENSE
from pedigree.dataset.examples import Example
from pedigree.dataset.review_decisions import BINDING
from pedigree.recipe.label_sets.names import split_labels
from pedigree.recipe.languages.language_check import LANGUAGE
from pedigree.recipe.schema import Recipe

# The beginning of a refusal in an answer without rows; rows are screened by stricter patterns.
REFUSING = r"^\W*(?:(?:error|message|refusal|response|text)\W+)?(?:WORDS)"


@dataclass(frozen=True)
class TextScreen:
    """One reason to turn a text away. ``find`` takes a text field's name and gives the evidence, null for a pass."""

    reason: str
    is_on: Callable[[Recipe], bool]
    find: Callable[[str, Recipe], pl.Expr]


def reads_as_refusal(answer: str, languages: tuple[str, ...] = ()) -> bool:
    """Return whether a whole answer without rows, to a recipe of these languages, reads as a model's refusal."""
    if re.match(REFUSING.replace("WORDS", join_words("refusing_answer", (ENGLISH, *languages))), answer, re.IGNORECASE):
        return True
    found = pl.select(text=pl.lit(answer[:1000])).filter(
        pl.any_horizontal(pl.col("text").str.contains(pattern) for pattern in find_patterns("refusal", languages))
    )
    return found.height > 0


def describe_uncovered(recipe: Recipe) -> str | None:
    """Return what the text screens cannot find in the recipe's languages; None if they cover them, or are off."""
    screens = {"refusal": recipe.screens.refusal, "meta-text": recipe.screens.meta_text}
    on = [reason for reason, is_on in screens.items() if is_on]
    covered = list_covered()
    open_ = [code for code in recipe.language_codes if code not in covered]
    found = []
    if open_ and on and recipe.text_fields:
        found.append(
            f"texts in {_name(open_)} are not screened for {' and '.join(on)}: these screens know "
            f"{', '.join(sorted(covered))}"
        )
    if unknown := [code for code in recipe.languages if not knows_language(code)]:
        them = "it" if len(unknown) == 1 else "them"
        checked = f"hether texts are in {_name(unknown)} is not checked: language identification does not know {them}"
        found.append(f"{'W' if found else 'w'}{checked}")
    return ". ".join(found) or None


def _name(codes: Iterable[str]) -> str:
    return " and ".join(map(repr, codes))


def _find_length(field: str, recipe: Recipe) -> pl.Expr:
    low, high = recipe.fields[field].min_chars, recipe.fields[field].max_chars
    chars = pl.col(field).str.len_chars()
    return (
        pl.when(chars < low)
        .then(pl.format("{} characters, at least {}", chars, pl.lit(low)))
        .when(chars > high)
        .then(pl.format("{} characters, at most {}", chars, pl.lit(high)))
    )


def _find_garbled(field: str, recipe: Recipe) -> pl.Expr:
    sign = pl.col(field).str.extract(GARBLED)
    return sign.map_elements(lambda sign: f"U+{ord(sign):04X}", return_dtype=pl.String)


def _find_label(field: str, recipe: Recipe) -> pl.Expr:
    several = recipe.labels_per_row is not None
    return find_statements(field, recipe.single_labels, {name: split_labels(name) for name in recipe.labels if several})


def _find_meta_text(field: str, recipe: Recipe) -> pl.Expr:
    return pl.coalesce(
        _match(find_patterns("meta_text", tuple(recipe.language_codes)), field), find_echo(field, recipe)
    )


def _find_refusal(field: str, recipe: Recipe) -> pl.Expr:
    return _match(find_patterns("refusal", tuple(recipe.language_codes)), field)


def _find_placeholder(field: str, recipe: Recipe) -> pl.Expr:
    english = PLACEHOLDER.replace("NOUN", join_words("gap", (ENGLISH,)))
    return _match([english, *find_gap_patterns(tuple(recipe.language_codes))], field)


def _match(patterns: Iterable[str], field: str) -> pl.Expr:
    return pl.coalesce(pl.col(field).str.extract(pattern, 0) for pattern in patterns)


def _find_language(field: str, recipe: Recipe) -> pl.Expr:
    [language] = recipe.language_codes
    check_language(language)
    chars = pl.col(field).str.len_chars()
    if language != ENGLISH:
        chars += 2 * pl.col(field).str.count_matches(f"[{DENSE}]")
    judged = pl.when(chars >= JUDGED_CHARS).then(field)
    return judged.map_elements(lambda text: find_language(text, language), return_dtype=pl.String)


def _find_pii(field: str, recipe: Recipe) -> pl.Expr:
    return pl.col(field).map_elements(find_pii, return_dtype=pl.String)


LABEL_NAMED = TextScreen("label-named", lambda recipe: recipe.screens.label_named, _find_label)
TEXT_SCREENS = (
    TextScreen("length", lambda recipe: True, _find_length),
    TextScreen("garbled", lambda recipe: True, _find_garbled),
    TextScreen("refusal", lambda recipe: recipe.screens.refusal, _find_refusal),
    TextScreen("meta-text", lambda recipe: recipe.screens.meta_text, _find_meta_text),
    TextScreen("placeholder", lambda recipe: recipe.screens.placeholder, _find_placeholder),
    LABEL_NAMED,
    TextScreen("language", lambda recipe: recipe.screens.language, _find_language),
    TextScreen("pii", lambda recipe: recipe.screens.pii != "off", _find_pii),
)


def screen_texts(
    rows: pl.DataFrame, recipe: Recipe, trusted: Collection[str] = (), common: Collection[str] = ()
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Return the rows that pass every text screen, and the others with ``reason`` and ``detail``; order is kept.

    With several text fields the detail begins with the field's name. Without any, every row passes. ``trusted`` are ids
    of rows that people accepted: no screen turns them away but those that bind people, too. ``common`` are labels whose
    rows may name them (``find_common_labels``).
    """
    if recipe.languages:
        return _screen_by_language(rows, recipe, trusted, common)
    rejected = [rows.clear().with_columns(detail=pl.lit(None, pl.String), reason=pl.lit(None, pl.String))]
    for screen in TEXT_SCREENS:
        if not screen.is_on(recipe) or not recipe.text_fields:
            continue
        judged = rows.with_columns(detail=_find_in_fields(screen, recipe), reason=pl.lit(screen.reason))
        fails = pl.col("detail").is_not_null()
        if screen is LABEL_NAMED:
            fails &= ~pl.col("label").is_in(list(common))
        if trusted and screen.reason not in BINDING:
            fails &= ~pl.col("row_id").is_in(list(trusted))
        rejected.append(judged.filter(fails))
        rows = judged.filter(~fails).drop("detail", "reason")
    return rows, pl.concat(rejected)


def _screen_by_language(
    rows: pl.DataFrame, recipe: Recipe, trusted: Collection[str], common: Collection[str]
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Screen the rows of each language as a recipe of that language alone would; order is kept."""
    numbered, kept, rejected = rows.with_row_index("number"), [], []
    for code in recipe.languages:
        own = recipe.in_language(code)
        if not knows_language(code):  # describe_uncovered tells it
            own = own.model_copy(update={"screens": own.screens.model_copy(update={"language": False})})
        passed, failed = screen_texts(numbered.filter(pl.col(LANGUAGE) == code), own, trusted, common)
        kept.append(passed)
        rejected.append(failed)
    whole, out = (pl.concat(parts).sort("number", maintain_order=True).drop("number") for parts in (kept, rejected))
    return whole, out


def find_common_labels(examples: Iterable[Example], recipe: Recipe) -> frozenset[str]:
    """Return the labels that a real row of that label states, as a tweet with "#love" does for the label "love".

    Rejecting such rows would remove what people write.
    """
    rows = [
        {**{name: example.fields[name] for name in recipe.text_fields}, "label": example.label} for example in examples
    ]
    if not rows or not recipe.text_fields:
        return frozenset()
    named = pl.DataFrame(rows).filter(_find_in_fields(LABEL_NAMED, recipe).is_not_null())
    return frozenset(named["label"])


def _find_in_fields(screen: TextScreen, recipe: Recipe) -> pl.Expr:
    found = [screen.find(field, recipe) for field in recipe.text_fields]
    if len(found) == 1:
        return found[0]
    return pl.coalesce(
        pl.format("{}: {}", pl.lit(field), evidence) for field, evidence in zip(recipe.text_fields, found, strict=True)
    )
