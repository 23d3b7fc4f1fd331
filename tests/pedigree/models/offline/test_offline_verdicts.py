"""The offline model as a judge: it errs as often as it is told to, and says the same again when it is asked again."""

import json

import pytest
from scipy.stats import binomtest

from pedigree.models.offline.model import answer

LABELS = {"refund-request": "the customer wants money back", "account-access": "the customer cannot sign in",
          "how-to-question": "the customer asks how to do something that works"}  # fmt: skip
TEXTS = ["I want my money back for these shoes", "I cannot sign in, my password is refused", "How do I set this up?"]


def make_prompt(texts, key="label", shown=()):
    """Return a prompt about texts, as the templates of judges write it."""
    lines = [f"Class: {name} ({means})" for name, means in LABELS.items()]
    for number, text in enumerate(texts, start=1):
        lines.append(f"Text {number}: {json.dumps({'text': text})}")
        lines += [f"Choice {number}: {json.dumps(shown[number - 1])}"] if shown else []
    return [{"role": "user", "content": "\n".join([*lines, f"Verdicts: {len(texts)} x {key}"])}]


def judge(prompt, sample=0, key="label", **faults):
    said = answer(prompt, {"faults": faults}, sample)
    assert said.finish_reason == "stop"
    return [one[key] for one in json.loads(said.text)["verdicts"]]


def test_without_errors_it_says_which_label_a_text_has():
    assert judge(make_prompt(TEXTS)) == [*LABELS]
    shown = ["account-access", "how-to-question", "refund-request"]
    assert judge(make_prompt(TEXTS, "fits", [*LABELS]), key="fits") == ["yes"] * 3
    assert judge(make_prompt(TEXTS, "fits", shown), key="fits") == ["no"] * 3


@pytest.mark.parametrize("rate", [0.0, 0.1, 0.4, 1.0])
def test_it_errs_as_often_as_it_is_told_to(rate):
    right, wrong = judge(make_prompt(TEXTS)), 0
    for sample in range(100):
        said = judge(make_prompt(TEXTS), sample, wrong_verdict=rate)
        assert set(said) <= set(LABELS)
        wrong += sum(one != other for one, other in zip(said, right, strict=True))
    assert binomtest(wrong, 300, rate).pvalue > 1e-3
    assert rate not in (0, 1) or wrong == 300 * rate


def test_the_same_prompt_and_sample_give_the_same_verdicts_and_another_sample_others():
    prompt = make_prompt(TEXTS * 5)
    votes = [judge(prompt, sample, wrong_verdict=0.5) for sample in range(6)]
    assert votes == [judge(prompt, sample, wrong_verdict=0.5) for sample in range(6)]
    assert len({tuple(one) for one in votes}) == 6


def test_where_none_of_the_labels_shown_fits_it_says_so_and_errs_as_often_as_it_is_told_to():
    prompt = make_prompt(TEXTS, shown=[["refund-request", "account-access", "none of these"]] * 3)
    prompt[0]["content"] += "\nElse: none of these"
    assert judge(prompt) == ["refund-request", "account-access", "none of these"]
    wrong = [judge(prompt, sample, wrong_verdict=1.0) for sample in range(20)]
    assert {one[2] for one in wrong} == {"refund-request", "account-access"}
    assert {one[0] for one in wrong} == {"account-access", "none of these"}
