"""What a dataset lacks beside its plan and people's rows."""
