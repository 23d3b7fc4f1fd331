"""Two runs of one recipe at once: one waits for the other, nothing is paid for twice, one version comes out."""

import pytest
from prefect.settings import PREFECT_API_URL

from pedigree.ledger.ledger import Ledger
from pedigree.recipe.yaml_file import set_keys
from tests.support.killable_processes import Process, run_flow
from tests.support.make_published import NAME, SMALL
from tests.support.repository import settle


@pytest.mark.full
def test_two_runs_of_one_recipe(prefect, tmp_path):
    house = settle(tmp_path / "work")
    set_keys(house.root / f"recipes/{NAME}.yaml", SMALL)
    runs = [Process(run_flow, house.root, NAME, PREFECT_API_URL.value(), root=house.root) for _ in range(2)]
    assert [run.wait(240) for run in runs] == [0, 0], runs[0].said + runs[1].said
    assert sum("waiting: another run (process " in run.said for run in runs) == 1
    assert house.git("tag") == f"{NAME}@v1.0.0" and house.git("status", "--porcelain") == ""
    records = [
        line for path in house.root.glob(".pedigree/ledger/*.ledger") for line in path.read_text().splitlines()[1:]
    ]
    assert len(records) == len(Ledger(house.root / ".pedigree/ledger")) > 0
