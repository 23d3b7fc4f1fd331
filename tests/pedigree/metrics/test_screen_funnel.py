from pedigree.dataset.rejects import MEANINGS
from pedigree.dataset.results import Distribution, LabelCount
from pedigree.metrics.screen_funnel import BALANCING, SCREENS, FunnelStage, build_funnel, list_rejection_shares

SPAN_REASONS = {"mark-malformed", "missing-slot", "span-ambiguous", "span-not-in-text", "span-overlap", "unknown-slot"}
PARSING = {
    *SPAN_REASONS,
    "ambiguous-answer",
    "content-filter",
    "cut",
    "empty",
    "failed",
    "malformed",
    "missing-field",
    "out-of-range",
    "unfit-source",
    "unreadable-answer",
    "wrong-label",
    "wrong-type",
}


def distribute(**labels: dict[str, int]) -> Distribution:
    """Return a distribution of labels of which 10 rows are kept and these rejected, by reason."""
    counts = [
        LabelCount(
            label=name, target_share=0.5, wanted=10, made=10 + sum(rejected.values()), rejected=rejected, kept=10,
            train=8, validation=2, read=None, deviation=0,
        )
        for name, rejected in labels.items()
    ]  # fmt: skip
    return Distribution(
        labels=counts, generators=[], unassigned={"cut": 7}, distance_made=0, distance_kept=0, distance_read=None,
        g_test_p=None,
    )  # fmt: skip


def test_each_stage_begins_with_what_the_last_one_left_and_the_last_leaves_the_rows_kept():
    rejected = {"surplus": 5, "near-duplicate": 30, "length": 2, "malformed": 1}
    assert build_funnel(distribute(aye=rejected, nay={"review": 4})) == [
        FunnelStage("malformed", {"aye": 48, "nay": 14}, {"aye": 47, "nay": 14}),
        FunnelStage("length", {"aye": 47, "nay": 14}, {"aye": 45, "nay": 14}),
        FunnelStage("near-duplicate", {"aye": 45, "nay": 14}, {"aye": 15, "nay": 14}),
        FunnelStage("review", {"aye": 15, "nay": 14}, {"aye": 15, "nay": 10}),
        FunnelStage("surplus", {"aye": 15, "nay": 10}, {"aye": 10, "nay": 10}),
    ]


def test_where_nothing_was_rejected_there_is_no_stage():
    assert build_funnel(distribute(aye={}, nay={})) == list_rejection_shares([]) == []


def test_what_a_screen_takes_is_of_what_came_to_it_largest_share_first():
    shares = list_rejection_shares(
        build_funnel(distribute(aye={"pii": 30, "shot-copy": 5, "surplus": 90}, nay={"shot-copy": 30}))
    )
    assert [(one.reason, one.label, one.rejected, one.total) for one in shares][:3] == [
        ("shot-copy", "nay", 30, 40),
        ("pii", "aye", 30, 135),
        ("shot-copy", "aye", 5, 105),
    ]
    assert shares[0].share == 0.75
    assert BALANCING not in {one.reason for one in shares}


def test_a_label_that_nothing_came_of_is_taken_by_no_screen():
    empty = FunnelStage("pii", {"aye": 0, "nay": 3}, {"aye": 0, "nay": 0})
    assert [(one.label, one.share) for one in list_rejection_shares([empty])] == [("nay", 1)]


def test_every_reason_has_its_place():
    assert len(set(SCREENS)) == len(SCREENS)
    assert {*SCREENS, BALANCING, *PARSING} == MEANINGS.keys()
