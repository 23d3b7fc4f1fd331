"""Which rows are similar to known rows, or hold parts of them: sketches, bands and runs of words, in batches."""
