"""An example of each key of the models that a recipe asks besides generators and judges, for the page of keys."""


def list_asked_examples(model: str) -> dict[str, str]:
    """Return the texts by part; ``model`` has the keys that all models have."""
    return {
        "DiversityScorer": f"""
{model}
rounds: 50
sample: 12
people: held_out
""",
        "OptimiseSettings": f"""
{model}
generator: few-shot
rounds: 8
rows: 60
""",
    }
