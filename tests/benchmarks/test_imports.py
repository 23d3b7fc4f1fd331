"""Every benchmark can be imported, so that a rename does not break it unnoticed."""

import importlib

import pytest

from tests.support.workspaces import REPOSITORY


@pytest.mark.parametrize("name", sorted(path.stem for path in (REPOSITORY / "benchmarks").glob("*.py")))
def test_a_benchmark_is_importable(name):
    module = importlib.import_module(f"benchmarks.{name}")
    assert module.__doc__
