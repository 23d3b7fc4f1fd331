"""A real inference server, llama.cpp's, with a model that knows nothing: the run ends honestly.

The model is made here: a llama of two layers, random weights and a byte-level tokenizer, half a megabyte. The server is
installed into an environment of its own, once (it compiles for some minutes), in PEDIGREE_TEST_CACHE or .pedigree/.
"""

import json
import os
import socket
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

import polars as pl
import pytest
from ruamel.yaml import YAML

from tests.support.repository import settle
from tests.support.workspaces import RECIPE, REPOSITORY

pytestmark = pytest.mark.full

CACHE = Path(os.environ.get("PEDIGREE_TEST_CACHE", REPOSITORY / ".pedigree/test-cache")) / "llama"
PYTHON = CACHE / "bin/python"
NEEDS = ["llama-cpp-python[server]>=0.3.16,<0.4", "gguf>=0.17,<1"]
MODEL = Path(__file__).parent / "noise_model.py"
FEW_COMPILERS = {"CMAKE_BUILD_PARALLEL_LEVEL": "2", "MAKEFLAGS": "-j2"}  # by itself it starts one for each core or more


@pytest.fixture(scope="module")
def server_environment():
    """An environment with the server; skips where it can't be installed."""
    ready = CACHE / ".ready"
    if not ready.exists():
        subprocess.run([sys.executable, "-m", "venv", "--clear", str(CACHE)], check=True)
        install = [str(PYTHON), "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-input", *NEEDS]
        done = subprocess.run(install, capture_output=True, text=True, env={**os.environ, **FEW_COMPILERS})
        if done.returncode:
            pytest.skip(f"llama-cpp-python can't be installed here: {(done.stderr.strip().splitlines() or ['?'])[-1]}")
        ready.touch()


@pytest.fixture(scope="module")
def address(server_environment, tmp_path_factory):
    """Where the server listens; it is ended by its id."""
    folder = tmp_path_factory.mktemp("server")
    subprocess.run([str(PYTHON), str(MODEL), str(folder / "noise.gguf")], check=True)
    assert (folder / "noise.gguf").stat().st_size < 1_000_000
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [str(PYTHON), "-m", "llama_cpp.server", "--model", str(folder / "noise.gguf"), "--host", "127.0.0.1",
               "--port", str(port), "--n_ctx", "4096", "--n_threads", "2", "--verbose", "false"]  # fmt: skip
    with (folder / "log").open("w") as log:
        server = subprocess.Popen(command, stdout=log, stderr=log)
    try:
        url = f"http://127.0.0.1:{port}/v1"
        wait_for(url, server, folder / "log")
        yield url
    finally:
        server.terminate()
        server.wait(30)


def wait_for(url: str, server: subprocess.Popen, log: Path) -> None:
    until = time.monotonic() + 60
    while time.monotonic() < until and server.poll() is None:
        try:
            urllib.request.urlopen(f"{url}/models", timeout=1).close()
            return
        except OSError:
            time.sleep(0.2)
    raise AssertionError(f"the server did not start:\n{log.read_text()[-2000:]}")


@pytest.fixture(scope="module")
def run(address, tmp_path_factory):
    """The workspace and what ``pedigree run`` came to there."""
    house = settle(tmp_path_factory.mktemp("noise") / "work")
    generator = {"strategy": "zero-shot", "model": "openai/noise", "api_base": address, "structured": "native",
                 "rows_per_call": 2, "concurrency": 2, "timeout": 120, "retries": 1,
                 "parameters": {"temperature": 1.0, "max_tokens": 600}}  # fmt: skip
    screens = {"language": True}
    gates = {**RECIPE["gates"], "label_precision": "unchecked-ok"}  # there is nobody here who could check a label
    recipe = {**RECIPE, "rows": 8, "generators": [generator], "screens": screens, "gates": gates}
    recipe["budget"] = {"rounds": 3}
    with (house.root / "recipes/pets.yaml").open("w", encoding="utf-8") as file:
        YAML(typ="safe").dump(recipe, file)
    prefect = str(house.root.parent / "prefect")
    return house, house.run("pedigree", "run", "pets", check=False, PREFECT_HOME=prefect)


def read(house, name):
    return pl.read_parquet(house.root / f"data/pets/{name}.parquet")


def test_the_run_fails_its_gates_publishes_nothing_and_says_so(run):
    house, done = run
    assert done.returncode == 1, done.stderr
    assert "error:" in done.stderr and "failed" in done.stderr
    assert not json.loads((house.root / "data/pets/gates.json").read_text())["passed"]
    assert house.git("tag") == ""
    assert "this dataset is not published" in (house.root / "data/pets/report.html").read_text(encoding="utf-8")


def test_what_the_server_sent_is_kept_and_kept_to_the_schema(run):
    house, _ = run
    completions = read(house, "completions")
    assert completions.height >= 4 and completions["failure"].null_count() == completions.height
    whole = completions.filter(pl.col("finish_reason") == "stop")["text"]
    for text in whole:
        rows = json.loads(text, strict=False)["rows"]
        assert len(rows) == 2 and all(list(row) == ["text"] for row in rows)


def test_nonsense_is_rejected_with_a_reason(run):
    house, _ = run
    rejects, kept = read(house, "rejects"), read(house, "train").height + read(house, "validation").height
    assert rejects.height > kept and {"garbled", "cut"} & set(rejects["reason"])
    assert rejects["reason"].null_count() == rejects["detail"].null_count() == 0
