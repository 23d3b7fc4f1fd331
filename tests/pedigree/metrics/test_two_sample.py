"""The two-sample test, against scikit-learn's own cross-validation of the same student."""

import random

import numpy as np
import pytest
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import StratifiedKFold, cross_val_score
from sklearn.pipeline import make_pipeline

from pedigree.metrics.two_sample import discriminative_ngrams, measure_two_sample_auc
from tests.support.mixed_texts import mix

REAL = mix(60, 1)
SYNTHETIC = [f"{text} kindly!" if place % 2 else text for place, text in enumerate(mix(60, 2))]


def test_the_area_is_the_mean_over_folds_of_scikit_learns_cross_validation():
    student = make_pipeline(
        TfidfVectorizer(ngram_range=(1, 2), sublinear_tf=True, token_pattern=r"\w+(?:['’]\w+)*"),
        LogisticRegression(C=10, class_weight="balanced", max_iter=5000, random_state=4),
    )
    texts = np.array(sorted(SYNTHETIC) + sorted(REAL), dtype=object)
    scores = cross_val_score(
        student, texts, np.repeat([1, 0], 60), cv=StratifiedKFold(5, shuffle=True, random_state=4), scoring="roc_auc"
    )
    assert measure_two_sample_auc(SYNTHETIC, REAL, 4) == pytest.approx(scores.mean(), abs=1e-6)


def test_texts_of_one_source_are_not_told_apart_and_texts_that_give_themselves_away_are():
    assert 0.35 < measure_two_sample_auc(mix(200, 5), mix(200, 6), 0) < 0.65
    assert measure_two_sample_auc([f"{text} indeed" for text in mix(200, 5)], mix(200, 6), 0) > 0.95
    assert 0.6 < measure_two_sample_auc(SYNTHETIC, REAL, 0) < 0.95


def test_what_gives_the_texts_away_is_said_with_its_share_of_the_synthetic_texts():
    kindly, *_ = found = discriminative_ngrams(SYNTHETIC, REAL, 0)
    assert (kindly["ngram"], kindly["share"]) in {("kindly", 0.5), ("kindly !", 0.5), ("!", 0.5)}
    weights = [line["weight"] for line in found]
    assert weights == sorted(weights, reverse=True) and min(weights) > 0 and len(found) <= 10


def test_no_word_of_real_texts_alone_and_no_rare_word_is_told():
    real = [f"{text} Winterbottom" for text in REAL]
    rare = [*SYNTHETIC[:-2], "hapax legomenon", "hapax legomenon"]
    told = {line["ngram"] for line in discriminative_ngrams(rare, real, 0)}
    assert told and not any("winterbottom" in ngram or "hapax" in ngram for ngram in told)
    assert all(sum(ngram in f" {text.lower()} " for text in rare) >= 3 for ngram in told if " " not in ngram)


def test_the_order_of_texts_does_not_count():
    chance = random.Random(9)
    mixed = [chance.sample(side, len(side)) for side in (SYNTHETIC, REAL)]
    assert measure_two_sample_auc(*mixed, 0) == measure_two_sample_auc(SYNTHETIC, REAL, 0)
    assert discriminative_ngrams(*mixed, 0) == discriminative_ngrams(SYNTHETIC, REAL, 0)


def test_too_few_texts_tell_nothing():
    for few in ([], ["alone"], REAL[:9]):
        assert measure_two_sample_auc(few, REAL, 0) is measure_two_sample_auc(REAL, few, 0) is None
        assert discriminative_ngrams(few, REAL, 0) == discriminative_ngrams(REAL, few, 0) == []
