"""A fine-tuned encoder: its scores are those of its predictions, kept for the same training and for no other."""

import importlib.util
import json
from dataclasses import replace
from statistics import mean

import numpy as np
import pytest
from sklearn.metrics import accuracy_score, f1_score

from pedigree.errors import WorkspaceError
from pedigree.recipe.embedder_name import parse_encoder
from pedigree.usefulness.fine_tuning import encoder as encoders
from pedigree.usefulness.fine_tuning.classifier import FineTunedClassifier
from pedigree.usefulness.fine_tuning.encoder import Encoder, TrainingSettings, open_encoder
from pedigree.usefulness.fine_tuning.encoder_files import check_known_tokens
from pedigree.usefulness.fine_tuning.trial import try_fine_tuning
from pedigree.usefulness.pool import Sample
from pedigree.usefulness.training_set import TrainingSet
from pedigree.workspace import Workspace
from tests.support.word_encoder import Words

WORDS = {0: ["cat", "purrs", "meows", "whiskers", "climbs"], 1: ["dog", "barks", "fetches", "leash", "tail"]}


def make_sample(rows, seed, labels=(0, 1)):
    chance = np.random.default_rng(seed)
    label_ids = np.array([labels[row % len(labels)] for row in range(rows)])
    mixed = [[*WORDS[int(label)], *WORDS[1 - int(label)][:2]] for label in label_ids]
    return Sample([" ".join(chance.choice(words, 4)) for words in mixed], label_ids)


SYNTHETIC, REAL, HELD_OUT = make_sample(60, 1), make_sample(16, 2), make_sample(80, 3)


def try_words(folder, words, synthetic=SYNTHETIC, real=REAL, seed=0):
    return try_fine_tuning(words, folder, synthetic, real, HELD_OUT, 2, seed, {"real": {"macro_f1": 0.7}})


def test_scores_are_those_of_its_predictions_on_held_out_rows(tmp_path):
    found = try_words(tmp_path, Words())
    assert [(one.trained_on, one.synthetic, one.real) for one in found.scores] == [
        ("synthetic rows", 60, 0),
        ("real rows", 0, 16),
        ("both", 60, 16),
    ]
    expected = Words().fit(SYNTHETIC.texts, SYNTHETIC.label_ids, np.ones(60), HELD_OUT.texts, 0).argmax(axis=1)
    first = found.scores[0]
    assert first.macro_f1 == pytest.approx(f1_score(HELD_OUT.label_ids, expected, average="macro"))
    assert first.accuracy == pytest.approx(accuracy_score(HELD_OUT.label_ids, expected))
    assert first.interval[0] < first.macro_f1 < first.interval[1] and first.tfidf_macro_f1 is None
    assert found.scores[1].tfidf_macro_f1 == 0.7
    title, difference, (low, high), reading = found.compared[0]
    assert title == "both instead of real rows alone" and low <= difference <= high
    assert difference == pytest.approx(found.scores[2].macro_f1 - found.scores[1].macro_f1)
    assert reading == ("better" if low > 0 else "worse" if high < 0 else "not significant")


def test_the_same_training_is_done_once_and_another_one_anew(tmp_path):
    words = Words()
    first = try_words(tmp_path, words)
    assert words.trained == 3
    assert try_words(tmp_path, words) == first and words.trained == 3
    changed = Sample([*SYNTHETIC.texts[:-1], "another text"], SYNTHETIC.label_ids)
    try_words(tmp_path, words, synthetic=changed)
    assert words.trained == 5  # not on real rows alone
    try_words(tmp_path, words, seed=1)
    assert words.trained == 8
    words.identity |= {"sha256": "2" * 64}
    try_words(tmp_path, words)
    assert words.trained == 11


@pytest.mark.parametrize("damage", [b"", b"no JSON", b"[]", b'{"probabilities": [[1]]}', None])
def test_kept_predictions_that_are_damaged_are_made_again(tmp_path, damage):
    words = Words()
    first = try_words(tmp_path, words)
    for path in tmp_path.glob("*.json"):
        path.write_bytes(path.read_bytes()[:-40] if damage is None else damage)
    assert try_words(tmp_path, words) == first and words.trained == 6


def test_a_label_without_rows_has_probability_0(tmp_path):
    texts = [*SYNTHETIC.texts, *HELD_OUT.texts]
    rows, query = np.arange(60), np.arange(60, 140)
    training_set = TrainingSet(rows, SYNTHETIC.label_ids * 2, np.ones(60))
    found = FineTunedClassifier(Words(), texts, 0, tmp_path)(training_set, query, 4)
    assert found.shape == (80, 4) and (found[:, [1, 3]] == 0).all()
    assert np.allclose(found.sum(axis=1), 1)


def test_rows_of_one_label_are_not_trained_on(tmp_path):
    found = try_words(tmp_path, Words(), real=make_sample(6, 4, labels=(1,)))
    assert [one.trained_on for one in found.scores] == ["synthetic rows", "both"] and found.compared == ()


def test_without_real_rows_there_is_nothing_to_compare(tmp_path):
    found = try_words(tmp_path, Words(), real=Sample([], np.array([], dtype=int)))
    assert [one.trained_on for one in found.scores] == ["synthetic rows"] and found.compared == ()


@pytest.mark.parametrize(("rows", "steps"), [(2, 200), (1_000, 200), (2_000, 375), (20_000, 3_750), (40_000, 4_000)])
def test_few_rows_are_trained_on_for_enough_steps_and_many_for_not_too_many(rows, steps):
    assert TrainingSettings().count_steps(rows) == steps


