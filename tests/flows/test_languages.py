"""A dataset in two languages, from an endpoint that also answers in the wrong one, or with nothing that can be read."""

import io
import json
import re
from collections import Counter

import polars as pl
import pytest
from rich.console import Console

from flows.preview import preview_dataset
from flows.stages import curate, generate
from pedigree.dataset.schemas import prompt_language, read_table
from pedigree.errors import CommandError, LinkError
from pedigree.job import open_job
from pedigree.job_outputs import read_rows
from pedigree.metrics.languages.language_gates import make_language_gates
from pedigree.models.offline.model import answer
from pedigree.provenance.prompt_check import check_plan, check_prompts, rebuild_prompts
from pedigree.recipe.yaml_file import load_recipe, set_keys, state_tracked_keys
from tests.support.fake_endpoint import Endpoint, said
from tests.support.workspaces import REPOSITORY, make_workspace

PAGE = (REPOSITORY / "docs/several-languages.md").read_text(encoding="utf-8")
[RECIPE] = re.findall(
    r"^# A dataset in several languages\n.*?```yaml\n(dataset:.*?)```", PAGE, re.MULTILINE | re.DOTALL
)
NAME = "inbox"
GERMAN = (
    "Das Paket kam nach drei Wochen und war ganz kaputt",
    "Vielen Dank, der Stuhl ist wirklich sehr schön",
    "Wann machen Sie samstags auf?",
)


class Provider:
    """Answers as the offline model does; of each label and language, one answer is in English and one is no JSON."""

    def __init__(self):
        self.asked: Counter[str] = Counter()  # by language
        self._places: Counter[tuple[str, str]] = Counter()  # by language and label

    def answer(self, body):
        messages = body["messages"]
        brief = messages[-1]["content"]
        language = re.search(r"^Language: (\w+)$", brief, re.MULTILINE)[1]
        self.asked[language] += 1
        place = (language, re.search(r"^Label: (.+)$", brief, re.MULTILINE)[1])
        self._places[place] += 1
        if self._places[place] == 1:
            return said("I would write: a text for this label.")
        if self._places[place] == 2 and language == "de":
            messages = [{**one, "content": one["content"].replace("Language: de", "Language: en")} for one in messages]
        return said(answer(messages, {}, self._places[place]).text)


def open_dataset(root):
    workspace = make_workspace(root)
    path = workspace.recipe_path(NAME)
    path.write_text(RECIPE, encoding="utf-8")
    return workspace, path


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """The workspace of the page's recipe, made by an endpoint with faults; the provider, while it still answers."""
    workspace, path = open_dataset(tmp_path_factory.mktemp("languages") / "w")
    provider = Provider()
    with Endpoint(provider.answer) as endpoint:
        own = {"model": "openai/fake", "api_base": endpoint.url, "prices": {"input": 0, "output": 0}}
        set_keys(path, {f"generators.0.{key}": value for key, value in own.items()})
        generate(workspace, NAME)
        curate(workspace, NAME)
        yield workspace, provider


def read_reasons(workspace, recipe):
    """Return the rejected answers and candidates by (language, reason)."""
    asked = read_table(workspace.table(NAME, "prompts")).select("completion_id", language=prompt_language(recipe))
    rejects = read_table(workspace.table(NAME, "rejects")).join(asked, on="completion_id")
    return Counter(rejects.select("language", "reason").iter_rows())


def test_each_label_has_its_rows_in_each_language_and_what_is_in_another_is_rejected(made):
    workspace, _ = made
    job = open_job(workspace, NAME)
    rows = read_rows(job)
    counts = Counter(rows.select(stratum=pl.format("{} [{}]", "label", "language"))["stratum"].to_list())
    assert counts == job.recipe.stratum_targets and rows.height == job.recipe.rows
    reasons = read_reasons(workspace, job.recipe)
    assert reasons["en", "malformed"] == reasons["de", "malformed"] == 3
    assert reasons["de", "language"] >= 10 and not reasons["en", "language"]
    kept, read = make_language_gates(job, rows)
    assert kept.passed is True and read.passed is True and kept.figure == read.figure == 0


def test_a_language_that_misses_its_target_fails_the_gate_and_unread_texts_leave_it_unknown(made):
    job = open_job(made[0], NAME)
    rows = read_rows(job)
    less = rows.filter((pl.col("language") == "en") | (pl.col("label") != "praise"))
    kept, _ = make_language_gates(job, less)
    assert kept.passed is False and "praise [de] 0 of 6" in kept.message and kept.severity == "critical"
    swapped = rows.with_columns(language=pl.lit("de"))
    read = make_language_gates(job, swapped)[1]
    assert read.passed is False and "en for de" in read.message and read.failing_rows > 10
    short = rows.with_columns(text=pl.lit("ok"))
    assert make_language_gates(job, short)[1].passed is None


