"""The sentences of Pedigree: one Prefect flow per file, wiring only."""
