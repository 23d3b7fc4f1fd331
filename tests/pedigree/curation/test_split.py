"""The validation split has exact counts, keeps groups whole and depends on ids and seed alone."""

from collections import Counter

from hypothesis import given, settings
from hypothesis import strategies as st

from pedigree.curation.split import choose_validation, join_groups
from pedigree.recipe.apportion import apportion


def alone(labels):
    return {id: id for id in labels}


def test_each_label_has_its_exact_share():
    labels = {f"a{n}": "a" for n in range(33)} | {f"b{n}": "b" for n in range(7)}
    taken = choose_validation(labels, alone(labels), 0.15, seed=0)
    assert Counter(labels[id] for id in taken) == {"a": 5, "b": 1}


def test_a_group_stays_whole_across_labels():
    labels = {f"r{n}": "ab"[n % 2] for n in range(40)}
    groups = {id: f"r{int(id[1:]) // 4 * 4}" for id in labels}
    taken = choose_validation(labels, groups, 0.25, seed=0)
    assert len(taken) == 8  # of 10 wanted, two a label from each group of four
    assert all((id in taken) == (groups[id] in taken) for id in labels)


def test_rows_that_are_alone_fill_what_groups_leave():
    labels = {f"r{n}": "a" for n in range(20)}
    groups = alone(labels) | {f"r{n}": "r0" for n in range(12)}
    taken = choose_validation(labels, groups, 0.25, seed=0)
    assert len(taken) == 5 and not any(groups[id] == "r0" for id in taken)


def test_another_seed_gives_another_split():
    labels = {f"r{n}": "a" for n in range(100)}
    assert len({choose_validation(labels, alone(labels), 0.2, seed) for seed in range(5)}) == 5


@settings(max_examples=100, deadline=None)
@given(
    st.dictionaries(st.text("xyz", min_size=1), st.tuples(st.sampled_from("ab"), st.integers(0, 5))), st.floats(0, 0.9)
)
def test_no_label_has_more_than_its_share_nor_half_a_group(rows, share):
    labels = {id: label for id, (label, _) in rows.items()}
    groups = {id: min(other for other in rows if rows[other][1] == group) for id, (_, group) in rows.items()}
    taken = choose_validation(labels, groups, share, seed=1)
    wanted = {
        label: apportion(count, {"train": 1 - share, "validation": share})
        for label, count in Counter(labels.values()).items()
    }
    assert all(count <= wanted[label]["validation"] for label, count in Counter(labels[id] for id in taken).items())
    assert all((id in taken) == (groups[id] in taken) for id in rows)
    backwards = dict(reversed(labels.items())), dict(reversed(groups.items()))
    assert choose_validation(*backwards, share, seed=1) == taken


def test_decided_rows_stay_and_what_is_similar_goes_with_them():
    labels = {f"r{place}": "cat" for place in range(20)}
    alone = {id: id for id in labels}
    first = choose_validation({id: "cat" for id in list(labels)[:12]}, dict(list(alone.items())[:12]), 0.25, 0)
    decided = {id: id in first for id in list(labels)[:12]}
    old_validation, old_train = sorted(first)[0], sorted(set(decided) - first)[0]
    groups = {**alone, "r12": "a", old_validation: "a", "r13": "b", old_train: "b"}
    grown = choose_validation(labels, groups, 0.25, 0, decided)
    assert {id for id in decided if id in grown} == set(first)
    assert "r12" in grown and "r13" not in grown and len(grown) == 5


def test_groups_of_pairs_are_joined_by_chains_and_named_by_the_smallest():
    groups = {"a": "g3", "b": "g1", "c": "g2", "d": "g2", "e": "g9"}
    joined = join_groups(groups, [("a", "b"), ("d", "a"), ("e", "nobody")])
    assert joined == {"a": "g1", "b": "g1", "c": "g1", "d": "g1", "e": "g9"}
    assert join_groups(groups, []) == groups
