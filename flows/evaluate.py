"""Evaluate: a published version is measured again against rows that people wrote."""

from prefect import flow

from flows.form import HeldOutFile, RecipeName, VersionName
from flows.plain_logs import speak_plainly
from pedigree.evaluation import Evaluation
from pedigree.workspace import find_workspace
from tasks.evaluate import evaluate as measure_version
from tasks.evaluate import show_evaluation


@flow(
    name="evaluate", flow_run_name="{dataset}: {version} measured again", persist_result=False, validate_parameters=True
)
def evaluate(dataset: RecipeName, version: VersionName = "latest", held_out: HeldOutFile = "") -> Evaluation:
    """Measure a published version again, and compare the figures with those that it was published with.

    Costs nothing and changes nothing: the version is read from git and DVC. The result is also in
    .pedigree/evaluations/.

    Args:
        dataset: Dataset to measure.
        version: Version such as v1.2.0; latest takes the newest.
        held_out: Rows to test with, a file below data/; empty takes the version's own held-out rows.
    """
    speak_plainly()
    evaluation = measure_version(find_workspace(), dataset, version, held_out)
    show_evaluation(evaluation)
    return evaluation
