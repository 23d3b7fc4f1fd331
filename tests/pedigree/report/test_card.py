"""The card and Croissant: they agree with the files, as the hub and mlcroissant read them, with any texts."""

import json
import re
from dataclasses import replace

import mlcroissant
import polars as pl
import pytest
from markdown_it import MarkdownIt
from rich.console import Console
from ruamel.yaml import YAML

from flows import stages
from pedigree.dataset.label_evidence import list_label_sentences
from pedigree.dataset.results import Manifest, read_result
from pedigree.dataset.schemas import read_table, write_table
from pedigree.ids import sha256_of_file
from pedigree.job import open_job
from pedigree.job_outputs import read_job_outputs
from pedigree.recipe.yaml_file import set_keys
from pedigree.report.card import build_card_context, find_size_category
from pedigree.report.markdown import render_markdown
from pedigree.text_format import format_signed
from pedigree.usefulness.stopping_advice import DEMONSTRATION
from tasks.measure import measure as step
from tests.support.make_finished_job import write_finished_job
from tests.support.make_measured_job import copy_measured_job, write_pages
from tests.support.workspaces import make_workspace

measure = step.fn
HOSTILE = (
    "---\ntags: [mine]\n--- </td><script>alert(1)</script> <img src=x> ![p](https://evil.example/p.png) | `a` "
    "``` \n\n# H\n"
    "- [x](https://evil.example) \x00 \u202e {{ 7 * 7 }} \"' <!-- :---: www.evil.example"
)
TYPED = {
    "premise": {"means": "a | b", "max_chars": 400},
    "hypothesis": {"max_chars": 400},
    "price": {"type": "number", "min": 0, "max": 10},
    "stars": {"type": "integer", "min": 1, "max": 5},
    "size": {"type": "category", "values": ["small", "large"]},
}
SAYS = {
    "title": "Support *tickets*",
    "license": "cc-by-4.0",
    "intended_use": "Routing; not for judging people.",
    "limits": ["English only", "<b>No</b> slang | ever"],
    "contact": "ann@example.org",
}


def read_card(job):
    measure(job)
    return split_card((job.folder / "README.md").read_text(encoding="utf-8"))


def split_card(text):
    """Return the front matter as the hub finds it, and the rest."""
    match = re.match(r"^(\s*---[\r\n]+)([\S\s]*?)([\r\n]+---(\r\n|\r|\n|$))", text)
    yaml = YAML(typ="safe", pure=True)
    yaml.version = (1, 1)
    return yaml.load(match[2]), text[match.end() :]


def read_html(body):
    return MarkdownIt("commonmark").enable("table").render(body)


@pytest.fixture(scope="module")
def job(tmp_path_factory):
    job, metrics = copy_measured_job(tmp_path_factory, tmp_path_factory.mktemp("carded") / "w")
    set_keys(job.workspace.recipe_path(job.dataset), {"card": SAYS})
    job = open_job(job.workspace, job.dataset)
    write_pages(job, metrics)
    return job


@pytest.fixture(scope="module")
def card(job):
    return split_card((job.folder / "README.md").read_text(encoding="utf-8"))


def test_the_front_matter_is_what_the_hub_reads(job, card):
    front, _ = card
    features = {feature["name"]: feature["dtype"] for feature in front.pop("dataset_info")["features"]}
    assert front == {
        "pretty_name": "Support *tickets*",
        "license": "cc-by-4.0",
        "language": ["en"],
        "task_categories": ["text-classification"],
        "size_categories": ["n<1K"],
        "annotations_creators": ["machine-generated"],
        "language_creators": ["machine-generated"],
        "tags": ["synthetic"],
        "configs": [
            {
                "config_name": "default",
                "data_files": [{"split": split, "path": f"{split}.parquet"} for split in ("train", "validation")],
            }
        ],
    }
    assert features.pop("label") == {
        "class_label": {"names": {str(at): name for at, name in enumerate(job.recipe.labels)}}
    }
    assert features == dict.fromkeys(["row_id", "text", "generator", "completion_id"], "string") | {
        "weight": "float64",
        "position": "int32",
    }


