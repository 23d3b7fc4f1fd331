"""The house stays in order: who may import whom, how long files are, what --help loads."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
ORDER = ["pedigree", "tasks", "flows", "cli"]  # each may import those before it, and itself
HEAVY = {
    "litellm": {"pedigree/models/gateway.py"},
    "dvc": {"pedigree/versions/versions.py"},
    "great_expectations": {"tasks/validate.py", "expectations/"},
    "prefect": {"flows/", "tasks/"},
    "model2vec": {"pedigree/metrics/local_embedder.py"},
    "sentence_transformers": {"pedigree/metrics/local_embedder.py"},
    "huggingface_hub": {"pedigree/metrics/local_embedder.py"},
}
LAZY = {
    "litellm",
    "dvc",
    "great_expectations",
    "model2vec",
    "sentence_transformers",
    "huggingface_hub",
}  # seconds each: imported when they are used
FILES = sorted(
    path.relative_to(ROOT).as_posix() for folder in [*ORDER, "expectations"] for path in ROOT.glob(f"{folder}/**/*.py")
)


def imports_of(path, *, top_only=False):
    tree = ast.parse((ROOT / path).read_text(encoding="utf-8"))
    nodes = tree.body if top_only else ast.walk(tree)
    for node in nodes:
        if isinstance(node, ast.Import):
            yield from (alias.name.split(".")[0] for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module.split(".")[0]


@pytest.mark.parametrize("path", FILES)
def test_imports_run_one_way(path):
    layer = path.split("/")[0]
    if layer in ORDER:
        above = set(ORDER[ORDER.index(layer) + 1 :])
        assert not above & set(imports_of(path))


@pytest.mark.parametrize("path", FILES)
def test_a_heavy_neighbour_is_imported_in_its_place_only(path):
    for name, places in HEAVY.items():
        if name in imports_of(path):
            assert any(path == place or path.startswith(place) for place in places), f"{path} imports {name}"


@pytest.mark.parametrize("path", [path for path in FILES if not path.startswith("expectations/")])
def test_slow_neighbours_are_imported_when_they_are_used(path):
    assert not LAZY & set(imports_of(path, top_only=True))


@pytest.mark.parametrize("path", FILES)
def test_a_file_holds_one_idea(path):
    assert len((ROOT / path).read_text(encoding="utf-8").splitlines()) <= 300


@pytest.mark.parametrize("path", FILES)
def test_every_module_says_what_it_is_for(path):
    assert ast.get_docstring(ast.parse((ROOT / path).read_text(encoding="utf-8")))


def test_help_loads_none_of_the_heavy_neighbours():
    code = (
        "import sys, runpy\nsys.argv = ['pedigree', '--help']\n"
        "try:\n    from cli.main import main; main()\nexcept SystemExit: pass\n"
        "heavy = {'prefect', 'litellm', 'great_expectations', 'dvc', 'sklearn', 'altair', 'pandas'} & set(sys.modules)\n"
        "print('LOADED', sorted(heavy))"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == "LOADED []"
