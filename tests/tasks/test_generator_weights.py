"""Weights of generators are proposed by a stated rule from what a pilot found, and only where enough is known."""

from dataclasses import replace

import numpy as np
import polars as pl
import pytest
from ruamel.yaml import YAML

from flows.pilot import Pilot, write_weights
from pedigree.errors import CommandError
from pedigree.labels.subjectivity import LIMITS, measure_subjectivity
from pedigree.recipe.yaml_file import load_recipe
from tasks.judging.generator_gain import Gain, measure_gains
from tasks.judging.generator_pilot import GeneratorPilot
from tasks.judging.generator_weights import LEAST, Proposal, propose_weights
from tests.pedigree.weighting.test_choice import list_rows
from tests.pedigree.weighting.test_schemes import write
from tests.support.workspaces import make_job, make_workspace

GAIN = Gain("TF-IDF", 20, 160, 0.04, (0.01, 0.07), decides=True)
ONE = GeneratorPilot("one", "m", requested=40, kept=30, rated=20, as_made=18, interval=None, usd=0.4, gains=[GAIN])
OTHER = replace(ONE, name="other", kept=20, as_made=10, usd=0.1, gains=[replace(GAIN, gain=0.02)])


def test_weights_are_in_proportion_to_the_rule():
    values = {"one": 30 / 40 * 18 / 20 * 0.04 / 0.01, "other": 20 / 40 * 10 / 20 * 0.02 / 0.0025}
    expected = {name: 2 * value / sum(values.values()) for name, value in values.items()}
    assert propose_weights([ONE, OTHER]).weights == pytest.approx(expected, abs=0.005)


def test_without_any_cost_the_rule_leaves_it_out_and_says_so():
    found = propose_weights([replace(ONE, usd=0.0), replace(OTHER, usd=0.0)])
    one, other = 30 / 40 * 18 / 20 * 0.04, 20 / 40 * 10 / 20 * 0.02
    assert found.weights["one"] == pytest.approx(2 * one / (one + other), abs=0.005)
    assert found.why.endswith("nothing costs anything, so cost has no part")


def test_a_generator_that_brings_nothing_keeps_the_least_weight():
    harms = replace(OTHER, gains=[replace(GAIN, gain=-0.1, interval=(-0.2, -0.01))])
    assert propose_weights([ONE, harms]).weights == {"one": 2.0, "other": LEAST}


def test_the_student_that_decides_is_taken():
    both = [replace(GAIN, gain=-0.5, interval=(-0.9, -0.1), decides=False), replace(GAIN, student="embeddings")]
    assert propose_weights([replace(ONE, gains=both), OTHER]) == propose_weights([ONE, OTHER])


@pytest.mark.parametrize(
    ("other", "missing"),
    [
        ({"kept": 19}, "other has 19 rows that passed the screens and 20 rated ones"),
        ({"rated": 19, "as_made": 10}, "other has 20 rows that passed the screens and 19 rated ones"),
        ({"usd": None}, "the cost of other is unknown"),
        ({"usd": 0.0}, "some generators cost nothing and others do"),
        ({"gains": []}, "the gain of other is unknown: people's rows"),
    ],
)
def test_where_a_figure_is_unknown_none_are_proposed(other, missing):
    found = propose_weights([ONE, replace(OTHER, **other)])
    assert found.weights == {} and found.why.startswith(missing)


def test_a_gain_within_its_interval_proposes_nothing():
    unsure = [replace(GAIN, interval=(-0.01, 0.09))]
    found = propose_weights([replace(ONE, gains=unsure), replace(OTHER, gains=unsure)])
    assert found == Proposal("no generator's gain on people's rows lies above 0 beyond its interval")
    assert propose_weights([ONE]).weights == {} and propose_weights([]).weights == {}


def make_kept(job, **made):
    """Return rows of each generator as a pilot keeps them."""
    lines = [{"row_id": f"{title}{place}", "generator": title, **row}
             for title, rows in made.items() for place, row in enumerate(rows)]  # fmt: skip
    return pl.DataFrame(lines)


def test_rows_that_are_right_gain_more_than_rows_with_exchanged_labels(tmp_path):
    rng = np.random.default_rng(4)
    texts, labels = write(110, 7)
    labels = np.where(rng.random(110) < 0.35, 1 - labels, labels)  # people's rows alone teach little
    generators = [
        {"name": name, "strategy": "zero-shot", "model": "offline/template"} for name in ("good", "bad", "few")
    ]
    job = make_job(tmp_path, seeds=list_rows(texts, labels), generators=generators)
    right, wrong = write(120, 8), write(120, 9)
    kept = make_kept(
        job, good=list_rows(*right), bad=list_rows(wrong[0], 1 - wrong[1])[:100], few=list_rows(*right)[:19]
    )
    found = measure_gains(job, kept)
    assert set(found) == {"good", "bad"} and {one.rows for gains in found.values() for one in gains} == {100}
    (good,), (bad,) = found["good"], found["bad"]
    assert good.gain > bad.gain and good.people == 110 and good.decides
    assert good.interval[0] <= good.gain <= good.interval[1]


def test_few_rows_of_people_leave_the_gain_unknown(tmp_path):
    job = make_job(tmp_path, seeds=list_rows(*write(99, 7)))
    title = job.recipe.generators[0].title
    assert measure_gains(job, make_kept(job, **{title: list_rows(*write(40, 8))})) == {}


def make_pilot(proposal):
    nothing = measure_subjectivity([], ["cat", "dog"])
    return Pilot("pets", "judges", nothing, None, LIMITS, None, [], {}, "", [], [], proposal, 0, 0.0)


def test_written_weights_keep_the_comments_and_without_any_nothing_is_written(tmp_path):
    generators = [{"name": name, "strategy": "zero-shot", "model": "offline/template"} for name in ("one", "other")]
    workspace = make_workspace(tmp_path, generators=generators)
    path = workspace.recipe_path("pets")
    path.write_text("# why these generators: see the notes\n" + path.read_text())
    before = path.read_text()
    with pytest.raises(CommandError, match="no weights of generators can be proposed: too few rows") as refused:
        write_weights(workspace, make_pilot(Proposal("too few rows")))
    assert refused.value.exit_status == 2 and path.read_text() == before
    write_weights(workspace, make_pilot(Proposal("", {"other": 0.5, "one": 1.5})))
    assert [one.weight for one in load_recipe(path).generators] == [1.5, 0.5]
    after = path.read_text()
    assert after.startswith("# why these generators: see the notes\n")
    plain = YAML(typ="safe").load(before)
    for one, weight in zip(plain["generators"], (1.5, 0.5), strict=True):
        one["weight"] = weight
    assert YAML(typ="safe").load(after) == plain
