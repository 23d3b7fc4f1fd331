"""Great Expectations, run quietly over one frame: in memory, without progress bars."""

from collections.abc import Sequence

import great_expectations as gx
import pandas as pd
import polars as pl
from great_expectations.datasource.fluent.interfaces import Batch
from great_expectations.exceptions import GreatExpectationsError
from great_expectations.expectations.expectation import Expectation
from great_expectations.expectations.expectation_configuration import ExpectationConfiguration

from pedigree.dataset.expectation_suite import Check, ExpectationResult
from pedigree.errors import SuiteError

FAULTS = (GreatExpectationsError, TypeError, ValueError)


def judge(rows: pl.DataFrame, checks: Sequence[Check]) -> list[ExpectationResult]:
    """Return the judgement of each check over the rows, in the checks' order, with all failing rows by ``row_id``.

    Raises SuiteError where an expectation can't be loaded, or could not be judged on rows of the recipe's schema.
    """
    # One by one: as a whole, a suite is sorted anew, and drops an expectation of a wrong severity with a log line only.
    expected = [_build_expectation(check) for check in checks]
    with pd.option_context("mode.string_storage", "python"):  # the same judgement with and without pyarrow
        batch = _open_batch(rows)
        return [_judge_one(batch, rows, check, one) for check, one in zip(checks, expected, strict=True)]


def check(checks: Sequence[Check], columns: Sequence[str]) -> None:
    """Raise SuiteError where an expectation can't be loaded, or names a column that is none of these."""
    for one in checks:
        _build_expectation(one)
        if absent := _find_absent(one, columns):
            raise _name_absent(one, absent, columns)


def _build_expectation(check: Check) -> Expectation:
    try:
        return ExpectationConfiguration(**check.configuration).to_domain_obj()
    except FAULTS as error:
        # Great Expectations' models list their mistakes; its other errors say one thing.
        listed = error.errors() if hasattr(error, "errors") else []
        mistakes = [f"{'.'.join(map(str, mistake['loc']))}: {mistake['msg']}" for mistake in listed] or [str(error)]
        raise SuiteError(
            f"{check.where}: {'; '.join(mistakes)}",
            hint="correct its type, kwargs or severity; the data were not judged",
        ) from None


def _open_batch(rows: pl.DataFrame) -> Batch:
    context = gx.get_context(mode="ephemeral")
    context.variables.progress_bars = {"globally": False}
    asset = context.data_sources.add_pandas("pedigree").add_dataframe_asset("rows")
    frame = pd.DataFrame(rows.to_dict(as_series=False))  # polars' own conversion needs pyarrow
    return asset.add_batch_definition_whole_dataframe("all").get_batch({"dataframe": frame})


def _judge_one(batch: Batch, rows: pl.DataFrame, check: Check, expected: Expectation) -> ExpectationResult:
    form = {"result_format": "COMPLETE", "unexpected_index_column_names": ["row_id"]}
    try:
        result = batch.validate(expected, result_format=form)
    except FAULTS as error:
        raise _blame_suite(check, rows, str(error)) from error
    info = result.exception_info
    for one in [info] if "raised_exception" in info else info.values():
        if one["raised_exception"]:
            raise _blame_suite(check, rows, one["exception_message"])
    asked = result.expectation_config
    return ExpectationResult(
        success=bool(result.success),
        severity=getattr(asked.severity, "value", asked.severity),
        description=asked.description,
        kwargs=dict(asked.kwargs),
        found=dict(result.result),
    )


def _blame_suite(check: Check, rows: pl.DataFrame, message: str) -> SuiteError:
    if absent := _find_absent(check, rows.columns):
        return _name_absent(check, absent, rows.columns)
    return SuiteError(
        f"{check.where}: could not be judged: {message}",
        expected="kwargs that suit the columns",
        hint="correct the suite; the data were not judged",
    )


def _find_absent(check: Check, columns: Sequence[str]) -> str | None:
    """Return the first column that a check's kwargs name and the rows lack."""
    kwargs = check.configuration["kwargs"]
    named = [kwargs.get("column"), kwargs.get("column_A"), kwargs.get("column_B"), *kwargs.get("column_list", [])]
    return next((name for name in named if isinstance(name, str) and name not in columns), None)


def _name_absent(check: Check, absent: str, columns: Sequence[str]) -> SuiteError:
    return SuiteError(
        f"{check.where}: the rows have no column {absent!r}",
        expected=f"one of {', '.join(columns)}",
        hint="correct the suite; the data were not judged",
    )
