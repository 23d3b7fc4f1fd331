"""Filling: how many rows each label of a real set is to have, so that its rare labels are filled up.

Synthetic rows help most where real ones are few: the rare labels of unbalanced sets (Moller et al. 2024, arXiv 2304.13861).
"""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from pedigree.dataset.examples import check_header, read_records
from pedigree.errors import RecipeError
from pedigree.job import Job, build_job
from pedigree.recipe.overrides import Overrides
from pedigree.recipe.schema import Recipe
from pedigree.recipe.yaml_file import check_keys, find_line, read_key
from pedigree.workspace import Workspace

DIGITS = 9  # of a share: enough for ten million rows to come out as whole numbers again
MAX_NAMED = 20


@dataclass(frozen=True)
class Augmentation:
    """A file of real rows, how many of them each label has (``there``), and how many rows it is to have (``targets``)."""

    real: str
    there: Mapping[str, int]
    targets: Mapping[str, int]

    def make_overrides(self, model: str | None = None, budget_usd: float | None = None) -> Overrides:
        """Return what the recipe is to say."""
        rows = sum(self.targets.values())
        shares = {label: round(target / rows, DIGITS) for label, target in self.targets.items()}
        return Overrides(rows, model, budget_usd, self.real, shares)


def plan_augmentation(workspace: Workspace, dataset: str, file: str = "", fill_to: int = 0) -> Augmentation:
    """Return how a real set is filled up: each label gets at least ``fill_to`` rows.

    0 is as many as the most frequent label has real ones, and no fewer than the recipe asks for where it names this set
    already: what was filled up further stays so. ``file`` is the real set, below data/; empty takes the recipe's. No label
    gets fewer rows than it has real ones.
    Nothing is written. Raises RecipeError where there is no such set, its labels are not the recipe's, or nothing is to
    be filled.
    """
    path = workspace.recipe_path(dataset)
    filled = read_key(path, "real")
    real = _find_file(workspace, dataset, file) or filled
    if not real:
        raise RecipeError(
            f"{path}: the recipe names no real rows",
            expected="a file of labelled rows that people wrote",
            hint=f"'pedigree augment {dataset} --real data/seeds/{dataset}/FILE', or the recipe's key 'real'",
        )
    recipe = check_keys(path, {"real": real})
    _check_labels(workspace, path, recipe)
    job = build_job(workspace, recipe)
    there = count_real(job)
    most = fill_to or max(there.values())
    asked = recipe.targets if real == filled and not fill_to else {}
    targets = {label: max(rows, most, asked.get(label, 0)) for label, rows in there.items()}
    if targets == there:
        raise RecipeError(
            f"{real}: every label has {min(there.values()):,} real rows or more, so {most:,} rows of each fill up nothing",
            expected=f"more than {min(there.values()):,} rows a label",
            hint="raise --fill-to",
        )
    return Augmentation(real, there, targets)


def count_real(job: Job) -> dict[str, int]:
    """Return how many real rows each label has, with what people decided about them; raise RecipeError where none enters."""
    screened = job.screen_real_rows()
    if screened.rows.is_empty():
        raise RecipeError(
            f"{job.recipe.real}: none of its {len(job.real):,} rows may enter the dataset ({format_reasons(job)})",
            hint="look at the recipe's screens, fields and held-out rows; 'pii: off' lets personal data in",
        )
    last = job.review.count(screened.rows)[-1]
    return {label: sum(rows for (_, of), rows in last.items() if of == label) for label in job.recipe.labels}


def format_reasons(job: Job) -> str:
    """Return why real rows do not enter, and how many: ``pii 3, exact-duplicate 1``."""
    reasons = Counter(job.screen_real_rows().rejects["reason"])
    return ", ".join(f"{reason} {rows:,}" for reason, rows in reasons.most_common())


def _find_file(workspace: Workspace, dataset: str, file: str) -> str:
    """Return a file that somebody named, from here or from the workspace's root, as the recipe names it."""
    if not file:
        return ""
    try:
        here = Path(file).expanduser().resolve()
        path = here if here.exists() else workspace.root / file
        if not path.exists():
            raise RecipeError(f"{file[:200]!r}: no such file", hint=f"name one below data/seeds/{dataset}/")
        return workspace.relative_path(path)
    except (ValueError, RuntimeError, OSError):  # elsewhere, links in a circle, no name for a file
        raise RecipeError(
            f"{file[:200]!r} is no file in the workspace {workspace.root}",
            expected="a file below its folder data/, to be published with the versions that it makes",
            hint=f"copy it to data/seeds/{dataset}/",
        ) from None


def _check_labels(workspace: Workspace, path: Path, recipe: Recipe) -> None:
    """Raise RecipeError where rows have no label or labels that the recipe lacks, with how many each, or all have one."""
    file = workspace.resolve_inside(recipe.real)
    records = read_records(file)
    check_header(file, records, recipe)
    if bare := [line for line, record in records if record.get("label") in (None, "")]:
        raise RecipeError(
            f"{recipe.real}, line {bare[0]}: no label (rows without one: {len(bare):,} of {len(records):,})",
            expected=f"one of {', '.join(recipe.labels)}",
            hint="add it, or take these rows out of the file",
        )
    labels = Counter(str(record.get("label")) for _, record in records)
    if unknown := Counter({label: rows for label, rows in labels.items() if label not in recipe.labels}):
        named = [f"{label} {rows:,}" for label, rows in unknown.most_common(MAX_NAMED)]
        more = [f"{len(unknown) - MAX_NAMED:,} more"] * (len(unknown) > MAX_NAMED)
        raise RecipeError(
            f"{recipe.real}: labels that the recipe does not know, with their rows: {', '.join(named + more)}",
            expected=f"one of {', '.join(recipe.labels)}",
            hint=f"add each to 'labels' of {path.name}, line {find_line(path, 'labels')}, such as "
            f"'{max(unknown, key=unknown.get)}: {{share: 0.1, means: ...}}' (lower other shares until they sum to 1; they are set "
            "anew here), or take these rows out of the file",
        )
    if len(labels) == 1:
        raise RecipeError(
            f"{recipe.real}: every row has the label {next(iter(labels))!r}",
            expected="rows of at least two labels",
            hint="add rows of the other labels: what they are like is learned from these",
        )
