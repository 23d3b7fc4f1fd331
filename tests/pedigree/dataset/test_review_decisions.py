"""Of each row the last decision counts; a review file is read strictly, and says what is wrong with it, and where."""

import pytest

from pedigree.curation.text_screens import TEXT_SCREENS
from pedigree.dataset.review_decisions import BINDING, REVIEWABLE, Review, format_review, load_review
from pedigree.errors import RecipeError
from tests.support.make_candidates import make_candidates, make_job
from tests.support.make_review_sheets import decide


def test_the_last_decision_about_a_row_counts_and_the_earlier_ones_stay():
    first, last = decide("r0", "reject"), decide("r0", "relabel", new_label="dog")
    review = Review([first, decide("r1", "reject"), last])
    rows, rejected = review.apply(make_candidates(make_job(), "one", "two", "three"))
    assert rows.select("row_id", "label").rows() == [("r0", "dog"), ("r2", "cat")]
    assert rejected.select("row_id", "reason", "detail").rows() == [("r1", "review", "Ann: I read it")]
    assert review.find_history("r0") == [first, last]
    assert review.find_gone({"r1"}) == ["r0"]


def test_looking_back_rows_have_the_labels_they_had_and_what_was_rescued_is_out():
    review = Review([
        decide("r0", "accept", reason="refusal"), decide("r1", "accept", reason="surplus"), decide("r2", "reject"),
        decide("r3", "relabel", new_label="dog", take=2), decide("r0", "reject", reason="refusal", take=3),
    ])  # fmt: skip
    kept = make_candidates(make_job(), *"abcd")
    seen = [review.view_at(kept, take)[0].select("row_id", "label").rows() for take in (0, 1, 2, 3)]
    assert seen == [
        [("r1", "cat"), ("r2", "cat"), ("r3", "cat")],
        [("r0", "cat"), ("r1", "cat"), ("r3", "cat")],
        [("r0", "cat"), ("r1", "cat"), ("r3", "dog")],
        [("r1", "cat"), ("r3", "dog")],
    ]
    cat, dog = ("zero-shot", "cat"), ("zero-shot", "dog")
    assert review.count(kept) == [{cat: 3}, {cat: 3}, {cat: 2, dog: 1}, {cat: 1, dog: 1}]


def test_phases_tell_how_growth_and_sheets_followed_each_other():
    said = [decide("a", "reject"), decide("b", "reject", take=2, grown=1), decide("c", "reject", take=3, grown=1)]
    assert Review(said).list_phases(2) == [(0, 0), (0, 1), (1, 1), (1, 2), (1, 3)]
    assert Review(said).list_phases(3) == [(0, 0), (0, 1), (1, 1), (1, 2), (1, 3), (2, 3)]
    assert Review(said).list_phases(1) == [(0, 0), (0, 1), (0, 2), (0, 3)]  # somebody emptied grown_from
    assert Review().list_phases(2) == [(0, 0), (1, 0)]


def test_a_file_reads_as_it_was_written(tmp_path):
    said = [decide("r0", "accept", why="", sheet="0" * 8, drawn=3), decide("r1", "relabel", new_label="dog", who="Bø")]
    (tmp_path / "r.jsonl").write_text(format_review(said), encoding="utf-8")
    assert load_review(tmp_path / "r.jsonl", {"cat", "dog"}).history == tuple(said)


def test_an_empty_file_decides_nothing(tmp_path):
    (tmp_path / "r.jsonl").touch()
    assert load_review(tmp_path / "r.jsonl", {"cat"}).last == {}


@pytest.mark.parametrize(
    ("line", "complaint"),
    [
        ("nonsense", "line 2: not JSON"),
        ('{"row_id": "r0"}', "line 2: decision: this key is missing"),
        (
            '{"row_id": "r0", "decision": "keep", "label": "cat", "who": "A"}',
            "line 2: decision: found 'keep', exp",
        ),
        ('{"row_id": "r0", "decision": "relabel", "label": "cat", "who": "A"}', "line 2: new_label goes with"),
        ('{"row_id": "r0", "decision": "reject", "label": "cat", "who": "A", "x": 1}', "line 2: x: unknown key"),
        ('{"row_id": "r0", "decision": "relabel", "new_label": "cow", "label": "cat", "who": "A"}', "new_label 'cow'"),
    ],
)
def test_a_line_that_is_no_decision_is_named(tmp_path, line, complaint):
    (tmp_path / "r.jsonl").write_text(format_review([decide("r1", "reject")]) + line + "\n")
    with pytest.raises(RecipeError, match=complaint):
        load_review(tmp_path / "r.jsonl", {"cat", "dog"})


def test_of_every_screen_it_is_known_whether_people_can_overrule_it():
    assert not {screen.reason for screen in TEXT_SCREENS} - REVIEWABLE - BINDING.keys()
    assert not REVIEWABLE & BINDING.keys()
