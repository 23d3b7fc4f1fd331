"""What a page makes of hostile text and of figures."""

import json

import pytest

from pedigree.report import html


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("a\tb\nc", "a\tb\nc"),
        ("\x00\x1b[31m\r", "⟨0000⟩⟨001B⟩[31m⟨000D⟩"),
        ("user\u202etxt.exe\u2066", "user⟨202E⟩txt.exe⟨2066⟩"),
        ("\ud800 \ufeff \u2028", "⟨D800⟩ ⟨FEFF⟩ ⟨2028⟩"),
        ("مرحبا 👩‍💻 नमस्ते", "مرحبا 👩‍💻 नमस्ते"),
    ],
)
def test_unseen_characters_are_spelled_out_and_scripts_are_left_as_they_are(text, shown):
    assert html.format_text(text) == shown
    html.format_text(text).encode()


def test_long_text_is_cut_and_says_by_how_much():
    assert html.format_text("x" * 1600, 100) == "x" * 100 + " … (1,500 more characters)"
    assert html.format_text("x" * 123, 100) == "x" * 123  # the note on what was cut would be as long
    assert html.format_text("x" * 124, 100) == "x" * 100 + " … (24 more characters)"


def test_embedded_json_cannot_end_its_script_element():
    embedded = html.embed_json({"</script>": ["<!--<script>", "a & b \u2028", 0.5, None]})
    assert not set("<>&\u2028") & set(embedded)
    assert json.loads(embedded) == {"</script>": ["<!--<script>", "a & b ⟨2028⟩", 0.5, None]}


def test_numbers_are_written_for_people():
    assert [html.format_number(value) for value in (None, 0, 1234567)] == ["–", "0", "1,234,567"]
    assert html.format_number(0.12345, 3) == "0.123"
    shares = (None, 0.1234, 0.0, 0.0002, 0.0005)
    assert [html.format_percent(value) for value in shares] == ["–", "12.3 %", "0.0 %", "< 0.1 %", "0.1 %"]
    assert [html.format_signed(value) for value in (0.25, -0.25, -0.0001)] == ["+0.250", "−0.250", "0.000"]
    assert [html.format_figure(value) for value in (None, 0.00123456, 1200, "id, " * 9)] == [
        "–",
        "0.001235",
        "1,200",
        "–",
    ]
