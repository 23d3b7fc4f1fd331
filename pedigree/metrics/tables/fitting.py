"""Fits a logistic regression where Newton's steps may not converge, as on rows that a column separates."""

import warnings
from typing import Any


def fit_regression(regression: Any, *data: Any) -> Any:
    """Return the fitted regression; scikit-learn then takes lbfgs, and its warning of that is left out."""
    from sklearn.exceptions import ConvergenceWarning

    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "Line search of Newton solver", ConvergenceWarning)
        return regression.fit(*data)
