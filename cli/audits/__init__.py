"""The commands that audit a finished dataset: privacy, bias and patterns; none calls a model."""
