"""The name that the review page proposes: a person may change it before any decision."""

import getpass
from pathlib import Path

from pedigree.dataset.storable_text import UNSTORABLE
from pedigree.system.git import try_git

MAX_NAME = 200  # characters


def propose_name(root: Path) -> str:
    """Return git's ``user.name`` in a folder, else the name of this machine's user; empty if neither is known."""
    name = try_git(root, "config", "user.name") or _read_user()
    return UNSTORABLE.sub("", name).strip()[:MAX_NAME]


def _read_user() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError, ImportError):
        return ""  # such as in a container whose user has no name
