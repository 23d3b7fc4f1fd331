"""A job: one recipe in one workspace, with the rows that people wrote and their decisions, loaded and checked once."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from itertools import chain
from pathlib import Path
from types import MappingProxyType

import polars as pl

from pedigree.curation.duplicates import DuplicateChecker
from pedigree.curation.language_apart import make_checker
from pedigree.curation.meaning import Embed
from pedigree.curation.people_languages import name_languages, require_languages
from pedigree.curation.real_rows import RealRows, screen_real_rows
from pedigree.dataset.corpus import load_corpus
from pedigree.dataset.examples import Example, load_examples
from pedigree.dataset.knowledge.samples import KnowledgeSample, load_sample
from pedigree.dataset.label_statistics import PeopleStatistics, load_statistics
from pedigree.dataset.review_decisions import Review, load_review
from pedigree.dataset.schemas import stratum_of
from pedigree.dataset.searches.record import check_records
from pedigree.errors import RecipeError, join_errors
from pedigree.recipe.fault_rates import check_offline_parameters
from pedigree.recipe.schema import Recipe
from pedigree.recipe.yaml_file import load_recipe
from pedigree.workspace import Workspace


class Job:
    """The input of every step: recipe, workspace and the rows that people wrote. It does not change.

    Not a dataclass: Prefect walks through every value of a dataclass that a task is given, here every row.
    """

    __slots__ = (
        "_real_rows", "_seeds", "corpora", "dev", "held_out", "knowledge", "real", "recipe", "review", "statistics",
        "workspace",
    )  # fmt: skip

    def __init__(
        self,
        workspace: Workspace,
        recipe: Recipe,
        seeds: Sequence[Example] = (),
        held_out: Sequence[Example] = (),
        review: Review | None = None,
        corpora: Mapping[str, Sequence[Example]] = MappingProxyType({}),
        real: Sequence[Example] = (),
        dev: Sequence[Example] = (),
        statistics: Mapping[str, PeopleStatistics] = MappingProxyType({}),
        knowledge: Mapping[str, KnowledgeSample] = MappingProxyType({}),
    ):
        self.workspace = workspace
        self.recipe = recipe
        self._seeds = tuple(seeds)
        self.held_out = tuple(held_out)
        self.review = review or Review()
        self.corpora = {path: tuple(documents) for path, documents in corpora.items()}
        self.real, self.dev = tuple(real), tuple(dev)
        self.statistics = dict(statistics)
        self.knowledge = dict(knowledge)  # by the generator's name
        self._real_rows: RealRows | None = None

    @property
    def seeds(self) -> tuple[Example, ...]:
        """Return the rows that may be shown to a model: the recipe's seeds, or else the real rows that enter."""
        use_real = self.recipe.seeds is None and self.real
        return self.screen_real_rows().examples if use_real else self._seeds

    def list_seeds(self, language: str) -> tuple[Example, ...]:
        """Return the seeds of one of several languages; all of them for ""."""
        return tuple(one for one in self.seeds if one.language == language) if language else self.seeds

    def count_kept(self, kept: pl.DataFrame) -> list[Counter[tuple[str, str]]]:
        """Return the number of kept rows by (generator, stratum), as ``Review.count`` does."""
        return self.review.count(kept, stratum_of(self.recipe))

    def screen_real_rows(self) -> RealRows:
        """Return which real rows enter the dataset; the first call compares them all, later ones return its result."""
        if self._real_rows is None:
            self._real_rows = screen_real_rows(self.real, self.held_out, self.recipe)
        return self._real_rows

    def move(self, workspace: Workspace, held_out: Sequence[Example] | None = None) -> "Job":
        """Return the job in another workspace, and with other held-out rows if some are given."""
        hidden = self.held_out if held_out is None else held_out
        return Job(
            workspace, self.recipe, self._seeds, hidden, self.review, self.corpora, self.real, self.dev,
            self.statistics, self.knowledge,
        )  # fmt: skip

    @property
    def dataset(self) -> str:
        """Return the dataset's name."""
        return self.recipe.dataset

    @property
    def folder(self) -> Path:
        """Return the folder of the dataset's output files."""
        return self.workspace.dataset_folder(self.dataset)

    def table(self, name: str) -> Path:
        """Return the path of a table of this dataset."""
        return self.workspace.table(self.dataset, name)


def open_job(workspace: Workspace, dataset: str) -> Job:
    """Load a recipe and the rows it names.

    Raises RecipeError if recipe, seeds, held-out rows, real rows or review are wrong, or if a seed row is also held
    out. (A real row that is held out does not enter the dataset and is no seed.)
    """
    return build_job(workspace, load_recipe(workspace.recipe_path(dataset)))


