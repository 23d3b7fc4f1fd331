"""Finds or masks personal data in a text: e-mail, phone, card, IBAN, IP address and handle; check digits are verified.

Order numbers, prices, dates, times and version numbers are not reported.
"""

import re
from collections.abc import Callable, Sequence
from ipaddress import AddressValueError, IPv4Address, IPv6Address

Holds = Callable[[re.Match], bool]

HINT = re.compile(r"[@\d]|::")

EMAIL = re.compile(r"(?<![\w.+-])[\w.+-]+@(?:[\w-]+\.)+[^\W\d_]{2,}")
# Public tweet corpora replace handles by "@user".
HANDLE = re.compile(r"(?<![\w@./])@(?!user\b)[A-Za-z_][\w.]{2,29}", re.IGNORECASE)
IBAN = re.compile(r"(?<![A-Z0-9])[A-Z]{2}\d{2}(?:[ -]?[A-Z0-9]){11,30}")
CARD = re.compile(r"(?<![\d.,-])(?:\d[ -]?){12,18}\d(?![\d]|[.,-]\d)")
IPV4 = re.compile(r"(?<![\d.])(?:\d{1,3}\.){3}\d{1,3}(?![\d]|\.\d)")
IPV6 = re.compile(r"(?<![\w:.])[0-9A-Fa-f:]*::?[0-9A-Fa-f:]+(?:\.\d+){0,3}(?![\w:])")
PHONE = re.compile(
    r"""(?<![\w#+.,/-])(?<!\d[ ])(?:
      \+\d(?:[ ().-]{0,2}\d){7,14}                                    # +44 (0)20 7946 0958
    | (?:1[ .-])?(?:\(\d{3}\)[ ]?|\d{3}[ .-])\d{3}[ .-]\d{4}          # (555) 123-4567
    | \(?0\d{1,4}\)?[ /.-]{1,2}\d(?:[ /.-]?\d){5,9}                   # 020 7946 0958, 06 12 34 56 78
    )(?![\w-]|[.,/]\d)""",
    re.VERBOSE,
)
# Ten digits alone may be an order number; after one of these words they are a phone number.
CALLED = re.compile(
    r"\b(?:call|text|phone|tel|mobile|cell|whatsapp|reach|ring|my number)\b\W{0,2}"
    r"(?:(?:me|us|him|her|number|is|at|on|no)\b\W{0,2}){0,4}\d{8,14}(?!\w|[.,]\d)",
    re.IGNORECASE,
)

CARD_ISSUER = re.compile(r"4|5[1-5]|2[2-7]|3[4-8]|6(?:011|4|5)")
NO_PHONE_BEFORE = re.compile(
    r"(?:order|invoice|ticket|tracking|reference|ref|case|serial|model|item|booking|article)"
    r"(?:\s+(?:number|no|id|code))?\W{0,3}(?:is\s+)?$",
    re.IGNORECASE,
)
DATE = re.compile(r"(?<!\d)(?:\d{1,2}([/. -])\d{1,2}\1(?:19|20)\d\d|(?:19|20)\d\d([/. -])\d{1,2}\2\d{1,2})(?!\d)")
VERSION_BEFORE = re.compile(r"(?:\bv|version|firmware|release|build|update)\W{0,2}$", re.IGNORECASE)

# Length -> countries (ISO 13616); the length separates an IBAN from the words after it.
IBAN_COUNTRIES = {
    15: "NO",
    16: "BE",
    18: "DK FI FO GL NL",
    19: "MK SI",
    20: "AT BA EE KZ LT LU XK",
    21: "CH HR LI LV",
    22: "BG BH CR DE GB GE IE ME RS VA",
    23: "AE GI IL IQ",
    24: "AD CZ ES MD PK RO SA SE SK TN VG",
    25: "PT ST",
    26: "IS TR",
    27: "FR GR IT MC MR SM",
    28: "AL AZ BY CY DO GT HU LB PL SV",
    29: "BR EG PS QA UA",
    30: "JO KW MU",
    31: "MT SC",
    32: "LC",
}
IBAN_LENGTHS = {country: length for length, countries in IBAN_COUNTRIES.items() for country in countries.split()}


