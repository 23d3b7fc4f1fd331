"""A row that somebody takes back is found in every file that holds it, and leaves them all."""

import json
import subprocess

from pedigree.job import open_job
from pedigree.provenance.erasure_request import find_row
from tasks.forget import find_erasure, forget
from tests.support.workspaces import make_job

CAT = {"text": "The tabby sleeps on the warm stove all day", "label": "cat"}
DOG = {"text": "A terrier dug up the whole flower bed again", "label": "dog"}
OTHERS = [{"text": "A cat on the roof", "label": "cat"}, {"text": "A dog at the door", "label": "dog"}]


def find(job, text):
    subprocess.run(["git", "init", "-q", job.workspace.root], check=True)
    return find_erasure(job, text=text)


def test_a_row_that_is_real_and_a_seed_has_two_places(tmp_path):
    job = make_job(tmp_path, seeds=[CAT, DOG], real=[*OTHERS, CAT, CAT])
    row = find_row(job, None, "tabby sleeps")
    assert row.places == {"data/seeds/pets/seeds.jsonl": (1,), "data/seeds/pets/real.jsonl": (3, 4)}
    assert (row.path, row.lines) == ("data/seeds/pets/seeds.jsonl", (1,))


def test_real_rows_that_serve_as_seeds_have_one(tmp_path):
    job = make_job(tmp_path, real=[*OTHERS, CAT])
    assert find_row(job, job.real[2].id[:8], None).places == {"data/seeds/pets/real.jsonl": (3,)}


def test_it_leaves_both_files_and_nothing_else_does(tmp_path):
    job = make_job(tmp_path, seeds=[CAT, DOG], real=[*OTHERS, CAT, CAT])
    forget.fn(job, find(job, "tabby sleeps"))
    left = open_job(job.workspace, "pets")
    assert [one.fields["text"] for one in left.seeds] == [DOG["text"]]
    assert [one.fields["text"] for one in left.real] == [row["text"] for row in OTHERS]
    assert json.dumps(CAT["text"]) not in (tmp_path / "data/seeds/pets/real.jsonl").read_text()


def test_what_a_set_lacks_without_its_row_is_said(tmp_path):
    generators = [{"strategy": "few-shot", "shots": 2, "model": "offline/template"}]
    job = make_job(tmp_path, real=[*OTHERS, CAT, DOG], generators=generators)
    [short] = find(job, "tabby sleeps").warnings
    assert short.startswith("data/seeds/pets/real.jsonl has 1 more of label 'cat', and generator 'few-shot' shows 2")
