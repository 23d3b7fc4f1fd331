"""The line of a round says how many rows are kept, and what passed beyond the targets."""

from tasks.generation_state import format_kept


def test_rows_beyond_a_labels_target_are_told_apart():
    targets = {"cat": 1200, "dog": 10}
    assert (
        format_kept({"cat": 1199, "dog": 12}, targets) == "1,209 of 1,210 rows are kept; 2 more than their labels need"
    )
    assert format_kept({"cat": 3, "dog": 10}, targets) == "13 of 1,210 rows are kept"
    assert format_kept({}, targets) == "0 of 1,210 rows are kept"