def test_the_card_says_what_the_files_say(job, card):
    _, body = card
    metrics = json.loads((job.folder / "metrics.json").read_text())
    contents = read_job_outputs(job)
    for label in contents.distribution.labels:
        line = (
            f"| {label.label} | {job.recipe.labels[label.label].means} | {100 * label.target_share:.1f} % | "
            f"{label.train} | {label.validation} | {label.kept} |"
        )
        assert line in body
    for reason, count in metrics["counts"]["rejects"].items():
        assert re.search(rf"\| `{reason}` \| .* \| {count} \|", body)
    for gate in contents.gates.gates:
        assert gate.message in body
    low, high = metrics["usefulness"]["synthetic"]["macro_f1_interval"]
    f1 = metrics["usefulness"]["synthetic"]["macro_f1"]
    assert (
        f"| synthetic rows | {metrics['usefulness']['synthetic']['train_rows']} | 0 | {f1:.3f} | {low:.3f} to "
        f"{high:.3f} |" in body
    )
    gain = metrics["usefulness"]["differences"]["both_minus_real"]["macro_f1"]
    assert f"Both instead of real rows alone: macro-F1 {format_signed(gain)} (" in body.replace("\\+", "+")
    assert DEMONSTRATION in body
    assert "**These figures are no evidence**" in body and "a grammar wrote every row" in body
    for generator in job.recipe.generators:
        assert f"### Generator `{generator.title}`" in body
    assert "Licence: CC-BY-4.0 (`https://spdx.org/licenses/CC-BY-4.0.html`)." in body
    assert "- &lt;b&gt;No&lt;/b&gt; slang \\| ever" in body
    assert "Intended use: Routing; not for judging people." in body
    assert "Contact: ann\\@example" in body


def test_what_is_known_of_the_labels_stands_once_and_says_what_it_rests_on(job, card):
    gates = read_job_outputs(job).gates
    [line] = [line for line in card[1].splitlines() if "Labels:" in line]
    first, *others = list_label_sentences(gates)
    assert line == " ".join([f"**Labels: {first}.**", *(f"{one}." for one in others)])
    assert others[0].casefold() == gates.labels[0].rests_on.casefold()


def test_the_card_says_how_like_real_rows_the_rows_are_where_that_is_known(tmp_path_factory, tmp_path, job, card):
    figures = json.loads((job.folder / "metrics.json").read_text(encoding="utf-8"))["fidelity"]
    says = (
        f"Comparison of 120 rows with as many held-out rows: a classifier separates them with an AUC of "
        f"{figures['two_sample_auc']:.3f}"
    )
    assert says in card[1] and "\n\n\n## Known limits" not in card[1]
    few, metrics = copy_measured_job(tmp_path_factory, tmp_path / "w")
    write_pages(few, {**metrics, "fidelity": {**metrics["fidelity"], "two_sample_auc": None}})
    assert "with as many" not in (few.folder / "README.md").read_text(encoding="utf-8")


def test_rejects_that_are_no_candidates_are_told_apart(job):
    contents = read_job_outputs(job)
    metrics = json.loads((job.folder / "metrics.json").read_text(encoding="utf-8"))
    manifest = read_result(Manifest, job.folder / "manifest.json")
    metrics["counts"]["rejects"] = {"cut": 15}
    some = contents.distribution.model_copy(update={"unassigned": {"cut": 14}})
    context = build_card_context(job, replace(contents, distribution=some), metrics, manifest)
    text = render_markdown("card.md.j2", context)
    assert re.search(r"\| reason \| meaning \| rejects \|.*\| `cut` \| [^|]+ \| 15 \|\n", text, re.DOTALL)
    assert "Of these, 14 are answers or parts of answers without a whole row of one of the labels" in text
    assert "and no candidates: cut 14." in text


def test_a_real_model_is_no_grammar_and_an_unknown_cost_no_cost(tmp_path):
    job = write_finished_job(tmp_path, rows=30, model="openai/some-model")
    table = read_table(job.table("completions"))
    write_table(table.with_columns(cost_usd=pl.lit(None, pl.Float64)), job.table("completions"))
    _, body = read_card(job)
    assert "grammar" not in body
    assert "**These figures are no evidence**" not in body
    assert "their cost is unknown" in body
    assert "model requested: `openai/some-model`; answered: `openai/some-model`" in body


