"""The manifest: what determines a dataset, by hash."""

import pytest

from pedigree.dataset.results import Manifest, read_result, write_result
from pedigree.dataset.schemas import content_sha256
from pedigree.errors import WorkspaceError
from pedigree.ids import sha256_of, sha256_of_file
from pedigree.job import open_job
from pedigree.job_outputs import read_job_outputs
from pedigree.provenance.manifest import build_manifest, hash_inputs
from tests.support.make_finished_job import write_finished_job


@pytest.fixture
def job(tmp_path):
    return write_finished_job(tmp_path, rows=60)


def test_it_names_every_table_by_content_and_the_recipe_by_its_values(job):
    contents = read_job_outputs(job)
    manifest = build_manifest(job, contents)
    assert manifest.recipe_sha256 == sha256_of(job.recipe.model_dump(mode="json"))
    for name, table in contents.tables.items():
        assert manifest.tables[name].rows == table.height
        assert manifest.tables[name].content_sha256 == content_sha256(table, name)
    assert manifest.base is None
    assert manifest.gates == contents.gates


def test_inputs_are_all_files_that_a_run_reads_with_what_templates_include(job):
    root = job.workspace.root
    inputs = hash_inputs(job)
    assert list(inputs) == [
        "data/seeds/support-tickets/held-out.jsonl",
        "data/seeds/support-tickets/seeds.jsonl",
        "expectations/text-classification.json",
        "prompts/_chat.j2",
        "prompts/attributes.j2",
        "prompts/few-shot.j2",
        "prompts/zero-shot.j2",
    ]
    assert all(sha256 == sha256_of_file(root / path) for path, sha256 in inputs.items())


def test_counts_are_per_label_and_split_and_per_model(job):
    manifest = build_manifest(job, read_job_outputs(job))
    rows = read_job_outputs(job).rows
    assert list(manifest.labels) == list(job.recipe.labels)
    assert sum(count["train"] + count["validation"] for count in manifest.labels.values()) == rows.height
    answered = manifest.tables["completions"].rows - 1  # one of them failed
    assert manifest.models == {"offline/template": {"offline/template": answered}}


def test_a_comment_in_the_recipe_changes_nothing_and_a_value_does(job):
    path = job.workspace.recipe_path(job.dataset)
    before = build_manifest(job, read_job_outputs(job))
    path.write_text("# a comment\n" + path.read_text(encoding="utf-8"), encoding="utf-8")
    again = open_job(job.workspace, job.dataset)
    assert build_manifest(again, read_job_outputs(again)) == before
    path.write_text(path.read_text(encoding="utf-8").replace("seed: 0", "seed: 1"), encoding="utf-8")
    other = open_job(job.workspace, job.dataset)
    assert build_manifest(other, read_job_outputs(other)).recipe_sha256 != before.recipe_sha256


def test_an_absent_input_is_named(job):
    (job.workspace.root / "expectations/text-classification.json").unlink()
    with pytest.raises(WorkspaceError, match=r"expectations/text-classification\.json: No such file"):
        hash_inputs(job)


def test_it_reads_back_as_it_was_written(job):
    manifest = build_manifest(job, read_job_outputs(job))
    write_result(manifest, job.folder / "manifest.json")
    assert read_result(Manifest, job.folder / "manifest.json") == manifest
