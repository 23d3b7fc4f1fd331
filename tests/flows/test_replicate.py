"""Replicate: variants of one recipe side by side; nothing of the user's is touched and nothing is paid for twice."""

import json
from contextlib import chdir
from statistics import mean, stdev

import pytest
from prefect import get_client
from prefect.client.schemas.filters import ArtifactFilter, ArtifactFilterKey
from prefect.exceptions import CancelledRun, ParameterTypeError

from flows.replicate import replicate
from pedigree.dataset.replica_figures import read_spread
from pedigree.errors import CommandError, PedigreeError, ProviderError, RecipeError, WorkspaceError
from pedigree.ledger.ledger import Ledger
from pedigree.recipe.yaml_file import load_recipe, set_keys
from pedigree.workspace import Workspace
from tasks.compare import describe_spread, format_replicas
from tasks.replicas import Variant, list_variants
from tests.support.cancel_run import cancel_when_asked
from tests.support.demanding_suite import demand_rows
from tests.support.fake_endpoint import Endpoint, error, rows
from tests.support.make_published import NAME, SMALL
from tests.support.repository import settle


@pytest.fixture(scope="module")
def house(prefect, tmp_path_factory):
    """A workspace with a small recipe that never ran."""
    house = settle(tmp_path_factory.mktemp("replicated") / "work")
    set_keys(house.root / f"recipes/{NAME}.yaml", SMALL)
    house.git("commit", "-qam", "a smaller recipe")
    return house


def make(house, **options):
    with chdir(house.root):
        return replicate(NAME, **options)


def count_held(house) -> int:
    return len(Ledger(house.root / ".pedigree/ledger"))


def read_shown() -> str:
    """Return the table that the last run shows on its page, as JSON."""
    wanted = ArtifactFilter(key=ArtifactFilterKey(any_=[f"{NAME}-replicas"]))
    with get_client(sync_client=True) as client:
        return client.read_artifacts(artifact_filter=wanted, sort="CREATED_DESC", limit=1)[0].data


@pytest.fixture(scope="module")
def compared(house):
    """What two seeds came to."""
    return make(house, seeds=[1, 2])


def test_each_variant_is_made_whole_in_a_folder_of_its_own(house, compared):
    assert [(one.variant, one.seed, one.rows, one.passed) for one in compared.replicas] == [
        ("seed-1", 1, 60, True),
        ("seed-2", 2, 60, True),
    ]
    first, second = compared.replicas
    assert first.macro_f1 != second.macro_f1 and first.interval[0] < first.macro_f1 < first.interval[1]
    assert 0 < first.kept_share < 1 and len(first.rejects) == 3 and first.usd == 0 and first.evidence is False
    assert (house.root / first.report).is_file()


def test_nothing_of_the_users_is_touched(house, compared):
    assert house.git("status", "--porcelain") == "" and house.git("tag") == ""
    assert not (house.root / f"data/{NAME}").exists()
    assert load_recipe(house.root / f"recipes/{NAME}.yaml").seed == 0


def test_the_comparison_is_kept_and_read_by_people(house, compared):
    kept = json.loads((house.root / compared.path).read_text(encoding="utf-8"))
    assert compared.path == f".pedigree/replicas/{NAME}/comparison.json"
    assert [one["macro_f1"] for one in kept["replicas"]] == [one.macro_f1 for one in compared.replicas]
    line = format_replicas(compared)[0]
    assert (line["folder"], line["result"], line["rows"], line["USD"]) == ("seed-1", "passed", "60", "0.0000")
    assert line["macro-F1"].endswith("), no evidence")


def test_the_spread_of_the_variants_and_their_averaged_predictions_are_told(house, compared):
    kept = json.loads((house.root / compared.path).read_text(encoding="utf-8"))
    values = [one.macro_f1 for one in compared.replicas]
    assert kept["spread"]["macro_f1"] == {"sets": 2, "mean": mean(values), "std": stdev(values)}
    one = compared.ensemble
    assert one.students == 2 and one.single.mean == pytest.approx(mean(values)) and kept["ensemble"]["gain"] == one.gain
    told = read_spread(Workspace(house.root), load_recipe(house.root / f"recipes/{NAME}.yaml"))
    assert told["variants"] == 2 and told["seeds"] == [1, 2] and told["figures"] == kept["spread"]
    assert told["ensemble"] == kept["ensemble"] and told["evidence"] is False
    spread, *_, averaged = describe_spread(compared)
    assert f"macro-F1 {mean(values):.3f} ± {stdev(values):.3f}" in spread and "over 2 variants" in spread
    assert f"macro-F1 {one.macro_f1:.3f}" in averaged and averaged.endswith("no evidence")


