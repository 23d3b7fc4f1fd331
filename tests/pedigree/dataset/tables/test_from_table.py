"""``pedigree new NAME --from-table FILE``: fields, label, rules and rows of people of a file of a table."""

import json
import re
import shutil
import subprocess
from datetime import date

import numpy as np
import polars as pl
import pytest
from sklearn import datasets

from pedigree.dataset.tables import table_file
from pedigree.dataset.tables.from_table import make_from_table
from pedigree.errors import CommandError, RecipeError
from pedigree.generation.tables.broken_rules import warn_of_broken_rules
from pedigree.job import open_job
from pedigree.recipe.tables.checks import list_checks
from pedigree.workspace import Workspace
from tests.support.cli_runner import Shell
from tests.support.workspaces import REPOSITORY, make_workspace

ROWS = 60


def write_csv(path, header, line, rows=ROWS, encoding="utf-8"):
    """Write a CSV file with what ``line`` gives for each number of a row."""
    path.write_bytes("".join([header + "\n", *(line(n) + "\n" for n in range(rows))]).encode(encoding))
    return path


def write_bunch(path, bunch, column, labels):
    frame = pl.DataFrame(bunch.data, list(bunch.feature_names), orient="row")
    frame.with_columns(pl.Series(column, labels)).write_csv(path)
    return path


def make(root, path, label=None, name="table"):
    (root / "recipes").mkdir(exist_ok=True)
    made = make_from_table(Workspace(root), name, path, label, None)
    return made, open_job(Workspace(root), name)


def describe(recipe):
    defaults = {"means", "min_chars", "max_chars", "values"}
    return {name: one.model_dump(exclude_none=True, exclude=defaults) for name, one in recipe.fields.items()}


def test_iris_becomes_a_tabular_recipe_with_seeds_and_held_out_rows(tmp_path):
    bunch = datasets.load_iris()
    path = write_bunch(tmp_path / "iris.csv", bunch, "species", [bunch.target_names[one] for one in bunch.target])
    made, job = make(tmp_path, path)
    recipe = job.recipe
    assert recipe.tabular
    assert describe(recipe)["petal_width"] == {"type": "number", "min": 0.1, "max": 2.5, "unit": "cm"}
    assert recipe.fields["petal_width"].means == "petal width"
    assert list(recipe.labels) == ["setosa", "versicolor", "virginica"]
    assert (len(job.seeds), len(job.held_out)) == (104, 45)  # two of its 150 rows are equal
    assert {one.label for one in job.held_out} == {*recipe.labels}
    assert not {one.id for one in job.seeds} & {one.id for one in job.held_out}
    assert made.describe() == [
        "label: 'species', since its name is 'species': 3 labels",
        "rows left out: 1 are equal to an earlier row",
        "rules: 2, which hold in all rows that were looked at; read them in the recipe",
        "rows of people: 104 seeds, 45 held out, by label, none in both",
    ]
    text = Workspace(tmp_path).recipe_path("table").read_text(encoding="utf-8")
    assert '- "petal_width <= petal_length"  # in all 149 rows; 87% of random pairs of values hold it' in text


def test_the_orders_of_breast_cancer_are_found_and_its_rows_keep_them(tmp_path, caplog):
    bunch = datasets.load_breast_cancer()
    path = write_bunch(tmp_path / "cells.csv", bunch, "target", bunch.target)
    _, job = make(tmp_path, path)
    assert "mean_radius <= worst_radius" in {one.check for one in list_checks(job.recipe.checks)}
    assert list(job.recipe.labels) == ["1", "0"]
    warn_of_broken_rules(job)
    assert not caplog.records


def test_wine_and_classes_of_quantiles_make_recipes(tmp_path):
    wine, sugar = datasets.load_wine(), datasets.load_diabetes()
    path = write_bunch(tmp_path / "wine.csv", wine, "kind", [wine.target_names[one] for one in wine.target])
    assert make(tmp_path, path, name="wine")[1].recipe.tabular
    cuts = np.quantile(sugar.target, [1 / 3, 2 / 3])
    level = [("low", "middle", "high")[place] for place in np.searchsorted(cuts, sugar.target)]
    made, job = make(tmp_path, write_bunch(tmp_path / "sugar.csv", sugar, "level", level), name="sugar")
    assert made.profile.label.why == "it is the last column and has 3 values"
    assert job.recipe.fields["age"].unit == ""


