"""Candidates are compared with what was kept, with seeds and with held-out rows; rounds change nothing."""

import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pedigree.job import open_duplicate_checker
from tasks.screen import screen
from tests.pedigree.audits.privacy.test_privacy import change, write
from tests.support.make_candidates import PAIR, make_candidates, make_example, make_job
from tests.support.workspaces import make_job as make_real_job

TEXT = "My parcel was left in the rain behind the house yesterday"
NEAR = "My parcel was left in the rain behind our house yesterday"
FAR = "The invoice shows a charge that I did not expect at all"
LONG = "one two three four five six seven eight nine ten eleven twelve thirteen"


def run(*rows, **changes):
    job = make_job(**changes)
    return screen.fn(job, make_candidates(job, *rows), open_duplicate_checker(job))


def rejects_of(screened):
    return screened.rejects.select("row_id", "reason", "detail", "rival").rows()


def test_what_passes_every_screen_is_kept_in_order():
    screened = run(TEXT, FAR, {"text": "Another message", "label": "dog"})
    assert screened.kept["row_id"].to_list() == ["r0", "r1", "r2"]
    assert screened.rejects.is_empty()


def test_a_failed_text_carries_its_evidence():
    (reject,) = run("Dear [name], hello").rejects.rows(named=True)
    assert reject == {
        "row_id": "r0", "completion_id": "c", "position": 0, "label": "cat", "generator": "zero-shot",
        "candidate": '{"text":"Dear [name], hello"}', "reason": "placeholder", "detail": "[name]", "rival": None,
    }  # fmt: skip


def test_the_same_text_again_is_an_exact_duplicate():
    screened = run(TEXT, {"text": f"  {TEXT.upper()}!!", "label": "dog"})
    assert rejects_of(screened) == [("r1", "exact-duplicate", "the texts of an earlier row", "r0")]


def test_nearly_the_same_text_is_a_near_duplicate():
    assert rejects_of(run(TEXT, FAR, NEAR, screens={"near_duplicate": 0.7})) == [
        ("r2", "near-duplicate", "similarity 0.78", "r0")
    ]
    assert rejects_of(run(TEXT, NEAR, screens={"near_duplicate": 0.85})) == []
    assert rejects_of(run(TEXT, NEAR, TEXT, screens={"near_duplicate": None}))[0][1] == "exact-duplicate"


def test_a_rejected_row_is_no_rival():
    rows = [{"text": f"{TEXT} [name]"}, {"text": f"{TEXT} now"}]
    assert run(*rows).kept["row_id"].to_list() == ["r1"]


def test_seeds_are_not_written_again():
    seed = make_example(text=TEXT)
    assert rejects_of(run(f"{TEXT}.", seeds=(seed,))) == [("r0", "seed-duplicate", "the texts of a seed row", seed.id)]
    assert rejects_of(run(NEAR, seeds=(seed,), screens={"near_duplicate": 0.7})) == [
        ("r0", "seed-near-duplicate", "similarity 0.78", seed.id)
    ]


def test_a_shown_seed_is_not_copied():
    shown, other = make_example(text=TEXT), make_example(text=FAR)
    row = {"text": NEAR, "seed_row_ids": [other.id, shown.id, "of another file"]}
    assert rejects_of(run(row, seeds=(shown, other))) == [("r0", "shot-copy", "similarity 0.78", shown.id)]
    kept = {"seed_copy": None}
    assert rejects_of(run({**row, "seed_row_ids": [other.id]}, seeds=(shown, other), screens=kept)) == []
    assert rejects_of(run(row, seeds=(shown, other), screens={"shot_copy": None, **kept})) == []


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("Has been EMPTY, for days!", "has been empty for days"),
        ("thank you so", None),  # three words say little
        ("been empty for weeks", None),  # other words
        ("een empty for days", None),  # no whole word
        ("thank you so much", "thank you so much"),
        ("您好我的订单还", "您好我的订单还"),  # seven characters are as much as four words
        ("您好我的", None),
    ],
)
def test_a_row_that_is_a_part_of_a_shown_text_is_a_copy_of_it(text, found):
    whole = "Thank you so much, the shelf beside the till has been empty for days 您好我的订单还没有到"
    shown, other = make_example(text=whole), make_example(text=FAR)
    off = {"seed_copy": None, "language": False}
    rejected = rejects_of(run({"text": text, "seed_row_ids": [other.id, shown.id]}, seeds=(shown, other), screens=off))
    assert rejected == ([("r0", "shot-copy", f"all of it stands in a shown text: {found}", shown.id)] if found else [])
    assert not rejects_of(run({"text": text, "seed_row_ids": [other.id]}, seeds=(shown, other), screens=off))


