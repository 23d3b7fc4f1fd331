"""A version's lineage is W3C PROV that the prov library reads back, and states what dvc.lock and the manifest state."""

import json
from dataclasses import replace
from datetime import datetime
from itertools import pairwise

import networkx
import pytest
from prov.graph import prov_to_graph
from prov.model import (
    ProvActivity,
    ProvAgent,
    ProvAssociation,
    ProvDelegation,
    ProvDerivation,
    ProvDocument,
    ProvElement,
    ProvEntity,
    ProvGeneration,
    ProvMembership,
    ProvRelation,
    ProvUsage,
)

from pedigree.errors import LinkError
from pedigree.provenance.lineage import describe_lineage, write_lineage
from pedigree.system import git
from pedigree.versions.version_reader import open_version
from pedigree.workspace import Workspace
from tests.support.cli_runner import Shell
from tests.support.make_published import NAME, share_small

DATA = f"data/{NAME}"


@pytest.fixture(scope="module")
def published(tmp_path_factory):
    return share_small(tmp_path_factory)


@pytest.fixture(scope="module")
def side(published, tmp_path_factory):
    return open_version(Workspace(published.root), NAME, "v1.0.0", tmp_path_factory.mktemp("none"), ())


@pytest.fixture(scope="module")
def document(side):
    return describe_lineage(side)


def pairs(document, kind):
    """Return the local names at both ends of the relations of a kind."""
    return {tuple(value.localpart for _, value in one.formal_attributes[:2]) for one in document.get_records(kind)}


def facts(document, name):
    (record,) = (one for one in document.get_records(ProvElement) if one.identifier.localpart == name)
    return {key.localpart: value for key, value in record.attributes}


@pytest.mark.parametrize("kind", ["json", "provn"])
def test_the_library_reads_back_what_is_written_and_it_is_the_same_each_time(side, document, kind):
    text = write_lineage(document, kind)
    assert text == write_lineage(describe_lineage(side), kind)
    if kind == "json":
        assert ProvDocument.deserialize(content=text) == document == document.unified()
    else:
        assert text.startswith("document\n") and text.endswith("endDocument\n")
        assert f"wasGeneratedBy(v:{DATA}/train.parquet, step:curate, -)" in text


def test_it_keeps_the_constraints_of_prov(document):
    """Those that a document without events can break: declared ends, one generation each, no cycle, times in order."""
    declared = {one.identifier for one in document.get_records(ProvElement)}
    for relation in document.get_records(ProvRelation):
        ends = [
            value for name, value in relation.formal_attributes if value is not None and "time" not in name.localpart
        ]
        assert {*ends} <= declared, relation
    made = [one.formal_attributes[0][1] for one in document.get_records(ProvGeneration)]
    assert len(made) == len({*made})
    flow = ProvDocument(namespaces=document.namespaces)
    for record in document.get_records():
        if isinstance(record, ProvElement | ProvGeneration | ProvUsage | ProvDerivation):
            flow.add_record(record)
    assert networkx.is_directed_acyclic_graph(prov_to_graph(flow))
    for activity in document.get_records(ProvActivity):
        start, end = activity.get_startTime(), activity.get_endTime()
        assert not (start and end) or start <= end


def test_each_step_used_and_made_what_dvc_lock_says_and_no_model_saw_held_out_rows(document, published):
    used, made = pairs(document, ProvUsage), pairs(document, ProvGeneration)
    assert {path for path, step in made if step == "curate"} == {
        f"{DATA}/{table}.parquet" for table in ("train", "validation", "rejects")
    }
    assert {path for path, step in made if step == "publish"} == {DATA}
    generated = {path for step, path in used if step == "generate"}
    assert generated == {
        f"recipes/{NAME}.yaml", f"data/seeds/{NAME}/seeds.jsonl",
        *(f"prompts/{name}.j2" for name in ("_chat", "attributes", "few-shot", "zero-shot")),
    }  # fmt: skip
    assert ("curate", f"data/seeds/{NAME}/held-out.jsonl") in used and ("curate", "pedigree/curation") in used
    members = {path for _, path in pairs(document, ProvMembership)}
    assert members == {path for path, step in made if step != "publish"}
    assert {path.removeprefix(f"{DATA}/") for path in members} <= {
        file.relative_to(published.root / DATA).as_posix() for file in (published.root / DATA).rglob("*")
    }


def test_hashes_counts_and_times_are_those_of_the_version(document, side):
    train = facts(document, f"{DATA}/train.parquet")
    assert (train["rows"], train["content_sha256"]) == (51, side.manifest["tables"]["train"]["content_sha256"])
    assert facts(document, "prompts/_chat.j2")["sha256"] == side.manifest["inputs"]["prompts/_chat.j2"]
    run = side.read_result("run.json")
    (activity,) = (one for one in document.get_records(ProvActivity) if one.identifier.localpart == "run")
    assert activity.get_startTime() == datetime.fromisoformat(run["started"])
    assert facts(document, DATA)["label"] == f"{NAME}@v1.0.0" and facts(document, DATA)["commit"] == side.commit
    (version,) = (one for one in document.get_records(ProvEntity) if one.identifier.localpart == DATA)
    assert version.identifier.uri == f"urn:pedigree:{side.commit}:{DATA}"


