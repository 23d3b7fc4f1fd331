"""Report and card tell the spread over replicas, and that it is unknown where there are none."""

from dataclasses import replace
from statistics import stdev

import pytest

from pedigree.dataset.replica_figures import ONE_RUN, copy_spread, describe_runs, read_spread, write_spread
from pedigree.recipe.yaml_file import load_recipe
from pedigree.report.markdown import escape_markdown
from tasks.compare import compare, format_replicas
from tasks.replicas import Replica
from tests.support.make_measured_job import copy_measured_job, write_pages
from tests.support.workspaces import make_job

SPREAD = {
    "variants": 3,
    "seeds": [1, 2, 3],
    "models": ["openai/some-model"],
    "figures": {
        "macro_f1": {"sets": 3, "mean": 0.7125, "std": 0.0214},
        "kept_share": {"sets": 3, "mean": 0.81, "std": 0.023},
        "usd": {"sets": 1, "mean": 0.5, "std": None},
    },
    "ensemble": {
        "students": 3, "test_rows": 160, "macro_f1": 0.74, "interval": [0.69, 0.79],
        "single": {"sets": 3, "mean": 0.7125, "std": 0.0214}, "single_interval": [0.66, 0.76],
        "gain": 0.0275, "gain_interval": [0.004, 0.051],
    },
    "evidence": True,
}  # fmt: skip


def test_pages_tell_mean_and_deviation_in_place_of_one_run(tmp_path_factory, tmp_path):
    job, metrics = copy_measured_job(tmp_path_factory, tmp_path / "w")
    texts = {}
    for name, replicas in (("one", {}), ("three", {"replicas": SPREAD})):
        write_pages(job, metrics | replicas)
        texts[name] = [(job.folder / file).read_text(encoding="utf-8") for file in ("README.md", "report.html")]
    card, page = texts["three"]
    for sentence in describe_runs(SPREAD):
        assert f"{escape_markdown(sentence)}." in card and sentence in page
    assert "0.713 ± 0.021 over 3 variants, here " in card and "81.0% ± 2.3% over 3 variants" in card
    assert page.count("0.713 ± 0.021</b> over 3 variants") == 1 and "81.0% ± 2.3% kept over 3 variants" in page
    assert "Averaged predictions of 3 classifiers on 160 held-out rows: macro-F1 0.740 (0.690 to 0.790)" in page
    assert all(ONE_RUN in text and "variants" not in text for text in texts["one"][:1]) and ONE_RUN in texts["one"][1]
    assert ONE_RUN not in card and ONE_RUN not in page


def test_a_figure_that_one_variant_has_is_no_spread():
    assert "USD" not in describe_runs(SPREAD)[0]
    alone = {name: one | {"std": None} for name, one in SPREAD["figures"].items()}
    assert describe_runs(SPREAD | {"figures": alone, "variants": 1}) == [ONE_RUN] == describe_runs(None)


@pytest.mark.parametrize(
    ("labels", "said"),
    [
        ({"checked": 0, "by": []}, "The share of right labels over variants is unknown: no labels were checked"),
        ({"checked": 1, "by": ["people"]}, "The labels of one variant were checked, by people: a spread needs two"),
        ({"checked": 3, "by": ["a classifier"]}, "The labels of 3 variants were checked, by a classifier"),
        ({"checked": 2, "by": ["a classifier", "people"]}, "so the spread of the share of right labels is unknown"),
    ],
)
def test_by_whom_the_labels_of_variants_were_checked_is_told(labels, said):
    right = {"labels_right": {"sets": 3, "mean": 0.9, "std": 0.02}} if labels["checked"] == 3 else {}
    told = describe_runs(SPREAD | {"labels": labels, "figures": SPREAD["figures"] | right})
    assert told[1].endswith(said)
    assert ("labels right by estimate 90.0% ± 2.0%" in told[0]) == bool(right)


def test_estimates_of_unlike_checks_have_no_spread(tmp_path):
    workspace = make_job(tmp_path).workspace
    one = Replica("seed-1", ("m",), 1, labels_right=0.9, labels_by="a classifier")
    for right, by, checked in ((0.8, "people", 2), (None, None, 1), (0.8, "a classifier", 2)):
        other = replace(one, variant="seed-2", seed=2, labels_right=right, labels_by=by)
        dataset = "pets"
        compared = compare.fn(workspace, dataset, (one, other))
        told = read_spread(workspace, load_recipe(workspace.recipe_path(dataset)))
        assert told["labels"]["checked"] == checked
        spread = compared.spread.get("labels_right")
        assert (spread and spread.std) == (pytest.approx(stdev([0.9, 0.8])) if by == one.labels_by else None)
        assert format_replicas(compared)[1]["labels right"] == (f"80.0%, by {by}" if by else "unknown")


def test_rows_of_the_offline_model_are_no_evidence():
    assert describe_runs(SPREAD | {"evidence": False})[-1].endswith("no evidence about a real one")


def test_a_spread_of_another_recipe_is_not_told(tmp_path):
    job = make_job(tmp_path)
    workspace, recipe = job.workspace, job.recipe
    assert read_spread(workspace, recipe) is None
    write_spread(workspace, recipe, SPREAD)
    found = read_spread(workspace, recipe)
    assert found["figures"] == SPREAD["figures"] and read_spread(workspace, recipe.model_copy(update={"rows": 99}))
    assert read_spread(workspace, recipe.model_copy(update={"task": "another"})) is None
    other = make_job(tmp_path / "other")
    copy_spread(other.workspace, recipe, found)
    assert read_spread(other.workspace, recipe) == found


def test_labels_that_vary_most_stand_first_and_those_that_do_not_are_left_out():
    by_label = {
        f"label-{n}": {
            "rows": {"sets": 3, "mean": 20, "std": 0.0},
            "kept_share": {"sets": 3, "mean": 0.8, "std": n / 100},
            "right": {"sets": 1, "mean": 0.9, "std": None},
        }
        for n in range(11)
    }
    (said,) = [one for one in describe_runs(SPREAD | {"by_label": by_label}) if one.startswith("By label")]
    assert said.startswith("By label, yield: label-10 80.0% ± 10.0%, label-9 80.0% ± 9.0%, ")
    assert said.endswith("label-3 80.0% ± 3.0%; 2 more vary less")  # label-0 does not vary
