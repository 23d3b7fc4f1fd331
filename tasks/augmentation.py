"""Plans an augmentation: how many rows each label of a real set gets, so that rare labels are filled up.

Synthetic rows help most for labels with few real rows (Moller et al. 2024, arXiv 2304.13861). If only these get any,
who wrote a row tells its label, and a classifier may learn a model's style instead: every label gets as many.
"""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from pedigree.dataset.examples import check_header
from pedigree.dataset.label_values import advise_on_labels, find_respelling, read_label
from pedigree.dataset.record_files import read_records
from pedigree.errors import RecipeError
from pedigree.job import Job, build_job
from pedigree.recipe.overrides import Overrides
from pedigree.recipe.plain_words import quote_key
from pedigree.recipe.schema import Recipe
from pedigree.recipe.yaml_file import check_keys, find_line, read_key
from pedigree.system.git import find_branch
from pedigree.versions.versions import latest
from pedigree.workspace import Workspace

DIGITS = 9  # of a share: share times rows rounds to the target for up to ten million rows
MAX_NAMED = 20
MAX_SPREAD = (
    0.5  # of the shares of synthetic rows by label; as many rows for each label, up to the most frequent, keep it
)
Filled = Literal["", "every", "rare"]


@dataclass(frozen=True)
class Augmentation:
    """A file of real rows, the count of its rows per label, and the target of rows per label."""

    real: str
    real_counts: Mapping[str, int]
    targets: Mapping[str, int]

    def make_overrides(self, model: str | None = None, budget_usd: float | None = None) -> Overrides:
        """Return the overrides to write into the recipe."""
        rows = sum(self.targets.values())
        shares = {label: round(target / rows, DIGITS) for label, target in self.targets.items()}
        return Overrides(rows, model, budget_usd, self.real, shares)


def plan_augmentation(
    workspace: Workspace, dataset: str, file: str = "", fill_to: int = 0, filled: Filled = ""
) -> Augmentation:
    """Return how a real set is filled up: each label gets at least ``fill_to`` rows.

    ``file`` is the real set, below data/; empty takes the recipe's. If ``fill_to`` is 0, each label gets as many rows
    as the most frequent label has real ones, or the recipe's target if it names this set and asks for more. ``filled``:
    "every" label gets as many synthetic rows as the rarest needs, or only the "rare" ones get any. Empty is "every",
    but "rare" for a published dataset that fills up this set so.

    Writes nothing. Raises RecipeError if the set does not exist, has other labels than the recipe, or needs no rows.
    """
    path = workspace.recipe_path(dataset)
    current = read_key(path, "real")
    real = _find_file(workspace, dataset, file) or current
    if not real:
        raise RecipeError(
            f"{path}: the recipe names no real rows",
            expected="a file of labelled rows that people wrote",
            hint=f"'pedigree augment {dataset} --real data/seeds/{dataset}/FILE', or the recipe's key 'real'",
        )
    recipe = check_keys(path, {"real": real})
    _check_labels(workspace, path, recipe, real)
    job = build_job(workspace, recipe)
    real_counts = count_real(job)
    minimum = fill_to or max(real_counts.values())
    asked = recipe.targets if real == current and not fill_to else {}
    published = latest(workspace.root, dataset) if find_branch(workspace.root) else None
    before = recipe.targets if real == current and published else {}
    fills_rare = filled == "rare" or (not filled and _fills_rare(before, real_counts))
    more = 0 if fills_rare else max(0, minimum - min(real_counts.values()))
    targets = {label: max(rows + more, minimum, asked.get(label, 0)) for label, rows in real_counts.items()}
    if targets == real_counts:
        raise RecipeError(
            f"{real}: every label has {min(real_counts.values()):,} real rows or more, "
            f"so {minimum:,} rows of each fill up nothing",
            expected=f"more than {min(real_counts.values()):,} rows a label",
            hint="raise --fill-to",
        )
    return Augmentation(real, real_counts, targets)


def count_real(job: Job) -> dict[str, int]:
    """Return the count of real rows per label after screens and review; raise RecipeError if none is left."""
    screened = job.screen_real_rows()
    if screened.rows.is_empty():
        raise RecipeError(
            f"{job.recipe.real}: none of its {len(job.real):,} rows may enter the dataset ({format_reasons(job)})",
            hint="look at the recipe's screens, fields and held-out rows; 'pii: off' lets personal data in",
        )
    of_stratum, strata = count_real_strata(job), job.recipe.strata
    return {
        label: sum(rows for name, rows in of_stratum.items() if strata[name].label == label)
        for label in job.recipe.labels
    }