def test_rows_derive_from_answers_these_from_prompts_and_these_from_templates_and_shots(document):
    derived = pairs(document, ProvDerivation)
    chain = [f"{DATA}/train.parquet", f"{DATA}/completions.parquet", f"{DATA}/prompts.parquet"]
    assert {*pairwise(chain)} <= derived
    assert (chain[-1], f"data/seeds/{NAME}/seeds.jsonl") in derived and (chain[-1], "prompts/few-shot.j2") in derived


CORPUS = f"data/seeds/{NAME}/corpus.txt"
SHOWING = {
    "nothing": ({"strategy": "zero-shot"}, False),
    "shots": ({"strategy": "few-shot", "shots": 2}, True),
    "rows to rewrite": ({"strategy": "rewrite"}, True),
    "documents to rewrite": ({"strategy": "rewrite", "corpus": CORPUS}, False),
    "hints beside documents": ({"strategy": "rewrite", "corpus": CORPUS, "incentives": ["hints"]}, True),
}


@pytest.mark.parametrize("what", SHOWING)
def test_prompts_derive_from_what_they_show(side, what):
    generator, shows_seeds = SHOWING[what]
    corpus = {CORPUS: "0"} if "corpus" in generator else {}
    manifest = side.manifest | {"inputs": side.manifest["inputs"] | corpus}
    other = replace(side, manifest=manifest)
    vars(other)["recipe"] = side.recipe | {"generators": [generator]}
    document = describe_lineage(other)
    derived, prompts = pairs(document, ProvDerivation), f"{DATA}/prompts.parquet"
    assert ((prompts, f"data/seeds/{NAME}/seeds.jsonl") in derived) == shows_seeds
    assert ((prompts, CORPUS) in derived) == ("corpus" in generator)
    assert (f"{DATA}/completions.parquet", CORPUS) not in derived


def test_a_model_that_answered_acted_for_the_one_that_was_asked(document):
    asked, answered = "model/offline/template", "model/offline/template#template"
    assert (answered, asked) in pairs(document, ProvDelegation)
    assert ("generate", asked) in pairs(document, ProvAssociation)
    assert facts(document, answered)["completions"] == 30
    assert {one.identifier.localpart for one in document.get_records(ProvAgent)} == {
        asked,
        answered,
        "software/pedigree",
    }


def test_names_from_outside_stay_names(side):
    name = 'x"/?#%] <b>|é'
    path = f"data/seeds/{NAME}/{name}.jsonl"
    manifest = side.manifest | {"models": {name: {name: 1}}, "inputs": {**side.manifest["inputs"], path: "0"}}
    document = describe_lineage(replace(side, manifest=manifest))
    assert ProvDocument.deserialize(content=write_lineage(document, "json")) == document
    agents = [one for one in document.get_records(ProvAgent) if one.label == name]
    assert len({one.identifier for one in agents}) == 2
    for line in write_lineage(document, "provn").splitlines():
        assert "<b>" not in line.split(", [")[0]
    assert (f"{DATA}/completions.parquet", agents[0].identifier.localpart) not in pairs(document, ProvDerivation)
    assert any(target.startswith(f"data/seeds/{NAME}/x%22") for _, target in pairs(document, ProvDerivation))


def test_a_grown_version_is_a_revision_of_its_base(side):
    document = describe_lineage(replace(side, manifest=side.manifest | {"base": f"{NAME}@v1.0.1"}))
    (revision,) = (one for one in document.get_records(ProvDerivation) if one.extra_attributes)
    base = revision.formal_attributes[1][1]
    commit = git.resolve(side.workspace.root, f"{NAME}@v1.0.1")
    assert base.uri == f"urn:pedigree:{commit}:{DATA}" and commit != side.commit


def test_a_version_with_an_incomplete_manifest_is_a_broken_link(side):
    with pytest.raises(LinkError, match=r"(?s)manifest: v1\.0\.0 of .* 'pedigree verify"):
        describe_lineage(replace(side, manifest={"tables": {}}))


def test_the_command_writes_a_file_or_to_standard_output(published, tmp_path, capsys):
    shell = Shell(published.root, capsys)
    before = published.git("status", "--porcelain", "--ignored")
    said = shell("lineage", NAME, "--rev", "v1.0.0", "--to", str(tmp_path / "lineage.json"))
    assert (said.status, said.out) == (0, f"lineage of {NAME} v1.0.0: {tmp_path}/lineage.json\n")
    printed = shell("lineage", f"recipes/{NAME}.yaml", "--rev", f"{NAME}@v1.0.0").out
    assert printed == (tmp_path / "lineage.json").read_text(encoding="utf-8")
    assert list(json.loads(printed)["prefix"]) == ["agent", "ped", "step", "v"]
    assert "document" in shell("lineage", NAME, "--format", "provn").out.splitlines()[0]
    assert "expected: a version or a commit" in shell.refuse("lineage", NAME, "--rev", "workspace")
    assert "v9" in shell.refuse("lineage", NAME, "--rev", "v9.0.0")
    assert published.git("status", "--porcelain", "--ignored") == before
