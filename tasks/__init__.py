"""The verbs of Pedigree: one step of the DAG per file, its logic and its Prefect task together."""