WHOLE, SOME = "holds 100% of a seed row", "100% is from seed rows"


@pytest.mark.parametrize(
    ("text", "detail"),
    [
        (f"{TEXT} and {FAR}", WHOLE),  # two seeds in one row
        (f"Hello there. {TEXT}, as nobody was at home to take it from the driver, who left no note either.", WHOLE),
        (f"#parcel {NEAR} #rain", "holds 88% of a seed row"),
        ("left in the rain behind the house, the invoice shows a charge that I did not", SOME),  # two halves
        ("My parcel came; the invoice shows a charge for rain on a house", None),
        ("Was it left in the rain behind the house again?", None),
    ],
)
def test_a_row_that_holds_a_seed_or_consists_of_pieces_of_seeds_is_a_copy(text, detail):
    seeds = make_example(text=TEXT), make_example(text=FAR), make_example(text="Thanks a lot for it")
    found = [(reason, detail) for _, reason, detail, _ in rejects_of(run(text, seeds=seeds))]
    assert found == ([("seed-copy", detail)] if detail else [])
    assert rejects_of(run(text, seeds=seeds, screens={"seed_copy": None})) == []


@pytest.mark.parametrize("shown", [True, False])
@pytest.mark.parametrize("how", ["verbatim", "a tenth of the words changed", "split over two rows"])
@pytest.mark.parametrize("words", [12, 20, 40])
def test_twenty_of_twenty_copies_of_seeds_are_rejected_and_nothing_else(words, how, shown):
    chance = random.Random(words)
    copied, fresh = write(chance, 20, words), write(chance, 20, words)
    if how == "verbatim":
        parts = [text.upper() for text in copied]
    elif how == "split over two rows":
        halves = (text.split() for text in copied)
        parts = [" ".join(half) for all in halves for half in (all[: words // 2], all[words // 2 :])]
    else:
        parts = [change(text, chance, 0.1) for text in copied]
    seeds = tuple(make_example(text=text) for text in copied)
    ids = [seed.id for seed in seeds] if shown else []
    rows = [{"text": text, "seed_row_ids": ids} for text in (*parts, *fresh)]
    rejects = rejects_of(run(*rows, seeds=seeds))
    assert {row for row, *_ in rejects} == {f"r{place}" for place in range(len(parts))}
    if words == 20:
        off = {"near_duplicate": None, "seed_copy" if shown else "shot_copy": None}  # either screen is enough
        alone = rejects_of(run(*rows, seeds=seeds, screens=off))
        assert {row for row, *_ in alone} == {row for row, *_ in rejects}


TEN = "the cat sat there on my mat for two days"
CHANGED = "of the words are those of a seed row, in the same order"


@pytest.mark.parametrize(
    ("seed", "text", "detail"),
    [
        (TEN, TEN.replace("there", "quietly"), f"90% {CHANGED}"),
        (TEN, f"{TEN} and nights".replace("there", "quietly"), None),  # nine of twelve words
        (TEN.removesuffix(" days"), TEN.replace("there", "quietly").removesuffix(" days"), None),  # nine words
        ("昨天我的包裹放在屋后没有人告诉我雨很大", "昨天我的包裹放在屋后没有谁告诉我雨很小", f"89% {CHANGED}"),
        ("昨天我的包裹到了没有人", "昨天我的包谁到了没有人", None),  # eleven characters
    ],
)
def test_a_seed_row_with_few_words_changed_is_a_copy(seed, text, detail):
    off = {"near_duplicate": None, "language": False}
    seeds = (make_example(text=seed),)
    found = [(reason, found) for _, reason, found, _ in rejects_of(run(text, seeds=seeds, screens=off))]
    assert found == ([("seed-copy", detail)] if detail else [])
    assert rejects_of(run(text, seeds=seeds, screens={**off, "seed_copy": 0.95})) == []


def test_a_pair_is_a_changed_copy_only_if_each_of_its_texts_is():
    seed = make_example(premise=TEN, hypothesis="It rained all day and nobody was at home to see it.")
    said = (
        "It rained all day and nobody was at home to hear it.",
        "It was a dry day that all of us spent at the lake.",
    )
    rows = [{"premise": TEN.replace("there", "quietly"), "hypothesis": text} for text in said]
    screened = run(*rows, fields=PAIR, seeds=(seed,), screens={"near_duplicate": None})
    assert rejects_of(screened) == [("r0", "seed-copy", f"90% {CHANGED}", seed.id)]


def test_a_short_seed_may_stand_in_a_longer_row():
    assert (
        rejects_of(run("Thanks a lot for it, said nobody ever", seeds=(make_example(text="Thanks a lot for it"),)))
        == []
    )


def test_a_row_holds_a_seed_only_if_each_of_its_texts_does():
    seed = make_example(premise=TEXT, hypothesis="It rained all day.")
    rows = [{"premise": TEXT, "hypothesis": said} for said in ("The day was dry.", "We know that it rained all day.")]
    screened = run(*rows, fields=PAIR, seeds=(seed,))
    assert rejects_of(screened) == [("r1", "seed-copy", WHOLE, seed.id)]


CHINESE = "昨天我的包裹被放在屋后淋雨，没有人告诉我"


def test_what_holds_a_held_out_row_is_rejected_in_any_script():
    held_out = make_example(text="The bird sang all morning long"), make_example(text=CHINESE)
    rows = ["They say: the bird sang all morning long!", f"客服您好，{CHINESE}，请尽快处理。", "昨天我的包裹到了，谢谢"]
    screened = run(*rows, held_out=held_out)
    assert rejects_of(screened) == [
        ("r0", "held-out-overlap", "holds 100% of a held-out row", held_out[0].id),
        ("r1", "held-out-overlap", "holds 100% of a held-out row", held_out[1].id),
    ]
    longer = make_example(text=CHINESE * 2)
    ((_, reason, detail, _),) = rejects_of(run(f"客服，{CHINESE}，昨天夜里", held_out=(longer,)))
    assert (reason, detail) == ("held-out-overlap", f"20 characters in a row: {CHINESE.replace('，', '')}昨")


@pytest.mark.parametrize(
    ("text", "detail"),
    [
        (f"{TEXT}?", "the texts of a held-out row"),
        (f"{TEXT} too", "similarity 0.93"),
        (f"before {LONG}, after", f"13 words in a row: {LONG}"),
    ],
)
def test_held_out_rows_stay_unseen(text, detail):
    held_out = make_example(text=TEXT), make_example(text=f"{LONG} fourteen fifteen")
    ids = {held_out[0].id: detail, held_out[1].id: detail}
    ((_, reason, found, rival),) = rejects_of(run(text, held_out=held_out, screens={"near_duplicate": None}))
    assert (reason, found) == ("held-out-overlap", detail) and rival in ids
    assert rejects_of(run(text, held_out=held_out, screens={"held_out_overlap": False})) == []


def test_twelve_words_in_a_row_are_common():
    words = LONG.rsplit(" ", 1)[0]
    assert rejects_of(run(f"{words} and so on", held_out=(make_example(text=f"well now, {LONG}"),))) == []


def test_a_shared_premise_alone_is_no_duplicate():
    rows = [{"premise": TEXT, "hypothesis": said} for said in ("It rained.", "Nobody was at home.", "it rained")]
    screened = run(*rows, fields=PAIR)
    assert screened.kept["row_id"].to_list() == ["r0", "r1"]
    assert rejects_of(screened) == [("r2", "exact-duplicate", "the texts of an earlier row", "r0")]


def test_rows_of_numbers_are_copies_up_to_the_precision_that_is_printed():
    fields = {name: {"type": "number"} for name in ("width", "height", "depth")}
    seed = make_example(width=1.25, height=2.75, depth=0.125)
    other = make_example(width=9.25, height=9.75, depth=9.125)
    rows = [
        {"width": 1.2500001, "height": 2.75, "depth": 0.125},
        {"width": 9.2, "height": 9.8, "depth": 9.12},
        {"width": 1.26, "height": 2.75, "depth": 0.125},
    ]
    screened = run(*rows, fields=fields, seeds=(seed,), held_out=(other,))
    assert rejects_of(screened) == [
        ("r0", "seed-copy", "all values, in the precision that is printed, are those of a seed row", seed.id),
        (
            "r1",
            "held-out-overlap",
            "all values, in the precision that is printed, are those of a held-out row",
            other.id,
        ),
    ]
    off = {"screens": {"seed_copy": None, "held_out_overlap": False}}
    assert rejects_of(run(*rows, fields=fields, seeds=(seed,), held_out=(other,), **off)) == []


def test_rows_without_text_are_duplicates_only_where_they_are_equal():
    fields = {"age": {"type": "integer"}, "town": {"type": "category", "values": ["Ghent", "Utrecht"]}}
    rows = [{"age": age, "town": town} for age, town in [(31, "Ghent"), (-31, "Ghent"), (31, "Utrecht"), (31, "Ghent")]]
    seed = make_example(age=31, town="Utrecht")
    screened = run(*rows, fields=fields, seeds=(seed,))
    assert rejects_of(screened) == [
        ("r2", "seed-duplicate", "the values of a seed row", seed.id),
        ("r3", "exact-duplicate", "the values of an earlier row", "r0"),
    ]


WORDS = st.lists(st.sampled_from(["parcel", "house", "rain", "[name]", "late", "again"]), min_size=1, max_size=9)


@settings(max_examples=8, deadline=None)
@given(st.lists(WORDS.map(" ".join), min_size=1, max_size=25), st.integers(1, 6))
def test_rounds_give_what_one_call_gives(texts, size):
    job = make_job(
        (make_example(text="rain rain late"),), (make_example(text="house again"),), screens={"near_duplicate": 0.6}
    )
    candidates = make_candidates(job, *texts)
    whole = screen.fn(job, candidates, open_duplicate_checker(job))
    seen = open_duplicate_checker(job)
    rounds = [screen.fn(job, candidates[at : at + size], seen) for at in range(0, candidates.height, size)]
    assert [id for part in rounds for id in part.kept["row_id"]] == whole.kept["row_id"].to_list()
    by_id = {row[0]: row for part in rounds for row in part.rejects.rows()}
    assert by_id == {row[0]: row for row in whole.rejects.rows()}


def test_a_copy_of_a_real_row_is_turned_away_with_that_row_as_its_rival(tmp_path):
    job = make_real_job(tmp_path, real=[{"text": TEXT, "label": "cat"}, {"text": FAR, "label": "dog"}])
    near, rows = (
        {"near_duplicate": 0.6},
        make_candidates(job, TEXT.upper(), NEAR, {"text": FAR, "label": "cat"}, "The kettle sings"),
    )
    job.recipe = job.recipe.model_copy(update={"screens": job.recipe.screens.model_copy(update=near)})
    screened = screen.fn(job, rows, open_duplicate_checker(job))
    rivals = [(id, reason, rival) for id, reason, _, rival in rejects_of(screened)]
    first, second = (one.id for one in job.real)
    assert rivals == [
        ("r0", "exact-duplicate", first),
        ("r1", "near-duplicate", first),
        ("r2", "exact-duplicate", second),
    ]
    assert screened.kept["row_id"].to_list() == ["r3"]
