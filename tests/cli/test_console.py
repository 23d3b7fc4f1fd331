"""What commands print for programs."""

import json
from datetime import date

import pytest

from cli.console import print_json


def test_a_date_of_a_table_is_printed_as_iso_8601(capsys):
    print_json({"fields": {"bottled": date(2026, 11, 29), "organic": None, "region": "süd"}})
    said = capsys.readouterr().out
    assert json.loads(said) == {"fields": {"bottled": "2026-11-29", "organic": None, "region": "süd"}} and "süd" in said


def test_what_has_no_form_in_json_is_an_error_and_prints_nothing(capsys):
    with pytest.raises(TypeError, match="set has no form in JSON"):
        print_json({"a": 1, "b": {1, 2}})
    assert capsys.readouterr().out == ""
