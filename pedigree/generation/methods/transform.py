"""Strategy transform: records of a neighbouring dataset are made into rows of this recipe, or left out one by one.

After Gandhi et al. 2024 (DataTune, arXiv 2404.14361), who have a model rewrite the rows of a public dataset into those
of another task. Here the recipe says what a row is, in place of their plan, which a model writes.
"""

from pedigree.generation.retrieval import rank_documents
from pedigree.generation.slot_variables import format_task
from pedigree.generation.slots import PromptContext, Slot
from pedigree.job import Job


def context_for_transform(job: Job, slot: Slot) -> PromptContext:
    """Return the task and a record for each row: the nearest to the label first, each once before any is repeated."""
    rows, ranked = slot.generator.rows_per_call, rank_documents(job, slot.generator.corpus or "", slot.label)
    sources = [ranked[(slot.index * rows + place) % len(ranked)] for place in range(rows)]
    variables = {**format_task(job, slot), "sources": [source.shown for source in sources]}
    return PromptContext(variables, tuple(dict.fromkeys(one.id for one in sources)))
