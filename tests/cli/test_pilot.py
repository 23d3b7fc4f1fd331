"""The command pilot: rows are made and rated through the ledger, within the budget, and nothing else is written."""

import json
import re

import pytest
from ruamel.yaml import YAML

from flows import stages
from pedigree.dataset.review_decisions import format_review
from pedigree.ledger.ledger import Ledger
from pedigree.workspace import Workspace
from tests.support.cli_runner import Shell
from tests.support.fake_endpoint import Endpoint, rows, said
from tests.support.make_review_sheets import decide
from tests.support.workspaces import make_workspace

ANIMALS = ("cat", "dog")
PRICES = {"input": 1.0, "output": 1.0}


class Models(Endpoint):
    """A generator, and judges that read which animal a text names; ``doubter`` takes every second cat for a dog."""

    def __init__(self):
        super().__init__(self.answer_all)
        self.made = 0

    def answer_all(self, body):
        asked = body["messages"][-1]["content"]
        if body["model"] == "maker":
            label = re.search("^Label: (.*)$", asked, re.MULTILINE)[1]
            self.made += 4
            return rows(*(f"{'xyzuvw'[n % 6] * n} number {n} {label}" for n in range(self.made - 3, self.made + 1)))
        verdicts = []
        for place, text in re.findall(r"^Text (\d+): (.*)$", asked, re.MULTILINE):
            number, animal = re.search(r"number (\d+) (\w+)", text).groups()
            doubts = body["model"] == "doubter" and animal == "cat" and int(number) % 2
            verdicts.append({"row": int(place), "label": "dog" if doubts else animal})
        return said(json.dumps({"verdicts": verdicts}))


def make(root, endpoint, *judges, **changes):
    asked = {"api_base": endpoint.url, "structured": "text", "retries": 0, "concurrency": 1, "patience": 0.1}
    changes = {"rows": 24, "screens": {"label_named": False, "near_duplicate": None}, **changes}
    generators = [{"strategy": "zero-shot", "model": "openai/maker", "rows_per_call": 4, **asked}]
    return make_workspace(root, generators=generators, judges=[asked | judge for judge in judges], **changes)


def judge(name, **changes):
    return {"name": name, "model": f"openai/{name}", "rows_per_call": 1, "calibrate": 0, **changes}


def list_files(root):
    """Return the files of a workspace with their bytes, without ledger and locks."""
    files = (path for path in root.rglob("*") if path.is_file() and ".pedigree" not in path.parts)
    return {path.relative_to(root).as_posix(): path.read_bytes() for path in files if "ledger" not in path.parts}


def test_two_judges_rate_rows_and_a_second_pilot_and_a_run_pay_nothing_twice(tmp_path, capsys):
    with Models() as endpoint:
        judges = [judge(name, on_disagreement="keep") for name in ("sure", "doubter")]
        workspace = make(tmp_path / "w", endpoint, *judges)
        shell, before = Shell(workspace.root, capsys), list_files(workspace.root)
        found = json.loads(shell("pilot", "pets", "--rows-per-label", "4", "--json").out)
        asked = len(endpoint.requests)
        again = json.loads(shell("pilot", "pets", "--rows-per-label", "4", "--json").out)
        assert len(endpoint.requests) == asked == found["asked_now"] == 2 + 2 * 8 and again["asked_now"] == 0
        assert list_files(workspace.root) == before
        stages.generate(workspace, "pets")
        assert len(endpoint.requests) == 6 + 2 * 24  # for 24 rows, those of the pilot among them
    result = found["subjectivity"]
    assert result["annotators"] == ["doubter", "sure"] and (result["rows"], result["unrated"]) == (8, 0)
    assert result["kappa"]["kind"] == "Cohen" and result["kappa"]["value"] == pytest.approx(0.5)
    assert (result["verdict"], result["agreement"], result["unanimous"]) == ("subjective", 0.875, 6)
    assert result["confusions"] == [{"labels": ["cat", "dog"], "rows": 2}]
    assert YAML(typ="safe").load(found["unlike_yaml"])["labels"] == {
        "cat": {"unlike": ["dog"]}, "dog": {"unlike": ["cat"]},
    }  # fmt: skip
    assert {row["asked"] for row in found["ratings"]} == set(ANIMALS) and found["usd_now"] is None


def test_one_judge_with_several_votes_is_told_to_agree_with_itself(tmp_path, capsys):
    with Models() as endpoint:
        workspace = make(tmp_path / "w", endpoint, judge("sure", votes=3, question="fits", rows_per_call=4))
        said = Shell(workspace.root, capsys)("pilot", "pets")
    assert said.status == 0 and "pets: objective, by Fleiss's kappa 1.00" in said.out
    assert "caution: All verdicts are one model's" in said.out and "10 rows do not exclude" in said.out


def test_without_annotators_nothing_is_sent_and_what_is_missing_is_told(tmp_path, capsys):
    with Models() as endpoint:
        for place, judges in enumerate(
            [[], [judge("sure")], [judge("sure", question="fits", template="prompts/_judge.j2", votes=3)]]
        ):
            workspace = make(tmp_path / str(place), endpoint, *judges)
            refused = Shell(workspace.root, capsys).refuse("pilot", "pets")
            assert "nobody to agree or disagree on a label" in refused and "two judges" in refused
            assert "- {name: first, model: ...}" in refused
        assert endpoint.requests == []


