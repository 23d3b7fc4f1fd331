"""Checks that find what would stop a run before a server is started and money is spent."""

import logging
import re
from collections import Counter
from collections.abc import Callable, Sequence

from pedigree.dataset.contradictions import find_contradictions
from pedigree.dataset.examples import Example
from pedigree.dataset.expectation_suite import load_own_suite
from pedigree.dataset.results import Manifest
from pedigree.dataset.schemas import rows_schema
from pedigree.errors import ProviderError, RecipeError
from pedigree.generation.batch import Batch, resolve_parameters
from pedigree.generation.failures.people import check_people
from pedigree.generation.feasibility import check_calls, check_class_floor, check_scenarios, check_shares
from pedigree.generation.language_gaps import list_language_gaps
from pedigree.generation.optimising.few_rows import warn_of_few
from pedigree.generation.outside import list_outside
from pedigree.generation.prompt_builder import PromptBuilder
from pedigree.generation.rounds import Rounds
from pedigree.generation.slots import Slot
from pedigree.generation.spans.unmarked import warn_of_unmarked
from pedigree.generation.tables.broken_rules import warn_of_broken_rules
from pedigree.job import Job
from pedigree.job_outputs import read_pulled_completions
from pedigree.labels.evidence import can_check, warn_of_failed_review
from pedigree.ledger.ledger import Ledger
from pedigree.metrics.embedder_choice import find_embedder_problem
from pedigree.metrics.screen_embedder import check_screen_embedder, compare_screen_embedder
from pedigree.models.call_errors import FatalError
from pedigree.models.gateway import remote_generators
from pedigree.models.pacing.endpoint import Endpoints
from pedigree.models.replay import read_rows
from pedigree.recipe.asked_model import AskedModel
from pedigree.recipe.generator import Generator
from pedigree.recipe.label_sets.names import list_labels
from pedigree.recipe.yaml_file import find_line
from pedigree.system import git
from pedigree.system.atomic_write import check_writable
from tasks import expectation_worker
from tasks.augmentation import count_real, count_real_strata, describe_spread, format_reasons

MAX_NAMED = 5
WRONG_ENCODING = re.compile("[\x80-\x84\x86-\x9f]")  # U+0085 is a line end

log = logging.getLogger("pedigree")


def check_start(job: Job) -> None:
    """Raise the error that would stop a run of this job; writes and sends nothing.

    Raises the errors of ``check_job``, and SuiteError.
    """
    check_job(job)
    check_suite(job)


def check_suite(job: Job) -> None:
    """Raise SuiteError if the recipe's suite can't be evaluated on rows of the recipe's schema."""
    checks = load_own_suite(job.workspace, job.recipe)
    expectation_worker.check_suite(checks, [*rows_schema(job.recipe), "split"])


def check_job(job: Job) -> None:
    """Raise if generation is certain to fail: RecipeError, BudgetError, ProviderError, or PublishError for a folder."""
    for check in CHECKS:
        check(job)


def _check_people(job: Job) -> None:
    recipe = job.recipe
    for path, examples in ((recipe.seed_file, job.seeds), (recipe.held_out, job.held_out), (recipe.dev, job.dev)):
        _check_labels(job, path, examples)
        _warn_of_wrong_encoding(path, examples)


def _warn_of_gaps(job: Job) -> None:
    """Warn of an embedder that is not there, a language that the screens do not cover, and files that DVC can't see."""
    if problem := find_embedder_problem(job.workspace, job.dataset, job.recipe.evaluate.embedder):
        log.warning("%s. Embedding metrics will be omitted", problem)
    for gap in list_language_gaps(job):
        log.warning("%s", gap)
    if outside := list_outside(job):
        log.warning(
            "%s: outside data/seeds/%s, so 'dvc repro' does not see when %s changes; 'pedigree run' and 'pedigree "
            "verify' do. Move what belongs to this dataset there",
            *(", ".join(outside), job.dataset, "it" if len(outside) == 1 else "one of them"),
        )


