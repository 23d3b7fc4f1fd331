"""Keys don't stand in what others said."""

import pytest

from pedigree.redaction import mask_secrets

KEY = "sk-planted-0123456789abcdef"


@pytest.fixture(autouse=True)
def keys(monkeypatch):
    monkeypatch.setenv("OPENAI_API_KEY", KEY)
    monkeypatch.setenv("OTHER_TOKEN", "Zq7/plain+value=")
    monkeypatch.setenv("SHORT_SECRET", "abc")
    monkeypatch.setenv("NOTHING_OF_THE_KIND", "an ordinary value")


@pytest.mark.parametrize(
    ("said", "written"),
    [
        (f"Incorrect API key provided: {KEY}. See", "Incorrect API key provided: [secret]. See"),
        ("Incorrect API key provided: sk-plant***********cdef.", "Incorrect API key provided: [secret]."),
        ("no access for 'Zq7/plain+value='", "no access for '[secret]'"),
        ("GET /?key=Zq7%2Fplain%2Bvalue%3D&x=1", "GET /?key=[secret]&x=1"),
        ("key Zq7...ue= is wrong", "key [secret]= is wrong"),
        ("at http://user:planted@127.0.0.1:80/v1", "at http://[secret]@127.0.0.1:80/v1"),
        ("at http://user:pl@nted@host", "at http://[secret]@host"),
        ("https://token@host/x and mail@host", "https://[secret]@host/x and mail@host"),
        ("sk-somebody-elses-key-123 was used", "[secret] was used"),
        ("Authorization: Bearer abcdefgh.ijkl", "Authorization: Bearer [secret]"),
        ("AIzaSyA1234567890 is not valid", "[secret] is not valid"),
    ],
)
def test_a_secret_is_masked(said, written):
    assert mask_secrets(said) == written


@pytest.mark.parametrize(
    "said",
    [
        "an ordinary value, abc and a task-oriented, skillful sketch of risk-averse hfopening",
        "Rate limit reached for gpt-4o-mini in organization org-1: try again in 20s.",
        "model pk not found; the risk-free skill",
        "see https://host/a@b",
        "bearer of bad news",
        "",
    ],
)
def test_what_is_no_secret_stays(said):
    assert mask_secrets(said) == said
