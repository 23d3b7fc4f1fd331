"""The commands for existing datasets: refresh, evaluate, replicate."""

from dataclasses import asdict
from typing import Annotated

import typer
from rich.box import SIMPLE_HEAD
from rich.table import Table
from rich.text import Text

from cli.check import find_recipe
from cli.console import out, print_json, print_log_lines
from cli.dataset_name import read_version
from cli.server import reach_server
from pedigree.errors import CommandError
from pedigree.metrics.embedder_choice import parse_embedder, parse_fine_tuned
from pedigree.system.dataset_lock import tell_wait
from pedigree.usefulness.baselines.names import parse_baselines
from pedigree.usefulness.fine_tuning.encoder import open_encoder
from pedigree.versions.growth import count_grown_rows
from pedigree.versions.snapshots import find_commit
from pedigree.workspace import find_workspace
from tasks.replicas import list_variants

Dataset = Annotated[str, typer.Argument(help="A dataset's name, or its recipe's path.")]
Json = Annotated[bool, typer.Option("--json", help="For programs.")]


def add_to(app: typer.Typer) -> None:
    """Add this group's commands."""
    for command in (refresh, evaluate, replicate):
        app.command()(command)


def refresh(
    dataset: Dataset,
    more_rows: Annotated[
        int, typer.Option(min=1, max=100_000, help="Rows to add to those of the latest version.")
    ] = 100,
    push: Annotated[bool, typer.Option(help="Push branch and tag to the git remote, too.")] = False,
    as_json: Json = False,
) -> None:
    """Add rows to the latest version and publish the next one, unless the added rows drift from the earlier ones."""
    workspace, name = find_recipe(dataset)
    print_log_lines()
    tell_wait(workspace, name)
    count_grown_rows(workspace, name, more_rows)  # the flow checks this again, but only after the server has started
    with reach_server():
        from flows.refresh import refresh as grow
        from flows.run_result import call_flow

        result = call_flow(grow, name, more_rows, push_git=push)
    if as_json:
        print_json(asdict(result))
        return
    out.print(f"{name}: {result.rows:,} rows; {result.stop}; report: {result.report}", markup=False)
    out.print(f"version: {result.version or 'none new, the content equals that of the last one'}", markup=False)
    for warning in result.warnings:
        out.print(f"WARNING: {warning}", markup=False)


def evaluate(
    dataset: Annotated[
        str, typer.Argument(help="A dataset's name, its recipe's path, or a version such as NAME@v1.2.0.")
    ],
    version: Annotated[str, typer.Argument(help="A version: v1.2.0, or latest.")] = "latest",
    held_out: Annotated[
        str, typer.Option(help="Rows to test with, a file below data/; the version's own if left out.")
    ] = "",
    embedder: Annotated[
        str,
        typer.Option(
            help="Embedder of a second classifier: model2vec/NAME, sentence-transformers/NAME or litellm/MODEL, which "
            "is sent every text, held-out rows too, and may cost; the recipe's if left out, if this machine has it."
        ),
    ] = "",
    fine_tune: Annotated[
        str | None,
        typer.Option(
            help="Pretrained encoder to fine-tune as one more classifier: a folder of the workspace, or a model in the "
            "Hugging Face hub's cache. Needs transformers and torch. Three trainings take ten minutes or more, a "
            "second time seconds."
        ),
    ] = None,
    baselines: Annotated[
        str | None,
        typer.Option(
            help="Free ways to make as many rows from people's rows, to compare with: copula, smote (of tables), eda, "
            "template (of texts), with commas, or all."
        ),
    ] = None,
    as_json: Json = False,
) -> None:
    """Measure a published version again and compare the figures with the published ones."""
    workspace = find_workspace()
    name, found_version = read_version(workspace, dataset, version, "latest")
    version = found_version or version
    print_log_lines()
    parse_embedder(embedder)
    if fine_tune == "":
        raise CommandError("--fine-tune is empty", expected="a folder of the workspace, or a name of the hub")
    if encoder := parse_fine_tuned(fine_tune or ""):
        open_encoder(workspace, encoder)
    if baselines == "":
        raise CommandError("--baselines is empty", expected="all, or names such as copula,smote")
    parse_baselines(baselines or "")
    find_commit(workspace.root, name, version)
    with reach_server():
        from flows.evaluate import evaluate as measure
        from flows.run_result import call_flow

        found = call_flow(measure, name, version, held_out, embedder, fine_tune or "", baselines or "")
    if as_json:
        print_json(asdict(found))
        return
    table = _make_table("figure", "now", "then", "difference")
    for cells in found.list_lines():
        table.add_row(*map(Text, cells))
    out.print(f"{found.version} on {found.held_out}", markup=False)
    out.print(table)
    for beside in filter(None, (found.profiles, found.fine_tuned, found.baselines)):
        table = _make_table(*beside.head)
        for cells in beside.list_lines():
            table.add_row(*map(Text, cells))
        out.print(table)
        for sentence in beside.list_sentences():
            out.print(sentence, markup=False)
    for one in found.agreement:
        out.print(
            f"where at least {one.agreement:.0%} of the annotators agree ({one.rows:,} rows), trained on "
            f"{one.trained_on}: accuracy {one.accuracy:.3f}, macro-F1 {one.macro_f1:.3f} "
            f"({one.interval[0]:.3f} to {one.interval[1]:.3f})",
            markup=False,
        )
    if found.recommendation:
        out.print(found.recommendation, markup=False)
    if found.advice:
        out.print(found.advice, markup=False)
    for note in found.notes:
        out.print(f"note: {note}", markup=False)
    out.print(f"kept in {found.path}", markup=False)


def replicate(
    dataset: Dataset,
    models: Annotated[
        list[str],
        typer.Option(
            "--model", default_factory=list, show_default=False, help="A model of every generator; once for each."
        ),
    ],
    seeds: Annotated[
        list[int],
        typer.Option("--seed", default_factory=list, show_default=False, min=0, help="A seed; once for each."),
    ],
    rows: Annotated[int, typer.Option(min=0, max=10_000_000, help="Rows of each variant; 0 takes the recipe's.")] = 0,
    as_json: Json = False,
) -> None:
    """Make one recipe with several models or seeds and compare. The recipe's budget applies to each of them."""
    _, name = find_recipe(dataset)
    print_log_lines()
    list_variants(models, seeds)
    with reach_server():
        from flows.replicate import replicate as make
        from flows.run_result import call_flow
        from tasks.compare import describe_spread, format_replicas

        comparison = call_flow(make, name, models, seeds, rows)
    if as_json:
        print_json(asdict(comparison))
        return
    lines = format_replicas(comparison)
    table = _make_table("", *(line["folder"] for line in lines))
    for what in [key for key in lines[0] if key != "folder"]:
        table.add_row(what, *(Text(line[what]) for line in lines))
    out.print(table)
    for line in [*describe_spread(comparison), f"kept in {comparison.path}"]:
        out.print(line, markup=False)


def _make_table(first: str, *others: str) -> Table:
    table = Table(box=SIMPLE_HEAD, pad_edge=False)
    table.add_column(Text(first))
    for other in others:
        table.add_column(Text(other), justify="right", overflow="fold")
    return table
