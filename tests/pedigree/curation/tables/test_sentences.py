"""Rows as sentences: what is written is read again, and nothing is guessed."""

from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pedigree.curation.field_values import ValueReader
from pedigree.curation.tables.numbers import NotANumber, read_number_text
from pedigree.curation.tables.sentences import read_sentences, write_sentence
from pedigree.recipe.labels_and_fields import TypedField
from tests.support.make_candidates import make_recipe

JOBS = ["clerk", "Exec, managerial", "age is 4", 'the "boss"', "not known here", "a and b"]
FIELDS = {
    "age": TypedField(type="integer"),
    "mean_radius": TypedField(type="number"),
    "job": TypedField(type="category", values=JOBS),
}


def read(text, *, cut=False, language="en", fields=FIELDS):
    found = read_sentences(text, fields, cut, language)
    return [one.value if not one.broken else (one.broken, one.says) for one in found]


@settings(max_examples=60, deadline=None)
@given(
    st.integers(-(10**6), 10**6),
    st.floats(allow_nan=False, allow_infinity=False),
    st.sampled_from([*JOBS, None]),
    st.permutations(list(FIELDS)),
)
def test_what_is_written_is_read(age, radius, job, order):
    values = {"age": age, "mean_radius": radius, "job": job}
    [found] = read(write_sentence({name: values[name] for name in order}))
    assert int(found["age"]) == age and float(found["mean_radius"]) == radius and found["job"] == job


@pytest.mark.parametrize(
    "said",
    [
        "age is 42, job is clerk, mean_radius is 1.5",
        "1. Age is 42, the job is clerk and the mean radius is 1.5.",
        "- job = clerk; mean-radius: 1.5; AGE: 42",
        "Row 7: age is 42, mean_radius is 1.5, job is clerk.",
        '{"rows": ["age is 42, job is clerk, mean_radius is 1.5"]}',
        '```json\n["age is 42, job is clerk, mean_radius is 1.5"]\n```',
        "Here are the rows:\n\n**age is 42, job is clerk, mean_radius is 1.5**",
    ],
)
def test_one_row_in_many_forms(said):
    assert [(one["age"], one["job"].strip("*"), one["mean_radius"].strip("*")) for one in read(said)] == [
        ("42", "clerk", "1.5")
    ]


@pytest.mark.parametrize(
    ("said", "evidence"),
    [
        ("age is 42, age is 43, job is clerk", "age stands twice"),
        ("A typical one, age is 42, job is clerk", "words before the first field: 'A typical one'"),
        ("age is forty, job is clerk", "age: 'forty' is no number"),
        ("age is about 42, job is clerk", "age: 'about 42' has 'about' beside the number, and the field has no unit"),
        ("age is 42 years, job is clerk", "age: '42 years' has 'years' beside the number, and the field has no unit"),
        ("age is 40-50, job is clerk", "age: '40-50' has '-50' beside the number, and the field has no unit"),
        ("age is 42, mean_radius is 12%", "mean_radius: '12%' has '%' beside the number, and the field has no unit"),
        ("age is 42, mean_radius is N/A", "mean_radius: 'N/A' is no number"),  # the field is never missing
        ("age is 42, mean_radius is 1,2", "mean_radius: '1,2' is no number"),
        ('age is 42, job is "clerk', "job is '\"clerk': the quotes are broken"),
    ],
)
def test_what_is_no_row_is_told_with_its_evidence(said, evidence):
    assert read(said) == [("malformed", evidence)]


@pytest.mark.parametrize("said", ["not known", "N/A", "null", "NaN"])
def test_a_missing_value_may_be_written_as_in_any_answer(said):
    fields = {**FIELDS, "mean_radius": TypedField(type="number", missing=0.5)}
    recipe = make_recipe(fields={name: field.model_dump(exclude_unset=True) for name, field in fields.items()})
    [found] = read(f"age is 4.2e1, mean_radius is {said}, job is clerk", fields=fields)
    assert ValueReader(recipe).read(found, "cat", ()) == (42, None, "clerk")


def test_lines_that_state_no_field_are_left_out_and_a_cut_answer_loses_its_last_row():
    said = "Sure! Two rows follow.\nage is 42, job is clerk\nage is 43, job is cl"
    assert [one["age"] for one in read(said)] == ["42", "43"]
    assert read(said, cut=True)[1] == ("cut", "")
    assert read("I cannot do that.") == []


@pytest.mark.parametrize(
    ("said", "language", "number"),
    [
        ("1,234", "en", "1234"),
        ("1,234,567.5", "en", "1234567.5"),
        ("-1 234 567", "en", "-1234567"),
        ("1\u202f234,5", "fr", "1234.5"),
        ("1'234.5", "de", "1234.5"),
        ("1.234.567", "de", "1234567"),
        ("1.234,5", "de", "1234.5"),
        ("0,5", "de", "0.5"),
        ("0.125", "de", "0.125"),
        ("\u22123.5e-2", "en", "-3.5e-2"),
        ("42.", "en", "42."),
    ],
)
def test_numbers_with_separators(said, language, number):
    assert float(read_number_text(said, language=language)) == float(number)


@pytest.mark.parametrize(
    ("said", "language"),
    [
        ("1,234", "de"),
        ("1.234", "de"),
        ("0,5", "en"),
        ("12,34,567", "en"),
        ("1 234,567", "en"),
        ("", "en"),
        ("12 345 6", "en"),
    ],
)
def test_a_number_that_could_be_two_or_is_none_is_refused(said, language):
    with pytest.raises(NotANumber):
        read_number_text(said, language=language)


def test_a_unit_is_that_of_the_field():
    assert (
        read_number_text("5.1 cm", "cm") == read_number_text("5.1cm.", "cm") == read_number_text("5.1", "cm") == "5.1"
    )
    assert read_number_text("$1,200", "$") == "1200"
    for wrong in ("51 mm", "5.1 cm 3", "cm 5.1 cm", "5.1 cm or so"):
        with pytest.raises(NotANumber, match="beside the number, and the field has the unit 'cm' or none"):
            read_number_text(wrong, "cm")


def test_other_values_stand_as_their_words():
    sentence = write_sentence({"day": date(2024, 1, 5), "member": True, "left": None})
    assert sentence == "day is 2024-01-05, member is true, left is not known"
