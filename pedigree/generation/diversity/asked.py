"""What the model that scores diversity was asked: its prompts are in no table, but the same rows give them again."""

from pedigree.generation.diversity.questions import QuestionPrompts, plan_questions
from pedigree.generation.prompts import Prompt
from pedigree.job import Job
from pedigree.job_outputs import read_rows
from pedigree.metrics.llm_diversity.record import read_matching, read_record


def list_asked(job: Job) -> list[Prompt]:
    """Return the prompts about the rows of the tables, in the order of asking; [] if none is known.

    What was asked about other rows, of an earlier run, is not known here. Where the budget or the provider stopped the
    questions, all that were planned are listed: some may not have been sent.
    """
    if job.recipe.evaluate.diversity is None or not job.table("train").is_file():
        return []
    questions = plan_questions(job, read_rows(job))
    prompts = QuestionPrompts(job, questions)
    asked = prompts.asked_sha256
    record = read_record(job.workspace, job.dataset, asked)
    record = record or read_matching(job.folder / "metrics.json", asked, "llm_diversity")
    if record is None or not questions.is_possible:
        return []
    first, criteria = prompts.ask_criteria(), record["criteria"]
    groups = prompts.ask_groups(criteria) if criteria else {}
    return [first, *(one for some in groups.values() for one in some)]
