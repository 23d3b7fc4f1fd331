"""Each stage of dvc.yaml depends on the code that it imports, and on no other."""

import ast
import re
from functools import cache
from pathlib import Path, PurePosixPath

import pytest
from ruamel.yaml import YAML

REPOSITORY = Path(__file__).parents[1]
STAGES = YAML(typ="safe").load((REPOSITORY / "dvc.yaml").read_text())["stages"]
CODE = ("pedigree", "tasks")
# The files of tasks/ that a stage runs, as flows/stages.py calls them.
STEPS = {"curate": ["curate"], "validate": ["distribution", "validate"], "measure": ["measure"]}
# Modules are also named in strings, as "module" or "module:function", to be imported when they are called.
NAME = re.compile(r"(?:pedigree|tasks|expectations)(?:\.\w+)*(?::\w+)?")


def list_code(stage: str) -> set[str]:
    """Return the paths of code that a stage depends on."""
    return {path for path in STAGES[stage]["do"]["deps"] if path.split("/")[0] in CODE}


def find_file(module: str) -> str | None:
    """Return the path of a module of this repository."""
    path = module.replace(".", "/")
    return next((file for file in (f"{path}.py", f"{path}/__init__.py") if (REPOSITORY / file).is_file()), None)


@cache
def list_imports(path: str) -> set[str]:
    """Return the files that one file names in its imports and strings, wherever in it they stand."""
    modules = set()
    for node in ast.walk(ast.parse((REPOSITORY / path).read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            modules |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            assert not node.level, f"{path}: a relative import"
            modules |= {node.module, *(f"{node.module}.{alias.name}" for alias in node.names)}
        elif isinstance(node, ast.Constant) and isinstance(node.value, str) and NAME.fullmatch(node.value):
            modules.add(node.value.split(":")[0])
    return {file for module in modules if NAME.fullmatch(module) and (file := find_file(module))}


def reach(path: str) -> set[str]:
    """Return the files of pedigree/ and tasks/ that a module imports, directly and through others, with itself."""
    reached, waiting = set(), [path]
    while waiting:
        file = waiting.pop()
        if file not in reached:
            reached.add(file)
            waiting += list_imports(file)
    return {file for file in reached if file.split("/")[0] in CODE}


def is_docstring(path: str) -> bool:
    """Return whether a file holds a docstring and no code."""
    return len(ast.parse((REPOSITORY / path).read_text(encoding="utf-8")).body) <= 1


def test_generating_depends_on_no_code():
    assert list_code("generate") == set()


@pytest.mark.parametrize("stage", STEPS)
def test_a_stage_depends_on_the_code_that_it_imports(stage):
    listed = list_code(stage)
    files = set().union(*(reach(f"tasks/{step}.py") for step in STEPS[stage]))
    reached = {file for file in files if not (file.endswith("__init__.py") and is_docstring(file))}
    absent = {file for file in reached if not any(PurePosixPath(file).is_relative_to(path) for path in listed)}
    unused = {path for path in listed if not any(PurePosixPath(file).is_relative_to(path) for file in reached)}
    assert (absent, unused) == (set(), set()), "dvc.yaml lacks the first and needs none of the second"
    assert all((REPOSITORY / path).exists() for path in listed)


@pytest.mark.parametrize("path", ["pedigree/report", "pedigree/models", "cli", "flows", "pedigree/system/dvc.py"])
def test_curating_does_not_depend_on_reports_models_or_commands(path):
    assert not any(PurePosixPath(listed).is_relative_to(path) for listed in list_code("curate"))
    assert not any(PurePosixPath(path).is_relative_to(listed) for listed in list_code("curate"))
