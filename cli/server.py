"""The Prefect server that a flow run from the shell needs: the one that is configured, or a temporary one."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from pedigree.errors import WorkspaceError


@contextmanager
def reach_server() -> Iterator[None]:
    """Run a flow inside; a server that can't be reached or started becomes a WorkspaceError that says what to do."""
    home = Path(os.environ.get("PREFECT_HOME", "~/.prefect"))
    try:
        home = home.expanduser()
        home.mkdir(parents=True, exist_ok=True)  # Prefect makes the last folder only, and its server dies without it
    except (OSError, RuntimeError) as error:  # the latter where nobody knows the home of this user
        raise WorkspaceError(
            f"{home}: {getattr(error, 'strerror', None) or error}",
            mend="set PREFECT_HOME to a folder that can be written",
        ) from error
    try:
        yield
    except RuntimeError as error:
        url = os.environ.get("PREFECT_API_URL")
        if "API" not in str(error):
            raise
        raise WorkspaceError(
            f"no Prefect server: {error}",
            mend=f"start the server at {url}, or unset PREFECT_API_URL"
            if url
            else "'prefect server start' in another shell says why",
        ) from error
