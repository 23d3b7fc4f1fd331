"""What can't be equal between two runs: times, host, package versions (``run.json``)."""

import platform
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from typing import Any

PACKAGES = ("pedigree", "prefect", "great-expectations", "dvc", "litellm", "polars", "scikit-learn", "rensa", "altair")


def gather_run_facts(started: datetime, flow_run_id: str | None, paid: dict[str, Any], stop: str) -> dict[str, Any]:
    """Return the facts of a run that ends now; times are UTC, ISO 8601."""
    finished = datetime.now(UTC)
    return {
        "started": started.isoformat(timespec="seconds"),
        "finished": finished.isoformat(timespec="seconds"),
        "seconds": round((finished - started).total_seconds(), 1),
        "flow_run_id": flow_run_id,
        "paid_now": paid,
        "stop": stop,
        "host": platform.node(),
        "platform": platform.platform(),
        "python": platform.python_version(),
        "packages": {name: _version(name) for name in PACKAGES},
    }


def _version(package: str) -> str | None:
    try:
        return version(package)
    except PackageNotFoundError:
        return None
