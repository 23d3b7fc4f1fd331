"""Great Expectations gives the same results in the helper process as in the run."""

import pickle
import subprocess
import sys

import pytest

from pedigree.dataset.expectation_suite import load_suite
from pedigree.errors import SuiteError
from tests.support.make_validated_rows import make_job, make_rows
from tests.support.workspaces import REPOSITORY

ASK = """
import sys, time
sys.path[:0] = [{root!r}, {tests!r}]
from pathlib import Path
import polars as pl
from tests.support.make_validated_rows import make_job, make_rows
from pedigree.dataset.expectation_suite import load_suite
from pedigree.system import helper_process
from pedigree.system.helper_process import start_helper
from tasks import expectation_worker
job = make_job(Path({home!r}))
checks = load_suite(Path({root!r}) / "expectations/text-classification.json", job.recipe)
rows = make_rows(job).with_columns(split=pl.lit("train"))
start_helper('tasks.expectation_worker:load')
"""


def ask(tmp_path, code, **options):
    head = ASK.format(root=str(REPOSITORY), tests=str(REPOSITORY / "tests"), home=str(tmp_path))
    return subprocess.Popen([sys.executable, "-c", head + code], stdout=subprocess.PIPE, text=True, **options)


@pytest.mark.full
def test_it_judges_beside_the_run_as_the_run_itself_would(tmp_path):
    said = ask(
        tmp_path,
        "beside = expectation_worker.evaluate_checks(rows, checks)\n"
        "assert 'great_expectations' not in sys.modules\n"
        "helper_process._helper.process.kill()\n"  # as if it had died
        "here = expectation_worker.evaluate_checks(rows, checks)\n"
        "assert 'great_expectations' in sys.modules\n"
        "print(len(here), repr(here) == repr(beside), all(one.success for one in here))",
    )
    count, same, passed = said.communicate(timeout=120)[0].split()
    assert int(count) > 5 and (same, passed) == ("True", "True")


@pytest.mark.full
def test_a_broken_suite_is_told_as_such(tmp_path):
    said = ask(
        tmp_path,
        "from pedigree.errors import SuiteError\n"
        "from pedigree.dataset.expectation_suite import Check\n"
        "try:\n    expectation_worker.check_suite([Check('x', 'my suite, expectation 1', {'type': "
        "'expect_wonders', 'kwargs': {}})], ['text'])\n"
        "except SuiteError as error:\n    print(error.found)",
    )
    assert said.communicate(timeout=120)[0].startswith("my suite, expectation 1: expect_wonders")


def test_what_is_wrong_with_a_suite_comes_whole_out_of_the_helper_process():
    error = SuiteError("expectation 1: expect_wonders", expected="an expectation", hint="correct it")
    again = pickle.loads(pickle.dumps(error))
    assert type(again) is SuiteError
    assert str(again) == str(error) and vars(again) == vars(error)


def test_without_a_helper_the_checks_run_here(tmp_path):
    from tasks import expectation_worker

    job = make_job(tmp_path)
    checks = load_suite(REPOSITORY / "expectations/text-classification.json", job.recipe)
    with pytest.raises(SuiteError, match="no column 'split'"):
        expectation_worker.evaluate_checks(make_rows(job), checks)
