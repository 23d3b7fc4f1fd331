"""The structure of the code: which package may import which, where heavy libraries are imported, how long files are."""

import ast
import re
import subprocess
import sys
from functools import cache
from graphlib import TopologicalSorter
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
SHARED = {
    "errors",
    "ids",
    "redaction",
    "text_format",
    "value_mistakes",
    "workspace",
}  # modules of pedigree/ that every room may import
# Each room, lowest first, and the rooms that it may import besides those modules. "job" is job.py and job_outputs.py.
ROOMS = {
    "system": "",
    "recipe": "system",
    "dataset": "system recipe",
    "versions": "system recipe dataset",
    "ledger": "system dataset",
    "curation": "system recipe dataset",
    "job": "recipe dataset ledger curation",
    "metrics": "recipe dataset curation job",
    "labels": "recipe dataset curation job metrics",
    "usefulness": "dataset job metrics labels recipe",
    "weighting": "job metrics labels usefulness",
    "generation": "recipe dataset ledger curation job metrics usefulness",
    "audits": "recipe curation dataset job metrics generation",
    "provenance": "system recipe dataset versions curation job generation metrics",
    "models": "system recipe dataset ledger job generation metrics",
    "studies": "system recipe dataset job metrics usefulness",
    "report": "system recipe dataset versions curation job metrics usefulness studies",
}
PACKAGES = {  # the other packages, and those that they may import
    "expectations": "pedigree",
    "tasks": "pedigree",
    "flows": "pedigree tasks",
    "cli": "pedigree tasks flows",
}
NEVER = {  # not even through other rooms
    "models": "curation metrics usefulness report versions ledger",
    "curation": "ledger versions",
}
HEAVY = {  # libraries, and the only places that may import them
    "litellm": {"pedigree/models/litellm_library.py"},
    "dvc": {"pedigree/system/dvc.py"},
    "great_expectations": {"expectations/"},
    "prefect": {"flows/", "tasks/"},
    "model2vec": {"pedigree/metrics/local_embedder.py"},
    "sentence_transformers": {"pedigree/metrics/local_embedder.py"},
    "torch": {"pedigree/usefulness/fine_tuning/encoder.py"},
    "transformers": {"pedigree/usefulness/fine_tuning/encoder.py"},
    "huggingface_hub": {"pedigree/metrics/local_embedder.py"},
}
LAZY = HEAVY.keys() - {"prefect"}  # their import takes seconds: only within the functions that need them
MAX_LINES, MAX_MODULES = 250, 25
FILES = sorted(
    path.relative_to(ROOT).as_posix() for package in ["pedigree", *PACKAGES] for path in ROOT.glob(f"{package}/**/*.py")
)
TESTS = sorted(path.relative_to(ROOT).as_posix() for path in ROOT.glob("tests/**/*.py"))
FUNCTION = re.compile(r"((?:pedigree|tasks|flows|cli|expectations)(?:\.\w+)*):(\w+)")
DOTTED = re.compile(r"(?:pedigree|tasks|flows|cli|expectations)(?:\.[A-Za-z_]\w*)+")
IMPORT = re.compile(r"^ *from ((?:pedigree|tasks|flows|cli|expectations)[\w.]*) import ([\w, ]+)", re.MULTILINE)


@cache
def parse(path):
    return ast.parse((ROOT / path).read_text(encoding="utf-8"))


def module_of(path):
    return path.removesuffix(".py").removesuffix("/__init__").replace("/", ".")


MODULES = {module_of(path): path for path in FILES}


@cache
def imports_of(path, top_only=False):
    """Return the full names of what a file imports: modules of this repository, and other packages."""
    found = set()
    for node in parse(path).body if top_only else ast.walk(parse(path)):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            names = {f"{node.module}.{alias.name}" for alias in node.names}
            found |= {name if name in MODULES else node.module for name in names}
    return found


def libraries_of(path, top_only=False):
    return {name.split(".")[0] for name in imports_of(path, top_only)}


def room_of(module):
    """Return a module's room, "job", "" for a module that all rooms share, or its package outside pedigree/."""
    package, *rest = module.split(".")
    if package != "pedigree" or not rest or rest[0] in SHARED:
        return "" if package == "pedigree" else package
    return "job" if rest[0] in ("job", "job_outputs") else rest[0]


def reach(path):
    """Return the modules that a file reaches by its imports, directly or through others."""
    reached, waiting = set(), [path]
    while waiting:
        new = {name for name in imports_of(waiting.pop()) if name in MODULES} - reached
        reached |= new
        waiting += [MODULES[name] for name in new]
    return reached


def strings_of(path):
    return [node.value for node in ast.walk(parse(path)) if isinstance(node, ast.Constant) and type(node.value) is str]


