"""Runs Great Expectations over one table: in memory, without progress bars."""

from collections.abc import Mapping, Sequence
from typing import Protocol, runtime_checkable

import great_expectations as gx
import pandas as pd
import polars as pl
from great_expectations.data_context.types.base import ProgressBarsConfig
from great_expectations.exceptions import GreatExpectationsError
from great_expectations.expectations.expectation import Expectation
from great_expectations.expectations.expectation_configuration import ExpectationConfiguration
from great_expectations.validator.v1_validator import Validator

from pedigree.dataset.expectation_suite import Check, ExpectationResult
from pedigree.errors import SuiteError

SUITE_ERRORS = (GreatExpectationsError, TypeError, ValueError)
RESULT_FORMAT = {"result_format": "COMPLETE", "unexpected_index_column_names": ["row_id"]}
HINT = "correct the suite; the data were not checked"


@runtime_checkable
class _ValidationError(Protocol):
    """The errors of pydantic, whichever of its versions Great Expectations uses."""

    def errors(self) -> list[dict]: ...


def evaluate_checks(rows: pl.DataFrame, checks: Sequence[Check]) -> list[ExpectationResult]:
    """Return the result of each check over the rows, in order, with all failing rows by ``row_id``.

    Raises SuiteError if an expectation can't be loaded, or can't be evaluated on rows of the recipe's schema.
    """
    # One by one: a suite would be sorted, and would drop an expectation of a wrong severity with only a log line.
    expectations = [_build_expectation(check) for check in checks]
    with pd.option_context("mode.string_storage", "python"):  # the same results with and without pyarrow
        validator = _open_validator(rows)
        return [_evaluate(validator, rows, check, one) for check, one in zip(checks, expectations, strict=True)]


def check_suite(checks: Sequence[Check], columns: Sequence[str]) -> None:
    """Raise SuiteError if an expectation can't be loaded, or names a column that is not in ``columns``."""
    for check in checks:
        _build_expectation(check)
        if absent := _find_absent(check, columns):
            raise _make_column_error(check, absent, columns)


def _build_expectation(check: Check) -> Expectation:
    try:
        return ExpectationConfiguration(**check.configuration).to_domain_obj()
    except SUITE_ERRORS as error:
        problems = [str(error)]
        if isinstance(error, _ValidationError):
            problems = [f"{'.'.join(map(str, one['loc']))}: {one['msg']}" for one in error.errors()]
        raise SuiteError(
            f"{check.where}: {'; '.join(problems)}",
            hint="correct its type, kwargs or severity; the data were not checked",
        ) from None


def _open_validator(rows: pl.DataFrame) -> Validator:
    """Return one validator for all checks: each that is made hashes all cells, as does each call of Batch.validate."""
    context = gx.get_context(mode="ephemeral")
    context.variables.progress_bars = ProgressBarsConfig(globally=False)
    asset = context.data_sources.add_pandas("pedigree").add_dataframe_asset("rows")
    frame = pd.DataFrame(rows.to_dict(as_series=False))  # polars' own conversion needs pyarrow
    whole = asset.add_batch_definition_whole_dataframe("all")
    return Validator(whole, result_format=RESULT_FORMAT, batch_parameters={"dataframe": frame})


def _evaluate(validator: Validator, rows: pl.DataFrame, check: Check, expectation: Expectation) -> ExpectationResult:
    try:
        result = validator.validate_expectation(expectation)
    except SUITE_ERRORS as error:
        raise _make_evaluation_error(check, rows, str(error)) from error
    info: Mapping = result.exception_info or {}
    for one in [info] if "raised_exception" in info else info.values():
        if one["raised_exception"]:
            raise _make_evaluation_error(check, rows, one["exception_message"])
    configuration = result.expectation_config or expectation.configuration
    return ExpectationResult(
        success=bool(result.success),
        severity=getattr(configuration.severity, "value", configuration.severity),
        description=configuration.description,
        kwargs=dict(configuration.kwargs),
        found=dict(result.result),
    )


def _make_evaluation_error(check: Check, rows: pl.DataFrame, message: str) -> SuiteError:
    if absent := _find_absent(check, rows.columns):
        return _make_column_error(check, absent, rows.columns)
    return SuiteError(
        f"{check.where}: could not be evaluated: {message}", expected="kwargs that suit the columns", hint=HINT
    )


def _find_absent(check: Check, columns: Sequence[str]) -> str | None:
    """Return the first column that a check's kwargs name and the rows lack."""
    kwargs = check.configuration["kwargs"]
    named = [kwargs.get(key) for key in ("column", "column_A", "column_B", "within")] + kwargs.get("column_list", [])
    return next((name for name in named if isinstance(name, str) and name not in columns), None)


def _make_column_error(check: Check, absent: str, columns: Sequence[str]) -> SuiteError:
    return SuiteError(
        f"{check.where}: the rows have no column {absent!r}", expected=f"one of {', '.join(columns)}", hint=HINT
    )
