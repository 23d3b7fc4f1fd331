"""Equal inputs give equal content, wherever, whenever and however they are worked on."""

import os
import subprocess
import sys

import pytest

from pedigree.dataset.results import Manifest, read_result
from tests.support.killable_processes import Counter, read_job_outputs, settle
from tests.support.workspaces import REPOSITORY

PLACES = {
    "here": ({}, {"concurrency": 8}),
    "a folder of Ümläuts": (
        {"TZ": "Pacific/Kiritimati", "LC_ALL": "C.UTF-8", "PYTHONHASHSEED": "1", "POLARS_MAX_THREADS": "1"},
        {"concurrency": 1},
    ),
    "deep/er": (
        {"TZ": "America/St_Johns", "LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0",
         "PYTHONHASHSEED": "4242", "POLARS_MAX_THREADS": "7"},
        {"concurrency": 64},
    ),
}  # fmt: skip
CODE = (
    "import sys; sys.path[:0] = ['.']; from pathlib import Path; "
    "from tests.support.killable_processes import make_all; make_all(Path(sys.argv[1]))"
)


@pytest.mark.full
def test_neither_machine_nor_workers_nor_order_of_arrival_change_the_content(tmp_path):
    runs = {}
    with Counter(0.001, 0.05) as endpoint:
        for place, (environment, generator) in PLACES.items():
            root = settle(tmp_path / place, endpoint.url, **generator)
            command = [sys.executable, "-c", CODE, str(root)]
            runs[root] = subprocess.Popen(
                command, cwd=REPOSITORY, env={**os.environ, **environment}, stderr=subprocess.PIPE
            )
        said = [run.communicate()[1].decode(errors="replace") for run in runs.values()]
        assert [run.returncode for run in runs.values()] == [0, 0, 0], said
    here, *others = runs
    for other in others:
        assert read_job_outputs(other) == read_job_outputs(here)
        manifest, first = (read_result(Manifest, root / "data/pets/manifest.json") for root in (other, here))
        assert manifest.model_dump(exclude={"recipe_sha256"}) == first.model_dump(exclude={"recipe_sha256"})
        for name in ("distribution.json", "metrics.json", "gates.json"):
            assert (other / f"data/pets/{name}").read_bytes() == (here / f"data/pets/{name}").read_bytes()