@pytest.mark.parametrize(("calls", "judged"), [(1, 0), (4, 2)])
def test_the_budget_is_kept(tmp_path, capsys, calls, judged):
    with Models() as endpoint:
        workspace = make(tmp_path / "w", endpoint, judge("sure"), judge("doubter"), budget={"calls": calls})
        refused = Shell(workspace.root, capsys).refuse("pilot", "pets", "--rows-per-label", "4", status=3)
        assert f"{calls} of {calls} calls are used" in refused and len(endpoint.requests) == calls
        assert sum(body["model"] != "maker" for body in endpoint.requests) == judged
        assert len(Ledger(workspace.ledger)) == calls


def test_a_price_that_the_budget_needs_is_asked_for_before_anything_is_sent(tmp_path, capsys):
    with Models() as endpoint:
        workspace = make(tmp_path / "w", endpoint, judge("sure"), judge("doubter"), budget={"usd": 1})
        assert "the price of openai/maker is not known" in Shell(workspace.root, capsys).refuse("pilot", "pets")
        assert endpoint.requests == []


def test_an_answer_that_is_no_verdict_leaves_the_row_unrated(tmp_path, capsys):
    with Models() as endpoint:
        usual = endpoint.answer
        endpoint.answer = lambda body: said("well, hm") if body["model"] == "doubter" else usual(body)
        workspace = make(tmp_path / "w", endpoint, judge("sure"), judge("doubter"))
        shown = Shell(workspace.root, capsys)("pilot", "pets", "--rows-per-label", "2")
    assert shown.status == 0 and "pets: unknown" in shown.out
    assert "4 more have fewer than two labels" in shown.out and "nothing is known" in shown.out


def test_what_two_people_decided_is_taken_and_nothing_is_sent(tmp_path, capsys):
    with Models() as endpoint:
        workspace: Workspace = make(
            tmp_path / "w", endpoint, judge("sure"), judge("doubter"), review="data/review.jsonl"
        )
        decisions = [
            decide(f"{n:02}", "accept", label=ANIMALS[n % 2], who=who) for n in range(10) for who in ("Ann", "Bo")
        ]
        decisions += [decide(f"{n:02}", "relabel", label="cat", new_label="dog", who="Bo", take=2) for n in (0, 2)]
        (workspace.root / "data/review.jsonl").write_text(format_review(decisions))
        found = json.loads(Shell(workspace.root, capsys)("pilot", "pets", "--json").out)
        assert endpoint.requests == []
    assert (found["by"], found["caution"], found["usd_now"]) == ("people", None, 0.0)
    result = found["subjectivity"]
    assert (result["annotators"], result["rows"], result["unanimous"]) == (["Ann", "Bo"], 10, 8)
    assert result["kappa"]["value"] == pytest.approx(0.6) and result["verdict"] == "subjective"


def test_the_offline_model_rates_its_own_rows(tmp_path, capsys):
    means = {"refund": "the customer wants money back", "account": "the customer cannot sign in"}
    labels = {name: {"share": share, "means": means[name]} for name, share in zip(means, (0.9, 0.1), strict=True)}
    judges = [{"name": name, "model": "offline/template", "calibrate": 0} for name in ("one", "other")]
    workspace = make_workspace(tmp_path / "w", labels=labels, judges=judges)
    shown = Shell(workspace.root, capsys)("pilot", "recipes/pets.yaml")
    assert (
        shown.status == 0
        and "10 rows with two labels or more, of 2 annotators (judges)" in shown.out
        and "caution: " in shown.out
    )
    assert "asked for now: 24 completions, 0.0000 USD" in shown.out


def test_what_each_generator_brought_is_told_and_an_unknown_price_is_unknown(tmp_path, capsys):
    with Models() as endpoint:
        asked = {"api_base": endpoint.url, "structured": "text", "retries": 0, "concurrency": 1, "rows_per_call": 4}
        generators = [
            {"name": "priced", "strategy": "zero-shot", "model": "openai/maker", **asked, "prices": PRICES},
            {"name": "unpriced", "strategy": "topic", "topics": ["rain"], "model": "openai/maker", **asked},
        ]
        judges = [{**asked, **judge(name)} for name in ("sure", "doubter")]
        changes = {"rows": 24, "screens": {"label_named": False, "near_duplicate": None}, "judges": judges}
        workspace = make_workspace(tmp_path / "w", generators=generators, **changes)
        shell = Shell(workspace.root, capsys)
        found = json.loads(shell("pilot", "pets", "--rows-per-label", "8", "--json").out)
        said = shell("pilot", "pets", "--rows-per-label", "8").out
        before = list_files(workspace.root)
        refused = shell.refuse("pilot", "pets", "--rows-per-label", "8", "--write", status=2)
        assert list_files(workspace.root) == before
    first, other = found["generators"]
    assert [(one["requested"], one["kept"], one["rated"]) for one in (first, other)] == [(8, 8, 8)] * 2
    assert first["usd"] > 0 and other["usd"] is None
    # 'doubter' takes every second cat for a dog, so two of a generator's four cats are not surely cats
    assert [one["as_made"] for one in (first, other)] == [6, 6] and first["interval"][0] < 6 / 8 < first["interval"][1]
    lines = [line for line in said.splitlines() if line.startswith(("  priced", "  unpriced"))]
    assert "6 of 8 rated rows have the label" in lines[0] and re.search(r"row: 0\.\d{6} USD$", lines[0])
    assert lines[1].endswith("cost of a kept row: unknown")
    assert "gain on people's rows: unknown" in said and found["proposal"]["weights"] == {}
    assert "no weights of the generators are proposed: priced has 8 rows" in said
    assert "no weights of generators can be proposed: priced has 8 rows" in refused
