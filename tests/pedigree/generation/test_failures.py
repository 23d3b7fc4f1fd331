"""What failure-driven rounds read, choose and watch; tests/flows/test_failures.py has their whole course."""

import random

import polars as pl
import pytest

from pedigree.dataset.examples import Example
from pedigree.errors import RecipeError
from pedigree.generation.failures.clusters import Failure, cluster_failures
from pedigree.generation.failures.collapse import find_collapse, list_rare_words, measure_variety
from pedigree.generation.failures.loop import open_loop
from pedigree.generation.failures.people import list_people
from pedigree.generation.prompt_builder import PromptBuilder
from pedigree.generation.rounds import Rounds
from pedigree.ids import sha256_of
from pedigree.job import open_job
from pedigree.ledger.ledger import Ledger
from pedigree.recipe.yaml_file import set_keys
from tasks.check import check_job
from tasks.estimate import estimate
from tests.support.make_failures import EASY, HARD, draw_words, make_offline_job
from tests.support.make_failures import list_people as draw_people


def make_rows(label, word, count, key=""):
    """Return rows of a label as a round keeps them."""
    texts = [" ".join([*draw_words([key, label, word, n], 7), word]) for n in range(count)]
    ids = [sha256_of([key, label, word, n]) for n in range(count)]
    return pl.DataFrame({"row_id": ids, "completion_id": ids, "label": label, "generator": "failures", "text": texts})


def make_round(words, count=12, key=""):
    return pl.concat([make_rows(label, word, count, key) for label, word in words.items()])


def make_failures(*groups):
    """Return failures of one pair of labels; each group shares a word."""
    found = []
    for word, count in groups:
        for n in range(count):
            fields = {"text": " ".join([word, word.upper(), *draw_words([word, n], 4)])}
            found.append(Failure(Example(sha256_of(fields), fields, "cat", n), "dog", -n / 100))
    return found


def test_rows_that_share_words_form_a_cluster_whatever_their_order():
    failures = make_failures(("collar", 9), ("whisker", 6))
    people = [one.example for one in failures]
    first = cluster_failures(failures, people, 2)
    assert [(one.name, len(one.examples), one.words[0]) for one in first] == [
        ("cat / dog / 1", 9, "collar"),
        ("cat / dog / 2", 6, "whisker"),
    ]
    for seed in range(3):
        shuffled = random.Random(seed).sample(failures, len(failures))
        assert cluster_failures(shuffled, people[::-1], 2) == first
    assert [len(one.examples) for one in cluster_failures(failures, people, 1)] == [15]
    assert [len(one.examples) for one in cluster_failures(failures[:7], people, 9)] == [7]


def test_the_words_of_a_cluster_tell_it_from_other_rows_and_are_in_most_rows_of_neither():
    def write(label, word, n):
        fields = {"text": f"the one with the {word} and the {draw_words([word, n], 1)[0]} was in the house"}
        return Example(sha256_of(fields), fields, label, n)

    wrong = [write("cat", "collar", n) for n in range(6)]
    people = wrong + [write("cat", "whisker", n) for n in range(10)] + [write("dog", "bone", n) for n in range(20)]
    [cluster] = cluster_failures([Failure(one, "dog", -0.5) for one in wrong], people, 1)
    assert cluster.words == ("collar",)  # "the", "with" and "house" stand in all rows
    [alone] = cluster_failures([Failure(one, "dog", -0.5) for one in wrong], wrong, 1)
    assert alone.words == ()  # there are no other rows


