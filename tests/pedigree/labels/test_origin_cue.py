"""Whether who wrote a row tells its label: a set where it does, and sets where it does no harm."""

import numpy as np
import polars as pl
import pytest
from scipy.stats.contingency import association

from pedigree.labels.origin_cue import MAX_ASSOCIATION, make_origin_gate, measure_association, measure_origin_cue
from tests.support.make_finished_job import write_finished_job

STYLE = ["kindly", "furthermore", "delighted", "assist", "inquiry", "regarding"]  # words of the model alone
OTHERS = [f"word{number}" for number in range(40)]


@pytest.fixture(scope="module")
def job(tmp_path_factory):
    return write_finished_job(tmp_path_factory.mktemp("origin"), rows=60)


def make_rows(job, counts, styled=True):
    """Return (real, synthetic) rows of each of the first labels; synthetic texts have words of a style."""
    chance, lines = np.random.default_rng(0), []
    for label, (real, synthetic) in zip(job.recipe.labels, counts, strict=False):
        for number in range(real + synthetic):
            made = number >= real
            words = [*chance.choice(OTHERS, 6), *(chance.choice(STYLE, 2) if made and styled else [])]
            lines.append((f"{label} {number}", label, "a completion" if made else None, " ".join(words)))
    return pl.DataFrame(lines, schema=["row_id", "label", "completion_id", "text"], orient="row")


def test_synthetic_rows_of_one_label_alone_teach_who_wrote_them(job):
    gate = make_origin_gate(job, make_rows(job, [(15, 60), (60, 0), (60, 0)]))
    assert (gate.name, gate.severity, gate.passed) == ("origin and label", "warning", False)
    assert gate.figure > MAX_ASSOCIATION
    assert gate.message.startswith("A classifier can learn who wrote a row instead of its label: Cramer's V")
    assert "--labels every" in gate.message


def test_as_many_synthetic_rows_of_every_label_do_no_harm_however_they_are_written(job):
    rows = make_rows(job, [(15, 30), (30, 30), (40, 30)])
    gate = make_origin_gate(job, rows)
    assert gate.passed is True and gate.figure < MAX_ASSOCIATION
    assert measure_origin_cue(job, rows).area > 0.9
    assert gate.message.startswith("Who wrote a row does not tell its label")


def test_rows_that_do_not_show_who_wrote_them_do_no_harm(job):
    gate = make_origin_gate(job, make_rows(job, [(15, 60), (60, 0), (60, 0)], styled=False))
    assert gate.passed is True and gate.figure > MAX_ASSOCIATION


@pytest.mark.parametrize(
    ("counts", "said"),
    [
        ([(30, 0), (30, 0)], "there are not real and synthetic rows of two labels"),
        ([(0, 40), (40, 0)], "no label has 10 real and 10 synthetic texts"),
    ],
)
def test_what_can_not_be_measured_is_unknown(job, counts, said):
    gate = make_origin_gate(job, make_rows(job, counts))
    assert gate.passed is None and gate.figure is None
    assert gate.message.startswith("Unknown whether") and said in gate.message


def test_the_association_is_that_of_scipy_and_the_order_of_rows_has_no_effect(job):
    rows = make_rows(job, [(15, 30), (3, 40), (40, 12)]).with_columns(real=pl.col("completion_id").is_null())
    expected = association(np.array([[15, 30], [3, 40], [40, 12]]), method="cramer")
    assert measure_association(rows) == pytest.approx(expected, abs=1e-12)
    shuffled = rows.sample(fraction=1, shuffle=True, seed=1)
    assert measure_origin_cue(job, shuffled) == measure_origin_cue(job, rows)
