"""Which labels a judge with ``labels_shown`` is shown, and what is wrong with one."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from pedigree.recipe.judge import Judge
from pedigree.recipe.label_groups.groups import choose_group, list_near
from tests.support.cli_runner import Shell
from tests.support.make_candidates import make_recipe
from tests.support.make_label_sets import SEVERAL
from tests.support.workspaces import make_workspace

NAMES = [f"l{number}" for number in range(12)]
LABELS = {name: {"share": 1 / 12, "means": f"about {name}"} for name in NAMES}
LABELS |= {"l3": {**LABELS["l3"], "unlike": ["l5", "l1"]}, "l5": {**LABELS["l5"], "unlike": ["l4"]}}
JUDGE = {"name": "one", "model": "offline/template"}


def make(labels=LABELS, **judge):
    return make_recipe(labels=labels, judges=[{**JUDGE, **judge}], rows=48)


def test_labels_that_are_confused_are_near_whichever_names_the_other():
    near = list_near(make().single_labels)
    assert (near["l3"], near["l5"], near["l1"], near["l4"], near["l0"]) == (
        ("l1", "l5"), ("l3", "l4"), ("l3",), ("l5",), (),
    )  # fmt: skip


@settings(max_examples=30, deadline=None)
@given(st.integers(2, 11), st.sampled_from(NAMES), st.text(max_size=8), st.integers(0, 9))
def test_a_group_holds_the_label_then_those_near_it_and_a_larger_group_holds_a_smaller(shown, label, text, seed):
    near = list_near(make().single_labels)
    group = choose_group(near, shown, seed, label, {"text": text})
    assert len(group) == len(set(group)) == shown and group[0] == label
    assert set(group[1 : 1 + len(near[label])]) <= set(near[label])
    assert group == choose_group(near, shown + 1, seed, label, {"text": text})[:shown]


def test_over_the_rows_every_label_stands_beside_every_other_about_equally_often():
    near = list_near(make().single_labels)
    groups = [choose_group(near, 5, 1, "l3", {"text": f"row {number}"}) for number in range(450)]
    beside = {name: sum(name in group for group in groups) for name in NAMES if name != "l3"}
    assert (beside["l1"], beside["l5"]) == (450, 450)  # 2 of 9 others in each group
    assert all(70 <= count <= 130 for name, count in beside.items() if name not in near["l3"])


def test_a_recipe_without_the_key_has_no_trace_of_it():
    assert "labels_shown" not in make().judges[0].model_dump()
    assert make().judges[0].template_path == "prompts/judge-relabel.j2"
    assert make(labels_shown=4).judges[0].template_path == "prompts/judge-relabel-group.j2"


@pytest.mark.parametrize(
    ("judge", "says"),
    [
        ({"labels_shown": 0}, "labels_shown is 0, and a group has at least 2 labels"),
        ({"labels_shown": 1}, "labels_shown is 1, and a group has at least 2 labels"),
        ({"labels_shown": -3}, "labels_shown is -3"),
        ({"labels_shown": True}, "labels_shown is 1"),
        ({"labels_shown": 2.5}, "labels_shown"),
        ({"labels_shown": "many"}, "labels_shown"),
        ({"labels_shown": 13}, "labels_shown: 13, and the recipe has 12 labels: name at most 12"),
        ({"labels_shown": 4, "question": "fits"}, "labels_shown goes with question relabel, not with fits"),
        ({"labels_shown": 4, "question": "pairwise"}, "not with pairwise"),
        ({"labels_shown": 4, "question": "labels"}, "not with labels"),
        ({"labels_shown": 4, "on_disagreement": "relabel"}, "does not go with on_disagreement: relabel"),
    ],
)
def test_what_does_not_go_with_it_is_said(judge, says):
    with pytest.raises(ValidationError, match=says):
        make(**judge)


def test_a_label_with_the_name_of_the_answer_that_none_fits_is_refused():
    with pytest.raises(ValidationError, match="a label is named 'None of These'"):
        make({{"l0": "None of These"}.get(name, name): label for name, label in LABELS.items()}, labels_shown=4)


def test_rows_with_several_labels_have_no_groups():
    judge = {**JUDGE, "labels_shown": 3}
    with pytest.raises(ValidationError, match="where rows have several labels, ask 'labels'"):
        make_recipe(**{**SEVERAL, "judges": [judge]})
    with pytest.raises(ValidationError, match="not with labels"):
        make_recipe(**{**SEVERAL, "judges": [{**judge, "question": "labels"}]})


def test_as_many_as_there_are_labels_is_allowed():
    assert Judge(**JUDGE, labels_shown=12) and make(labels_shown=12)


@pytest.mark.parametrize("changes", [{"labels_shown": 1}, {"labels_shown": 3}, {"labels_shown": 2, "question": "fits"}])
def test_the_command_ends_with_2_and_says_what_to_do(tmp_path, capsys, changes):
    workspace = make_workspace(tmp_path / "w", judges=[{**JUDGE, **changes}])
    said = Shell(workspace.root, capsys).refuse("check", "pets")
    assert "labels_shown" in said and "pets.yaml, line" in said
