"""Reads model keys that the environment lacks from Prefect's Secret blocks."""

import logging
import os
from collections.abc import Iterable

from pedigree.job import Job
from pedigree.models.gateway import remote_generators
from pedigree.models.litellm_library import find_missing_keys
from pedigree.redaction import name_secret_block

log = logging.getLogger("pedigree")


def load_missing_keys(job: Job) -> None:
    """Set each environment variable that a generator's model needs and that is missing, if a Secret block holds it.

    The key reaches only this process and its children: it is in no parameter, file or log.
    """
    load_missing_model_keys(one.model for one in remote_generators(job.recipe.asked_models))


def load_missing_model_keys(models: Iterable[str]) -> None:
    """Set the missing keys of models, named as LiteLLM names them."""
    from prefect.blocks.system import Secret

    for variable in dict.fromkeys(name for model in models for name in find_missing_keys(model)):
        try:
            os.environ[variable] = Secret.load(name_secret_block(variable)).get()  # ty: ignore[missing-union-attribute]  no coroutine in sync code
        except ValueError:  # Prefect's error for a block that does not exist
            continue
        log.info("%s comes from the Secret block %s", variable, name_secret_block(variable))
