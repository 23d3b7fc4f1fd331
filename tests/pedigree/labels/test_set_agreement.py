"""A judge of sets of labels is counted label by label, as an independent count says."""

import random

import pytest

from pedigree.dataset.judges.figures import LabelAgreement
from pedigree.labels.calibration_rows import choose_calibration_rows
from pedigree.labels.set_agreement import count_by_label
from pedigree.recipe.label_sets.names import join_labels
from tests.support.make_candidates import make_example, make_job
from tests.support.make_label_sets import LABELS, SEVERAL

NAMES = list(LABELS)
KAPPA_EXAMPLE = LabelAgreement(with_it=25, given=20, without_it=25, given_too=10)  # agreed 35 of 50, by chance 0.5


def make_case(votes=1, seeds=()):
    judge = {"name": "second", "model": "offline/template", "question": "labels", "votes": votes, "calibrate": 20}
    plain = {name: SEVERAL[name] for name in ("labels", "labels_per_row", "rows")}
    job = make_job(tuple(seeds), **plain, judges=[judge])
    return job, job.recipe.judges[0]


def draw_set(chance):
    return {label for label in NAMES if chance.random() < 0.4}


@pytest.mark.parametrize("votes", [1, 3])
def test_the_counts_are_those_of_an_independent_count(votes):
    chance = random.Random(votes)
    own = [draw_set(chance) for _ in range(30)]
    seeds = [make_example(join_labels(of, NAMES), text=f"seed {place}") for place, of in enumerate(own)]
    job, judge = make_case(votes, seeds)
    asked = {f"r{place}": draw_set(chance) for place in range(120)}
    said = {id: [chance.choice([None, draw_set(chance), of, of]) for _ in range(votes)] for id, of in asked.items()}
    people = {id: draw_set(chance) for id in choose_calibration_rows(job, judge)["row_id"]}
    cast = {
        ("second", id): [vote if vote is None else join_labels(vote, NAMES) for vote in of] for id, of in said.items()
    }
    cast |= {("second", id): [join_labels(of, NAMES)] * votes for id, of in people.items()}
    cast["other", "r0"] = ["food"]
    named = {id: join_labels(of, NAMES) for id, of in asked.items()} | {"never asked": "food"}
    found, of_people = count_by_label(job, judge, named, cast)
    least = votes // 2 + 1
    read = {id: of for id, of in said.items() if sum(vote is not None for vote in of) >= least}
    assert 0 < len(read) < len(said)
    for label in NAMES:
        gives = {id for id, of in read.items() if sum(vote is not None and label in vote for vote in of) >= least}
        has = {id for id in read if label in asked[id]}
        assert found[label] == LabelAgreement(
            with_it=len(has), given=len(gives & has), without_it=len(read) - len(has), given_too=len(gives - has)
        )
        true = {seed.id for seed, of in zip(seeds, own, strict=True) if label in of}
        pairs = [(id.split("/")[0] in true, label in of) for id, of in people.items()]
        assert of_people[label].with_it == sum(one for one, _ in pairs) > 0
        assert of_people[label].given == pairs.count((True, True))
        assert (of_people[label].without_it, of_people[label].given_too) == (
            sum(not one for one, _ in pairs),
            pairs.count((False, True)),
        )


def test_without_verdicts_or_with_one_label_a_row_there_are_no_counts():
    job, judge = make_case()
    assert count_by_label(job, judge, {"r0": "food"}, {("second", "r0"): [None]}) == ({}, {})
    single = make_job(judges=[{"name": "second", "model": "offline/template"}])
    assert count_by_label(single, single.recipe.judges[0], {"r0": "cat"}, {("second", "r0"): ["cat"]}) == ({}, {})


def test_the_empty_set_and_a_set_that_is_not_planned_count():
    job, judge = make_case()
    found, _ = count_by_label(job, judge, {"r0": "food"}, {("second", "r0"): ["no label"]})
    assert found["food"] == LabelAgreement(with_it=1, given=0, without_it=0, given_too=0)
    other = "service + price + room"
    assert other not in job.recipe.targets
    found, _ = count_by_label(job, judge, {"r0": "food"}, {("second", "r0"): [other]})
    assert [found[label].given_too for label in NAMES] == [0, 1, 1, 1]


def test_agreement_and_kappa():
    assert (KAPPA_EXAMPLE.agreed, KAPPA_EXAMPLE.kappa) == (0.7, pytest.approx(0.4))
    assert LabelAgreement(with_it=0, given=0, without_it=0, given_too=0).agreed is None
    assert LabelAgreement(with_it=5, given=5, without_it=0, given_too=0).kappa is None
