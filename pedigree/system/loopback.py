"""Reaches servers on this machine directly, whatever proxy the environment names."""

import os

LOOPBACK = ("127.0.0.1", "localhost", "::1")
NAMES = ("no_proxy", "NO_PROXY")  # libraries prefer the first; some read only one of them


def bypass_proxy() -> None:
    """Add this machine's loopback addresses to no_proxy, for this process and those that it starts.

    The user's entries stay. A Prefect server of Pedigree's own, or a model's on this machine, is behind no proxy.
    """
    for name in [name for name in NAMES if name in os.environ] or NAMES:
        entries = list(filter(None, (entry.strip() for entry in os.environ.get(name, "").split(","))))
        if "*" not in entries:
            os.environ[name] = ",".join([*entries, *(host for host in LOOPBACK if host not in entries)])
