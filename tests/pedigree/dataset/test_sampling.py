"""Samples."""

import polars as pl

from pedigree.dataset.sampling import draw_rows

ROWS = pl.DataFrame({"n": range(1000)})


def test_a_sample_keeps_the_order_and_depends_on_its_seed_alone():
    drawn = draw_rows(ROWS, 20, 0, "map")
    assert drawn.height == 20
    assert drawn["n"].is_sorted()
    assert drawn.equals(draw_rows(ROWS, 20, 0, "map"))
    assert not drawn.equals(draw_rows(ROWS, 20, 1, "map"))


def test_what_is_short_enough_is_left_whole():
    assert draw_rows(ROWS, 1000, 0) is ROWS
