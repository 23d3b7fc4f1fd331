"""Checks as expressions of SQL: which words they may have, and what they compute.

polars reads them (``pl.sql_expr``). A recipe may come from a stranger: an expression has only fields, numbers, texts,
operators and the functions below, none of which reads a file, and no subquery. Source of the rule for nulls: a CHECK of
SQL fails where it is false, and passes where it is unknown (ISO/IEC 9075-2, 4.18).
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from difflib import get_close_matches
from functools import lru_cache

import polars as pl

from pedigree.recipe.tables.column_types import POLARS_TYPE

MAX_CHARS = 500
TOKEN = re.compile(
    r"\s*(?:(?P<text>'(?:[^']|'')*')|(?P<number>\d+(?:\.\d+)?(?:[eE][+-]?\d+)?)|(?P<word>[A-Za-z_]\w*)"
    r"|(?P<sign><=|>=|<>|!=|==|[-+*/%(),<>=]))"
)
DAY = re.compile(r"'\d{4}-\d{2}-\d{2}'")
WORDS = "and or not in is null true false between like ilike case when then else end distinct from date interval"
CALLS = (
    "abs ceil floor round sqrt power pow mod sign exp ln log10 log2 least greatest coalesce nullif ifnull if length "
    "char_length lower upper trim starts_with ends_with strpos left right substr year quarter month day"
)
KEYWORDS, FUNCTIONS = frozenset(WORDS.split()), frozenset(CALLS.split())
SAMPLE = {"text": "a", "category": "a", "integer": 1, "number": 1.5, "date": date(2024, 1, 1), "boolean": True}
NEARLY = 1e-9  # two sides of an equation of numbers may differ by this part of the larger one


@dataclass(frozen=True)
class CompiledCheck:
    """A check that can be computed: ``holds`` is true, false or null; ``columns`` are those that it names."""

    holds: pl.Expr
    columns: tuple[str, ...]


@dataclass(frozen=True)
class _Token:
    kind: str
    text: str
    at: int  # its first character in the expression, from 1
    column: str = ""


def compile_check(check: str, types: Mapping[str, str], *, with_label: bool = True) -> CompiledCheck:
    """Return a check over fields of these types (name -> type), and ``label``; raise ValueError if it is none.

    The message says at which character the fault is.
    """
    return _compile(check, (*types.items(), *([("label", "category")] if with_label else [])))


@lru_cache(maxsize=256)
def _compile(check: str, columns: tuple[tuple[str, str], ...]) -> CompiledCheck:
    if len(check) > MAX_CHARS:
        raise ValueError(f"{len(check)} characters; at most {MAX_CHARS}")
    types = dict(columns)
    tokens = _read_tokens(check, types)
    named = tuple(dict.fromkeys(token.column for token in tokens if token.column))
    if not named:
        raise ValueError("it names no field")
    _refuse_days(tokens, types)
    dated = any(types[name] == "date" for name in named)
    holds = _compute(tokens, types, dated)
    kind = _find_type(holds, types)
    if kind != pl.Boolean:
        raise ValueError(f"it gives a value of type {kind}, not true or false: compare it with something")
    if sides := _split_equation(tokens):
        left, right = (_compute(side, types, dated) for side in sides)
        found = [_find_type(side, types) for side in (left, right)]
        if all(one.is_numeric() for one in found) and any(one.is_float() for one in found):
            size = pl.max_horizontal(left.abs(), right.abs(), pl.lit(1.0))
            # The equation itself is null where a side is; max_horizontal leaves nulls out.
            holds = holds | ((left - right).abs() <= NEARLY * size)
    return CompiledCheck(holds, named)


def _read_tokens(check: str, types: Mapping[str, str]) -> list[_Token]:
    tokens: list[_Token] = []
    at, cases = 0, 0
    while check[at:].strip():
        found = TOKEN.match(check, at)
        if found is None:
            place = at + len(check[at:]) - len(check[at:].lstrip())
            raise ValueError(f"{check[place]!r} at character {place + 1} can't stand there")
        kind, text = next((kind, text) for kind, text in found.groupdict().items() if text)
        start, at = found.start(kind) + 1, found.end()
        calls = check[at:].lstrip().startswith("(")
        word, column = text.lower(), ""
        if kind == "word" and word in FUNCTIONS and calls:
            pass
        elif kind == "word" and word == "end" and cases and _is_value(tokens[-1]):
            cases -= 1  # elsewhere it can only be a field of that name
        elif kind == "word" and word in KEYWORDS and _is_keyword(word, check[at:].lstrip(), types):
            cases += word == "case"
        elif kind == "word":
            column = _find_column(text, calls, start, types)
        tokens.append(_Token(kind, "=" if text == "==" else text, start, column))
    return tokens


def _is_value(token: _Token) -> bool:
    """Return whether an operand ends with this token."""
    ends = token.column or token.kind in ("text", "number") or token.text == ")"
    return bool(ends) or token.text.lower() in ("null", "true", "false", "end")


def _is_keyword(word: str, after: str, types: Mapping[str, str]) -> bool:
    """Return whether a word is one of SQL; a field of its name comes first, but for DATE or INTERVAL before a text."""
    return word not in types or (word in ("date", "interval") and after.startswith("'"))


def _find_column(text: str, calls: bool, at: int, types: Mapping[str, str]) -> str:
    if text in types and not calls:
        return text
    known = sorted(FUNCTIONS) if calls else list(types)
    near = get_close_matches(text, known, n=1)
    meant = f"; {near[0]!r} is meant?" if near else f" among {', '.join(known)[:300]}"
    raise ValueError(f"no {'function' if calls else 'field'} {text!r} (at character {at}){meant}")


def _refuse_days(tokens: list[_Token], types: Mapping[str, str]) -> None:
    for one, sign, other in zip(tokens, tokens[1:], tokens[2:], strict=False):
        if sign.text == "-" and types.get(one.column) == types.get(other.column) == "date":
            hint = f"write {one.column} >= {other.column} + interval '5 days'"
            raise ValueError(f"two dates are subtracted at character {sign.at}, which is no number of days: {hint}")


def _compute(tokens: list[_Token], types: Mapping[str, str], dated: bool) -> pl.Expr:
    """Return the expression of tokens; the position of a fault is that of the last token that was read."""
    words, before = [], ""
    for token in tokens:
        text = f'"{token.column}"' if token.column else token.text
        if dated and before not in ("date", "interval") and DAY.fullmatch(text):
            text = f"DATE {text}"
        words.append(text)
        before = "" if token.column else token.text.lower()
    try:
        return pl.sql_expr(" ".join(words))
    except (pl.exceptions.PolarsError, ValueError, TypeError) as error:
        where = f" (it ends at character {tokens[-1].at + len(tokens[-1].text) - 1})" if tokens else ""
        raise ValueError(f"it can't be read as SQL: {_first_line(error)}{where}") from None


def _find_type(expression: pl.Expr, types: Mapping[str, str]) -> pl.DataType:
    """Return the type of an expression over an empty table; raise ValueError if it can't be computed."""
    schema = {name: POLARS_TYPE[kind] for name, kind in types.items()}
    try:
        for row in ({name: None for name in types}, {name: SAMPLE[kind] for name, kind in types.items()}):
            pl.DataFrame([row], schema).select(found=expression)
        return pl.DataFrame(schema=schema).select(found=expression).schema["found"]
    except (pl.exceptions.PolarsError, ValueError, TypeError) as error:
        raise ValueError(f"it can't be computed: {_first_line(error)}") from None


def _split_equation(tokens: list[_Token]) -> tuple[list[_Token], list[_Token]] | None:
    """Return both sides of an expression that is one equation, such as ``total = price * count``; None for another."""
    if any(not token.column and token.text.lower() in KEYWORDS for token in tokens):
        return None
    depth, places = 0, []
    for place, token in enumerate(tokens):
        depth += {"(": 1, ")": -1}.get(token.text, 0)
        if depth == 0 and token.text in ("=", "<", ">", "<=", ">=", "<>", "!="):
            places.append(place)
    if len(places) != 1 or tokens[places[0]].text != "=":
        return None
    return tokens[: places[0]], tokens[places[0] + 1 :]


def _first_line(error: Exception) -> str:
    return str(error).splitlines()[0][:200] if str(error) else type(error).__name__
