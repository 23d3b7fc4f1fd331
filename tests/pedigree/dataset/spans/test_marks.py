"""Marks in a text: what is read, what is written, and which marks are wrong."""

import unicodedata

import pytest
from hypothesis import given, settings

from pedigree.dataset.spans.marks import MarkFault, read_marks, write_marks
from pedigree.dataset.spans.span import Span, find_overlap
from tests.support.marked_texts import join_pieces, marked_pieces


@settings(max_examples=60)
@given(marked_pieces())
def test_what_is_written_with_marks_is_read_back_with_the_same_spans(pieces):
    text, spans = join_pieces([(unicodedata.normalize("NFC", piece), slot) for piece, slot in pieces])
    try:
        plain, read = read_marks(write_marks(text, spans))
    except MarkFault as fault:
        assert "accent" in str(fault) and unicodedata.normalize("NFC", text) != text
        return
    cut = len(text) - len(text.lstrip())
    assert plain == text.strip() and read == [span.shift(cut) for span in spans]
    assert [plain[span.start : span.end] for span in read] == [text[span.start : span.end] for span in spans]


@pytest.mark.parametrize(
    "marked, plain, spans",
    [
        ("Fly to [Paris](city)!", "Fly to Paris!", [Span(7, 12, "city")]),
        ("  [ Paris ](City) now ", "Paris  now", [Span(0, 5, "city")]),
        ("👩‍💻 [北京](city)[明天](day)", "👩‍💻 北京明天", [Span(4, 6, "city"), Span(6, 8, "day")]),
        ("إلى [باريس](city) غدا", "إلى باريس غدا", [Span(4, 9, "city")]),
        ("no marks (here)", "no marks (here)", []),
        ("[New York (JFK)](city)", "New York (JFK)", [Span(0, 14, "city")]),
        ("[Paris](city) or [Paris](city)", "Paris or Paris", [Span(0, 5, "city"), Span(9, 14, "city")]),
    ],
)
def test_offsets_count_code_points_of_the_text_without_marks(marked, plain, spans):
    assert read_marks(marked) == (plain, spans)


@pytest.mark.parametrize(
    "marked, says",
    [
        ("to [Paris](city", "a bracket that is no part of a mark"),
        ("to [Paris (city)", "a bracket that is no part of a mark"),
        ("to [[Paris](city)](city)", "a bracket that is no part of a mark"),
        ("to [Paris] (city)", "a bracket that is no part of a mark"),
        ("to [Paris][city]", "a bracket that is no part of a mark"),
        ("to Paris](city)", "a bracket that is no part of a mark"),
        ("to [](city)", "a mark without a value: [](city)"),
        ("to [  ](city)", "a mark without a value"),
        ("to [Paris]()", "a mark without a slot: [Paris]()"),
        ("to [Pe](city)\u0301rou", "a mark divides a character from its accent"),
    ],
)
def test_a_mark_that_cannot_be_read_is_a_fault_that_shows_it(marked, says):
    with pytest.raises(MarkFault) as fault:
        read_marks(marked)
    assert says in str(fault.value)


def test_spans_overlap_if_they_share_a_character():
    assert find_overlap([Span(3, 5, "a"), Span(0, 3, "b")]) is None
    assert find_overlap([Span(3, 5, "a"), Span(0, 4, "b")]) == (Span(0, 4, "b"), Span(3, 5, "a"))
    assert find_overlap([]) is None
