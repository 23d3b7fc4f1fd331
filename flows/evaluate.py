"""The flow evaluate: measures a published version again against rows written by people."""

from prefect import flow

from flows.parameters import BaselinesField, EmbedderField, EncoderField, HeldOutFile, RecipeName, VersionName
from flows.plain_logs import configure_run_logs
from pedigree.metrics.embedder_choice import parse_embedder
from pedigree.report.evaluation_page import Evaluation
from pedigree.workspace import find_workspace
from tasks.evaluate import evaluate as measure_version
from tasks.evaluate import show_evaluation
from tasks.secret_blocks import load_missing_model_keys


@flow(
    name="evaluate", flow_run_name="{dataset}: {version} measured again", persist_result=False, validate_parameters=True
)
def evaluate(
    dataset: RecipeName,
    version: VersionName = "latest",
    held_out: HeldOutFile = "",
    embedder: EmbedderField = "",
    fine_tune: EncoderField = "",
    baselines: BaselinesField = "",
) -> Evaluation:
    """Measure a published version again and compare the figures with the published ones.

    Changes nothing: the version is read from git and DVC. Only a provider's embedder costs money. The result is
    also written to .pedigree/evaluations/.

    Args:
        dataset: Dataset to measure.
        version: Version such as v1.2.0; latest takes the newest.
        held_out: File in the folder data with rows of people to test with; empty takes those of the version.
        embedder: Model that turns texts into vectors (an embedder), for a second classifier: model2vec/NAME or
            sentence-transformers/NAME on this machine, or litellm/PROVIDER/NAME, which sends every text to that
            provider, held-out rows too, and may cost money. Empty takes the recipe's, if it is on this machine.
        fine_tune: Language model that is trained on the rows as one more classifier (an encoder, fine-tuned): a folder
            of the workspace, or a model of the Hugging Face hub that this machine has. It takes minutes.
        baselines: Ways to make as many rows from people's rows, without a model, to compare: copula, smote (tables),
            eda, template (texts), with commas, or all. Empty takes none.
    """
    configure_run_logs()
    asked = parse_embedder(embedder)
    if asked and asked.is_paid:
        load_missing_model_keys([asked.model])
    evaluation = measure_version(find_workspace(), dataset, version, held_out, embedder, fine_tune, baselines)
    show_evaluation(evaluation)
    return evaluation
