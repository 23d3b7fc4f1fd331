"""What is shown to be rewritten, and what is forbidden: TF-IDF as scikit-learn computes it, in an order of its own."""

import json

import numpy as np
import pytest
from sklearn.feature_extraction.text import TfidfVectorizer

from pedigree.dataset.corpus import load_corpus
from pedigree.errors import RecipeError
from pedigree.generation.distinctive_words import distinctive_words
from pedigree.generation.retrieval import list_outliers, rank_documents
from pedigree.job import open_job
from tests.support.workspaces import make_workspace

CORPUS = "data/seeds/pets/corpus.jsonl"
TEXTS = [
    "the weather is mild",
    "my cat sleeps on the roof",
    "a dog ran off in the park",
    "cat cat cat",
    "nothing here",
    "my dog",
]
SEEDS = [
    *(
        {"text": text, "label": "cat"}
        for text in ("it purrs on the sofa", "She purrs, Tom says", "whiskers and a sofa, Tom")
    ),
    *({"text": text, "label": "dog"} for text in ("it barks at the gate", "he barks and digs", "a wet nose, the gate")),
]


@pytest.fixture
def job(tmp_path):
    rewrite = {"strategy": "rewrite", "model": "offline/template", "corpus": CORPUS, "incentives": ["taboo", "hints"]}
    workspace = make_workspace(tmp_path, seeds=SEEDS, generators=[rewrite])
    (tmp_path / CORPUS).write_text("".join(json.dumps({"text": text}) + "\n" for text in TEXTS))
    return open_job(workspace, "pets")


def embed(texts, more=()):
    words = TfidfVectorizer(sublinear_tf=True, token_pattern=r"\w+")
    return words.fit_transform(texts), words.transform(more) if more else None


def test_documents_are_ranked_by_their_nearest_query(job):
    queries = ["cat about a cat", *(one["text"] for one in SEEDS[:3])]
    documents, asked = embed(TEXTS, queries)
    nearness = np.asarray((documents @ asked.T).todense()).max(axis=1)
    ranked = rank_documents(job, CORPUS, "cat")
    found = [nearness[TEXTS.index(one.text)] for one in ranked]
    assert sorted(found, reverse=True) == pytest.approx(found, abs=1e-9) and ranked[0].text == "cat cat cat"
    assert {one.text for one in ranked} == {*TEXTS}
    assert rank_documents(job, CORPUS, "dog")[0].text == "my dog"


def test_outliers_are_farthest_from_the_mean_of_their_label(job):
    texts = [one["text"] for one in SEEDS[3:]]
    vectors, _ = embed(texts)
    distance = 1 - np.asarray(vectors @ vectors.mean(axis=0).T).ravel()
    ranked = [one.text for one in list_outliers(job, "dog")]
    assert ranked == [texts[place] for place in np.argsort(-distance)]


def test_telling_words_are_of_one_label_more_often_and_no_names(job):
    assert distinctive_words(job, "cat") == ("purrs", "sofa")  # "Tom" has a capital, "the" stands with both labels
    assert distinctive_words(job, "dog") == ("barks", "gate")


@pytest.mark.parametrize(
    "record, says",
    [
        ({"words": "x"}, r"line 2: text is None\n  expected: a text under the key 'text'"),
        ({"text": "  "}, r"line 2: text is '  '"),
        ({"text": 7}, r"line 2: text is 7"),
        ({"text": "x" * 8001}, r"line 2: 8,001 characters\n  expected: at most 8,000\n  to do: split it into passages"),
        ({"text": "a\ud800b"}, r"line 2: text holds U\+D800"),
    ],
)
def test_a_document_that_can_not_be_shown_is_named_by_line(tmp_path, record, says):
    path = tmp_path / "corpus.jsonl"
    path.write_text(json.dumps({"text": "fine"}) + "\n" + json.dumps(record) + "\n")
    with pytest.raises(RecipeError, match=says):
        load_corpus(path)


def test_every_document_that_can_not_be_shown_is_named(tmp_path):
    path = tmp_path / "corpus.jsonl"
    path.write_text('{"text": "fine"}\n{"text": 7}\n{"words": "x"}\n')
    with pytest.raises(RecipeError, match=r"(?s)line 2: text is 7\n  also: .*line 3: text is None\n  expected: a text"):
        load_corpus(path)


def test_documents_count_once_and_a_corpus_without_any_is_refused(tmp_path):
    path = tmp_path / "corpus.csv"
    path.write_text("text,year\none,1\ntwo,2\n one ,3\n")
    assert [(one.text, one.line) for one in load_corpus(path)] == [("one", 2), ("two", 3)]
    path.write_text("text\n")
    with pytest.raises(RecipeError, match="no documents"):
        load_corpus(path)


@pytest.mark.parametrize(
    ("language", "rows", "word", "texts"),
    [
        ("zh", ["沙发上的猫在睡觉", "小猫喜欢沙发", "大狗看着门口", "狗守在门口叫"], "沙发",
         ["今天天气很好", "沙发坏了", "门口有车"]),
        ("ar", ["القطة على الأريكة", "نامت على الأريكة", "الكلب عند البوابة", "نبح عند البوابة"], "الأريكة",
         ["الطقس جميل", "تعطلت الأريكة", "سيارة عند البوابة"]),
    ],
)  # fmt: skip
def test_other_scripts_have_words_too(tmp_path, language, rows, word, texts):
    seeds = [{"text": text, "label": label} for text, label in zip(rows, ["cat", "cat", "dog", "dog"], strict=True)]
    rewrite = {"strategy": "rewrite", "model": "offline/template", "corpus": CORPUS, "incentives": ["taboo"]}
    workspace = make_workspace(tmp_path, seeds=seeds, generators=[rewrite], language=language)
    (tmp_path / CORPUS).write_text("".join(json.dumps({"text": text}) + "\n" for text in texts))
    job = open_job(workspace, "pets")
    assert word in distinctive_words(job, "cat")
    assert rank_documents(job, CORPUS, "cat")[0].text == texts[1]
    assert rank_documents(job, CORPUS, "dog")[0].text == texts[2]
