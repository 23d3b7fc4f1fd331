"""The flow synthesize: makes a validated, balanced, versioned dataset from a recipe.

recipe --plan--> prompts --complete--> ledger --parse--> candidates --screen--> (judge) --> rows --balance--> dataset
          ^                                                                                    |
          +----------------------------- missing rows of each label (next round) --------------+
dataset --validate (suite + label distribution)--> --measure--> report --publish--> DVC + git version
"""

from datetime import UTC, datetime

from prefect import flow
from prefect.client.schemas.objects import State
from prefect.states import Cancelled

from flows import preload  # noqa: F401  first: it starts the helper process
from flows.exclusive import hold_exclusively
from flows.parameters import Branch, ModelName, RecipeName, RowsWanted, Usd
from flows.plain_logs import configure_run_logs
from flows.prepare import prepare
from flows.rounds import take_rounds
from flows.run_names import name_synthesis, rename_run
from flows.run_result import RunResult, describe_run
from pedigree.errors import RunCancelled, ServerLost, StoppedError
from pedigree.ledger.ledger import Ledger
from pedigree.recipe.overrides import Overrides
from pedigree.system.helper_process import stop_on_interrupt
from pedigree.workspace import Workspace, find_workspace
from tasks.balance import balance
from tasks.curate import save_rows
from tasks.distribution import check_labels
from tasks.generation_state import Generation, save_generation
from tasks.judging.diversity import score_diversity
from tasks.measure import measure
from tasks.publish import publish
from tasks.ui.artifacts import announce, announce_stop, announce_version
from tasks.ui.events import emit_published, emit_rejected
from tasks.validate import require_gates, validate


@flow(name="synthesize", flow_run_name=name_synthesis, persist_result=False, validate_parameters=True)
def synthesize(
    dataset: RecipeName,
    rows: RowsWanted = 0,
    model: ModelName = "",
    budget_usd: Usd = 0.0,
    publish_version: bool = True,
    push_git: bool = False,
    retry_failed: bool = False,
    branch: Branch = "",
) -> RunResult | State:
    """Make a dataset from its recipe and publish it as a version.

    Rows, model and budget that are given here are written into the recipe and published with the version.

    Args:
        dataset: Dataset to make, by the name of its recipe: a file in the folder recipes.
        rows: Rows that the dataset shall have, 1 to 10,000,000; 0 takes the recipe's number.
        model: Language model that writes all rows, as PROVIDER/NAME, such as openai/gpt-4o-mini; empty takes the
            recipe's models.
        budget_usd: Most that the dataset may cost, in US dollars; 0 takes the recipe's budget.
        publish_version: Publish the dataset as a version if it passes every gate (a check that can stop a version). Git
            keeps recipe and figures, DVC the tables.
        push_git: Also send the version's commit and tag to the git repository that others use (git push).
        retry_failed: Ask again for answers that failed for good in earlier runs.
        branch: Git branch that the version is committed to; the run stops if another is checked out. Empty: the current
            one.
    """
    configure_run_logs()
    overrides = Overrides(rows or None, model or None, budget_usd or None)
    return make_version(find_workspace(), dataset, overrides, publish_version, push_git, retry_failed, branch)


def make_version(
    workspace: Workspace,
    dataset: str,
    overrides: Overrides,
    publish_version: bool,
    push_git: bool,
    retry_failed: bool,
    branch: str,
) -> RunResult | State:
    """Run the steps from plan to publish within a flow; the parameters are those of ``synthesize``."""
    started = datetime.now(UTC)
    with hold_exclusively(workspace, dataset), stop_on_interrupt(), Ledger(workspace.ledger) as ledger:
        job = prepare(workspace, dataset, overrides, publish_version, push_git, branch)

        generation = Generation(job, ledger)
        try:
            take_rounds(job, generation, ledger, retry_failed=retry_failed, as_tasks=True)
        except ServerLost:
            raise  # there is no page to say it on
        except StoppedError as stopped:
            announce_stop(job, generation)
            if isinstance(stopped, RunCancelled):
                usage = generation.live.progress.format_end()
                return Cancelled(message=f"{stopped.found}; {usage}; everything received is kept")
            raise
        save_generation(job, generation)

        balanced = balance(job, generation.kept, generation.tables()["prompts"])
        counts = save_rows(job, balanced, generation.rejects)
        distribution = check_labels(job)
        gates = validate(job, distribution)
        announced = announce.submit(job, distribution, gates, generation.live, generation.rounds.failures)
        if job.recipe.evaluate.diversity:
            score_diversity(job, ledger)
        metrics = measure(job)
        announced.result()

        if not gates.passed:
            emit_rejected(job, gates)
        require_gates(gates)
        published = (
            publish(job, push_git, describe_run(generation, started), branch or None) if publish_version else None
        )
        if published:
            emit_published(job, published)
            announce_version(job, published)
        rename_run(dataset, published, publish_version)
    return RunResult.of(job, generation, counts, gates, published, metrics)
