"""The facts of a run that differ between equal runs: times, host, package versions (``run.json``)."""

import json
import platform
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

CURATING = ("polars", "rensa")
MEASURING = ("scikit-learn", "altair")
PACKAGES = ("pedigree", "prefect", "great-expectations", "dvc", "litellm", "polars", "scikit-learn", "rensa", "altair")


def collect_run_facts(started: datetime, flow_run_id: str | None, paid: dict[str, Any], stop: str) -> dict[str, Any]:
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


def list_version_differences(run: Path, *, measuring: bool = False) -> list[str]:
    """Return packages (and the platform) of a run.json that this machine does not have; empty without a run.json.

    Compares the packages that rows depend on; with ``measuring``, also those of metrics and charts.
    """
    try:
        facts = json.loads(run.read_text(encoding="utf-8"))
        had = {f"{name} {facts['packages'][name]}" for name in (*CURATING, *(MEASURING if measuring else ()))}
        here = {f"{name} {_version(name)}" for name in PACKAGES}
        return sorted(had - here) + [facts["platform"]] * (measuring and facts["platform"] != platform.platform())
    except (OSError, ValueError, KeyError, TypeError):
        return []


def _version(package: str) -> str | None:
    try:
        return version(package)
    except PackageNotFoundError:
        return None
