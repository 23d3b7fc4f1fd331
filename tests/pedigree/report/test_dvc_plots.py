"""What 'dvc plots' draws: labels as they were counted, lengths in bins that two versions share."""

import polars as pl
import pytest

from pedigree.dataset.output_files import PLOTS
from pedigree.job_outputs import read_job_outputs
from pedigree.report.dvc_plots import MAX_BINS, tabulate_lengths, tabulate_plots
from tests.support.make_finished_job import write_finished_job


def test_labels_are_those_of_the_distribution_in_its_order(tmp_path):
    job = write_finished_job(tmp_path, rows=60)
    contents = read_job_outputs(job)
    plots = tabulate_plots(job, contents)
    assert list(plots) == list(PLOTS)
    points = plots["plots/labels.json"]
    assert [point["label"] for point in points] == list(job.recipe.labels)
    assert [(p["target"], p["made"], p["kept"], p["read"]) for p in points] == [
        (one.wanted, one.made, one.kept, one.read) for one in contents.distribution.labels
    ]
    assert sum(point["rows"] for point in plots["plots/lengths.json"]) == contents.rows.height


def test_lengths_fall_into_bins_without_gaps():
    assert tabulate_lengths(pl.Series([5, 9, 10, 31, 31])) == [
        {"characters": 0, "rows": 2, "share": 0.4},
        {"characters": 10, "rows": 1, "share": 0.2},
        {"characters": 20, "rows": 0, "share": 0.0},
        {"characters": 30, "rows": 2, "share": 0.4},
    ]
    assert tabulate_lengths(pl.Series([], dtype=pl.UInt32)) == [{"characters": 0, "rows": 0, "share": 0.0}]


@pytest.mark.parametrize(("longest", "width"), [(0, 10), (599, 10), (600, 20), (1200, 50), (90_000, 2000)])
def test_bins_widen_in_round_steps(longest, width):
    points = tabulate_lengths(pl.Series([0, longest]))
    assert len(points) <= MAX_BINS and points[-1]["characters"] == longest // width * width
