"""A job: one recipe in one workspace, with the rows that people wrote and what they decided, loaded and checked once."""

from collections.abc import Iterable, Mapping, Sequence
from itertools import chain
from pathlib import Path
from types import MappingProxyType

from pedigree.curation.duplicates import DuplicateChecker
from pedigree.curation.real_rows import RealRows, screen_real_rows
from pedigree.dataset.corpus import load_corpus
from pedigree.dataset.examples import Example, load_examples
from pedigree.dataset.review_decisions import Review, load_review
from pedigree.errors import RecipeError
from pedigree.recipe.fault_rates import check_parameters
from pedigree.recipe.schema import Recipe
from pedigree.recipe.yaml_file import load_recipe
from pedigree.workspace import Workspace


class Job:
    """What every step is given first; it does not change.

    No dataclass on purpose: Prefect walks through every value of a dataclass that a task is given, here every row.
    """

    __slots__ = ("_admission", "_seeds", "corpora", "held_out", "real", "recipe", "review", "workspace")

    def __init__(
        self,
        workspace: Workspace,
        recipe: Recipe,
        seeds: Sequence[Example] = (),
        held_out: Sequence[Example] = (),
        review: Review | None = None,
        corpora: Mapping[str, Sequence[Example]] = MappingProxyType({}),
        real: Sequence[Example] = (),
    ):
        self.workspace = workspace
        self.recipe = recipe
        self._seeds = tuple(seeds)
        self.held_out = tuple(held_out)
        self.review = review or Review()
        self.corpora = {path: tuple(documents) for path, documents in corpora.items()}
        self.real = tuple(real)
        self._admission: RealRows | None = None

    @property
    def seeds(self) -> tuple[Example, ...]:
        """Return the rows that may be shown to a model: the seeds, or the real rows that enter where the recipe names none."""
        return self.admission.examples if self.recipe.seeds is None and self.real else self._seeds

    @property
    def admission(self) -> RealRows:
        """Return which real rows enter the dataset, found out when it is first asked for."""
        if self._admission is None:
            self._admission = screen_real_rows(self.real, self.held_out, self.recipe)
        return self._admission

    @property
    def dataset(self) -> str:
        """Return the dataset's name."""
        return self.recipe.dataset

    @property
    def folder(self) -> Path:
        """Return the folder of what comes out."""
        return self.workspace.data(self.dataset)

    def table(self, name: str) -> Path:
        """Return the path of a table of this dataset."""
        return self.workspace.table(self.dataset, name)


def open_job(workspace: Workspace, dataset: str) -> Job:
    """Load a recipe and the rows it names.

    Raises RecipeError where recipe, seeds, held-out or real rows or review are wrong, or a seed row is held out, too. (A real
    row that is held out does not enter the dataset, and is no seed.)
    """
    return build_job(workspace, load_recipe(workspace.recipe(dataset)))


def build_job(workspace: Workspace, recipe: Recipe) -> Job:
    """Load the rows that a recipe names; raises as ``open_job`` does."""
    check_strays(workspace, recipe)
    for generator in recipe.generators:
        if generator.model.startswith("offline/"):
            if generator.model != "offline/template":
                hint = "correct the generator's model"
                raise RecipeError(f"no model {generator.model!r}", expected="offline/template", hint=hint)
            check_parameters(generator.parameters)
    seeds = tuple(load_examples(workspace.root / recipe.seeds, recipe)) if recipe.seeds else ()
    held_out = tuple(load_examples(workspace.root / recipe.held_out, recipe)) if recipe.held_out else ()
    real = tuple(load_examples(workspace.root / recipe.real, recipe)) if recipe.real else ()
    shown = {_fold(example, recipe): example.line for example in seeds}
    for example in held_out:
        if (line := shown.get(_fold(example, recipe))) is not None:
            raise RecipeError(
                f"{recipe.held_out}, line {example.line}: the same row is line {line} of {recipe.seeds}",
                expected="held-out rows that no model is shown",
                hint="remove it from one of the two files",
            )
    review = load_review(workspace.root / recipe.review, recipe.labels) if recipe.review else None
    corpora = {
        path: load_corpus(workspace.root / path) for path in dict.fromkeys(g.corpus for g in recipe.generators) if path
    }
    _check_corpora(corpora, held_out, recipe)
    return Job(workspace, recipe, seeds, held_out, review, corpora, real)


def _check_corpora(corpora: Mapping[str, Iterable[Example]], held_out: Iterable[Example], recipe: Recipe) -> None:
    """Raise RecipeError where a corpus holds the text of a held-out row, which no model may be shown."""
    hidden = {_fold_text(one.fields[name]): one.line for one in held_out for name in recipe.text_fields}
    for path, documents in corpora.items():
        for document in documents:
            if (line := hidden.get(_fold_text(document.fields["text"]))) is not None:
                raise RecipeError(
                    f"{path}, line {document.line}: the text is that of line {line} of {recipe.held_out}",
                    expected="held-out rows that no model is shown",
                    hint="remove it from one of the two files",
                )


def _fold(example: Example, recipe: Recipe) -> tuple[str, ...]:
    """Return what makes two rows one: their values in any case and with any spaces; without a text, the label too."""
    values = tuple(_fold_text(value) for value in example.fields.values())
    return values if recipe.text_fields else (*values, example.label)


def _fold_text(value: object) -> str:
    return " ".join(str(value).casefold().split())


def check_strays(workspace: Workspace, recipe: Recipe) -> None:
    """Raise WorkspaceError where a path that the recipe names is a link out of the workspace."""
    named = [
        recipe.seeds,
        recipe.held_out,
        recipe.real,
        recipe.review,
        *(generator.corpus for generator in recipe.generators),
        *(path for generator in recipe.generators for path in generator.template_paths),
    ]
    for path in filter(None, named):
        workspace.inside(path)


def open_duplicate_checker(job: Job) -> DuplicateChecker:
    """Return the checker as it is before the first round: it knows seeds, held-out rows, corpora and the kept real rows."""
    seen = DuplicateChecker(job.recipe, job.seeds, job.held_out, chain.from_iterable(job.corpora.values()))
    seen.add_rows(job.admission.examples)
    return seen
