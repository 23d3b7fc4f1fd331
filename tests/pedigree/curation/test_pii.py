"""Personal data is found where it is checkable or said to be; numbers of trade and time are not."""

import random

import pytest

from pedigree.curation.pii import IBAN_LENGTHS, find_pii, mask_pii


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


@pytest.mark.parametrize(
    ("text", "masked"),
    [
        ("write to jo.doe+shop@mail.example.co.uk please", "write to [EMAIL_1] please"),
        ("thanks @jo_doe and @Jo_Doe, not @ann", "thanks [HANDLE_1] and [HANDLE_1], not [HANDLE_2]"),
        ("paid with 4111 1111 1111 1111.", "paid with [CARD_1]."),
        ("to DE89 3704 0044 0532 0130 00 BY FRIDAY", "to [IBAN_1] BY FRIDAY"),
        ("from 192.0.2.17, host 2001:db8::8a2e:370:7334", "from [IP_2], host [IP_1]"),
        ("ring +44 20 7946 0958 or 020 7946 0958", "ring [PHONE_1] or [PHONE_2]"),
        ("(415) 555-0132, that is 415.555.0132", "[PHONE_1], that is [PHONE_1]"),
        ("you can reach me at 4155550132 today", "you can reach me at [PHONE_1] today"),
        ("ana@example.com, bo@example.com, ANA@example.com", "[EMAIL_1], [EMAIL_2], [EMAIL_1]"),
        ("@user you said 5 @ 2 each, order 4155550132", "@user you said 5 @ 2 each, order 4155550132"),
    ],
)
def test_personal_data_are_masked_by_kind_and_the_rest_stays(text, masked):
    assert mask_pii([text]) == [masked]


def test_the_same_data_in_two_texts_of_a_row_have_the_same_placeholder():
    texts = ["I am bo@example.com", "call +44 20 7946 0958", "Dear bo@example.com and ana@example.com"]
    assert mask_pii(texts) == ["I am [EMAIL_1]", "call [PHONE_1]", "Dear [EMAIL_1] and [EMAIL_2]"]


def test_nothing_is_left_to_find_and_a_masked_text_stays_as_it_is():
    chance = random.Random(7)
    pieces = [
        "jo@example.com", "@jo_doe", "4111 1111 1111 1111", "DE89 3704 0044 0532 0130 00", "192.0.2.17", "::1:2",
        "@user", "+44 20 7946 0958", "(415) 555-0132", "call me at 4155550132", "06 12 34 56 78", "12:30",
        "order 4155550132", "and", ",", ".", "2026-11-20", "v1.2.3.4", "é", "漢", "\n", "[EMAIL_1]",
    ]  # fmt: skip
    for _ in range(2000):
        text = chance.choice(["", " "]).join(chance.choices(pieces, k=chance.randrange(1, 9)))
        [masked] = mask_pii([text])
        assert find_pii(masked) is None and mask_pii([masked]) == [masked]
        assert find_pii(text) is not None or masked == text
