"""Baselines beside a dataset of texts: its prompts answered by the template model, and words edited."""

import numpy as np
import polars as pl
import pytest

from pedigree.job_outputs import read_job_outputs
from pedigree.usefulness.dataset_trial import sample_job
from tasks.evaluation.baselines import measure_baselines, write_template_rows
from tests.support.make_finished_job import write_finished_job

PROMPT = """[{"role": "user", "content": "Task: What does this customer want?\\nLabel: refund (money back)\\n\
Fields:\\nField text: 15 to 200 characters\\nRows: 5\\nLanguage: en"}]"""


def test_the_template_model_answers_the_prompts_until_each_label_has_its_rows():
    line = {"label": "refund", "round": 0, "slot": 0, "turn": 0, "completion_id": "a", "messages": PROMPT}
    prompts = pl.DataFrame([line, {**line, "completion_id": "b", "messages": "[]"}])
    made = write_template_rows(prompts, {0: 7, 1: 3}, ["refund", "other"], ["text"])
    if made is None:
        pytest.fail("the template model answered no row")
    assert made.label_ids.tolist() == [0] * len(made) and 1 <= len(made) <= 7
    assert len(set(made.texts)) == len(made)
    again = write_template_rows(prompts, {0: 7}, ["refund", "other"], ["text"], draw=1)
    assert again is not None and again.texts != made.texts
    assert write_template_rows(prompts, {1: 3}, ["refund", "other"], ["text"]) is None


@pytest.mark.full
def test_a_dataset_of_texts_stands_beside_both_of_its_baselines(tmp_path):
    job = write_finished_job(tmp_path / "w", 120, model="some/model")
    found = measure_baselines(job, ["eda", "template"])
    synthetic, _, held_out = sample_job(job, read_job_outputs(job).tables["train"])
    dataset, eda, template = found.scores
    assert (dataset.rows, eda.rows, found.test_rows) == (len(synthetic), len(synthetic), len(held_out))
    assert template.rows <= dataset.rows and 0 <= eda.macro_f1 <= 1 and np.isfinite(eda.behind).all()
    assert (dataset.draws, eda.draws, template.draws) == (1, 5, 5) and found.seconds > 0
    assert found.evidence and found.cost_usd is not None
    assert found == measure_baselines(job, ["eda", "template"])
