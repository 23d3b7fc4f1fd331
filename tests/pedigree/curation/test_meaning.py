"""Rows of one label that say the same in other words are one; which stays does not depend on batches or arrival."""

import random
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from pedigree.curation import duplicates
from pedigree.curation.duplicates import DuplicateChecker
from pedigree.curation.meaning import REASONS
from pedigree.errors import ProviderError, RecipeError
from pedigree.job import open_duplicate_checker
from pedigree.metrics.embedder import Embedder
from pedigree.recipe.yaml_file import load_recipe
from tasks.screen import screen
from tests.support.make_candidates import PAIR, make_candidates, make_example, make_job, make_recipe

SETTINGS = {"embedder": "model2vec/models/own", "threshold": 0.8}
ON = {"semantic_duplicate": SETTINGS, "near_duplicate": None, "seed_copy": None, "shot_copy": None}
WORDS = {  # words of one line mean the same
    "dog": (1, 0, 0), "hound": (1, 0, 0), "cat": (0, 1, 0), "kitten": (0, 1, 0), "house": (0, 0, 1),
    "狗": (1, 0, 0), "犬": (1, 0, 0), "كلب": (1, 0, 0), "جرو": (1, 0, 0), "hündchen": (1, 0, 0), "köter": (1, 0, 0),
}  # fmt: skip


def encode(texts):
    """Return the mean of the words' vectors, by characters where a text has no word that is known."""
    parts = [[WORDS[word] for word in text.casefold().replace(".", "").split() if word in WORDS] for text in texts]
    parts = [part or [WORDS[sign] for sign in text if sign in WORDS] for part, text in zip(parts, texts, strict=True)]
    return np.array([np.mean(part, axis=0) if part else np.zeros(3) for part in parts])


def embed(texts):
    return Embedder("stub", encode).embed(texts)


def run(*rows, embed=embed, screens=ON, **changes):
    job = make_job(screens=screens, **changes)
    return screen.fn(job, make_candidates(job, *rows), open_duplicate_checker(job, embed))


def rejects_of(screened):
    return screened.rejects.select("row_id", "reason", "detail", "rival").rows()


def test_a_rephrased_row_is_rejected_with_rival_and_cosine():
    assert rejects_of(run("the dog", "a cat", "my hound")) == [("r2", "semantic-duplicate", "cosine 1.00", "r0")]
    assert rejects_of(run("the dog", "a cat", "my hound", screens={})) == []


def test_rows_of_another_label_may_say_the_same():
    assert rejects_of(run("the dog", {"text": "my hound", "label": "dog"})) == []


def test_seeds_and_held_out_rows_are_compared_unless_the_recipe_says_no():
    people = {"seeds": (make_example(text="one dog"),), "held_out": (make_example(text="one cat"),)}
    seed, held_out = people["seeds"][0].id, people["held_out"][0].id
    assert rejects_of(run("my hound", "my kitten", "house", **people)) == [
        ("r0", "semantic-seed-duplicate", "cosine 1.00", seed),
        ("r1", "semantic-held-out-overlap", "cosine 1.00", held_out),
    ]
    off = ON | {"semantic_duplicate": SETTINGS | {"seeds": False, "held_out": False}}
    assert rejects_of(run("my hound", "my kitten", screens=off, **people)) == []


def test_real_rows_that_enter_are_kept_rows_already():
    checker = DuplicateChecker(make_recipe(screens=ON), (), (), embed=embed)
    real = make_example(text="an old dog")
    checker.add_rows([real])
    rows = make_candidates(make_job(screens=ON), "my hound", "my cat")
    assert [match and (match.reason, match.id) for match in checker.compare(rows)] == [(REASONS[0], real.id), None]


def test_the_nearest_row_is_the_rival_and_a_rejected_row_is_none():
    near = ON | {"semantic_duplicate": SETTINGS | {"threshold": 0.85}}
    found = run("dog dog cat", "dog cat cat", "dog dog dog cat cat cat cat", screens=near)
    assert rejects_of(found) == [("r2", "semantic-duplicate", "cosine 0.98", "r1")], "0.89 to r0"
    chain = run("dog", "dog dog cat", "dog cat", screens=near)
    assert [one[0] for one in rejects_of(chain)] == ["r1"], "r2 is near r1 alone, which is no row"


def test_texts_without_a_vector_are_similar_to_none():
    assert rejects_of(run("qwerty", "asdf", "", "dog")) == [("r2", "length", "0 characters, at least 3", None)]
    nothing = run("qwerty", "asdf", embed=lambda texts: np.zeros((len(texts), 1)))
    assert nothing.kept.height == 2


def test_one_row_alone_and_none_at_all():
    assert run("dog").kept.height == 1
    assert run().kept.height == 0


@pytest.mark.parametrize(
    ("one", "other"), [("狗在家", "犬在外面"), ("كلب كبير", "جرو صغير"), ("das Hündchen", "ein Köter")]
)
def test_any_script_is_compared(one, other):
    assert [reject[:2] for reject in rejects_of(run(one, other))] == [("r1", "semantic-duplicate")]


