"""The questions to the model that scores diversity."""
