"""What a recipe may say of the fields of a table."""

import pytest
from pydantic import ValidationError

from tests.support.make_candidates import make_recipe


@pytest.mark.parametrize(
    ("fields", "found"),
    [
        ({"on": {"type": "date", "min": 2024}}, "the limit 2024.0 of a field of type date is not a date such as"),
        ({"on": {"type": "date", "min": "2024-02-02", "max": "2024-02-01"}}, "min 2024-02-02 is above max 2024-02-01"),
        ({"on": {"type": "date", "min": "2024-13-01"}}, "on.min"),
        ({"age": {"type": "integer", "max": "2024-02-01"}}, "the limit 2024-02-01 of a field of type integer is not a"),
        ({"why": {"unit": "cm"}}, "unit 'cm': only a field of type integer or number has a unit"),
        ({"age": {"type": "integer", "missing": 1}}, "less than 1"),
        ({"age": {"type": "integer", "missing": -0.1}}, "greater than or equal to 0"),
        ({"why": {"missing": 0.1}, "age": {"type": "integer"}}, "the first text may be missing"),
    ],
)
def test_what_contradicts_itself_is_refused(fields, found):
    with pytest.raises(ValidationError, match=found):
        make_recipe(fields=fields)


def test_a_second_text_may_be_missing_unless_something_reads_it_in_every_row():
    fields = {"why": {}, "more": {"missing": 0.5}}
    assert make_recipe(fields=fields).fields["more"].missing == 0.5
    with pytest.raises(ValidationError, match="languages reads the texts of every row"):
        make_recipe(fields=fields, languages={"en": 0.5, "de": 0.5}, language=None)
    with pytest.raises(ValidationError, match="semantic_duplicate reads the texts of every row"):
        make_recipe(fields=fields, screens={"semantic_duplicate": {"embedder": "model2vec/wordllama"}})
