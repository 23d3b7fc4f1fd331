"""What a dataset is like: text statistics, diversity, fidelity, drift, and embedders that cost nothing."""
