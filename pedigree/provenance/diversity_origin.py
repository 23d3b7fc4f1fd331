"""Which prompts of the model that scores diversity (evaluate.diversity) show a row: they are in no table."""

from typing import Any

from pedigree.generation.diversity.asked import list_asked
from pedigree.generation.diversity.questions import show_text
from pedigree.job import Job


def find_diversity(job: Job, row: dict[str, Any]) -> dict[str, Any]:
    """Return what the model that scores diversity was asked about the version that holds a row; {} without the key.

    ``prompts`` counts all of them, 0 where it is not known that these rows were asked about; ``showing`` are those that
    show the row's text, or one that is equal to it, by the id of their completion and their template.
    """
    scorer = job.recipe.evaluate.diversity
    if scorer is None:
        return {}
    asked, own = list_asked(job), {name: row[name] for name in job.recipe.fields if name in row}
    text = show_text(own) if own else None  # a reject has none
    showing = [
        {"completion_id": one.completion_id, "template": one.template.path}
        for one in asked
        if text in one.context.variables["texts"]
    ]
    templates = {one.template.path: one.template.sha256 for one in asked}
    return {"diversity": {"model": scorer.model, "prompts": len(asked), "templates": templates, "showing": showing}}
