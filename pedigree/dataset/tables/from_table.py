"""Makes a dataset's recipe and its rows of people from a file of a table: ``pedigree new NAME --from-table FILE``."""

from dataclasses import dataclass
from pathlib import Path

from pedigree.dataset.tables.people_split import PeopleSplit, split_rows, to_lines
from pedigree.dataset.tables.proposed_rules import ProposedRule, propose_rules
from pedigree.dataset.tables.recipe_text import format_recipe
from pedigree.dataset.tables.table_file import Table, read_table_file
from pedigree.dataset.tables.table_profile import TableProfile, profile_table
from pedigree.errors import RecipeError
from pedigree.recipe.scaffold import check_new, find_schema, write_recipe
from pedigree.system.atomic_write import write_text
from pedigree.workspace import Workspace

SEEDS, HELD_OUT = "seeds.jsonl", "held-out.jsonl"


@dataclass(frozen=True)
class NewTable:
    """What was made of a table: the paths that were written, and what was found."""

    paths: list[Path]
    table: Table
    profile: TableProfile
    rules: list[ProposedRule]
    split: PeopleSplit

    def describe(self) -> list[str]:
        """Return what people should know of it, a line each."""
        label, seeds, held = self.profile.label, self.split.seeds.height, self.split.held_out.height
        lines = [f"label: {label.column!r}, since {label.why}: {len(label.counts)} labels"]
        lines += [f"field {one.name}: {one.column!r}: {one.note}" for one in self.profile.fields if one.note]
        lines += [f"left out: {column!r}: {why}" for column, why in self.profile.left_out.items()]
        if self.table.sampled:
            lines.append(f"sample: every figure is of {self.table.frame.height:,} of {self.table.rows:,} rows")
        if self.profile.rows_without:
            lines.append(f"rows left out: {self.profile.rows_without}")
        lines.append(f"rules: {len(self.rules)}, which hold in all rows that were looked at; read them in the recipe")
        lines.append(f"rows of people: {seeds:,} seeds, {held:,} held out, by label, none in both")
        return lines


def make_from_table(workspace: Workspace, dataset: str, path: Path, label: str | None, task: str | None) -> NewTable:
    """Profile a file, write a recipe, seeds and held-out rows, and return what was found.

    Raises CommandError if there is a recipe or such a file already, and RecipeError for a file that is no table of
    labelled rows; then nothing is written.
    """
    check_new(workspace, dataset)
    folder = workspace.seeds_folder(dataset)
    if there := [name for name in (SEEDS, HELD_OUT) if (folder / name).exists()]:
        found = workspace.relative_path(folder / there[0])
        raise RecipeError(f"{found} is there already", hint="choose another name, or move the file away")
    table = read_table_file(path)
    profile = profile_table(table, str(path), label)
    _check_rows(profile, path)
    rules, split = propose_rules(profile.frame), split_rows(profile.frame, dataset)
    places = [f"data/seeds/{dataset}/{name}" for name in (SEEDS, HELD_OUT)]
    text = format_recipe(
        dataset, path.name, task, profile, rules, split, places, find_schema(workspace), sampled=table.sampled
    )
    paths = write_recipe(workspace, dataset, text)
    written = [workspace.root / place for place in places]
    for to, rows in zip(written, (split.seeds, split.held_out), strict=True):
        write_text(to, to_lines(rows))
    return NewTable([paths[0], *written], table, profile, rules, split)


def _check_rows(profile: TableProfile, path: Path) -> None:
    if not profile.fields:
        why = "; ".join(f"{column!r}: {reason}" for column, reason in profile.left_out.items()) or "there is no other"
        raise RecipeError(f"{path}: no column but the label can be a field: {why[:300]}", expected="at least one field")
    counts = dict(profile.frame["label"].value_counts().iter_rows())
    if rare := [label for label in profile.label.counts if counts.get(label, 0) < 2]:
        raise RecipeError(
            f"{path}: fewer than 2 rows have the label {rare[0]!r}; rows left out: {profile.rows_without}",
            expected="2 rows or more of each label",
            hint="remove the rows of rare labels",
        )
