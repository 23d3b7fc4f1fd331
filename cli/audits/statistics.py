"""The command statistics: writes what a private recipe may tell of people's rows."""

import math
from typing import Annotated

import typer

from cli.console import out
from pedigree.errors import RecipeError
from pedigree.workspace import find_workspace, parse_dataset

WORDS, LEAST = 20, 10


def add_to(app: typer.Typer) -> None:
    """Add this group's command."""
    app.command()(statistics)


def statistics(
    dataset: Annotated[str, typer.Argument(help="A dataset's name, or its recipe's path.")],
    epsilon: Annotated[
        float | None, typer.Option(help="Add noise, for differential privacy with this epsilon; 1 is usual.")
    ] = None,
    least: Annotated[int, typer.Option(min=2, help="Rows of a label that must hold a word that is told.")] = LEAST,
    words: Annotated[int, typer.Option(min=0, max=100, help="Words told of a label, at most.")] = WORDS,
    again: Annotated[bool, typer.Option("--again", help="Replace the file; two files tell more than one.")] = False,
) -> None:
    """Count frequent words and usual lengths of the seed rows of each label, for prompts that may show no row.

    Writes data/seeds/NAME/statistics.json, which 'statistics:' of a generator names. Calls no model.
    """
    from pedigree.audits.privacy.statistics import count_statistics
    from pedigree.job import open_job
    from pedigree.recipe.tables.texts import require_texts
    from pedigree.system.atomic_write import write_text

    if epsilon is not None and not (0 < epsilon < math.inf):
        raise RecipeError(f"--epsilon is {epsilon:g}", expected="a number above 0, such as 1")
    workspace = find_workspace()
    name = parse_dataset(workspace, dataset)
    path = f"data/seeds/{name}/statistics.json"
    file = workspace.resolve_inside(path)
    if file.exists() and not again:
        raise RecipeError(
            f"{path} is there",
            hint="use it; or --again: what two files tell adds up, and so do their epsilons",
        )
    job = open_job(workspace, name)
    require_texts(job.recipe, "'pedigree statistics'")
    if not job.seeds:
        raise RecipeError(f"{name} has no seed rows", expected="rows to count", hint="name them under 'seeds:'")
    names = job.recipe.text_fields
    texts = {
        label: ["\n".join(str(one.fields[field] or "") for field in names) for one in job.seeds if one.label == label]
        for label in job.recipe.labels
    }
    found = count_statistics(texts, words, least, epsilon, job.recipe.seed_file or "")
    file.parent.mkdir(parents=True, exist_ok=True)
    write_text(file, found.model_dump_json(indent=2) + "\n")
    noise = f"{found.mechanism}, epsilon {epsilon:g}, delta {found.delta:g}" if epsilon else "exact counts, no noise"
    out.print(f"{path}: {noise}; a word is told that {found.least:,} rows of its label hold\n", markup=False)
    for label, told in found.labels.items():
        length = f"about {told.about_words} words" if told.about_words else "length not told"
        out.print(f"{label}: {length}; {', '.join(told.words) or 'no word is frequent enough'}", markup=False)
    if epsilon is None:
        out.print("\nExact counts over many rows guarantee nothing; --epsilon does.", markup=False)
    out.print(f"\nA generator tells this to its model with 'statistics: {path}'.", markup=False)
