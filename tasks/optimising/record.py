"""The record of a search, and what is written of it: the record below data/seeds/, and keys of the recipe."""

import json
import logging
from typing import Any

from ruamel.yaml.scalarstring import LiteralScalarString

from pedigree.dataset.searches.record import name_record
from pedigree.errors import CommandError
from pedigree.generation.optimising.trials import Trial
from pedigree.ids import sha256_of
from pedigree.job import Job
from pedigree.recipe.content.scenarios import list_written
from pedigree.recipe.yaml_file import Key, check_keys, load_recipe, set_keys
from pedigree.system.atomic_write import write_text
from tasks.optimising.search import Search
from tasks.ui.step import step

log = logging.getLogger("pedigree")


def make_record(job: Job, search: Search) -> dict[str, Any]:
    """Return the record of a search; the same answers always give the same record, whatever was paid for just now."""
    parts, verdict = search.parts, search.verdict
    return {
        "dataset": search.dataset,
        "generator": search.generator,
        "model": search.settings.model,
        "seed": job.recipe.seed,
        "rounds_wanted": search.settings.rounds,
        "people": {
            "shown_in_prompts": len(parts.shown),
            "read_in_rounds": len(parts.search),
            "fresh": len(parts.fresh),
            "sha256": parts.sha256,
        },
        "rounds": [_describe(one) for one in search.trials],
        "tests": [_describe(one) for one in search.tests],
        "fall": None if verdict.fall is None else {"by": verdict.fall[0], "interval": list(verdict.fall[1])},
        "chosen": verdict.chosen,
        "why": verdict.why,
    }


@step("write instructions")
def write_search(job: Job, search: Search, record: dict[str, Any]) -> str | None:
    """Write the record, then the chosen instructions and the record's path into the recipe; return that path.

    Comments and all other lines of the recipe stay. Without a better round nothing is written, and None returned.
    """
    if not search.verdict.chosen:
        return None
    path = job.workspace.recipe_path(job.dataset)
    if load_recipe(path) != job.recipe:
        raise CommandError(
            f"{path} changed while the search was under way",
            expected="the recipe that was searched for",
            hint="run again: what is in the ledger is not paid for twice",
        )
    place = [one.title for one in list_written(job.recipe.generators)].index(search.generator)
    # The name has a hash, as two files can't be written at one time: no recipe names a record of other instructions.
    name = name_record(job.dataset, f"{search.generator}-{sha256_of(record)[:8]}")
    changes: dict[Key, Any] = {
        f"generators.{place}.instructions": LiteralScalarString(search.chosen.instructions + "\n"),
        f"generators.{place}.optimised": name,
    }
    check_keys(path, changes)
    write_text(job.workspace.root / name, json.dumps(record, indent=1, ensure_ascii=False) + "\n")
    set_keys(path, changes)
    log.info("%s: generator %s has the instructions of round %d", path.name, search.generator, search.verdict.chosen)
    return name


def _describe(trial: Trial) -> dict[str, Any]:
    area, labels = trial.area, trial.labels
    return {
        "round": trial.round,
        "instructions": trial.instructions,
        "rewrite": trial.rewrite,
        "fault": trial.fault,
        "area": None if area is None else area.area,
        "interval": None if area is None or area.interval is None else list(area.interval),
        "people": 0 if area is None else area.people,
        "made": 0 if area is None else area.made,
        "unknown": None if area is None else area.reason,
        "labels_right": None if labels is None else labels.right,
        "labels_read": None if labels is None else labels.read,
        "telling": list(trial.telling),
        "asked": trial.asked,
        "kept": trial.kept,
        "completions": list(trial.completions),
    }
