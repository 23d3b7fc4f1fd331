"""The pull step of served deployments: a run works in the folder of the workspace that serves it, and copies nothing.

Prefect runs this step before it loads a flow. Without any pull step, it would copy the folder of the deployment over
the current one.
"""

from typing import Any

from pedigree.errors import WorkspaceError
from pedigree.system.workspace_identity import read_identity
from pedigree.workspace import find_workspace

STEP = "flows.own_workspace.require_own_workspace"


def make_pull_steps(identity: str) -> list[dict[str, Any]]:
    """Return the pull steps of a deployment that the workspace of this identity serves."""
    return [{STEP: {"workspace": identity}}]


def require_own_workspace(workspace: str) -> dict[str, str]:
    """Return the folder to run in, the current workspace; raise WorkspaceError if the run belongs to another one."""
    current = find_workspace()
    if (found := read_identity(current)) != workspace:
        raise WorkspaceError(
            f"this run belongs to the workspace {workspace}; {current.root} is {found or 'another one'}",
            expected=f"the folder of {workspace}",
            hint="run 'pedigree serve' there; nothing was changed here",
        )
    return {"directory": str(current.root)}
