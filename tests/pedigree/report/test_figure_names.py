"""Dotted keys of metrics.json in words."""

import json

from pedigree.report.figure_names import name_figure
from pedigree.versions.diff.files import compare_figures
from tests.support.make_measured_job import copy_measured_job

NAMES = {
    "diversity.vendi_tfidf": "diversity: vendi (TF-IDF)",
    "usefulness.synthetic.macro_f1": "usefulness: synthetic: macro-F1",
    "usefulness.synthetic.f1.refund-request": "usefulness: synthetic: F1: refund-request",
    "spending.cost_usd": "spending: cost USD",
    "usefulness.differences.both_minus_real.macro_f1": "usefulness: differences: both minus real: macro-F1",
}


def test_keys_become_words():
    assert {key: name_figure(key)[0].replace("_", " ") for key in NAMES} == NAMES
    assert name_figure("usefulness.synthetic.f1.refund-request")[1] == "F1 of each label"
    assert name_figure("nobody.knows_it") == ("nobody: knows_it", "") and name_figure("odd") == ("odd", "")


def test_figures_of_a_report_are_named_and_nearly_all_explained(tmp_path_factory, tmp_path):
    _, metrics = copy_measured_job(tmp_path_factory, tmp_path / "w")
    keys = [one.key for one in compare_figures(json.loads(json.dumps(metrics)), {})]
    named = [name_figure(key) for key in keys]
    assert len({name for name, _ in named}) == len(keys) > 100
    assert not [text for _, text in named if "](" in text or "`" in text]
    assert len([text for _, text in named if text]) > 0.9 * len(keys)