def test_a_round_reads_people_and_asks_in_proportion_for_what_is_taken_for_another_label(tmp_path):
    loop = open_loop(make_offline_job(tmp_path))
    assert loop.find_target("cat", 0) is None
    loop.record(1, make_round(EASY))
    [found] = loop.figures
    assert (found.kept, found.learned) == (24, 24) and found.macro_f1 < 0.9 and found.gain_interval is None
    assert found.macro_f1_interval[0] < found.macro_f1 < found.macro_f1_interval[1]
    targets = [loop.find_target("cat", index).cluster for index in range(40)]
    assert {one.confused for one in targets} == {"dog"} and {one.label for one in targets} == {"cat"}
    shown = [one for target in targets for one in target.examples]
    assert shown and all(HARD["cat"] in one.fields["text"] for one in shown)
    loop.record(2, make_round(HARD))
    assert loop.figures[1].macro_f1 == 1 and loop.figures[1].gain_interval[0] > 0
    assert loop.stop.startswith("after round 2 a classifier of the rows gets all 40 rows right")
    assert loop.find_target("cat", 0) is None
    loop.restart()
    assert loop.stop is None


def test_neither_the_order_of_rows_nor_that_of_people_changes_what_is_asked_for(tmp_path):
    def describe(root, seeds, rows):
        loop = open_loop(make_offline_job(root, seeds=seeds))
        loop.record(1, rows)
        return [loop.find_target(label, index).describe() for label in EASY for index in range(9)]

    people, rows = draw_people(), make_round(EASY)
    first = describe(tmp_path / "a", people, rows)
    assert describe(tmp_path / "b", people[::-1], rows.sort("text")) == first
    assert describe(tmp_path / "c", people, rows.head(23)) != first


def test_held_out_rows_are_never_looked_at(tmp_path):
    class Untouchable(tuple):
        def __iter__(self):
            raise AssertionError("held-out rows were read")

        __len__ = __getitem__ = __iter__

    job = make_offline_job(tmp_path)
    job.held_out = Untouchable()
    loop = open_loop(job)
    loop.record(1, make_round(EASY))
    builder = PromptBuilder(job, loop)
    rounds = Rounds(job.recipe, failures=loop)
    built = [builder.build(slot, 2, {}) for slot in rounds.next_round()]
    assert all(one.context.variables["confused"] for one in built)


def test_a_dev_file_is_read_and_the_seeds_are_learned(tmp_path):
    dev = [{"text": f"{one['text']} indeed", "label": one["label"]} for one in draw_people()]
    job = make_offline_job(tmp_path, dev=dev)
    assert {one.id for one in list_people(job)} == {one.id for one in job.dev}
    loop = open_loop(job)
    loop.record(1, make_round(EASY))
    assert loop.figures[0].learned == 24 + 40 and loop.figures[0].wrong == 0


def test_unknown_stays_unknown(tmp_path):
    loop = open_loop(make_offline_job(tmp_path))
    loop.record(1, make_rows("cat", "purrs", 12))
    [found] = loop.figures
    assert (found.macro_f1, found.wrong, found.variety, loop.stop) == (None, None, None, None)
    assert loop.find_target("cat", 0) is None and "no classifier" in loop.describe_last()


def test_rounds_without_a_gain_are_counted_from_the_last_gain(tmp_path):
    loop = open_loop(make_offline_job(tmp_path, failures={"patience": 2}))
    loop.record(1, make_round(EASY))
    loop.record(2, make_round(EASY, key="more"))
    assert loop.stop is None and loop.figures[1].gain_interval[0] <= 0
    loop.record(3, make_round(EASY, key="again"))
    assert "rose no more beyond its interval in 2 rounds" in loop.stop


VARIED = [" ".join(draw_words([n])) for n in range(30)]
RARE = list_rare_words([" ".join(VARIED[n].split()[:4]) for n in range(30)])


@pytest.mark.parametrize(
    ("texts", "says"),
    [
        (VARIED[::-1], None),
        ([f"{VARIED[n % 3]} {VARIED[n].split()[0]}" for n in range(30)], "the Vendi score"),
        ([f"you know it {VARIED[n]}" for n in range(30)], "100% of 30 of its rows begin with the same words"),
        ([" ".join(draw_words(["other", n])) for n in range(30)], "rare words of people's rows"),
    ],
)
def test_a_clear_fall_of_variety_is_a_collapse(texts, says):
    found = find_collapse(measure_variety(VARIED, RARE), measure_variety(texts, RARE))
    assert found is None if says is None else says in found


