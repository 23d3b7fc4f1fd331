"""Compares two versions of a dataset: rows, labels, recipe, files, prompts, models, figures and gates."""

import json
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Literal

import polars as pl

from pedigree.errors import WorkspaceError
from pedigree.versions.diff.files import compare_figures, compare_files, compare_texts, compare_values, is_number
from pedigree.versions.diff.headline import compare_headlines
from pedigree.versions.diff.languages import compare_languages
from pedigree.versions.diff.model import (
    Comparison,
    Figure,
    GateChange,
    GateChanges,
    ModelFigure,
    PromptChange,
    PromptChanges,
    SideName,
)
from pedigree.versions.diff.rows import compare_rows
from pedigree.versions.version_reader import VersionReader, choose_versions, open_version
from pedigree.versions.versions import compare_manifests
from pedigree.workspace import Workspace

PLACE = ("generator", "round", "slot", "turn", "label", "completion_id")
GATE = ("severity", "passed", "figure", "limit", "message")
COMPARED = ("severity", "passed", "figure", "limit")  # the message also has row counts, which are not compared


def compare_versions(workspace: Workspace, dataset: str, before: str | None, after: str | None) -> Comparison:
    """Return how two versions differ; left out, ``after`` is the latest and ``before`` the one before it.

    Raises CommandError where both are the same, WorkspaceError for an unknown version or missing data.
    """
    before, after = choose_versions(workspace.root, dataset, before, after)
    with TemporaryDirectory(prefix="pedigree-") as folder:
        readers = []
        for name, subfolder in ((before, "before"), (after, "after")):
            into = Path(folder).resolve() / subfolder
            into.mkdir()
            readers.append(open_version(workspace, dataset, name, into))
        return compare_readers(*readers)


def compare_readers(before: VersionReader, after: VersionReader) -> Comparison:
    """Return how two opened versions differ."""
    rows, labels = compare_rows(before, after)
    metrics = [side.read_result("metrics.json") for side in (before, after)]
    headlines = compare_headlines((metrics[0], before.manifest), (metrics[1], after.manifest))
    rejects = [figures.get("counts", {}).pop("rejects", {}) for figures in metrics]
    path = f"recipes/{before.dataset}.yaml"
    return Comparison(
        dataset=before.dataset,
        before=_name(before),
        after=_name(after),
        change=_name_change(before, after),
        rows=rows,
        labels=labels,
        languages=compare_languages(before, after),
        recipe=compare_texts(before.read(path), after.read(path)),
        values=compare_values(before.recipe, after.recipe),
        files=compare_files(before, after),
        prompts=_compare_prompts(before, after),
        models=_compare_models(before.manifest, after.manifest),
        headlines=headlines,
        metrics=compare_figures(*metrics),
        screens=_count_both(*rejects),
        gates=_compare_gates(before.manifest.get("gates") or {}, after.manifest.get("gates") or {}),
    )


def _name(side: VersionReader) -> SideName:
    version, cost = side.version, side.manifest.get("cost_usd")
    return SideName(
        name=side.name,
        tag=version.tag if version else None,
        commit=side.commit,
        date=version.date if version else None,
        cost_usd=cost if is_number(cost) else None,
    )


def _name_change(before: VersionReader, after: VersionReader) -> Literal["major", "minor", "patch"] | None:
    try:
        change = compare_manifests(before.manifest, after.manifest)
        return None if change == "first" else change
    except (KeyError, TypeError) as error:
        raise WorkspaceError(
            f"the manifest of {before.name} or {after.name} lacks {error}", expected="a manifest as 'measure' writes it"
        ) from None


def _compare_prompts(before: VersionReader, after: VersionReader) -> PromptChanges:
    try:
        tables = [pl.scan_parquet(side.tables["prompts"]) for side in (before, after)]
        ids = [table.select("completion_id") for table in tables]
        parts = (*ids, ids[0].join(ids[1], on="completion_id", how="semi"))
        counts = [part.select(pl.len()).collect().item() for part in parts]
        older, newer = (_write_first(table) for table in tables)
    except (pl.exceptions.PolarsError, OSError) as error:
        raise WorkspaceError(f"the prompts of {before.dataset} can't be compared: {error}") from None
    changed = [
        PromptChange(generator=generator, diff=compare_texts(older.get(generator), newer.get(generator)))
        for generator in sorted({**older, **newer})
        if older.get(generator) != newer.get(generator)
    ]
    return PromptChanges(before=counts[0], after=counts[1], shared=counts[2], as_sent=changed)


def _write_first(prompts: pl.LazyFrame) -> dict[str, bytes]:
    """Return each generator's first prompt as one text: each role in brackets, then its message."""
    first = prompts.select(PLACE).collect().sort(PLACE).group_by("generator", maintain_order=True).first()
    chosen = prompts.filter(pl.col("completion_id").is_in(first["completion_id"].to_list()))
    texts = {}
    for generator, messages in chosen.select("generator", "messages").collect().iter_rows():
        parts = [f"[{message['role']}]\n{message['content'].rstrip()}" for message in json.loads(messages)]
        texts[generator] = "\n\n".join(parts).encode("utf-8", "surrogatepass")
    return texts


def _compare_models(before: dict[str, Any], after: dict[str, Any]) -> list[ModelFigure]:
    older, newer = (_count_by_pair(manifest) for manifest in (before, after))
    figures = []
    for pair in sorted({**older, **newer}):
        one, other = older.get(pair, 0), newer.get(pair, 0)
        figures.append(ModelFigure(key=pair[0], answered=pair[1], before=one, after=other, change=other - one))
    return figures


def _count_by_pair(manifest: dict[str, Any]) -> dict[tuple[str, str], int]:
    """Return (requested model, answering model) -> completions."""
    models = manifest.get("models") or {}
    return {(asked, answered): count for asked, counts in models.items() for answered, count in counts.items()}


def _count_both(before: dict[str, int], after: dict[str, int]) -> list[Figure]:
    """Return counts of both versions; an absent one is 0."""
    figures = []
    for key in sorted({**before, **after}):
        one, other = before.get(key, 0), after.get(key, 0)
        figures.append(Figure(key=key, before=one, after=other, change=other - one))
    return figures


def _pick_compared(gate: dict[str, Any] | None) -> list[Any] | None:
    return [gate[key] for key in COMPARED] if gate else None


def _compare_gates(before: dict[str, Any], after: dict[str, Any]) -> GateChanges:
    older, newer = (
        {gate["name"]: {key: gate.get(key) for key in GATE} for gate in gates.get("gates") or []}
        for gates in (before, after)
    )
    names = sorted({**older, **newer})
    changed = [
        GateChange(name=name, before=older.get(name), after=newer.get(name))
        for name in names
        if _pick_compared(older.get(name)) != _pick_compared(newer.get(name))
    ]
    return GateChanges(
        suite_before=before.get("suite"),
        suite_after=after.get("suite"),
        changed=changed,
        unchanged=len(names) - len(changed),
    )
