"""The audit of rows without texts: copies, nearness and membership by typed values; what was sent, in any form."""

import random
from datetime import date

import polars as pl
import pytest

from pedigree.audits.privacy.audit import audit_rows
from pedigree.audits.privacy.typed_sent import find_sent_lines
from pedigree.dataset.schemas import POLARS_TYPE
from pedigree.generation.methods.table import write_row
from tests.support.workspaces import make_job

FIELDS = {
    "width": {"type": "number"},
    "height": {"type": "number"},
    "count": {"type": "integer"},
    "site": {"type": "category", "values": ["left", "right"]},
    "day": {"type": "date", "missing": 0.2},
}


def draw(chance):
    return {
        "width": round(chance.gauss(10, 3), 3),
        "height": round(chance.gauss(50, 9), 2),
        "count": chance.randint(0, 500),
        "site": chance.choice(["left", "right"]),
        "day": None if chance.random() < 0.2 else f"2024-03-{chance.randint(1, 28):02}",
    }


@pytest.fixture(scope="module")
def job(tmp_path_factory):
    chance = random.Random(5)
    people = [{**draw(chance), "label": ("cat", "dog")[n % 2]} for n in range(120)]
    return make_job(tmp_path_factory.mktemp("audit"), fields=FIELDS, seeds=people[:60], held_out=people[60:])


def audit(job, rows):
    types = {"row_id": pl.String, **{name: POLARS_TYPE[field["type"]] for name, field in FIELDS.items()}}
    lines = [{"row_id": f"r{place}", **row} for place, row in enumerate(rows)]
    found = audit_rows(job, pl.DataFrame(lines, types))
    return found, {one.name: one for one in found.findings}


def typed(row):
    return {**row, "day": row["day"] and date.fromisoformat(row["day"])}


def test_copies_of_shown_rows_are_found_and_told_with_their_line(job):
    chance = random.Random(6)
    copies = [{**job.seeds[n].fields, "width": job.seeds[n].fields["width"] + 1e-5} for n in range(20)]
    near = [{**job.seeds[n].fields, "count": 999} for n in range(20, 50)]
    found, by_name = audit(job, [*copies, *near, *(typed(draw(chance)) for _ in range(50))])
    assert by_name["copies"].figure.startswith("20 of 100 rows; 0 of held-out rows") and by_name["copies"].warns
    assert by_name["all values but one"].figure == "30 of 100 rows with shown rows, 0 with as many held-out rows (60)"
    assert by_name["all values but one"].warns and by_name["nearness"].warns and by_name["membership"].warns
    assert [copy["line"] for copy in found.copies] == list(range(1, 21))
    assert found.copies[0]["equal"] == found.copies[0]["columns"] == 5
    assert by_name["personal data"].warns is None


def test_new_rows_of_the_same_source_give_no_sign(job):
    chance = random.Random(7)
    found, by_name = audit(job, [typed(draw(chance)) for _ in range(100)])
    assert found.copies == []
    warns = {name: one.warns for name, one in by_name.items()}
    assert warns == {
        "sent to a model": None,  # there is no table of prompts yet
        "copies": False,
        "all values but one": False,
        "nearness": False,
        "membership": False,
        "personal data": None,
    }


def test_without_people_nothing_is_claimed(tmp_path):
    alone = make_job(tmp_path, fields=FIELDS)
    _, by_name = audit(alone, [typed(draw(random.Random(1))) for _ in range(3)])
    assert all(one.warns is None and one.figure.startswith("unknown") for one in by_name.values())


@pytest.mark.parametrize("form", ["sentences", "json", "csv"])
def test_a_row_is_sent_in_whatever_form_and_order_it_stands(job, form):
    order = list(FIELDS)[::-1]
    rows = [one.fields for one in job.seeds]
    messages = ["Rows:\n" + "\n".join(f"Shot 1: {write_row(row, order, form)}" for row in rows[:10])]
    assert find_sent_lines(messages, rows) == [True] * 10 + [False] * 50
    assert find_sent_lines(messages, [{"width": rows[0]["width"]}]) == [False]  # too few values to tell