def test_the_spread_of_right_labels_is_that_of_the_variants_gates(house, compared):
    rights = []
    for one in compared.replicas:
        gates = json.loads((house.root / one.report).with_name("gates.json").read_text(encoding="utf-8"))
        assert (one.labels_right, one.labels_by) == (gates["labels"][0]["right"]["share"], "a classifier")
        rights.append(one.labels_right)
    assert compared.spread["labels_right"].mean == mean(rights)
    told = read_spread(Workspace(house.root), load_recipe(house.root / f"recipes/{NAME}.yaml"))
    assert told["labels"] == {"checked": 2, "by": ["a classifier"]}
    assert format_replicas(compared)[0]["labels right"] == f"{rights[0]:.1%}, by a classifier"
    assert f"labels right by estimate {mean(rights):.1%} ± " in describe_spread(compared)[0]


def test_the_spread_of_each_label_is_told(house, compared):
    made = {}
    for one in compared.replicas:
        folder = (house.root / one.report).parent
        labels = json.loads((folder / "distribution.json").read_text(encoding="utf-8"))["labels"]
        right = json.loads((folder / "gates.json").read_text(encoding="utf-8"))["labels"][0]["by_label"]
        for label in labels:
            made.setdefault(label["label"], []).append(
                (label["kept"], label["kept"] / label["made"], right[label["label"]]["share"])
            )
    assert list(compared.by_label) == list(made) and len(made) == 8
    for label, figures in made.items():
        for name, values in zip(("rows", "kept_share", "right"), zip(*figures, strict=True), strict=True):
            spread = compared.by_label[label][name]
            assert (spread.sets, spread.mean, spread.std) == (2, mean(values), pytest.approx(stdev(values)))
    told = read_spread(Workspace(house.root), load_recipe(house.root / f"recipes/{NAME}.yaml"))
    assert told["by_label"] == json.loads((house.root / compared.path).read_text(encoding="utf-8"))["by_label"]
    (said,) = [line for line in describe_spread(compared) if line.startswith("By label, yield: ")]
    label = max(made, key=lambda label: stdev(one[1] for one in made[label]))
    assert said.startswith(f"By label, yield: {label} {mean(one[1] for one in made[label]):.1%} ± ")
    assert not any("By label, rows" in line for line in describe_spread(compared))  # each seed has the same


@pytest.mark.full
def test_a_second_time_nothing_is_asked_for(house, compared):
    held = count_held(house)
    (again,) = make(house, seeds=[1]).replicas
    assert again == compared.replicas[0] and count_held(house) == held


@pytest.mark.full
def test_a_variant_that_fails_its_gates_is_a_line(house, compared):
    suite = demand_rows(house.root, 30)
    found = make(house, seeds=[1])
    house.git("checkout", "--", str(suite))
    (one,) = found.replicas
    assert (one.passed, one.failed) == (False, ("class floor",))
    (line,) = format_replicas(found)
    assert (line["result"], line["why"]) == ("gates failed", "class floor")


