"""Jobs that ask the scripted endpoint, and one round of asking."""

from pathlib import Path
from typing import Any

from pedigree.generation.batch import Batch
from pedigree.generation.batch_result import BatchResult
from pedigree.generation.budget import NO_USAGE, Usage
from pedigree.generation.prompt_builder import PromptBuilder
from pedigree.generation.slots import Slot
from pedigree.job import Job
from pedigree.ledger.ledger import Ledger
from tasks.complete import complete
from tests.support.fake_endpoint import Endpoint
from tests.support.workspaces import make_job


def job_for(endpoint: Endpoint | str, path: Path, *others: dict[str, Any], **changes: Any) -> Job:
    """Return a job whose generator asks the endpoint, one row a call; ``others`` are changes for further generators."""
    recipe = {key: changes.pop(key) for key in ("budget", "gates", "screens") if key in changes}
    url = endpoint if isinstance(endpoint, str) else endpoint.url
    first = {"strategy": "zero-shot", "model": "openai/fake", "api_base": url, "rows_per_call": 1, "retries": 2,
             "timeout": 20, **changes}  # fmt: skip
    more = [{**first, "name": f"other-{place}", **other} for place, other in enumerate(others)]
    return make_job(path, generators=[first, *more], **recipe)


def ask(
    job: Job, slots: int = 3, *, spent: Usage = NO_USAGE, labels: tuple[str, ...] = ("cat",), **options: Any
) -> BatchResult:
    """Ask for so many slots of each label and generator, in the plan's order."""
    builder = PromptBuilder(job)
    prompts = [
        builder.build(Slot(generator, label, index), 1, dict(generator.parameters))
        for index in range(slots)
        for generator in job.recipe.generators
        for label in labels
    ]
    with Ledger(job.workspace.ledger) as ledger:
        return complete.fn(job, Batch(prompts), ledger, spent=spent, **options)


def held(job: Job) -> int:
    """Return how many completions the job's ledger holds."""
    return len(Ledger(job.workspace.ledger))


def ask_there(root: Path, url: str, slots: int, changes: dict[str, Any]) -> None:
    """Ask in a new workspace below a folder, after one call elsewhere: the first call of a process takes long."""
    with Endpoint() as own:
        ask(job_for(own, root / "first"), 1)
    ask(job_for(url, root / "workspace", **changes), slots)