def _check_grown_model(job: Job) -> None:
    """Raise WorkspaceError if the version that is grown was screened by an embedder with other files."""
    root, bases = job.workspace.root, job.recipe.grown_from
    if job.recipe.screens.semantic_duplicate and bases:
        tag = git.resolve(root, f"refs/tags/{job.dataset}@{bases[-1].version}")
        manifest = git.read_blob(root, tag, f"data/{job.dataset}/manifest.json") if tag else None
        if manifest and (facts := Manifest.model_validate_json(manifest).embedder):
            compare_screen_embedder(job, facts)


def _check_folders(job: Job) -> None:
    for folder in (job.folder, job.workspace.state):
        check_writable(folder)


def _check_first_round(job: Job) -> None:
    """Raise if the calls, prompts, keys or prices of the first round are at fault."""
    slots = Rounds.for_job(job).next_round()
    check_calls(job, sum(slot.generator.turns for slot in slots))
    unanswered = _check_prompts(job, [slot for slot in slots if slot.index == 0])
    others = [*job.recipe.judges, *job.recipe.evaluate.scorers]
    if asked := remote_generators([*unanswered, *others]) if unanswered else []:
        endpoints = Endpoints(job)  # loads LiteLLM, which takes seconds
        for one in asked:
            check_generator(job, endpoints, one)


def check_label_evidence(job: Job) -> None:
    """Raise RecipeError if nothing could check the labels of a version, and the recipe does not allow that."""
    path = job.workspace.recipe_path(job.dataset)
    if job.recipe.gates.needs_evidence and not can_check(job):
        raise RecipeError(
            f"{path}, line {find_line(path, 'gates')}: nothing can check the labels of the rows that are made",
            expected="seed rows that people labelled (two or more of each label), a judge, or a review",
            hint="add them; or 'pedigree run --no-publish', then 'pedigree review'; or allow it: 'gates: "
            "{label_precision: unchecked-ok}'",
        )


def check_generator(job: Job, endpoints: Endpoints, generator: AskedModel) -> None:
    """Raise if the key of a generator or judge is missing, or if the budget in USD needs a price that is unknown."""
    try:
        endpoints.gateway.check_key(generator)
    except FatalError as failure:
        raise ProviderError(failure.detail, hint=failure.hint) from failure
    if job.recipe.budget.usd is not None and not endpoints.gateway.knows_prices(generator):
        raise RecipeError(
            f"{generator.role}: the price of {generator.model} is not known, so the budget in USD can't be kept",
            hint="add 'prices: {input: ..., output: ...}' (USD per million tokens) to the generator, "
            "or set budget.usd to null",
        )


def _check_labels(job: Job, path: str | None, examples: Sequence[Example]) -> None:
    """Raise RecipeError if all rows of a file have one label; warn of labels without rows."""
    rows = Counter(label for one in examples for label in list_labels(one.label, job.recipe.labels_per_row))
    if len(rows) == 1:
        raise RecipeError(
            f"{path}: every row has the label {next(iter(rows))!r}",
            expected="rows of at least two labels",
            hint="add rows of the other labels, or set the recipe's key to null",
        )
    if rows and (without := [label for label in job.recipe.single_labels if label not in rows]):
        log.warning("%s has no rows of %s: these labels are neither predicted nor measured", path, ", ".join(without))


def _check_contradictions(job: Job) -> None:
    """Raise RecipeError if people gave one text two labels in seeds or held-out rows; warn of it in real rows."""
    recipe = job.recipe
    given = ((recipe.seeds, job.seeds), (recipe.held_out, job.held_out), (recipe.dev, job.dev))
    files = {path: rows for path, rows in given if path}
    if found := find_contradictions(files, recipe):
        more = f"\n  and {len(found) - MAX_NAMED:,} more" if len(found) > MAX_NAMED else ""
        raise RecipeError(
            f"one text has two labels: {'; '.join(found[:MAX_NAMED])}{more}",
            expected="one label for one text; upper and lower case and spaces do not count",
            hint="correct the label that is wrong, or remove the row",
        )
    if recipe.real and (found := find_contradictions({**files, recipe.real: job.real}, recipe)):
        log.warning(
            "%s: %d texts have two labels; of a real row, the first counts: %s%s",
            *(recipe.real, len(found), "; ".join(found[:MAX_NAMED]), " ..." if len(found) > MAX_NAMED else ""),
        )