@cache
def names_in(module):
    """Return the names that a module defines or imports at its top level."""
    found = set()
    for node in ast.walk(parse(MODULES[module])):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            found.add(node.name)
        elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            found.add(node.id)
        elif isinstance(node, ast.Import | ast.ImportFrom):
            found |= {(alias.asname or alias.name).split(".")[0] for alias in node.names}
    return found


def resolves(dotted):
    """Return whether a dotted name is a module or a name in one; further attributes are not looked at."""
    parts = dotted.split(".")
    known = max((n for n in range(1, len(parts) + 1) if ".".join(parts[:n]) in MODULES), default=0)
    if known == 0:
        return parts[0] == "expectations"
    return known == len(parts) or parts[known] in names_in(".".join(parts[:known]))


def test_the_rooms_stand_one_above_the_other():
    for above in (ROOMS, PACKAGES | {"pedigree": ""}):
        tuple(TopologicalSorter({name: allowed.split() for name, allowed in above.items()}).static_order())
    rooms = {path.parent.name for path in ROOT.glob("pedigree/*/__init__.py")}
    assert rooms == ROOMS.keys() - {"job"} and len(rooms) == 16
    assert {path.stem for path in ROOT.glob("pedigree/*.py")} == SHARED | {"__init__", "job", "job_outputs"}


def test_the_page_says_what_a_room_may_import():
    page = (ROOT / "docs/architecture.md").read_text(encoding="utf-8")
    told = {
        name: set(re.findall(r"\w+", last))
        for name, last in re.findall(r"^\| `(\w+)/` \| .* \| ([^|]+) \|$", page, re.M)
    }
    assert told == {room: set(allowed.split()) for room, allowed in ROOMS.items() if room != "job"}
    assert all(f"`{name}/`" in page for name in PACKAGES)


def test_a_file_imports_only_what_its_room_may():
    for path in FILES:
        room = room_of(module_of(path))
        own = [name for name in imports_of(path) if name.split(".")[0] in {"pedigree", *PACKAGES}]
        if room in PACKAGES:
            assert {name.split(".")[0] for name in own} <= {room, *PACKAGES[room].split()}, path
        else:
            allowed = {"", room, *ROOMS.get(room, "").split()}
            assert not {name for name in own if room_of(name) not in allowed}, path


@pytest.mark.parametrize("target, rooms", NEVER.items())
def test_what_calls_no_model_and_judges_no_row_never_reaches_the_code_that_does(target, rooms):
    for path in FILES:
        if path.startswith("pedigree/") and room_of(module_of(path)) in rooms.split():
            assert target not in {room_of(name) for name in reach(path)}, path


def test_no_modules_import_each_other_in_a_circle():
    graph = {name: imports_of(path) & MODULES.keys() - {name} for name, path in MODULES.items()}
    tuple(TopologicalSorter(graph).static_order())


def test_a_heavy_library_is_imported_in_its_place_only():
    for path in FILES:
        for name in HEAVY.keys() & libraries_of(path):
            assert any(path == place or path.startswith(place) for place in HEAVY[name]), f"{path}: {name}"


def test_slow_libraries_are_imported_when_they_are_used():
    for path in FILES:
        assert path.startswith("expectations/") or not LAZY & libraries_of(path, top_only=True), path


def test_strings_that_name_code_resolve():
    for path in [*FILES, *TESTS]:
        for text in strings_of(path):
            named = [f"{module}.{name}" for module, name in FUNCTION.findall(text)]
            named += [text] if DOTTED.fullmatch(text) and not text.endswith((".py", ".log")) else []
            named += [
                f"{module}.{name.split(' as ')[0]}"
                for module, names in IMPORT.findall(text)
                for name in names.split(", ")
            ]
            assert [name for name in named if not resolves(name)] == [], path


def test_a_file_holds_one_idea():
    for path in FILES:
        assert len((ROOT / path).read_text(encoding="utf-8").splitlines()) <= MAX_LINES, path


def test_every_module_says_what_it_is_for():
    for path in FILES:
        assert ast.get_docstring(parse(path)), path


def test_a_package_is_a_docstring_and_a_folder_of_few_modules():
    for path in [path for path in FILES if path.endswith("/__init__.py")]:
        assert len(parse(path).body) == 1 or path.startswith("expectations/"), path
        assert len(list((ROOT / path).parent.glob("[!_]*.py"))) <= MAX_MODULES, path


def test_help_loads_none_of_the_heavy_libraries():
    code = (
        "import sys, runpy\nsys.argv = ['pedigree', '--help']\n"
        "try:\n    from cli.main import main; main()\nexcept SystemExit: pass\n"
        "heavy = {'prefect', 'litellm', 'great_expectations', 'dvc', 'sklearn', 'altair', 'pandas'} & "
        "set(sys.modules)\n"
        "print('LOADED', sorted(heavy))"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == "LOADED []"
