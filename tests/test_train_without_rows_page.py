"""docs/train-without-rows.md: its script runs on the tables of a dataset as it stands there."""

import re
from contextlib import chdir

from tests.support.make_finished_job import write_finished_job
from tests.support.workspaces import REPOSITORY

PAGE = (REPOSITORY / "docs/train-without-rows.md").read_text(encoding="utf-8")


def test_its_script_trains_and_names_what_it_measures(tmp_path, capsys):
    job = write_finished_job(tmp_path)
    [script] = re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL)
    with chdir(tmp_path):
        exec(script.replace("data/returns", f"data/{job.dataset}"), {})
    told = capsys.readouterr().out
    assert told.startswith("macro-F1 on synthetic rows: ") and 0 < float(told.split(": ")[1]) <= 1
