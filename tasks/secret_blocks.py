"""Secret blocks: the keys that models need and the environment lacks, as Prefect keeps them."""

import logging
import os

from prefect.blocks.system import Secret

from pedigree.job import Job
from pedigree.models import Gateway, list_paid
from pedigree.secrets import name_secret_block

log = logging.getLogger("pedigree")


def lend_keys(job: Job) -> None:
    """Put each key that a generator's model needs and the environment lacks there, from its Secret block if there is one.

    For this process and its children alone: a key goes into no parameter, file or log.
    """
    generators = list_paid(job.recipe.generators)
    gateway = Gateway(job) if generators else None
    for variable in dict.fromkeys(name for one in generators for name in gateway.list_missing_keys(one)):
        try:
            os.environ[variable] = Secret.load(name_secret_block(variable)).get()
        except ValueError:  # Prefect's word for a block that is not there
            continue
        log.info("%s comes from the Secret block %s", variable, name_secret_block(variable))