def test_of_rows_with_several_texts_each_must_say_the_same():
    rows = [{"premise": "a dog", "hypothesis": said} for said in ("one cat", "one house", "one kitten")]
    found = run(*rows, fields=PAIR)
    assert rejects_of(found) == [("r2", "semantic-duplicate", "cosine 1.00", "r0")]


def test_what_people_accepted_stays():
    rows = make_candidates(make_job(screens=ON), "dog", "hound", "dog")
    checker = DuplicateChecker(make_recipe(screens=ON), (), (), embed=embed)
    assert [match and match.reason for match in checker.compare(rows, {"r1", "r2"})] == [None, None, "exact-duplicate"]


def make_rows(chance, job, rows):
    words = sorted(WORDS)
    texts = [
        {"text": " ".join(chance.choices(words, k=chance.randint(1, 6))) + f" {n % 17}", "label": ("cat", "dog")[n % 2]}
        for n in range(rows)
    ]
    return make_candidates(job, *texts)


@pytest.mark.parametrize("threshold", ["auto", 0.97])
def test_batches_and_rounds_of_any_size_give_the_same(threshold, monkeypatch):
    chance = random.Random(3)
    job = make_job(
        seeds=tuple(make_example(text=f"dog cat {n}") for n in range(5)),
        held_out=tuple(make_example(text=f"house dog {n}") for n in range(5)),
        screens={"semantic_duplicate": SETTINGS | {"threshold": threshold}},
    )
    rows = make_rows(chance, job, 600)
    whole = open_duplicate_checker(job, embed).compare(rows)
    assert {match.reason for match in whole if match} >= {*REASONS, "exact-duplicate"}
    for batch in (7, 100, 20_000):
        monkeypatch.setattr(duplicates, "BATCH", batch)
        assert open_duplicate_checker(job, embed).compare(rows) == whole
        parts = open_duplicate_checker(job, embed)
        assert [one for start in range(0, 600, 150) for one in parts.compare(rows[start : start + 150])] == whole


def test_a_kept_row_has_no_rival_among_kept_rows_by_any_order():
    """The order in the plan says which of two similar rows stays; that no two stay does not depend on it."""
    job, chance = make_job(screens=ON), random.Random(4)
    rows = make_rows(chance, job, 200)
    for _ in range(3):
        rows = rows.sample(fraction=1, shuffle=True, seed=chance.randrange(100))
        kept = screen.fn(job, rows, open_duplicate_checker(job, embed)).kept
        vectors, labels = embed(kept["text"].to_list()), kept["label"].to_numpy()
        cosines = vectors @ vectors.T - 2 * np.eye(kept.height)
        assert (cosines[labels[:, None] == labels[None]] < 0.8).all()


def test_without_an_embedder_the_screen_is_not_passed_over_silently():
    with pytest.raises(ValueError, match="needs an embedder"):
        open_duplicate_checker(make_job(screens=ON))


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        (lambda texts: np.full((len(texts), 3), np.nan), "NaN or infinite"),
        (lambda texts: np.ones((len(texts), 2 + len(texts[0]))), "vectors of shape"),
        (lambda texts: np.ones((1, 3)), "vectors of shape"),
    ],
)
def test_an_embedder_that_returns_no_vectors_is_named(wrong, said):
    embedder = Embedder("model2vec/odd", wrong)
    with pytest.raises(ProviderError, match=rf"^model2vec/odd returned .*{said}|^model2vec/odd returned {said}"):
        run("dog", "my cat", embed=embedder.embed, seeds=(make_example(text="a house of cats"),))


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ("{}", "embedder"),
        ("{embedder: litellm/openai/text-embedding-3-small}", "a screen sends no text to a provider"),
        ("{embedder: potion}", "names no embedder"),
        ("{embedder: model2vec/../x}", "names no model"),
        ("{embedder: model2vec/x, threshold: 0.4}", "threshold"),
        ("{embedder: model2vec/x, threshold: 1.5}", "threshold"),
        ("{embedder: model2vec/x, threshold: .nan}", "threshold"),
        ("{embedder: model2vec/x, threshold: Auto}", "threshold"),
        ("{embedder: model2vec/x, treshold: 0.9}", "treshold"),
        ("true", "semantic_duplicate"),
        ("0.9", "semantic_duplicate"),
    ],
)
def test_settings_that_mean_nothing_are_refused_with_their_line(settings, said, tmp_path):
    path = Path(tmp_path, "pets.yaml")
    path.write_text(
        "dataset: pets\ntask: Which?\nlabels: {cat: {share: 0.5, means: a}, dog: {share: 0.5, means: b}}\nrows: 10\n"
        f"generators: [{{model: offline/template}}]\nscreens:\n  semantic_duplicate: {settings}\n"
    )
    with pytest.raises(RecipeError, match=f"line [67].*{said}"):
        load_recipe(path)


def test_a_recipe_without_a_text_has_nothing_to_compare():
    with pytest.raises(ValueError, match="no field is a text"):
        make_recipe(screens=ON, fields={"age": {"type": "integer"}})


def test_a_recipe_without_the_screen_keeps_its_hash():
    assert "semantic_duplicate" not in make_recipe().model_dump(mode="json")["screens"]
    assert isinstance(make_rows(random.Random(0), make_job(), 2), pl.DataFrame)
