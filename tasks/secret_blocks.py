"""Secret blocks: the keys that models need and the environment lacks, as Prefect keeps them."""

import logging
import os
from collections.abc import Iterable

from prefect.blocks.system import Secret

from pedigree.job import Job
from pedigree.models.gateway import find_missing_keys, remote_generators
from pedigree.redaction import name_secret_block

log = logging.getLogger("pedigree")


def load_missing_keys(job: Job) -> None:
    """Put each key that a generator's model needs and the environment lacks there, from its Secret block if there is one.

    For this process and its children alone: a key goes into no parameter, file or log.
    """
    load_missing_model_keys(one.model for one in remote_generators(job.recipe.generators))


def load_missing_model_keys(models: Iterable[str]) -> None:
    """Do the same for models as LiteLLM names them."""
    for variable in dict.fromkeys(name for model in models for name in find_missing_keys(model)):
        try:
            os.environ[variable] = Secret.load(name_secret_block(variable)).get()
        except ValueError:  # Prefect's word for a block that is not there
            continue
        log.info("%s comes from the Secret block %s", variable, name_secret_block(variable))