def test_its_prompts_and_its_plan_can_be_checked(made):
    job = open_job(made[0], NAME)
    prompts, completions = (read_table(job.table(name)) for name in ("prompts", "completions"))
    parameters = {one.title: dict(one.parameters) for one in job.recipe.generators}
    assert check_prompts(prompts, rebuild_prompts(job, prompts, completions, parameters), job.recipe)
    rejects = read_table(job.table("rejects")).filter(pl.col("reason") == "surplus")
    kept = pl.concat([one.select("row_id", "completion_id") for one in (read_rows(job), rejects)])
    assert check_plan(job, prompts, kept)
    for broken in ('{"language": "fr"}', "no JSON"):
        other = prompts.with_columns(variables=pl.lit(broken))
        with pytest.raises(LinkError, match="language is not in the recipe"):
            rebuild_prompts(job, other, completions, parameters)


@pytest.mark.full
def test_a_dataset_grows_and_gets_a_language_without_asking_again_for_what_it_has(made):
    workspace, provider = made
    path, asked = workspace.recipe_path(NAME), provider.asked.copy()
    before, original = read_rows(open_job(workspace, NAME)), path.read_bytes()
    grown_from = [{"version": "v1.0.0", "rows": 40}]
    set_keys(path, {"rows": 60, "grown_from": grown_from})
    generate(workspace, NAME)
    curate(workspace, NAME)
    rows = read_rows(open_job(workspace, NAME))
    assert rows.height == 60 and {*before["row_id"]} <= {*rows["row_id"]}
    sides = rows.join(before.select("row_id", old="split"), on="row_id")
    assert (sides["split"] == sides["old"]).all()
    assert 0 < sum((provider.asked - asked).values()) < sum(asked.values())
    path.write_bytes(original)
    set_keys(path, {"languages": {"en": 0.4, "de": 0.4, "fr": 0.2}})
    asked = provider.asked.copy()
    generate(workspace, NAME)
    assert {*(provider.asked - asked)} == {"fr"}


def test_prompts_show_rows_of_people_in_their_language_or_say_that_they_do_not(tmp_path):
    seeds = [{"text": text, "label": label, "language": code} for code, text, label in (
        ("de", GERMAN[0], "complaint"), ("de", GERMAN[1], "praise"), ("de", GERMAN[2], "question"),
        ("en", "The parcel came late and was broken", "complaint"), ("en", "What a lovely chair, thanks", "praise"),
        ("", "When does the shop open on Saturdays, please?", "question"),
    )]  # fmt: skip
    workspace, path = open_dataset(tmp_path / "w")
    file = workspace.seeds_folder(NAME) / "seeds.jsonl"
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text("".join(json.dumps(one) + "\n" for one in seeds), encoding="utf-8")
    few = {"strategy": "few-shot", "shots": 1, "model": "offline/template", "rows_per_call": 4}
    set_keys(path, {"seeds": f"data/seeds/{NAME}/seeds.jsonl", "generators": [few]})
    generate(workspace, NAME)
    texts = {one["text"]: one["language"] or "en" for one in seeds}
    prompts = read_table(workspace.table(NAME, "prompts"))
    shown = [json.loads(one) for one in prompts["variables"]]
    assert len(shown) > 6 and all(texts[one["shots"][0]["text"]] == one["language"] for one in shown)


def test_preview_shows_a_prompt_of_one_of_the_languages(tmp_path):
    workspace, _ = open_dataset(tmp_path / "w")

    def preview(language):
        shown = io.StringIO()
        preview_dataset(workspace, NAME, "praise", False, Console(file=shown, width=200), language)
        return shown.getvalue()

    assert "Language: de\n" in preview("de") and "Language: en\n" in preview(None)
    with pytest.raises(CommandError, match="--language fr"):
        preview("fr")


def test_a_run_states_the_keys_that_dvc_reads(tmp_path):
    _, path = open_dataset(tmp_path / "w")
    assert "language" in state_tracked_keys(path) and "language: null" in path.read_text(encoding="utf-8")
    assert load_recipe(path).language_codes == ["en", "de"] and not state_tracked_keys(path)