def test_no_row_seed_or_reject_is_quoted(job, card):
    text = (job.folder / "README.md").read_text() + (job.folder / "croissant.json").read_text()
    said = [*read_job_outputs(job).rows["text"], *(seed.fields["text"] for seed in (*job.seeds, *job.held_out))]
    assert not [row for row in said if row in text]


def test_hostile_text_makes_no_element_no_link_and_no_front_matter(tmp_path_factory, tmp_path):
    tame, metrics = copy_measured_job(tmp_path_factory, tmp_path / "tame")
    hostile = write_finished_job(tmp_path / "bad", rows=120, hostile=HOSTILE)
    for one, text in ((tame, "tame"), (hostile, HOSTILE)):
        says = {
            "title": text,
            "intended_use": text,
            "contact": text,
            "limits": [text],
            "license": "other",
            "license_name": text,
        }
        set_keys(
            one.workspace.recipe_path(one.dataset), {"task": text, "card": says, "labels.billing-dispute.means": text}
        )
    write_pages(open_job(tame.workspace, tame.dataset), metrics)
    _, tame_body = split_card((tame.folder / "README.md").read_text(encoding="utf-8"))
    front, body = read_card(open_job(hostile.workspace, hostile.dataset))
    assert front["license_name"] == front["pretty_name"]
    assert front["tags"] == ["synthetic"]
    counted = [re.findall(r"<(/?(?!code)\w+)", read_html(each)) for each in (tame_body, body)]
    assert counted[0] == counted[1]
    assert "\u202e" not in body and "\x00" not in body
    json.loads((hostile.folder / "croissant.json").read_text())


@pytest.mark.filterwarnings("ignore::DeprecationWarning")  # of rdflib and pandas, to mlcroissant
def test_rows_of_several_typed_fields_are_described_and_loaded(tmp_path):
    workspace = make_workspace(tmp_path, fields=TYPED)
    for stage in (stages.generate, stages.curate):
        stage(workspace, "pets")
    stages.validate(workspace, "pets", Console(quiet=True), record=True)
    job = open_job(workspace, "pets")
    front, body = read_card(job)
    dtypes = {one["name"]: one["dtype"] for one in front["dataset_info"]["features"]}
    assert [dtypes[name] for name in TYPED] == ["string", "string", "float64", "int64", "string"]
    assert "| `premise` | text | a \\| b (1 to 400 characters) |" in body
    assert "| `price` | number | price (from 0 to 10) |" in body
    assert "| `size` | text | size (one of small, large) |" in body
    assert "Licence: unknown. Its makers have not stated under which terms it may be used" in body
    assert "Not measured: the recipe has no held-out rows." in body
    assert "as sent:" in body and "```text\nuser:\nTask: Which animal is this about?" in body
    check_records(job)


@pytest.mark.parametrize(
    ("rows", "size"), [(0, "n<1K"), (999, "n<1K"), (1000, "1K<n<10K"), (10**6, "1M<n<10M"), (10**7, "10M<n<100M")]
)
def test_sizes_are_those_of_the_hub(rows, size):
    assert find_size_category(rows) == size


@pytest.mark.filterwarnings("ignore::DeprecationWarning")  # of rdflib and pandas, to mlcroissant
def test_mlcroissant_validates_and_loads_every_record(job, card):
    check_records(job)


def check_records(job):
    described = mlcroissant.Dataset(jsonld=job.folder / "croissant.json")
    assert not described.metadata.issues.errors
    assert described.metadata.name == job.dataset
    labels = [(line["labels/name"], line["labels/description"]) for line in described.records("labels")]
    assert labels == [(name, label.means) for name, label in job.recipe.labels.items()]
    for split, file in zip(("train", "validation"), described.metadata.distribution, strict=True):
        records = [
            {name.removeprefix(f"{split}/"): _plain(value) for name, value in record.items()}
            for record in described.records(split)
        ]
        assert records == read_table(job.table(split)).to_dicts()
        assert file.sha256 == sha256_of_file(job.table(split))


def _plain(value):
    return value.decode() if isinstance(value, bytes) else value
