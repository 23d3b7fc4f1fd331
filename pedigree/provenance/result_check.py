"""Compares the result files of a dataset (JSON, report, card) with those that were made again from its tables."""

import json
from pathlib import Path
from typing import Any, TypeVar

from pedigree.dataset.results import GateResults, Manifest, Result, read_result
from pedigree.dataset.run_record import list_version_differences
from pedigree.dataset.schemas import SCHEMA_VERSION
from pedigree.errors import LinkError, WorkspaceError
from pedigree.metrics.embedder_choice import drop_embeddings
from pedigree.provenance.integrity import LATER
from pedigree.provenance.table_diff import find_value_difference

R = TypeVar("R", bound=Result)
LABEL_CHECKS = "label-checks.json"  # what the rebuilt tables say of the labels, beside the copied gates
EMBEDDER = ("name", "sha256", "library")  # equal for two embedders that give the same figures


def read_manifest(folder: Path) -> Manifest:
    """Return the manifest of a dataset's folder.

    Raises WorkspaceError where it is missing or of a newer schema version, LinkError where it cannot be read.
    """
    path = folder / "manifest.json"
    content = _load(path) if path.is_file() else {}
    schema = content.get("schema_version") if isinstance(content, dict) else None
    if isinstance(schema, int) and schema > SCHEMA_VERSION:
        raise WorkspaceError(
            f"{path} has schema version {schema}",
            expected=f"at most {SCHEMA_VERSION}",
            hint="a newer Pedigree reads it",
        )
    return _read(Manifest, path)


def compare_results(folder: Path, rebuilt: Path, manifest: Manifest) -> tuple[dict[str, str], list[str]]:
    """Compare each result file of a dataset's folder with the one in the folder ``rebuilt``.

    Returns what was found by link, and notes on what was not compared. Raises LinkError for the first difference.
    """
    notes: list[str] = []
    published = _load(folder / "metrics.json")
    if "replicas" in published:
        notes.append("the figures over replicas are taken as published: replicas are not made again")
    if "llm_diversity" in published:
        notes.append("the groups that a model made to score diversity are taken as published: it is not asked again")
    tools = list_version_differences(folder / "run.json", measuring=True)
    other = None if tools else find_other_embedder(folder, _load(rebuilt / "metrics.json").get("embedder"))
    links = {
        "distribution": _compare(folder, rebuilt, "distribution.json"),
        "gates": _check_gates(folder, manifest, None if tools or other else rebuilt),
        "manifest": _compare(folder, rebuilt, "manifest.json"),
    }
    present = [name for name in LATER if (folder / name).is_file()]
    if absent := sorted({*LATER} - {*present}):
        notes.append(f"{', '.join(absent)}: the Pedigree that made this version wrote none")
    for name in present:
        if name.endswith(".json"):
            links[name.removesuffix(".json")] = _compare(folder, rebuilt, name)
    if tools:
        notes.append(
            f"metrics.json, report.html, README.md and the checks of the labels were made with other tools "
            f"({', '.join(tools)}): not compared"
        )
    elif other:
        links["metrics"] = _compare(folder, rebuilt, "metrics.json", without_embeddings=True)
        notes.append(
            f"{other} is not on this machine as it was: figures of embeddings, the checks of the labels, report.html "
            "and README.md are not compared"
        )
    else:
        links["metrics"] = _compare(folder, rebuilt, "metrics.json")
        links["report"] = _compare_bytes(folder, rebuilt, "report", "report.html")
        if "README.md" in present:
            links["card"] = _compare_bytes(folder, rebuilt, "card", "README.md")
    return links, notes


def _check_gates(folder: Path, manifest: Manifest, rebuilt: Path | None) -> str:
    """Compare the gates with the manifest's, and what they say of the labels with what ``rebuilt`` says, if given."""
    gates = _read(GateResults, folder / "gates.json")
    if difference := find_value_difference(gates.model_dump(mode="json"), manifest.gates.model_dump(mode="json")):
        raise LinkError(f"gates: gates.json is not what the manifest says: {difference}")
    if gates.passed != (not gates.blocking):
        found = f"gates.json says passed: {gates.passed}, {len(gates.blocking)} critical gates did not pass"
        raise LinkError(f"gates: {found}")
    text = f"{len(gates.gates)} gates are as the manifest says"
    if rebuilt is None:
        return text
    checks = _load(rebuilt / LABEL_CHECKS)
    said = [gate for gate in gates.gates if gate.name == checks["gate"][0]["name"]]
    if not said:  # earlier code checked no labels
        return text
    known = {"gate": said, "labels": gates.labels, "readings": gates.readings, "judges": gates.judges}
    for name, expected in checks.items():
        plain = [one.model_dump(mode="json") for one in known[name]]
        if difference := find_value_difference(plain, expected, name):
            raise LinkError(f"gates: gates.json, {difference}, by the tables")
    return f"{text}, and the tables give the same checks of the labels"


def find_other_embedder(folder: Path, described: dict[str, Any] | None) -> str | None:
    """Return the name of the embedder of the published figures where it is not the one of this machine.

    ``described`` is that of this machine, as metrics describe it; None for none.
    """
    used, here = _read_embedder(_load(folder / "metrics.json")), described or {}
    same = not used.get("sha256") or all(used.get(key) == here.get(key) for key in EMBEDDER)
    return None if same else str(used.get("name"))


def _read_embedder(metrics: Any) -> dict[str, Any]:
    return (metrics.get("embedder") or {}) if isinstance(metrics, dict) else {}


def _compare(folder: Path, rebuilt: Path, name: str, *, without_embeddings: bool = False) -> str:
    found, expected = _load(folder / name), _load(rebuilt / name)
    if without_embeddings:
        found, expected = drop_embeddings(found), drop_embeddings(expected)
    if difference := find_value_difference(found, expected):
        raise LinkError(f"{name.removesuffix('.json')}: {name}: {difference}")
    return f"{name} is reproduced" + (", except for figures of embeddings" if without_embeddings else "")


def _compare_bytes(folder: Path, rebuilt: Path, link: str, name: str) -> str:
    if (folder / name).read_bytes() != (rebuilt / name).read_bytes():
        raise LinkError(
            f"{link}: {name} is not what the tables and results give", hint=f"'pedigree measure {folder.name}'"
        )
    return f"{name} is reproduced"


def _read(kind: type[R], path: Path) -> R:
    try:
        return read_result(kind, path)
    except WorkspaceError as error:
        if path.is_file():
            raise LinkError(f"{path.stem}: {error.found}") from None
        raise


def _load(path: Path) -> Any:
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise WorkspaceError(f"{path} is not here", hint=f"'pedigree run {path.parent.name}' makes it") from None
    except ValueError as error:
        raise LinkError(f"{path.stem}: {path.name} is not JSON: {error}") from None
