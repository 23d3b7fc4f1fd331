"""The recommended set-up: chosen on real rows that the classifiers have not learned, and said in one paragraph."""

import numpy as np
import pytest

from pedigree.labels.cross_fitting import FOLDS, deal_folds
from pedigree.usefulness.bias_calibration import apply_biases, fit_biases
from pedigree.usefulness.cross_fitting import MIN_ROWS, CrossFit, cross_fit
from pedigree.usefulness.pool import REAL, Pool, Sample
from pedigree.usefulness.recommendation import choose_setup, describe_choice, list_choices
from pedigree.usefulness.recommendation_text import DEMONSTRATION, NO_GAIN, UNTESTED, write_recommendation, write_score
from pedigree.usefulness.setups import DEFAULT, PAIR, average_pair, find_recalibrated_mix, predict_setups
from pedigree.usefulness.tfidf_classifier import TfidfClassifier
from pedigree.usefulness.training_set import TrainingSet
from pedigree.usefulness.trials import plan_mixes
from pedigree.usefulness.tstr import measure_usefulness

LABELS = ["cat", "dog"]
WORDS = {"cat": ["purrs", "meows", "whiskers", "claws"], "dog": ["barks", "fetches", "wags", "bones"]}


def sample(rows, seed, wrong=0.0):
    """Return texts of two words of their label among others; a share has the other label."""
    chance = np.random.default_rng(seed)
    others = [f"word{number}" for number in range(40)]
    texts = [" ".join([*chance.choice(WORDS[LABELS[row % 2]], 2), *chance.choice(others, 4)]) for row in range(rows)]
    ids = np.arange(rows) % 2
    return Sample(texts, np.where(chance.random(rows) < wrong, 1 - ids, ids))


def measure(synthetic, real, held_out=None, **options):
    return measure_usefulness(synthetic, real, held_out or sample(80, 9), LABELS, repeats=1, seed=0, **options)


@pytest.fixture(scope="module")
def found():
    """Synthetic rows whose labels are exchanged, so that real rows alone are the best."""
    return measure(sample(240, 1, wrong=0.9), sample(120, 2))


def test_no_classifier_reads_a_row_that_it_learned_nor_synthetic_rows_nearest_to_its_fold():
    real = sample(MIN_ROWS, 2)
    copies = Sample([f"{text} indeed" for text in real.texts], real.label_ids)  # as if rewritten from the real rows
    pool, asked = Pool(copies, real, sample(10, 9), 2, 0), []

    def classifier(training_set, query_rows, label_count, **_):
        asked.append((training_set, query_rows))
        return np.full((len(query_rows), label_count), 0.5)

    crossed = cross_fit(classifier, pool, ["real", "synthetic", "both", "both_real_upweighted"])
    first = pool.sides[REAL][0]
    assert len(asked) == 4 * FOLDS
    for training_set, query_rows in asked:
        assert not {*training_set.rows} & {*query_rows}
        assert not {*training_set.rows} & {*(query_rows - first)}  # the copies of these rows
    read = np.concatenate([query_rows for _, query_rows in asked[::4]])
    assert sorted(read) == [*pool.sides[REAL]]
    assert all(np.bincount(pool.label_ids[rows]).tolist() == [10, 10] for _, rows in asked)
    assert crossed.label_ids.tolist() == real.label_ids.tolist()


def test_real_rows_weigh_as_much_in_all_as_the_synthetic_ones_that_are_left():
    pool, asked = Pool(sample(300, 1), sample(MIN_ROWS, 2), sample(10, 9), 2, 0), []

    def classifier(training_set, query_rows, label_count, **_):
        asked.append(training_set)
        return np.full((len(query_rows), label_count), 0.5)

    cross_fit(classifier, pool, ["both", DEFAULT])
    for even, upweighted in zip(asked[::2], asked[1::2], strict=True):
        assert {*even.weights} == {1.0}
        is_real = upweighted.rows >= 300
        assert upweighted.weights[is_real].sum() == pytest.approx(upweighted.weights[~is_real].sum())
        assert {*upweighted.weights[~is_real]} == {1.0}


def test_biases_are_cross_fitted():
    chance = np.random.default_rng(0)
    probabilities = chance.dirichlet([1, 1], 100)
    folds, label_ids = np.arange(100) % FOLDS, chance.integers(2, size=100)
    crossed = CrossFit(folds, label_ids, {"real": probabilities})
    moved = crossed.recalibrate("real")
    for fold in range(FOLDS):
        own = folds == fold
        assert np.array_equal(
            moved[own], apply_biases(probabilities[own], fit_biases(probabilities[~own], label_ids[~own]))
        )
    assert np.array_equal(crossed.fit_biases("real"), fit_biases(probabilities, label_ids))


