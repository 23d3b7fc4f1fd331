"""Numbers as people and models write them in a sentence: with separators of thousands and with the field's unit.

Nothing is guessed: where a number could be two, as 1,234 in a language with decimal commas, it is none.
"""

import re

PLAIN = re.compile(r"[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?")
_SIGNS = {"\u2212": "-", "\u2010": "-", "\u2011": "-", "\uff0b": "+"}  # minus and plus signs beyond ASCII
_SPACES = "[ \u00a0\u2009\u202f'\u2019_]"  # between groups of three digits: never a decimal sign
_GROUPED = re.compile(rf"([+-]?)([0-9]{{1,3}}(?:({_SPACES})[0-9]{{3}}(?:\3[0-9]{{3}})*))((?:[.,][0-9]+)?)")
_COMMAS = re.compile(r"[+-]?[0-9]{1,3}(?:,[0-9]{3})+(?:\.[0-9]+)?")
_POINTS = re.compile(r"[+-]?[0-9]{1,3}(?:\.[0-9]{3})+(?:,[0-9]+)?")
_NUMBER = re.compile(r"[+-]?[0-9.,](?:[0-9., \u00a0\u2009\u202f'\u2019_]*[0-9])?(?:[eE][+-]?[0-9]+)?\.?")


class NotANumber(ValueError):
    """What stands where a number should, and why it is none."""


def read_number_text(text: str, unit: str = "", language: str = "en") -> str:
    """Return a number in plain digits with a decimal point; raise NotANumber, with the evidence.

    ``unit`` is the field's unit: it may follow the number or, as a sign of money does, stand before it; any other word
    is a fault. In English a comma between groups of three digits separates thousands; in another language a single
    comma or point before three digits could be either.
    """
    said = "".join(_SIGNS.get(sign, sign) for sign in text.strip())
    number = _strip_unit(said, unit)
    if PLAIN.fullmatch(number) and (language == "en" or not re.fullmatch(r"[+-]?[1-9][0-9]{0,2}\.[0-9]{3}", number)):
        return number
    if found := _GROUPED.fullmatch(number):
        sign, whole, _, rest = found.groups()
        return sign + re.sub(_SPACES, "", whole) + _read_decimals(rest, text, language)
    if _COMMAS.fullmatch(number) and (language == "en" or number.count(",") > 1 or "." in number):
        return number.replace(",", "")
    if _POINTS.fullmatch(number) and language != "en" and (number.count(".") > 1 or "," in number):
        return number.replace(".", "").replace(",", ".")
    if _COMMAS.fullmatch(number) or _POINTS.fullmatch(number):
        raise NotANumber(f"{text!r} may have thousands or decimals after its {'comma' if ',' in number else 'point'}")
    if language != "en" and re.fullmatch(r"[+-]?[0-9]+,[0-9]+", number):
        return number.replace(",", ".")
    raise NotANumber(f"{text!r} is no number")


def _strip_unit(said: str, unit: str) -> str:
    """Return a text without the field's unit beside its number; raise NotANumber for another word there."""
    found = _NUMBER.search(said)
    if found is None:
        raise NotANumber(f"{said!r} is no number")
    before, after = said[: found.start()].strip(), said[found.end() :].strip()
    beside = [word for word in (before, after) if word]
    if not beside:
        return said.rstrip(".") if said.endswith(".") and said.count(".") > 1 else said
    known = unit and len(beside) == 1 and beside[0].rstrip(".").casefold() == unit.rstrip(".").casefold()
    if not known:
        wanted = f"the unit {unit!r} or none" if unit else "no unit"
        raise NotANumber(
            f"{said!r} has {' and '.join(map(repr, beside))} beside the number, and the field has {wanted}"
        )
    return found[0]


def _read_decimals(rest: str, text: str, language: str) -> str:
    if rest.startswith(",") and language == "en":
        raise NotANumber(f"{text!r} may have thousands or decimals after its comma")
    return rest.replace(",", ".")