@pytest.mark.full
def test_a_provider_that_fails_stops_its_variant_alone(house, compared, monkeypatch):
    with Endpoint() as endpoint:
        endpoint.script = [rows(*(f"my invoice number {n} is wrong again" for n in range(3)))]
        endpoint.answer = lambda body: error(401, "your <img src=x> was withdrawn")
        monkeypatch.setenv("OPENAI_API_KEY", "k")
        monkeypatch.setenv("OPENAI_API_BASE", endpoint.url)
        held = count_held(house)
        found = make(house, models=["openai/gpt-4o-mini", "offline/template"], seeds=[1])
        stopped, whole = found.replicas
        assert stopped.stopped.startswith("openai/gpt-4o-mini: ") and stopped.rows is None
        assert (whole.rows, whole.passed, whole.macro_f1) == (60, True, compared.replicas[0].macro_f1)
        assert count_held(house) == held + 1  # what it had answered is kept
        line = format_replicas(found)[0]
        assert (line["result"], line["rows"]) == ("stopped", "–") and line["why"].startswith("openai/gpt-4o-mini: ")
        shown = read_shown()
        assert "<img" not in shown and "&lt;img" in shown and "<img" in line["why"]
        with pytest.raises(ProviderError, match="no variant was made; the first: openai/gpt-4o-mini"):
            make(house, models=["openai/gpt-4o-mini"])


@pytest.mark.full
def test_cancelling_stops_all_variants_and_keeps_what_came(house, monkeypatch):
    with Endpoint(seconds=0.5) as endpoint:
        monkeypatch.setenv("OPENAI_API_KEY", "k")
        monkeypatch.setenv("OPENAI_API_BASE", endpoint.url)
        held = count_held(house)
        cancel_when_asked(endpoint, f"{NAME}: compared with 1 model and 2 seeds", after=2)
        with pytest.raises(CancelledRun, match="no further requests are sent"):
            make(house, models=["openai/gpt-4o"], seeds=[1, 2], rows=400)
        asked = [body["model"] for body in endpoint.requests]
        assert count_held(house) == held + len(asked) and 2 <= len(asked) < 100


@pytest.mark.full
def test_other_rows_than_the_recipes(house):
    (one,) = make(house, seeds=[1], rows=40).replicas
    assert one.rows == 40


WRONG = {
    "nothing to vary": ({}, CommandError, "no models and no seeds"),
    "21 variants": (
        {"models": list("abcdefg"), "seeds": [1, 2, 3]},
        CommandError,
        "are 21 variants\n  expected: at most 20",
    ),
    "a seed twice": ({"seeds": [1, 1]}, CommandError, "the seed 1 is named twice"),
    "a model twice": ({"models": ["a", "b", "a"]}, CommandError, "the model a is named twice"),
    "an unknown offline model": ({"models": ["offline/x"]}, RecipeError, "no model 'offline/x'"),
    "an unknown provider": ({"models": ["nobody/x"]}, ProviderError, "nobody/x: "),
    "a file to replay that is none": (
        {"models": ["replay/data/x.jsonl"]},
        WorkspaceError,
        "data/x.jsonl: No such file",
    ),
    "too few rows": ({"seeds": [1], "rows": 3}, RecipeError, "leave none for"),
}


@pytest.mark.parametrize(("options", "kind", "says"), WRONG.values(), ids=WRONG)
def test_what_cannot_be_made_is_refused_before_anything_is_spent(house, options, kind, says):
    held = count_held(house)
    with chdir(house.root), pytest.raises(kind, match=says):
        replicate.fn(NAME, **options)  # without Prefect's engine
    assert count_held(house) == held and house.git("status", "--porcelain") == ""


@pytest.mark.parametrize("options", [{"seeds": [-1]}, {"models": [""]}, {"seeds": [1], "rows": -1}])
def test_values_out_of_range_are_refused_by_the_form(house, options):
    with pytest.raises(ParameterTypeError, match="invalid parameters"):
        make(house, **options)


@pytest.mark.parametrize("name", ["../x", "X"])
def test_a_name_that_is_no_dataset_is_refused(house, name):
    with chdir(house.root), pytest.raises(PedigreeError, match="is no dataset name"):
        replicate.fn(name, seeds=[1])


def test_every_variant_has_a_folder_of_its_own_whatever_its_model_is_called():
    models = ["openai/gpt-4o", "openai/gpt_4o", "../../x", "MODEL", "model", "/", "模型", "m" * 300]
    names = [variant.name for variant in list_variants(models, [0, 7])]
    assert len(set(names)) == 16
    assert all(set(name) <= set("abcdefghijklmnopqrstuvwxyz0123456789-") and len(name) < 100 for name in names)
    assert Variant(seed=7).name == "seed-7" and names[0].startswith("openai-gpt-4o-")
