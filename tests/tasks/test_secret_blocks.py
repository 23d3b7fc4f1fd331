"""A key that the environment lacks comes from the Secret block of its name, and goes nowhere else."""

import os

import pytest
from prefect.blocks.system import Secret

from pedigree.errors import ProviderError
from pedigree.redaction import mask_secrets
from tasks.check import check_job
from tasks.secret_blocks import load_missing_keys
from tests.support.workspaces import make_job

KEY = "planted-3f0c9e7a51"
GENERATORS = [{"strategy": "zero-shot", "model": "openai/gpt-4o-mini"}]


@pytest.fixture
def job(prefect, tmp_path, monkeypatch):
    monkeypatch.setenv("OPENAI_API_KEY", "x")  # so that it is as it was when the test ends
    monkeypatch.delenv("OPENAI_API_KEY")
    return make_job(tmp_path, generators=GENERATORS)


def test_without_key_and_block_the_run_is_told_both_ways_out(job):
    load_missing_keys(job)
    with pytest.raises(ProviderError, match=r"export OPENAI_API_KEY=.*Secret block openai-api-key"):
        check_job(job)


def test_a_block_stands_in_for_the_environment_and_is_masked_like_it(job, caplog):
    Secret(value=KEY).save("openai-api-key", overwrite=True)
    with caplog.at_level("INFO", "pedigree"):
        load_missing_keys(job)
    try:
        assert os.environ["OPENAI_API_KEY"] == KEY
        assert "Secret block openai-api-key" in caplog.text and KEY not in caplog.text
        assert KEY not in mask_secrets(f"401: wrong key {KEY}")
        check_job(job)
    finally:
        Secret.delete("openai-api-key")


def test_the_environment_goes_first(job, monkeypatch):
    Secret(value=KEY).save("openai-api-key", overwrite=True)
    monkeypatch.setenv("OPENAI_API_KEY", "from-the-environment")
    load_missing_keys(job)
    assert os.environ["OPENAI_API_KEY"] == "from-the-environment"
    Secret.delete("openai-api-key")


def test_offline_models_need_no_secret(prefect, tmp_path):
    before = dict(os.environ)
    load_missing_keys(make_job(tmp_path))
    assert dict(os.environ) == before
