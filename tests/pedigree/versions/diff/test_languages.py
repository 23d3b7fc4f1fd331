"""Two versions are compared language by language, where one of them has several."""

from dataclasses import replace

import polars as pl
import pytest

from pedigree.errors import WorkspaceError
from pedigree.versions.diff.compare import compare_readers
from pedigree.versions.diff.languages import compare_languages
from pedigree.versions.diff.text import format_comparison
from tests.support.diff_versions import make_sides

GERMAN = {"a1", "b1", "c1", "d1"}


@pytest.fixture
def sides(tmp_path):
    """The later side is in two languages: its rows of GERMAN are in German."""
    before, after = make_sides(tmp_path)
    for split in ("train", "validation"):
        path = after.tables[split]
        rows = pl.read_parquet(path)
        german = pl.col("row_id").is_in(list(GERMAN))
        rows.with_columns(language=pl.when(german).then(pl.lit("de")).otherwise(pl.lit("en"))).write_parquet(path)
    path = after.workspace.recipe_path("pets")
    path.write_text(path.read_text(encoding="utf-8") + "languages: {en: 0.4, de: 0.6}\n", encoding="utf-8")
    return before, replace(after)


def test_rows_are_counted_by_language_and_a_side_of_one_has_all_its_rows_in_it(sides):
    english, german = compare_languages(*sides)
    assert (english.language, english.before.rows, english.after.rows, english.change) == ("en", 6, 3, -3)
    assert (english.before.target_share, english.after.target_share) == (1.0, 0.4)
    assert (german.language, german.before, german.after.rows, german.after.train) == ("de", None, 4, 3)
    assert (german.added, german.removed, english.added, english.removed) == (2, 0, 1, 2)
    assert compare_languages(sides[0], sides[0]) == []


def test_people_read_the_languages_below_the_labels(sides):
    told = format_comparison(compare_readers(*sides)).plain
    assert "languages\n  language  before  after  change  in  out  target\n  en " in told
    assert "languages\n" not in format_comparison(compare_readers(sides[0], sides[0])).plain


def test_a_table_without_the_column_is_an_error_that_says_what_to_do(sides):
    path = sides[1].tables["train"]
    pl.read_parquet(path).drop("language").write_parquet(path)
    with pytest.raises(WorkspaceError, match="languages of pets can't be compared"):
        compare_languages(*sides)
