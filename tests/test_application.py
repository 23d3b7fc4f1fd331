"""Pedigree is an application that people clone: its own code wins over packages of the same names."""

import subprocess
import sys
import tomllib

import pytest

from scripts.link_checkout import write_launcher, write_path_file
from tests.support.workspaces import REPOSITORY

NAMES = ("tasks", "flows", "expectations", "cli", "pedigree")


@pytest.fixture
def site_packages(tmp_path):
    """A folder of installed packages, in which other projects' packages have the names of ours."""
    folder = tmp_path / "site-packages"
    for name in NAMES:
        (folder / name).mkdir(parents=True)
        (folder / name / "__init__.py").write_text("raise ImportError('the package of another project')\n")
    write_path_file(REPOSITORY, folder)
    return folder


def run(site_packages, folder, code):
    begin = f"import site; site.addsitedir({str(site_packages)!r})\n"
    done = subprocess.run([sys.executable, "-P", "-c", begin + code], cwd=folder, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_the_checkout_comes_before_packages_of_the_same_names(site_packages, tmp_path):
    code = f"from importlib.util import find_spec\nfor name in {NAMES}: print(find_spec(name).origin)"
    found = run(site_packages, tmp_path, code).split()
    assert found == [str(REPOSITORY / name / "__init__.py") for name in NAMES]


@pytest.mark.full
def test_the_command_and_the_imports_of_a_run_use_the_checkout(site_packages, tmp_path):
    code = (
        "import sys; sys.argv = ['pedigree', '--help']\nimport flows.synthesize, tasks.validate\n"
        "from cli.main import main\nmain()"
    )
    assert "Usage" in run(site_packages, tmp_path, code)


def test_the_launcher_takes_the_code_of_the_workspace_it_is_in(tmp_path):
    launcher = write_launcher(sys.executable, tmp_path)
    workspace = tmp_path / "workspace"
    (workspace / "cli").mkdir(parents=True)
    (workspace / "dvc.yaml").touch()
    (workspace / "cli/__init__.py").touch()
    (workspace / "cli/main.py").write_text("def main():\n    print('the code of the workspace')\n")
    below = workspace / "data"
    below.mkdir()
    done = subprocess.run([launcher], cwd=below, capture_output=True, text=True, check=True)
    assert done.stdout == "the code of the workspace\n"


def test_no_wheel_installs_packages_of_common_names():
    settings = tomllib.loads((REPOSITORY / "pyproject.toml").read_text(encoding="utf-8"))
    assert settings["tool"]["setuptools"]["packages"] == [] and settings["project"]["name"] == "pedigree-data"