def _warn_of_wrong_encoding(path: str | None, examples: Sequence[Example]) -> None:
    """Warn of control characters that appear where Windows-1252 was read as Latin-1, such as U+0092 for a quote."""
    odd = [(one.line, sign[0]) for one in examples if (sign := WRONG_ENCODING.search(one.text))]
    if odd:
        log.warning(
            "%s: %d rows hold control characters such as U+%04X (line %d): probably a file in Windows-1252 that was "
            "converted from latin1. Convert the original: iconv -f windows-1252 -t utf-8",
            *(path, len(odd), ord(odd[0][1]), odd[0][0]),
        )


def _check_real(job: Job) -> None:
    """Raise RecipeError if the real rows already fill every label, or exceed the target of a label."""
    if not job.recipe.real:
        return
    count_real(job)
    recipe, real_counts, targets = job.recipe, count_real_strata(job), job.recipe.stratum_targets
    if too_many := [f"{rows:,} of {name}" for name, rows in real_counts.items() if rows > targets[name]]:
        raise RecipeError(
            f"{recipe.real} holds more rows than are wanted of a label: {', '.join(too_many)}",
            expected=", ".join(f"{name} at most {rows:,}" for name, rows in targets.items()),
            hint="raise 'rows', or the shares of these labels and languages"
            if recipe.languages
            else f"raise 'rows' or these shares; 'pedigree augment {job.dataset}' computes both from the file",
        )
    if real_counts == targets:
        raise RecipeError(
            f"{recipe.real} holds all {recipe.rows:,} rows that are wanted: there is nothing to make",
            hint=f"raise 'rows', or 'pedigree augment {job.dataset} --fill-to ROWS'",
        )
    if warning := describe_spread(job):
        log.warning("%s: %s", recipe.real, warning)
    if out := job.screen_real_rows().rejects.height:
        log.warning("%s: %d of its %d rows do not enter (%s)", recipe.real, out, len(job.real), format_reasons(job))


def _check_prompts(job: Job, slots: list[Slot]) -> list[Generator]:
    """Build the first prompt of each generator and label; return the generators with missing answers."""
    builder, unanswered = PromptBuilder(job), []
    ledger, pulled = Ledger(job.workspace.ledger), read_pulled_completions(job)
    for generator in job.recipe.generators:
        if generator.replay is not None:
            read_rows(job.workspace.resolve_inside(generator.model.removeprefix("replay/")), generator.replay)
        own = [slot for slot in slots if slot.generator is generator]
        batch = Batch(builder=builder, slots=own, parameters={generator.title: resolve_parameters(job, generator)})
        answers = [answer for _, answer in batch.record_held(lambda id: ledger.get(id) or pulled.get(id))]
        prompts = [] if None in answers else batch.build()
        held = [ledger.holds(prompt.completion_id) or prompt.completion_id in pulled for prompt in prompts]
        if None in answers or not all(held):
            unanswered.append(generator)
    return unanswered


CHECKS: tuple[Callable[[Job], None], ...] = (
    _check_people,
    check_screen_embedder,
    _check_grown_model,
    _check_contradictions,
    check_people,
    _check_real,
    warn_of_failed_review,
    _warn_of_gaps,
    warn_of_unmarked,
    warn_of_broken_rules,
    warn_of_few,
    check_shares,
    check_class_floor,
    check_scenarios,
    _check_folders,
    _check_first_round,
)
