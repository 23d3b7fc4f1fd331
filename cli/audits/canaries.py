"""The command canaries: plants secrets in a copy of the seed rows, to see whether a model gives them away."""

import json
from typing import Annotated

import typer

from cli.console import out
from pedigree.errors import RecipeError
from pedigree.workspace import find_workspace, parse_dataset

MOST_RATE, MOST_RATES = 1000, 10


def add_to(app: typer.Typer) -> None:
    """Add this group's command."""
    app.command()(canaries)


def canaries(
    dataset: Annotated[str, typer.Argument(help="A dataset's name, or its recipe's path.")],
    rates: Annotated[str, typer.Option(help="In how many seed rows a secret is planted, by commas.")] = "1,4,16",
    each: Annotated[int, typer.Option(min=1, max=100, help="Secrets of each rate.")] = 5,
    seed: Annotated[int, typer.Option(min=0, help="Seed of the random draw.")] = 0,
    again: Annotated[bool, typer.Option("--again", help="Replace the files.")] = False,
) -> None:
    """Plant secrets in a copy of the seed rows, for a trial run whose rows 'pedigree audit --canaries' looks through.

    Writes data/seeds/NAME/with-canaries.jsonl and canaries.json. Calls no model. Do not publish the rows of the trial.
    """
    from pedigree.audits.privacy.canaries import plant
    from pedigree.job import open_job
    from pedigree.system.atomic_write import write_text

    parsed, workspace = _parse_rates(rates), find_workspace()
    name = parse_dataset(workspace, dataset)
    seeds, secrets = (f"data/seeds/{name}/{file}" for file in ("with-canaries.jsonl", "canaries.json"))
    if not again and (there := [one for one in (seeds, secrets) if workspace.resolve_inside(one).exists()]):
        raise RecipeError(f"{there[0]} is there", hint="use it, or replace it with --again")
    job = open_job(workspace, name)
    if not job.seeds:
        raise RecipeError(f"{name} has no seed rows", expected="rows to plant in", hint="name them under 'seeds:'")
    planted, records = plant(job, parsed, each, seed)
    workspace.resolve_inside(seeds).parent.mkdir(parents=True, exist_ok=True)
    lines = (json.dumps(record, ensure_ascii=False, default=str) for record in records)
    write_text(workspace.resolve_inside(seeds), "".join(f"{line}\n" for line in lines))
    write_text(workspace.resolve_inside(secrets), planted.model_dump_json(indent=2) + "\n")
    out.print(
        f"{seeds}: {len(records):,} rows, {len(records) - len(job.seeds):,} of them with one of "
        f"{len(planted.canaries):,} secrets\n{secrets}: the secrets\n\n"
        f"Next: copy recipes/{name}.yaml to recipes/{name}-trial.yaml; in it set 'dataset: {name}-trial' and\n"
        f"'seeds: {seeds}'. Then:\n"
        f"  pedigree run {name}-trial --no-publish\n"
        f"  pedigree audit {name}-trial --canaries {secrets}",
        markup=False,
    )


def _parse_rates(text: str) -> list[int]:
    """Return the rates, each once, rising; raise RecipeError for anything else than whole numbers from 1."""
    parts = [part.strip() for part in text.split(",")]
    if not all(part.isascii() and part.isdigit() and 1 <= int(part) <= MOST_RATE for part in parts):
        raise RecipeError(f"--rates is {text!r}", expected=f"whole numbers from 1 to {MOST_RATE:,}, such as 1,4,16")
    if len(set(parts)) > MOST_RATES:
        raise RecipeError(f"--rates has {len(set(parts))} rates", expected=f"at most {MOST_RATES}")
    return sorted({int(part) for part in parts})
