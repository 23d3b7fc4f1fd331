"""What a run shows in the Prefect UI and on a terminal."""
