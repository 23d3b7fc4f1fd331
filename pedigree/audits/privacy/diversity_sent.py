"""What was sent to the model that scores diversity (evaluate.diversity): its prompts are in no table, but are known."""

from typing import Any

from pedigree.generation.diversity.asked import list_asked
from pedigree.job import Job


def list_questions(job: Job) -> list[list[dict[str, Any]]]:
    """Return the messages of each prompt about the rows of the tables, in the order of asking (``list_asked``)."""
    return [list(prompt.messages) for prompt in list_asked(job)]
