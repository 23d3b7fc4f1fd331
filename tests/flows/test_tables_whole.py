"""A table from a file to two published versions: every command that reads them says what the rows hold."""

import json
from datetime import date

import polars as pl
import pytest
from sklearn.datasets import load_wine

from tests.support.repository import settle

pytestmark = pytest.mark.full
TYPES = {"alcohol": pl.Float64, "proline": pl.Float64, "bottled": pl.Date, "organic": pl.Boolean, "region": pl.String}


def write_wine(path):
    """Write a set of scikit-learn with made-up columns of dates, truth values and categories; some are missing."""
    data, rows = load_wine(), []
    for number, (values, label) in enumerate(zip(data.data, data.target, strict=True)):
        month = 1 + (number * 7 + label) % 12
        organic = None if number % 9 == 0 else bool(number % 4 <= label)
        region = None if number % 11 == 0 else ("north", "south", "east")[(number + label) % 3]
        fields = {"alcohol": None if number % 13 == 0 else values[0], "proline": values[12]}
        rows.append({**fields, "bottled": date(2018 + label, month, 1 + number % 28), "organic": organic,
                     "region": region, "cultivar": f"kind {label}"})  # fmt: skip
    pl.DataFrame(rows).write_csv(path)


def test_growth_diff_repro_verify_trace_and_exports(tmp_path):
    house = settle(tmp_path / "work")
    write_wine(tmp_path / "wine.csv")
    house.run("pedigree", "new", "wine", "--from-table", str(tmp_path / "wine.csv"), "--label", "cultivar")
    told = json.loads(house.run("pedigree", "estimate", "wine", "--json").stdout)
    house.run("pedigree", "run", "wine")
    completions = pl.read_parquet(house.root / "data/wine/completions.parquet")
    tokens = completions["tokens_in"].sum() + completions["tokens_out"].sum()
    assert completions.height == pytest.approx(told["total"]["calls"], rel=0.1)
    assert tokens == pytest.approx(told["total"]["tokens_in"] + told["total"]["tokens_out"], rel=0.1)

    house.run("pedigree", "refresh", "wine", "--more-rows", "40")
    said = house.run("pedigree", "diff", "wine", "--json").stdout
    rows = json.loads(said)["rows"]
    assert (rows["before"], rows["after"], rows["shared"]) == (200, 240, 200)
    assert set(rows["fields"]) == {*TYPES} and rows["added"]["count"] == 40
    assert "(missing)" in house.run("pedigree", "diff", "wine").stdout
    assert "every link holds" in house.run("pedigree", "verify", "wine").stdout
    versions = house.run("pedigree", "versions", "wine").stdout
    assert "v1.0.0" in versions and "v1.1.0" in versions

    stages = [f"{name}@wine" for name in ("generate", "curate", "validate", "measure")]
    assert "up to date" in house.run("dvc", "repro", *stages).stdout
    recipe = house.root / "recipes/wine.yaml"
    text = recipe.read_text(encoding="utf-8")
    recipe.write_text(text.replace("class_floor: 10", "class_floor: 12"), encoding="utf-8")
    dry = house.run("dvc", "repro", "--dry", *stages).stdout
    assert "Stage 'curate@wine' didn't change" in dry and "Running stage 'validate@wine'" in dry
    recipe.write_text(text, encoding="utf-8")

    table = pl.read_parquet(house.root / "data/wine/train.parquet")
    assert {name: table.schema[name] for name in TYPES} == TYPES
    row = table.filter(pl.col("organic").is_null()).row(0, named=True)
    trace = house.run("pedigree", "trace", row["row_id"]).stdout
    assert "organic: (missing)" in trace and f"bottled: {row['bottled']}" in trace and "order = [" in trace
    chain = json.loads(house.run("pedigree", "trace", row["row_id"], "--json").stdout)
    assert chain["row"]["organic"] is None and chain["row"]["bottled"] == str(row["bottled"])

    for kind in ("csv", "jsonl", "hub"):
        house.run("pedigree", "export", "wine", "--format", kind, "--to", str(tmp_path / kind))
    wanted = table.select("row_id", *TYPES, "label")
    types = TYPES | {"row_id": pl.String, "label": pl.String}
    assert pl.read_csv(tmp_path / "csv/train.csv", schema_overrides=types).select(wanted.columns).equals(wanted)
    lines = pl.read_ndjson(tmp_path / "jsonl/train.jsonl", schema_overrides=types)
    assert lines.select(wanted.columns).equals(wanted)
    assert pl.read_parquet(tmp_path / "hub/data/train-*.parquet").select(wanted.columns).equals(wanted)
    house.run("pedigree", "export", "wine", "--with-real", "--to", str(tmp_path / "training"))
    figure = house.run("python", str(tmp_path / "training/train.py")).stdout
    assert figure.startswith("macro-F1 ") and figure.endswith("held-out rows\n")
