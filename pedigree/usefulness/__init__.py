"""What a classifier learns from a dataset: train on synthetic, test on real (TSTR)."""