def count_real_strata(job: Job) -> dict[str, int]:
    """Return the count of real rows of each stratum: of a label, in each language where there are several."""
    last = job.count_kept(job.screen_real_rows().rows)[-1]
    return {name: sum(rows for (_, of), rows in last.items() if of == name) for name in job.recipe.strata}


def describe_spread(job: Job) -> str | None:
    """Return a warning if who wrote a row tells its label: shares of synthetic rows differ by more than a half."""
    wanted, real_counts = job.recipe.targets, count_real(job)
    shares = {label: 1 - rows / wanted[label] for label, rows in real_counts.items() if wanted[label]}
    most, least = max(shares, key=shares.__getitem__), min(shares, key=shares.__getitem__)
    if shares[most] - shares[least] <= MAX_SPREAD:
        return None
    return (
        f"who wrote a row will tell its label: {shares[most]:.0%} of the rows of {most} are to be synthetic, "
        f"{shares[least]:.0%} of {least}. A classifier may learn the style of the model instead of the label; "
        f"'pedigree augment {job.dataset} --labels every' asks for as many rows of each label"
    )


def _fills_rare(targets: Mapping[str, int], real_counts: Mapping[str, int]) -> bool:
    """Return whether these targets fill up rare labels only: each is the same number, or that of the real rows."""
    minimum = min(targets.values(), default=0)
    return targets == {label: max(rows, minimum) for label, rows in real_counts.items()}


def format_reasons(job: Job) -> str:
    """Return the reasons of rejected real rows with their counts: ``pii 3, exact-duplicate 1``."""
    reasons = Counter(job.screen_real_rows().rejects["reason"])
    return ", ".join(f"{reason} {rows:,}" for reason, rows in reasons.most_common())


def _find_file(workspace: Workspace, dataset: str, file: str) -> str:
    """Return a path, relative to the current folder or the workspace, as one relative to the workspace."""
    if not file:
        return ""
    try:
        local = Path(file).expanduser().resolve()
        path = local if local.exists() else workspace.root / file
        if not path.exists():
            raise RecipeError(f"{file[:200]!r}: no such file", hint=f"name one below data/seeds/{dataset}/")
        return workspace.relative_path(path)
    except (ValueError, RuntimeError, OSError):  # outside the workspace, circular links, invalid names
        raise RecipeError(
            f"{file[:200]!r} is no file in the workspace {workspace.root}",
            expected="a file below its folder data/, to be published with the versions that it makes",
            hint=f"copy it to data/seeds/{dataset}/",
        ) from None


def _check_labels(workspace: Workspace, path: Path, recipe: Recipe, real: str) -> None:
    """Raise RecipeError if rows have no label, labels that the recipe lacks, or all the same label."""
    file = workspace.resolve_inside(real)
    records = read_records(file)
    check_header(file, records, recipe)
    if bare := [line for line, record in records if record.get("label") in (None, "")]:
        raise RecipeError(
            f"{real}, line {bare[0]}: no label (rows without one: {len(bare):,} of {len(records):,})",
            expected=f"one of {', '.join(recipe.labels)}",
            hint="add it, or remove these rows from the file",
        )
    values = [record.get("label") for _, record in records]
    labels = Counter(read_label(value, recipe.labels) or str(value) for value in values)
    if unknown := Counter({label: rows for label, rows in labels.items() if label not in recipe.labels}):
        named = [f"{label} {rows:,}" for label, rows in unknown.most_common(MAX_NAMED)]
        more = [f"{len(unknown) - MAX_NAMED:,} more"] * (len(unknown) > MAX_NAMED)
        new = [label for label, _ in unknown.most_common() if not find_respelling(label, recipe.labels)]
        raise RecipeError(
            f"{real}: labels that the recipe does not know, with their rows: {', '.join(named + more)}",
            expected=f"one of {', '.join(recipe.labels)}",
            hint=f"add each to 'labels' of {path.name}, line {find_line(path, 'labels')}, such as "
            f"'{quote_key(new[0].strip())}: {{share: 0.1, means: ...}}' (lower other shares until they sum to 1; "
            "this command sets them again), or remove these rows from the file"
            if len(new) == len(unknown)
            else advise_on_labels(values, recipe.labels),
        )
    if len(labels) == 1:
        raise RecipeError(
            f"{real}: every row has the label {next(iter(labels))!r}",
            expected="rows of at least two labels",
            hint="add rows of the other labels",
        )
