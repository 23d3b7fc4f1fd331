"""Generation strategies: each computes the template variables of a slot's prompt.

Each function depends only on the recipe, its seeds and the slot (whose ``context`` holds the model's answers to the
generator's list requests), so a plan can be extended without limit and never changes. A new strategy needs a function
here or in ``methods/``, its name in ``recipe.Generator.strategy``, a template, and a row of docs/strategies.md.
"""

from collections.abc import Callable
from hashlib import sha256
from heapq import nsmallest

from pedigree.dataset.examples import Example
from pedigree.errors import RecipeError
from pedigree.generation.attribute_requests import find_attributes
from pedigree.generation.distinctive_words import distinctive_words
from pedigree.generation.failures.loop import FailureLoop
from pedigree.generation.list_requests import ListRequest, ListResults, find_topics
from pedigree.generation.methods.borderline import context_for_borderline
from pedigree.generation.methods.knowledge import context_for_knowledge
from pedigree.generation.methods.persona import context_for_persona, find_personas
from pedigree.generation.methods.shown_profile import keep_profile, name_profile
from pedigree.generation.methods.table import context_for_table
from pedigree.generation.methods.taxonomy import context_for_taxonomy, find_ways
from pedigree.generation.methods.transform import context_for_transform
from pedigree.generation.methods.two_stage import context_for_two_stage, find_contexts
from pedigree.generation.retrieval import list_outliers, rank_documents
from pedigree.generation.slot_variables import choose_values, draw_in_turn, format_task, place_of
from pedigree.generation.slots import PromptContext, Slot, SlotContext
from pedigree.job import Job

TABOO_WORDS, HINTS = 3, 3  # the numbers of Cegin et al. 2024
OUTLIERS = 12  # seed rows of a label that hints are drawn from


def build_context(job: Job, slot: Slot) -> PromptContext:
    """Return the variables of a slot's prompt; raise RecipeError if there are too few seeds for its shots."""
    return STRATEGIES[slot.generator.strategy](job, slot)


def context_for_zero_shot(job: Job, slot: Slot) -> PromptContext:
    """Return task, label and definition."""
    return PromptContext(format_task(job, slot))


def context_for_topic(job: Job, slot: Slot) -> PromptContext:
    """Return the task and one topic that all rows of the call are about (Li et al. 2024, arXiv 2407.12813).

    Topics come in shuffled blocks, so that a label's calls use all topics evenly at any length of the plan.
    """
    topics, known = slot.generator.topics, slot.context
    if isinstance(topics, int):
        topics = known.values["topic"]
    topic = draw_in_turn(job, slot, "topic", choose_values(topics, slot.label), slot.index)
    return PromptContext({**format_task(job, slot), "topic": topic}, parents=known.completion_ids)


def context_for_few_shot(job: Job, slot: Slot) -> PromptContext:
    """Return the task and show seed rows of the label, drawn without replacement for each slot."""
    shots = _draw_shots(job, slot)
    return PromptContext(
        {**format_task(job, slot), "shots": [shot.shown for shot in shots]}, tuple(shot.id for shot in shots)
    )


def context_for_attributes(job: Job, slot: Slot) -> PromptContext:
    """Return the task, one value of every attribute for each row, and seed rows if the generator has shots.

    Values come in shuffled blocks, so that a label's rows cover each attribute evenly at any length of the plan.
    """
    shots = _draw_shots(job, slot)
    first = slot.index * slot.generator.rows_per_call
    rows = [_draw_attributes(job, slot, first + place) for place in range(slot.generator.rows_per_call)]
    variables = {**format_task(job, slot), "shots": [shot.shown for shot in shots], "row_attributes": rows}
    return PromptContext(variables, tuple(shot.id for shot in shots), slot.context.completion_ids)


def context_for_rewrite(job: Job, slot: Slot) -> PromptContext:
    """Return the task and a real text for each row to rewrite.

    Sources are seed rows of the label, drawn anew for each slot (augmentation: Cegin et al. 2024, arXiv 2401.06643), or
    the documents of a corpus, the nearest to the label first, each once before any is repeated (Divekar and Durrett
    2024, arXiv 2405.10040). Incentives: ``taboo`` forbids three of the label's distinctive words, ``hints`` shows
    three of its outliers, ``chaining`` has a further turn rewrite the rows of the answer before.
    """
    generator, rows = slot.generator, slot.generator.rows_per_call
    if generator.corpus:
        ranked = rank_documents(job, generator.corpus, slot.label)
        sources = [ranked[(slot.index * rows + place) % len(ranked)] for place in range(rows)]
    else:
        drawn = _draw_seeds(job, slot, "source", rows)
        sources = [drawn[place % len(drawn)] for place in range(rows)]
    prefix = place_of(job, slot, "taboo")
    words = distinctive_words(job, slot.label, slot.language) if "taboo" in generator.incentives else ()
    outliers = list_outliers(job, slot.label, slot.language)[:OUTLIERS] if "hints" in generator.incentives else ()
    hints = sorted((one for one in outliers if one not in sources), key=_rank_in(job, slot, "hint"))[:HINTS]
    variables = {
        **format_task(job, slot),
        "labelled": generator.corpus is None,
        "sources": [source.shown for source in sources],
        "taboo": nsmallest(TABOO_WORDS, words, key=lambda word: sha256(prefix + word.encode()).digest()),
        "hints": [hint.shown for hint in hints],
        **({"chaining": True} if "chaining" in generator.incentives else {}),
    }
    return PromptContext(variables, tuple(dict.fromkeys(one.id for one in (*sources, *hints))))


