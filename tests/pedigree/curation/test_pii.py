"""Personal data is found where it is checkable or said to be; numbers of trade and time are not."""

import pytest

from pedigree.curation.pii import IBAN_LENGTHS, find_pii


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("write to jo.doe+shop@mail.example.co.uk please", "e-mail jo.doe+shop@mail.example.co.uk"),
        ("thanks @jo_doe for nothing", "handle @jo_doe"),
        ("paid with 4111 1111 1111 1111.", "card 4111 1111 1111 1111"),
        ("card 378282246310005, thanks", "card 378282246310005"),
        ("to DE89 3704 0044 0532 0130 00 BY FRIDAY", "IBAN DE89 3704 0044 0532 0130 00 BY FRIDAY"),
        ("GB82WEST12345698765432", "IBAN GB82WEST12345698765432"),
        ("from 192.0.2.17, I think", "IP 192.0.2.17"),
        ("host 2001:db8::8a2e:370:7334 is down", "IP 2001:db8::8a2e:370:7334"),
        ("ring +44 20 7946 0958 after six", "phone +44 20 7946 0958"),
        ("Text (415) 555-0132", "phone (415) 555-0132"),
        ("1-800-555-0199", "phone 1-800-555-0199"),
        ("c'est le 06 12 34 56 78", "phone 06 12 34 56 78"),
        ("you can reach me at 4155550132", "phone reach me at 4155550132"),
    ],
)
def test_found(text, found):
    assert find_pii(text) == found


@pytest.mark.parametrize(
    "text",
    [
        "order 4155550132 and order no. 415-555-0132",
        "order 112-1234567-1234567, tracking 1Z999AA10123456784",
        "paid with 4111 1111 1111 1112",  # fails Luhn
        "invoice DE88 3704 0044 0532 0130 00",  # fails mod 97
        "1,299.00 dollars, 1.234.567,89 euros, 0.123456789",
        "on 2026-11-20 at 14:30:00, or 01/02/2026 10:30, or 03.04.2026 09.15",
        "open 09:00 - 17:00, 24/7, 365 days, 1999-2026",
        "firmware 10.0.19.45 and v1.2.3.4, section 1.2.3.4.5, 300.1.1.1",
        "std::vector, ::, 12:30:45, a ratio of 3:2:1, aa:bb:cc:dd:ee:ff",
        "@user you said 5 @ 2 each, meet @5pm, a@b",
        "12345678901234567890",
    ],
)
def test_passes(text):
    assert find_pii(text) is None


def test_every_country_has_one_length():
    assert len(IBAN_LENGTHS) == 76 and set(map(len, IBAN_LENGTHS)) == {2}
