"""Synthesize: a recipe goes in; a validated, balanced, versioned dataset comes out.

recipe --plan--> prompts --complete--> ledger --parse--> candidates --screen--> rows --balance--> dataset
          ^                                                                       |
          +------------------- what each label still lacks (next round) ----------+
dataset --validate (suite + label distribution)--> --measure--> report --publish--> DVC + git version
"""

from datetime import UTC, datetime

from prefect import flow

from flows.outcome import Outcome, tell_run
from pedigree.growth import note_growth
from pedigree.job import open_job
from pedigree.ledger import Ledger
from pedigree.lock import hold_dataset
from pedigree.readiness import check_ready
from pedigree.workspace import find_workspace
from tasks.announce import announce
from tasks.balance import balance
from tasks.check import check_start
from tasks.complete import complete
from tasks.curate import save_rows
from tasks.distribution import check_labels
from tasks.generation import Generation, save_generation
from tasks.measure import measure
from tasks.parse import parse
from tasks.plan import plan
from tasks.publish import publish
from tasks.screen import screen
from tasks.validate import require_gates, validate


@flow(name="synthesize", flow_run_name="{dataset}", persist_result=False, validate_parameters=True)
def synthesize(
    dataset: str, publish_version: bool = True, push_git: bool = False, retry_failed: bool = False
) -> Outcome:
    """Make a dataset from its recipe and publish it as a version.

    Args:
        dataset: Name of a recipe in recipes/.
        publish_version: Publish a DVC + git version when the gates pass.
        push_git: Push branch and tag to the git remote, too.
        retry_failed: Ask again for what finally failed in earlier runs.
    """
    started = datetime.now(UTC)
    workspace = find_workspace()
    with hold_dataset(workspace, dataset), Ledger(workspace.ledger) as ledger:
        if publish_version:
            check_ready(workspace.root, dataset, push_git)
            note_growth(workspace, dataset)
        job = open_job(workspace, dataset)
        check_start(job)

        generation = Generation(job, ledger)
        while generation.stop is None:
            prompts = plan(job, generation.rounds, generation.press)
            answers = complete(
                job, prompts, ledger, endpoints=generation.endpoints, spent=generation.spent, retry_failed=retry_failed
            )
            parsed = parse(job, answers.prompt_table(), answers.completion_table())
            screened = screen(job, parsed.candidates, generation.seen)
            generation.learn(answers, parsed, screened)
        save_generation(job, generation)

        balanced = balance(job, generation.kept)
        counts = save_rows(job, balanced, generation.rejects)
        distribution = check_labels(job)
        gates = validate(job, distribution)
        measure(job)
        announce(job, distribution, gates)

        require_gates(gates)
        published = publish(job, push_git, tell_run(generation, started)) if publish_version else None
    return Outcome.of(job, generation, counts, gates, published)