def context_for_failures(job: Job, slot: Slot) -> PromptContext:
    """Return the task, the label that the rows are taken for, and rows of people that a classifier gets wrong.

    The rows are of one cluster, drawn anew for each slot. In the first round, and where a label has no such rows, they
    are seed rows if the generator has shots, and no other label is named. (After Wang et al. 2023, S3, and Li et al.
    2025, ReverseGen, arXiv 2410.16736.)
    """
    target, task = slot.context.target, format_task(job, slot)
    if target is None:
        shots = _draw_shots(job, slot)
        variables = {**task, "confused": "", "confused_means": "", "shots": [shot.shown for shot in shots]}
        return PromptContext(variables, tuple(shot.id for shot in shots))
    cluster, settings = target.cluster, slot.generator.failure_settings
    shots = nsmallest(settings.examples if settings else 1, cluster.examples, key=_rank_in(job, slot, cluster.name))
    variables = {
        **task,
        "confused": cluster.confused,
        "confused_means": job.recipe.labels[cluster.confused].means,
        "shots": [shot.shown for shot in shots],
        "failure": target.describe(),
    }
    return PromptContext(variables, tuple(shot.id for shot in shots))


def context_for_replay(job: Job, slot: Slot) -> PromptContext:
    """Return the numbers of the replayed records, counted from 1 within the label."""
    first = slot.index * slot.generator.rows_per_call + 1
    last = first + slot.generator.rows_per_call - 1
    return PromptContext({"label": slot.label, "first_record": first, "last_record": last})


STRATEGIES: dict[str, Callable[[Job, Slot], PromptContext]] = {
    "zero-shot": context_for_zero_shot,
    "topic": context_for_topic,
    "one-shot": context_for_few_shot,
    "few-shot": context_for_few_shot,
    "attributes": context_for_attributes,
    "rewrite": context_for_rewrite,
    "failures": context_for_failures,
    "persona": context_for_persona,
    "taxonomy": context_for_taxonomy,
    "borderline": context_for_borderline,
    "two-stage": context_for_two_stage,
    "transform": context_for_transform,
    "knowledge": context_for_knowledge,
    "table": context_for_table,
    "replay": context_for_replay,
}


# The strategies that first request lists from a model: their function returns the lists or the open requests.
LIST_REQUESTS: dict[str, Callable[[Job, Slot, ListResults], SlotContext | list[ListRequest]]] = {
    "topic": find_topics,
    "attributes": find_attributes,
    "persona": find_personas,
    "taxonomy": find_ways,
    "two-stage": find_contexts,
}
LISTS_BY_SLOT = {"two-stage"}  # those whose slots of one label use different lists


def find_slot_context(
    job: Job, slot: Slot, results: ListResults, failures: FailureLoop | None = None
) -> SlotContext | list[ListRequest]:
    """Return the lists that a slot uses, or the requests that must be answered first; or the failures it asks for."""
    if failures and slot.generator.failure_settings:
        return SlotContext(target=failures.find_target(slot.label, slot.index))
    find = LIST_REQUESTS.get(slot.generator.strategy)
    return find(job, slot, results) if find else SlotContext()


def name_list_scope(slot: Slot) -> tuple[str, str, str, int]:
    """Return what slots that use the same lists have in common."""
    index = slot.index if slot.generator.strategy in LISTS_BY_SLOT else 0
    return slot.generator.title, slot.label, slot.language, index


def _draw_shots(job: Job, slot: Slot) -> list:
    if not slot.generator.shots:
        return []
    of_label = keep_profile(job, slot, _list_seeds(job, slot, slot.generator.shots))
    if len(of_label) < slot.generator.shots:
        raise RecipeError(
            f"generator {slot.generator.title!r} shows {slot.generator.shots} {name_profile(slot)}seed rows a prompt; "
            f"{job.recipe.seed_file} has {len(of_label)} of label {slot.label!r}",
            hint="add seed rows of that label or lower 'shots'",
        )
    return nsmallest(slot.generator.shots, of_label.values(), key=_rank_in(job, slot, "shots"))


def _draw_seeds(job: Job, slot: Slot, what: str, count: int) -> list[Example]:
    """Return ``count`` different seed rows of the label, or all if there are fewer; raise RecipeError if none."""
    of_label = _list_seeds(job, slot, 1)
    if not of_label:
        raise RecipeError(
            f"generator {slot.generator.title!r} rewrites seed rows; "
            f"{job.recipe.seed_file} has none of label {slot.label!r}",
            hint="add seed rows of that label, or name a 'corpus' to rewrite",
        )
    return nsmallest(count, of_label.values(), key=_rank_in(job, slot, what))


def _list_seeds(job: Job, slot: Slot, least: int) -> dict[str, Example]:
    """Return the seed rows of the label by id: those of the slot's language if there are so many, else of all."""
    own = {example.id: example for example in job.list_seeds(slot.language) if example.label == slot.label}
    if len(own) >= least or not slot.language:
        return own
    return {example.id: example for example in job.seeds if example.label == slot.label}


def _rank_in(job: Job, slot: Slot, what: str) -> Callable[[Example], bytes]:
    """Return the sort key of rows in a slot; it depends on the row alone, so adding a row changes few prompts."""
    place = place_of(job, slot, what)
    return lambda example: sha256(place + example.id.encode()).digest()


def _draw_attributes(job: Job, slot: Slot, number: int) -> dict[str, str]:
    """Return one value of each attribute for the row ``number`` (from 0) of a generator and label."""
    drawn = {}
    for name, values in {**slot.generator.attributes, **slot.context.values}.items():
        if not isinstance(values, int):  # a number is replaced by the requested list
            drawn[name] = draw_in_turn(job, slot, name, choose_values(values, slot.label), number)
    return drawn