def test_types_missing_values_and_names_of_columns(tmp_path):
    def line(n):
        end = "" if n % 10 == 0 else f"{n % 27 + 1:02}.03.2024"
        price = "" if n % 4 == 0 else f"{n * 7 % 50}.0"
        return f"{n},k{n:03},{n % 5},0{n % 3},{end},{'yes' if n % 3 else 'no'},{price},1.5e{n % 3},{'ab'[n % 2]}"

    header = "No,code,Größe (m),zip,end,Paid?,price [EUR],x,group"
    made, job = make(tmp_path, write_csv(tmp_path / "t.csv", header, line), "group")
    assert made.profile.left_out == {
        "No": "a number that tells the rows apart",
        "code": "a text without spaces that tells the rows apart",
    }
    assert describe(job.recipe) == {
        "grosse": {"type": "integer", "min": 0, "max": 4, "unit": "m"},
        "zip": {"type": "category"},
        "end": {"type": "date", "min": date(2024, 3, 1), "max": date(2024, 3, 27), "missing": 0.1},
        "paid": {"type": "boolean"},
        "price": {"type": "integer", "min": 0, "max": 49, "unit": "EUR", "missing": 0.25},
        "x": {"type": "number", "min": 1.5, "max": 150.0},
    }
    assert job.recipe.fields["grosse"].means == "Größe"
    assert any(one.fields["end"] is None for one in job.seeds)
    assert isinstance(next(one.fields["end"] for one in job.seeds if one.fields["end"]), date)


def test_sums_orders_and_columns_that_set_others_are_proposed(tmp_path):
    def line(n):
        net, tax = n * 37 % 91 + 5, n * 13 % 17 + 1
        town = "abcdef"[n * 7 % 6]
        return f"{net},{tax},{net + tax},{town},{'north' if town in 'abc' else 'south'},{n * 29 % 11},{'xy'[n % 2]}"

    made, job = make(tmp_path, write_csv(tmp_path / "t.csv", "net,tax,gross,town,region,other,label", line))
    assert [one.check for one in list_checks(job.recipe.checks)] == ["gross = net + tax", "net <= gross"]
    assert job.recipe.depends == {"town": ["region"]}
    assert made.rules[0].rests_on == "in all 60 rows"


def test_random_columns_give_no_rules(tmp_path):
    drawn = np.random.default_rng(7).integers(0, 9, (200, 4))
    path = write_csv(tmp_path / "t.csv", "a,b,c,d,label", lambda n: ",".join(map(str, [*drawn[n], "xy"[n % 2]])), 200)
    assert make(tmp_path, path)[0].rules == []


def test_a_table_with_a_text_is_not_tabular_and_asks_by_few_shots(tmp_path):
    path = write_csv(tmp_path / "t.csv", "review,stars,label", lambda n: f"Film {n} was fine,{n % 5},{'xy'[n % 2]}")
    _, job = make(tmp_path, path)
    assert job.recipe.text_fields == ["review"]
    assert job.recipe.generators[0].strategy == "few-shot"


def test_parquet_keeps_its_types_and_leaves_lists_out(tmp_path):
    pl.DataFrame(
        {
            "tags": [["a"]] * 40,
            "at": [date(2024, 1, n % 28 + 1) for n in range(40)],
            "size": [float("nan") if n % 5 == 0 else n * 1.5 for n in range(40)],
            "big": pl.Series([2**63 + n for n in range(40)], dtype=pl.UInt64),
            "label": ["x", "y"] * 20,
        }
    ).write_parquet(tmp_path / "t.parquet")
    made, job = make(tmp_path, tmp_path / "t.parquet")
    assert made.profile.left_out == {
        "tags": "its values are of type List",
        "big": "its whole numbers have more than 64 bits",
    }
    assert describe(job.recipe)["size"]["missing"] == 0.2


def test_semicolons_decimal_commas_and_two_columns_of_one_name(tmp_path):
    path = write_csv(tmp_path / "t.csv", "Höhe (m);höhe;Klasse", lambda n: f"1,{n % 90 + 10};{n % 5};{'xy'[n % 2]}")
    made, job = make(tmp_path, path)
    assert list(job.recipe.fields) == ["hohe", "hohe_2"]
    assert job.recipe.fields["hohe"].type == "number"
    assert "field hohe: 'Höhe (m)': numbers with a decimal comma" in made.describe()