@pytest.mark.parametrize(
    "text", ["/etc/passwd", "../model", "a/../b", "a b", "a//b", "-x", "x" * 301, "a\n", "http://a/b"]
)
def test_a_name_that_is_no_encoder(text):
    with pytest.raises(ValueError, match="names no encoder: write a name of the hub, or a folder"):
        parse_encoder(text)


def test_a_library_that_is_missing_is_named_with_how_to_install_it(tmp_path, monkeypatch):
    monkeypatch.setattr(encoders, "find_spec", lambda name: None)
    with pytest.raises(WorkspaceError, match="models/m can't be fine-tuned: torch is not installed") as missing:
        open_encoder(Workspace(tmp_path), parse_encoder("models/m"))
    assert missing.value.hint == encoders.INSTALL


def test_an_encoder_that_is_nowhere_is_named_with_where_it_may_be(tmp_path, monkeypatch):
    monkeypatch.setattr(encoders, "find_spec", lambda name: True)
    with pytest.raises(WorkspaceError, match="transformers/models/m is not on this machine") as missing:
        open_encoder(Workspace(tmp_path), parse_encoder("models/m"))
    assert "the folder models/m in the workspace, or the model models/m in the Hugging Face cache" in str(
        missing.value.expected
    )


def save_files(folder, *names):
    folder.mkdir(parents=True)
    for name in names:
        (folder / name).write_text("{}", encoding="utf-8")


@pytest.mark.parametrize(
    ("files", "told"),
    [
        ((), "config.json and the tokenizer .* and weights in safetensors"),
        (("config.json", "model.safetensors"), "lacks the tokenizer"),
        (("config.json", "tokenizer.json"), "lacks weights in safetensors"),
        (("tokenizer.json", "model.safetensors"), "lacks config.json"),
        (("config.json", "vocab.txt", "pytorch_model.bin"), "lacks weights in safetensors"),
    ],
)
def test_files_that_an_encoder_lacks_are_named_before_a_training(tmp_path, monkeypatch, files, told):
    monkeypatch.setattr(encoders, "find_spec", lambda name: True)
    save_files(tmp_path / "models/m", *files)
    with pytest.raises(WorkspaceError, match=told) as error:
        open_encoder(Workspace(tmp_path), parse_encoder("models/m"))
    assert error.value.exit_status == 2


def test_a_file_in_place_of_a_folder_is_told(tmp_path):
    save_files(tmp_path / "models/m", "config.json")
    with pytest.raises(WorkspaceError, match=r"models/m/config\.json is a file"):
        open_encoder(Workspace(tmp_path), parse_encoder("models/m/config.json"))


def test_texts_whose_tokens_are_mostly_unknown_are_an_error():
    check_known_tokens([[7, 8, 1], [9]], 1, "m")
    check_known_tokens([[7]], None, "m")
    check_known_tokens([], 1, "m")
    with pytest.raises(WorkspaceError, match="75% of their tokens are unknown"):
        check_known_tokens([[1, 1, 7], [1]], 1, "m")


needs_torch = pytest.mark.skipif(
    not all(map(importlib.util.find_spec, ("torch", "transformers"))), reason="torch and transformers are not installed"
)


@pytest.fixture
def tiny(tmp_path):
    """A BERT of random weights, some thousand of them, that knows the words above."""
    from transformers import BertConfig, BertModel, BertTokenizerFast

    folder = tmp_path / "models/tiny"
    folder.mkdir(parents=True)
    words = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", *WORDS[0], *WORDS[1]]
    (folder / "vocab.txt").write_text("\n".join(words) + "\n", encoding="utf-8")
    BertTokenizerFast(str(folder / "vocab.txt")).save_pretrained(folder)
    sizes = {"hidden_size": 16, "num_hidden_layers": 1, "num_attention_heads": 2, "intermediate_size": 32}
    BertModel(BertConfig(vocab_size=len(words), **sizes)).save_pretrained(folder)
    return open_encoder(Workspace(tmp_path), parse_encoder("models/tiny"))


@needs_torch
def test_a_real_encoder_learns_and_gives_the_same_again(tiny, tmp_path):
    quick = replace(tiny, settings=replace(tiny.settings, learning_rate=5e-3))
    found = try_fine_tuning(quick, tmp_path / "kept", SYNTHETIC, REAL, HELD_OUT, 2, 0, {})
    assert mean(one.macro_f1 for one in found.scores) > 0.7
    again = try_fine_tuning(quick, tmp_path / "anew", SYNTHETIC, REAL, HELD_OUT, 2, 0, {})
    assert again == found
    assert json.loads(json.dumps(found.identity)) == found.identity


@needs_torch
def test_an_encoder_that_lost_its_tokenizer_is_not_trained(tiny):
    for file in [*tiny.folder.glob("*token*"), tiny.folder / "vocab.txt"]:
        file.unlink()
    with pytest.raises(WorkspaceError, match=r"unknown to it|can't be read"):
        tiny.fit(["cat", "dog"], np.array([0, 1]), np.ones(2), ["cat"], 0)


@needs_torch
@pytest.mark.parametrize("file", ["model.safetensors", "config.json", "tokenizer.json"])
def test_a_folder_that_is_no_encoder(tiny, file):
    (tiny.folder / file).write_text("{", encoding="utf-8")
    with pytest.raises(WorkspaceError, match="models/tiny can't be read as an encoder") as unread:
        tiny.fit(["cat", "dog"], np.array([0, 1]), np.ones(2), ["cat"], 0)
    assert unread.value.hint == "save or download the model again"


def test_what_decides_a_training_is_told():
    words = Words()
    one = Encoder("m", None, "3" * 64, ("torch 2", "transformers 4"))
    assert one.identity["sha256"] == "3" * 64 and one.identity.keys() == words.identity.keys()
