"""What 'pedigree serve' registered last: tells an edit of prefect.yaml from what people changed in the UI."""

import json
from typing import Any

from pedigree.system.atomic_write import write_text
from pedigree.workspace import Workspace

FILE = "served.json"


class ServeRecord:
    """Per deployment ID: the entry of prefect.yaml as it was registered, and whether 'serve' paused it when it ended.

    Where the file cannot be read, nothing is known of what was registered, and the server's values are kept.
    """

    def __init__(self, workspace: Workspace):
        self._path = workspace.state / FILE
        try:
            content = json.loads(self._path.read_text(encoding="utf-8"))
        except (OSError, ValueError):
            content = {}
        self._content: dict[str, dict[str, Any]] = content if isinstance(content, dict) else {}

    def read_entry(self, deployment: object) -> dict[str, Any] | None:
        """Return the entry of a deployment as it was registered; None if that is not known."""
        return self._content.get(str(deployment), {}).get("entry")

    def is_paused(self, deployment: object) -> bool | None:
        """Return whether 'serve' paused a deployment when it ended; None if that is not known."""
        return self._content.get(str(deployment), {}).get("paused")

    def write(self, deployment: object, **values: Any) -> None:
        """Record values of a deployment: ``entry`` or ``paused``."""
        self._content[str(deployment)] = {**self._content.get(str(deployment), {}), **values}
        write_text(self._path, json.dumps(self._content, indent=1) + "\n")
