"""The dataset that a command of an audit names."""

from typing import TYPE_CHECKING

from pedigree.workspace import find_workspace, parse_dataset

if TYPE_CHECKING:
    from pedigree.job import Job


def open_dataset(name_or_path: str) -> "Job":
    """Return the job of a dataset of this workspace, named as on the command line."""
    from pedigree.job import open_job

    workspace = find_workspace()
    return open_job(workspace, parse_dataset(workspace, name_or_path))
