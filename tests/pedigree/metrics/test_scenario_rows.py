"""Rows of scenarios beside their floors: the counts, the gate, and scenarios suggested for what is missing."""

import json

import polars as pl
from ruamel.yaml import YAML

from pedigree.audits.coverage.groups import Group
from pedigree.audits.coverage.suggestions import suggest_scenarios
from pedigree.dataset.schemas import PROMPTS
from pedigree.metrics.content.scenario_rows import count_scenarios, make_scenario_gate
from pedigree.recipe.content.scenarios import Scenario
from tests.support.workspaces import make_job

STRAY = {"name": "stray", "means": "a stray that nobody owns", "floor": 4}
LOST = {"name": "lost", "means": "one that was lost", "floor": 0.25, "labels": ["dog"]}
NONE = pl.DataFrame(schema=PROMPTS)
SEEDS = [{"text": f"seed {n} of a thing", "label": "cat"} for n in range(3)]


def make_prompts(*lines):
    given = {name: [one.get(name) for one in lines] for name in PROMPTS}
    return pl.DataFrame(given, PROMPTS)


def make_rows(*counts):
    lines = [(maker, label) for maker, label, count in counts for _ in range(count)]
    return pl.DataFrame(lines, {"generator": pl.String, "label": pl.String}, orient="row")


def test_it_counts_what_was_asked_and_kept_beside_the_floor(tmp_path):
    job = make_job(tmp_path, rows=16, scenarios=[STRAY, LOST])
    prompts = make_prompts(*({"generator": "zero-shot-stray", "slot": place} for place in (-1, 0, 1, 2)))
    rows = make_rows(("zero-shot-stray", "cat", 2), ("zero-shot-stray", "dog", 1), ("zero-shot", "dog", 5),
                     ("zero-shot-lost", "dog", 2), ("zero-shot-lost", "cat", 1))  # fmt: skip
    stray, lost = count_scenarios(job, prompts, rows)
    assert (stray["asked"], stray["kept"], stray["floor"], stray["met"]) == (3 * 2, 3, 4, False)
    assert stray["labels"] == {"cat": {"floor": 2, "kept": 2}, "dog": {"floor": 2, "kept": 1}}
    assert (lost["kept"], lost["floor"], lost["met"]) == (2, 2, True)  # the row that became a cat does not count
    gate = make_scenario_gate(job, prompts, rows)
    assert (gate.passed, gate.figure, gate.severity) == (False, 1, "critical")
    assert gate.message == "Some scenarios have fewer rows than their floor: stray 3 of 4"


def test_the_gate_passes_where_floors_are_reached_and_is_unknown_where_none_was_asked_for(tmp_path):
    job = make_job(tmp_path, rows=16, scenarios=[STRAY])
    rows = make_rows(("zero-shot-stray", "cat", 2), ("zero-shot-stray", "dog", 3))
    assert make_scenario_gate(job, make_prompts({"generator": "zero-shot-stray", "slot": 0}), rows).passed is True
    unknown = make_scenario_gate(job, make_prompts({"generator": "zero-shot", "slot": 0}), rows.clear())
    assert unknown.passed is None and unknown.figure is None and "Unknown" in unknown.message


def test_missing_groups_and_clusters_of_failures_are_lines_that_a_recipe_can_hold(tmp_path):
    job = make_job(tmp_path, rows=80, seeds=SEEDS, scenarios=[STRAY])
    groups = [
        Group("cat", ("Nachts", "3 Uhr"), 'she said: "#1" at\nnight', 5, 20, 0, 30, 0.001, True),
        Group("dog", (), "", 5, 20, 9, 30, 0.9, False),
        Group("dog", ("night", "stray"), "x" * 500, 1, 20, 0, 30, 0.001, True),
    ]
    shown = [[job.seeds[0].id], [job.seeds[1].id]]
    clusters = [
        {"generator": "failures", "strategy": "failures", "slot": place, "round": round_, "label": "cat",
            "variables": json.dumps({"failure": {"cluster": name, "words": ["seed"]}}), "seed_row_ids": shown[place]}
        for place, (round_, name) in enumerate([(2, "cat as dog, 1"), (1, "old")])
    ]  # fmt: skip
    found = suggest_scenarios(job, groups, make_prompts(*clusters))
    assert [(one.label, one.floor, one.why) for one in found] == [
        ("cat", 10, "group"), ("dog", 2, "group"), ("cat", None, "failures")
    ]  # fmt: skip
    read = YAML(typ="safe").load("\n".join(one.format_line() for one in found))
    kept = [Scenario.model_validate(one) for one in read]
    assert len({one.name for one in kept} - {"stray"}) == 3
    assert kept[0].means == 'it is about Nachts, 3 Uhr; such as: she said: "#1" at night'
    assert job.seeds[0].fields["text"] in kept[2].means


def test_a_private_recipe_is_given_words_in_place_of_a_row(tmp_path):
    job = make_job(tmp_path, private=True)
    (found,) = suggest_scenarios(job, [Group("cat", ("night",), "her own words", 5, 20, 0, 30, 0.001, True)], NONE)
    assert found.means == "it is about night"