def build_job(workspace: Workspace, recipe: Recipe) -> Job:
    """Load the rows that a recipe names; raises as ``open_job`` does."""
    _check_paths(workspace, recipe)
    _check_two_files(workspace, recipe)
    _check_offline_models(recipe)
    check_records(workspace, recipe.generators)

    wrong: list[RecipeError] = []

    def load(path: str | None) -> list[Example]:
        try:
            return name_languages(load_examples(workspace.root / path, recipe), recipe) if path else []
        except RecipeError as error:
            wrong.append(error)
            return []

    seeds, held_out, real, dev = (load(one) for one in (recipe.seeds, recipe.held_out, recipe.real, recipe.dev))
    if wrong:
        raise join_errors(wrong)
    require_languages(real, recipe.real, recipe)
    _check_apart(seeds, recipe.seeds, held_out, recipe)
    _check_apart(dev, recipe.dev, held_out, recipe)
    review = load_review(workspace.root / recipe.review, recipe.labels) if recipe.review else None
    paths = dict.fromkeys(generator.corpus for generator in recipe.generators if generator.corpus)
    corpora = {path: load_corpus(workspace.root / path, whole=path in recipe.transformed) for path in paths}
    _check_corpora(corpora, held_out, recipe)
    counted = dict.fromkeys(generator.statistics for generator in recipe.generators if generator.statistics)
    statistics = {path: load_statistics(workspace.root / path, recipe.labels) for path in counted}
    knowledge = {
        one.title: load_sample(
            workspace.root / one.knowledge.file, one.knowledge, recipe.language_codes[0], recipe.seed
        )
        for one in recipe.generators
        if one.knowledge
    }
    return Job(workspace, recipe, seeds, held_out, review, corpora, real, dev, statistics, knowledge)


def open_duplicate_checker(job: Job, embed: Embed | None = None) -> DuplicateChecker:
    """Return a checker for the first round: it knows seeds, dev and held-out rows, corpora and real rows that enter.

    ``embed`` is for the screen ``semantic_duplicate`` (pedigree/metrics/screen_embedder.py opens it). Raises ValueError
    where the recipe has that screen and ``embed`` is missing.
    """
    if job.recipe.screens.semantic_duplicate and embed is None:
        raise ValueError("the screen semantic_duplicate needs an embedder")
    shown = (*job.seeds, *job.dev)
    checker = make_checker(job.recipe, shown, job.held_out, chain.from_iterable(job.corpora.values()), embed)
    checker.add_rows(job.screen_real_rows().examples)
    return checker


def _check_paths(workspace: Workspace, recipe: Recipe) -> None:
    """Raise WorkspaceError if a path that the recipe names is a link out of the workspace."""
    paths = [recipe.seeds, recipe.held_out, recipe.real, recipe.dev, recipe.review]
    paths += [path for generator in recipe.generators for path in generator.read_files]
    for model in (*recipe.asked_models, *recipe.optimisers):
        paths += model.template_paths
    for path in filter(None, paths):
        workspace.resolve_inside(path)


def _check_two_files(workspace: Workspace, recipe: Recipe) -> None:
    """Raise RecipeError if a file whose rows may be shown to a model is also the file of held-out rows."""
    shown = {"seeds": recipe.seeds, "dev": recipe.dev}
    shown |= {f"the corpus of {generator.title}": generator.corpus for generator in recipe.generators}
    hidden = workspace.resolve_inside(recipe.held_out).resolve() if recipe.held_out else None
    for name, path in shown.items():
        if path and workspace.resolve_inside(path).resolve() == hidden:
            raise RecipeError(
                f"{name} and held_out name the same file, {path}",
                expected="two files, as no model may be shown a held-out row",
                hint="put about a third of each label's rows into another file for held_out, or write 'held_out: null'",
            )


def _check_offline_models(recipe: Recipe) -> None:
    """Raise RecipeError for an unknown offline model, or for parameters that it does not have."""
    for one in (*recipe.asked_models, *recipe.optimisers):
        if one.model.startswith("offline/"):
            if one.model != "offline/template":
                hint = f"correct the model of {one.role}"
                raise RecipeError(f"no model {one.model!r}", expected="offline/template", hint=hint)
            check_offline_parameters(one.parameters)


def _check_apart(rows: Iterable[Example], path: str | None, held_out: Iterable[Example], recipe: Recipe) -> None:
    """Raise RecipeError if a row of a file whose rows may be shown to a model is also held out."""
    shown = {_fold(example, recipe): example.line for example in rows}
    wrong = [
        RecipeError(
            f"{recipe.held_out}, line {example.line}: the same row is line {line} of {path}",
            expected="held-out rows that no model is shown",
            hint="remove it from one of the two files",
        )
        for example in held_out
        if (line := shown.get(_fold(example, recipe))) is not None
    ]
    if wrong:
        raise join_errors(wrong)


def _check_corpora(corpora: Mapping[str, Iterable[Example]], held_out: Iterable[Example], recipe: Recipe) -> None:
    """Raise RecipeError if a corpus holds the text of a held-out row."""
    hidden = {_fold_text(one.fields[name]): one.line for one in held_out for name in recipe.text_fields}
    wrong = [
        RecipeError(
            f"{path}, line {document.line}: the text is that of line {line} of {recipe.held_out}",
            expected="held-out rows that no model is shown",
            hint="remove it from one of the two files",
        )
        for path, documents in corpora.items()
        for document in documents
        if (line := next(filter(None, (hidden.get(_fold_text(text)) for text in document.fields.values())), None))
    ]
    if wrong:
        raise join_errors(wrong)


def _fold(example: Example, recipe: Recipe) -> tuple[str, ...]:
    """Return a row's values without case and spacing, to compare rows; without a text field, the label too."""
    values = tuple(_fold_text(value) for value in example.fields.values())
    return values if recipe.text_fields else (*values, example.label)


def _fold_text(value: object) -> str:
    return " ".join(str(value).casefold().split())