def test_figures_of_few_rare_words_are_no_collapse():
    few = frozenset(sorted(RARE)[:9])
    other = measure_variety([" ".join(draw_words(["other", n])) for n in range(30)], few)
    assert find_collapse(measure_variety(VARIED, few), other) is None


def test_each_round_asks_for_its_part_and_a_grown_step_for_its_own(tmp_path):
    recipe = make_offline_job(tmp_path, rows=80, failures={"rounds": 4}).recipe
    grown = {**recipe.model_dump(), "rows": 160, "grown_from": [{"version": "v1.0.0", "rows": 80}]}
    short, long = Rounds(recipe), Rounds(recipe.model_validate(grown))
    for _ in range(4):
        slots = short.next_round()
        assert len(slots) == 2 * 3  # 10 rows of each label in calls of 4
        assert long.next_round() == slots
        for rounds in (short, long):
            rounds.record({("failures", "cat"): 10, ("failures", "dog"): 10})
    assert short.stop.reason == "full"
    assert long.lacking == {"cat": 40, "dog": 40} and len(long.next_round()) == 2 * 3


WRONG = {
    "neither seeds nor a 'dev' file": {"seeds": None},
    "is also the file of seeds": {"failures": {"dev": "data/seeds/pets/seeds.jsonl"}},
    "over 7 rounds, but budget.rounds is 6": {"failures": {"rounds": 7}},
    "the key failures goes with strategy failures": {"strategy": "zero-shot"},
    "not there.jsonl": {"failures": {"dev": "data/seeds/pets/not there.jsonl"}},
    "patiense": {"failures": {"patiense": 2}},
}


@pytest.mark.parametrize("says", WRONG)
def test_a_wrong_recipe_is_an_error(tmp_path, says):
    with pytest.raises(RecipeError) as error:
        make_offline_job(tmp_path, **WRONG[says])
    assert says in str(error.value)


def test_two_generators_share_their_settings(tmp_path):
    job = make_offline_job(tmp_path)
    path = job.workspace.recipe_path("pets")
    one = job.recipe.generators[0].model_dump(mode="json")
    both = [{**one, "name": "one"}, {**one, "name": "two", "failures": {"patience": 3}}]
    with pytest.raises(RecipeError, match="generator 'two' has other settings under 'failures'"):
        set_keys(path, {"generators": both})


def test_a_dev_row_that_is_held_out_is_an_error(tmp_path):
    rows = [{"text": f"{one['text']} indeed", "label": one["label"]} for one in draw_people()]
    with pytest.raises(RecipeError, match=r"held_out.jsonl, line 1: the same row is line 3 of .*dev.jsonl"):
        make_offline_job(tmp_path, dev=rows, held_out=[rows[2]])


def test_too_few_rows_of_a_label_are_an_error_before_anything_is_asked(tmp_path):
    job = make_offline_job(tmp_path, seeds=[*draw_people()[:20], *draw_people()[36:]])
    with pytest.raises(RecipeError, match="which has 4 of dog"):
        check_job(job)


def test_an_estimate_counts_every_round_with_prompts_that_show_rows(tmp_path):
    job = make_offline_job(tmp_path, rows=80)
    with Ledger(job.workspace.ledger) as ledger:
        found = estimate(job, ledger)
        plain = estimate(open_job(job.workspace, "pets"), ledger)
    assert found.rounds == 4 and found == plain
    set_keys(job.workspace.recipe_path("pets"), {"generators.0.strategy": "zero-shot", "generators.0.failures": None})
    with Ledger(job.workspace.ledger) as ledger:
        other = estimate(open_job(job.workspace, "pets"), ledger)
    each = [one.total.tokens_in / one.total.calls for one in (found, other)]
    assert each[0] > each[1] and other.rounds < 4