def test_of_a_long_file_a_sample_is_read_and_said(tmp_path, monkeypatch):
    path = write_csv(tmp_path / "t.csv", "a,b,label", lambda n: f"{n % 17},{n % 23},{'xyz'[n % 3]}", rows=900)
    monkeypatch.setattr(table_file, "WHOLE", 1000)
    monkeypatch.setattr(table_file, "MAX_ROWS", 200)
    made, _ = make(tmp_path, path)
    assert "sample: every figure is of 180 of 900 rows" in made.describe()
    assert "(a sample of its rows)" in Workspace(tmp_path).recipe_path("table").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("content", "found"),
    [
        (b"", "an empty file"),
        (b"a,b,label\n", "a header without rows"),
        (b"a,a,label\n1,2,x\n", "line 1: two columns are named 'a'"),
        (b"a,label\n" + b"1,x\n2,x\n" * 9, "the label column 'label' has one value, 'x'"),
        (b"a,label\n" + b"".join(b"1,l%d\n" % n for n in range(5000)), "the label column 'label' has 5,000 values"),
        (b"a,label\n1,x\n2,y\n3,y\n", "labels with a single row: 'x'"),
        (b"a,label\n1,x\n2,X\n1,x\n3,X\n", "'X' in upper and lower case"),
        (b"a,label\n,x\n,y\n,x\n,y\n", "no column but the label can be a field: 'a': every value is missing"),
        (b"a,label\n1,x\n2\n", "line 3: 1 values"),
        (b'a,label\n"1,x\n', "line 2"),
        ("a,label\n1,é\n".encode("latin-1"), "byte 10 is not UTF-8"),
        (b"a,b\n" + b"".join(b"%d.5,%d.25\n" % (n, n) for n in range(30)), "no column looks like a label"),
        (b"PAR1", "is a Parquet file, and not CSV"),
    ],
)
def test_what_is_no_table_of_labelled_rows_is_refused_and_leaves_nothing(tmp_path, content, found):
    (tmp_path / "t.csv").write_bytes(content)
    with pytest.raises(RecipeError, match=re.escape(found)):
        make(tmp_path, tmp_path / "t.csv")
    assert not list(tmp_path.glob("recipes/*")) + list(tmp_path.glob("data/**/*.jsonl"))


def test_columns_that_are_unsure_are_left_out_with_the_reason(tmp_path):
    def line(n):
        odd, much = "unknown" if n == 5 else n % 40 * 1.5, "inf" if n == 3 else n % 45
        return f"0{n % 9 + 1}/0{n % 5 + 1}/2024,{odd},{much},{10**20 + n},{'xy'[n % 2]}"

    made, _ = make(tmp_path, write_csv(tmp_path / "t.csv", "day,odd,much,huge,label", line))
    assert made.profile.left_out == {
        "day": "its dates may begin with the day or the month: write them as YYYY-MM-DD",
        "odd": "1 of its 60 values are no numbers, such as 'unknown': correct or remove them",
        "huge": "a text without spaces that tells the rows apart",
    }
    assert "field much: 'much': infinite values are taken as missing (1)" in made.describe()


def test_the_command_writes_says_and_refuses(tmp_path, capsys):
    (tmp_path / "recipes").mkdir()
    (tmp_path / "prompts").mkdir()
    shutil.copy(REPOSITORY / "dvc.yaml", tmp_path / "dvc.yaml")
    shell = Shell(tmp_path, capsys)
    path = write_csv(tmp_path / "t.csv", "a,b,kind", lambda n: f"{n % 7},{n % 11},{'xy'[n % 2]}")
    said = shell("new", "mine", "--from-table", str(path), "--label", "kind", "--task", "Which kind?")
    assert said.status == 0
    assert "wrote recipes/mine.yaml\nwrote data/seeds/mine/seeds.jsonl\n" in said.out
    first = json.loads((tmp_path / "data/seeds/mine/seeds.jsonl").read_text(encoding="utf-8").splitlines()[0])
    assert list(first) == ["a", "b", "label"]
    assert "exists already" in shell.refuse("new", "mine", "--from-table", str(path), status=CommandError.exit_status)
    assert "no column 'kinds'" in shell.refuse("new", "other", "--from-table", str(path), "--label", "kinds")
    assert "--label without a table" in shell.refuse("new", "other", "--label", "kind", status=CommandError.exit_status)
    assert "no such file" in shell.refuse("new", "other", "--from-table", "nowhere.csv")
    assert not (tmp_path / "recipes/other.yaml").exists()


@pytest.mark.full
def test_the_commands_of_the_page_make_a_dataset_whose_links_hold(tmp_path, capsys):
    bunch, workspace = datasets.load_iris(), make_workspace(tmp_path)
    write_bunch(tmp_path / "iris.csv", bunch, "species", [bunch.target_names[one] for one in bunch.target])
    subprocess.run(["git", "init", "-q", str(tmp_path)], check=True)
    page = (REPOSITORY / "docs/tables.md").read_text(encoding="utf-8")
    commands = re.findall(r"^pedigree (.+)$", page, re.MULTILINE)
    assert [command.split()[0] for command in commands] == ["new", "check", "run"]
    shell = Shell(tmp_path, capsys)
    for command in commands[:2]:
        assert shell(*command.split()).status == 0
    for stage in ("generate", "curate", "validate", "measure", "verify"):  # as 'run' does, without a server of Prefect
        assert shell(stage, "iris").status == 0
    rows = pl.read_parquet(workspace.table("iris", "train"))
    assert rows.schema["petal_width"] == pl.Float64
    assert (rows["petal_width"] <= rows["petal_length"]).all()