def test_the_averaged_pair_is_the_softmax_of_mean_logarithms():
    one, other = np.array([[0.9, 0.1], [0.5, 0.5]]), np.array([[0.2, 0.8], [1.0, 0.0]])
    logs = (np.log(one) + np.log(np.maximum(other, 1e-6))) / 2
    assert average_pair(one, other) == pytest.approx(np.exp(logs) / np.exp(logs).sum(axis=1, keepdims=True))


def test_set_ups_are_those_of_the_mixes_there_are_the_default_first():
    def predict(_):
        return np.full((3, 2), 0.5)

    names = [*predict_setups(["real", "synthetic", "both", DEFAULT], predict, predict)]
    assert names[0] == DEFAULT and names[-1] == PAIR and len(names) == 9
    assert [*predict_setups(["real", "both"], predict, predict)] == [
        "both", "real", "both_recalibrated", "real_recalibrated",
    ]  # fmt: skip
    assert [find_recalibrated_mix(name) for name in ("real", "both_recalibrated", PAIR)] == [None, "both", "synthetic"]


def cross(**right):
    """Return cross-fitted probabilities: of each mix, so many of 200 rows are read right."""
    label_ids = np.arange(200) % 2
    probabilities = {}
    for mix, rows in right.items():
        sure = np.where(np.arange(200) < rows, 0.9, 0.1)
        probabilities[mix] = np.where(np.eye(2, dtype=bool)[label_ids], sure[:, None], 1 - sure[:, None])
    return CrossFit(np.arange(200) // 2 % FOLDS, label_ids, probabilities)


def test_a_tie_within_the_interval_goes_to_the_simpler_and_a_clear_difference_to_the_better():
    assert choose_setup(cross(both_real_upweighted=150, both=152, synthetic=120, real=151), 0)[0] == DEFAULT
    chosen, compared = choose_setup(cross(both_real_upweighted=120, both=180, synthetic=110, real=181), 0)
    assert chosen == "both"
    figures = {one["setup"]: one for one in compared}
    assert figures["real"]["best_minus_this"] == 0 < figures[DEFAULT]["best_minus_this_interval"][0]
    assert choose_setup(cross(both_real_upweighted=100, both=110, synthetic=90, real=190), 0)[0] == "real"


def test_the_choice_does_not_see_the_held_out_rows(found):
    other = measure(sample(240, 1, wrong=0.9), sample(120, 2), held_out=sample(30, 7, wrong=0.5))
    same = ("setup", "compared", "biases", "real_weight", "chosen_by")
    assert {key: other["recommended"][key] for key in same} == {key: found["recommended"][key] for key in same}
    assert other["recommended"]["macro_f1"] != found["recommended"]["macro_f1"]


def test_synthetic_rows_that_do_harm_are_left_out(found):
    recommended = found["recommended"]
    assert (recommended["setup"], recommended["chosen_by"], recommended["real_rows"]) == ("real", "real rows", 120)
    assert recommended["macro_f1"] == found["real"]["macro_f1"] == recommended["real_macro_f1"]
    assert recommended["macro_f1_interval"] == found["real"]["macro_f1_interval"]
    said = write_recommendation({**found, "evidence": True, "embeddings": None})
    assert said.startswith("Train on the real rows alone; recalibrate: no. Macro-F1 ")
    assert "difference" not in said and "on 120 real rows by cross-fitting" in said


def test_students_of_real_rows_are_recalibrated_by_rows_that_they_did_not_learn(found):
    for name in ("real", "both", "both_real_upweighted"):
        assert found[name]["recalibrated"]["real_rows"] == 120
    pool = Pool(sample(240, 1, wrong=0.9), sample(120, 2), sample(80, 9), 2, 0)
    classifier = TfidfClassifier(pool.texts)
    folds, rows = deal_folds(pool.real.label_ids, 0), pool.sides[REAL]
    read = np.zeros((120, 2))
    for fold in range(FOLDS):
        others = rows[folds != fold]
        lesson = TrainingSet(others, pool.label_ids[others], np.ones(len(others)))
        read[folds == fold] = classifier(lesson, rows[folds == fold], 2, approximate=True)
    biases = fit_biases(read, pool.label_ids[rows])
    assert [*found["real"]["recalibrated"]["biases"].values()] == pytest.approx(biases)


def test_with_too_few_real_rows_the_default_is_taken_and_the_limit_is_told():
    found = measure(sample(240, 1), sample(MIN_ROWS - 2, 2))
    assert found["real"]["recalibrated"] is None
    assert (found["recommended"]["setup"], found["recommended"]["chosen_by"]) == (DEFAULT, "default")
    assert found["recommended"]["macro_f1"] == found[DEFAULT]["macro_f1"]
    assert found["recommended"]["minus_real"] == found["differences"]["both_real_upweighted_minus_real"]
    said = write_recommendation({**found, "evidence": True, "embeddings": None})
    assert said.startswith(f"{UNTESTED}train on both; real rows weigh 2.4 times; recalibrate: no. Macro-F1 ")
    assert "98 real rows are too few to choose on, 100 are needed (where" in said


def test_up_weighting_is_no_choice_where_the_real_rows_are_more():
    assert list_choices(plan_mixes(50, 80), plan_mixes(50, 80)) == ["both", "synthetic", "real"]
    assert list_choices(plan_mixes(50, 0), plan_mixes(50, 0)) == ["synthetic"]
    assert describe_choice(["synthetic"], None, 0, 0)["chosen_by"] == "only"


def test_without_real_rows_there_is_one_way_and_without_any_labels_none():
    alone = measure(sample(60, 1), Sample([], np.array([], dtype=int)))
    said = write_recommendation({**alone, "evidence": True, "embeddings": None})
    assert said.startswith("Train on the synthetic rows alone; recalibrate: no.")
    assert said.endswith("There was nothing to choose: there are no real rows.")
    nothing = measure(Sample(["a"], np.array([0])), Sample([], np.array([], dtype=int)))
    assert nothing["recommended"] is None
    assert write_recommendation({**nothing, "evidence": True, "embeddings": None}) is None


def recommend(setup, gain, low):
    return {
        "setup": setup, "chosen_by": "real rows", "real_rows": 290, "compared": [{}] * 9, "real_weight": 5.21,
        "test_rows": 400, "macro_f1": 0.831, "macro_f1_interval": [0.802, 0.86], "real_macro_f1": 0.831 - gain,
        "minus_real": {"macro_f1": gain, "macro_f1_interval": [low, 0.083]},
    }  # fmt: skip


def test_one_paragraph_says_what_to_do_and_what_it_brings():
    useful = {"recommended": recommend(DEFAULT, 0.051, 0.02), "evidence": True, "embeddings": None}
    assert write_recommendation(useful) == (
        "Train on both; real rows weigh 5.2 times; recalibrate: no. Macro-F1 83.1 (95 % interval 80.2 to 86.0) on 400 "
        "held-out rows; real rows alone 78.0; difference +5.1 (+2.0 to +8.3). Chosen among 9 set-ups on 290 real rows "
        "by cross-fitting; the held-out rows had no part in it."
    )
    assert write_recommendation({**useful, "evidence": False}).startswith(DEMONSTRATION)
    pair = write_recommendation({**useful, "recommended": recommend(PAIR, 0.051, -0.001)})
    assert "recalibrate the second; average their log-probabilities. Macro-F1" in pair
    assert "(−0.1 to +8.3), not significant." in pair


def test_a_full_score_on_few_rows_does_not_look_certain():
    full = recommend("both", 0.0, -0.01) | {"macro_f1": 1.0, "macro_f1_interval": [1.0, 1.0], "test_rows": 30}
    expected = "Macro-F1 100.0 (95 % interval 88.6 to 100.0, Wilson's, as all were read rightly) on 30 held-out rows"
    assert write_score(full) == expected
    none = full | {"macro_f1": 0.0, "macro_f1_interval": [0.0, 0.0]}
    assert "Macro-F1 0.0 (95 % interval 0.0 to 11.4, Wilson's, as none were read rightly)" in write_score(none)
    usual = full | {"macro_f1": 0.9, "macro_f1_interval": [0.8, 1.0]}
    assert write_score(usual) == "Macro-F1 90.0 (95 % interval 80.0 to 100.0) on 30 held-out rows"


def test_that_embeddings_gain_nothing_is_said_first():
    useful = {"recommended": recommend("both", 0.051, 0.02), "evidence": True}
    none = write_recommendation({**useful, "embeddings": {"recommended": recommend("both_recalibrated", 0.01, -0.02)}})
    assert none.startswith(f"{NO_GAIN} On embeddings: Train on both; a real row weighs as much as a synthetic one; ")
    assert "recalibrate: yes." in none and "With TF-IDF: Train on both" in none
    some = write_recommendation({**useful, "embeddings": {"recommended": recommend("both", 0.05, 0.01)}})
    assert some.startswith("On embeddings: Train on both")


def test_of_large_sides_some_rows_are_drawn_for_the_choice(monkeypatch):
    monkeypatch.setattr("pedigree.usefulness.cross_fitting.MAX_ROWS", 110)
    pool, asked = Pool(sample(300, 1), sample(200, 2), sample(10, 9), 2, 0), []

    def classifier(training_set, query_rows, label_count, **_):
        asked.append((training_set, query_rows))
        return np.full((len(query_rows), label_count), 0.5)

    crossed = cross_fit(classifier, pool, ["both"])
    assert len(crossed.label_ids) == 110 == sum(len(query_rows) for _, query_rows in asked)
    learned = np.unique(np.concatenate([training_set.rows for training_set, _ in asked]))
    assert (np.count_nonzero(learned < 300), np.count_nonzero(learned >= 300)) == (110, 110)
