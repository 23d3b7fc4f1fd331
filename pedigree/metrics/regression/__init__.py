"""Logistic regressions of many labels, which scikit-learn fits slowly."""