def find_pii(text: str) -> str | None:
    """Return the first kind of personal data in a text with the match, such as ``e-mail jo@example.com``, or None."""
    if not HINT.search(text):
        return None
    for kind, pattern, holds in KINDS:
        for match in pattern.finditer(text):
            if holds(match):
                return f"{kind} {match[0].strip()}"
    return None


def mask_pii(texts: Sequence[str]) -> list[str]:
    """Return the texts of a row with personal data replaced by placeholders such as ``[EMAIL_1]``.

    Equal data get the same number, also in another text of the row; spaces, punctuation and case do not count.
    """
    if not any(map(HINT.search, texts)):
        return list(texts)
    before, masked, numbers = None, list(texts), dict[tuple[str, str], int]()
    while masked != before:  # what is masked no longer hides what follows it
        before, masked = masked, _mask_once(masked, numbers)
    return masked


def _mask_once(masked: list[str], numbers: dict[tuple[str, str], int]) -> list[str]:
    for kind, pattern, holds in KINDS:
        name = kind.upper().replace("-", "")

        def replace(match: re.Match, pattern: re.Pattern = pattern, holds: Holds = holds, name: str = name) -> str:
            if not holds(match):
                return match[0]
            before, found, after = _split_match(match, pattern)
            known = name, re.sub(r"[\W_]", "", found).casefold()
            number = numbers.setdefault(known, sum(other == name for other, _ in numbers) + 1)
            return f"{before}[{name}_{number}]{after}"

        masked = [pattern.sub(replace, text) for text in masked]
    return masked


def _split_match(match: re.Match, pattern: re.Pattern) -> tuple[str, str, str]:
    """Return what stands in a match before personal data, the data, and what stands after them."""
    text = match[0]
    start, end = 0, len(text)
    if pattern is CALLED:
        start = len(text.rstrip("0123456789"))
    elif pattern is IBAN:
        signs = [place for place, sign in enumerate(text) if sign not in " -"]
        end = signs[IBAN_LENGTHS[text[:2]] - 1] + 1
    start += len(text[start:end]) - len(text[start:end].lstrip())
    end -= len(text[start:end]) - len(text[start:end].rstrip())
    return text[:start], text[start:end], text[end:]


def _is_iban(match: re.Match) -> bool:
    compact = re.sub(r"[ -]", "", match[0])
    number = compact[: IBAN_LENGTHS.get(compact[:2], 99)]
    if len(number) != IBAN_LENGTHS.get(compact[:2]):
        return False
    return int("".join(str(int(sign, 36)) for sign in number[4:] + number[:4])) % 97 == 1


def _is_card(match: re.Match) -> bool:
    digits = [int(sign) for sign in match[0] if sign.isdecimal()]
    doubled = [sum(divmod(2 * digit, 10)) for digit in digits[-2::-2]]
    issued = CARD_ISSUER.match("".join(map(str, digits)))
    return bool(issued) and (sum(digits[-1::-2]) + sum(doubled)) % 10 == 0


def _is_ipv4(match: re.Match) -> bool:
    try:
        IPv4Address(match[0])
    except AddressValueError:
        return False
    return not VERSION_BEFORE.search(match.string[: match.start()])


def _is_ipv6(match: re.Match) -> bool:
    try:
        IPv6Address(match[0])
    except AddressValueError:
        return False
    return len(re.findall(r"[0-9A-Fa-f]+", match[0])) > 1


def _is_phone(match: re.Match) -> bool:
    return not DATE.search(match[0]) and not NO_PHONE_BEFORE.search(match.string[: match.start()])


def _is_any(match: re.Match) -> bool:
    return True


KINDS: tuple[tuple[str, re.Pattern, Holds], ...] = (
    ("e-mail", EMAIL, _is_any),
    ("handle", HANDLE, _is_any),
    ("IBAN", IBAN, _is_iban),
    ("card", CARD, _is_card),
    ("IP", IPV6, _is_ipv6),
    ("IP", IPV4, _is_ipv4),
    ("phone", PHONE, _is_phone),
    ("phone", CALLED, _is_any),
)
