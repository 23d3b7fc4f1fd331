"""The Prefect flows of Pedigree, one per file: they call the steps of tasks/ and hold no logic of their own."""
