"""What a judge that predicts labels is shown beside the rows: rows of people of all labels, with their labels.

After Nguyen et al. 2024 (Pred-LLM, arXiv 2410.21717), who ask for the label in a prompt of its own that holds the
features alone.
"""

from collections.abc import Mapping, Sequence
from hashlib import sha256
from typing import Any

from pedigree.generation.methods.table import plain_value
from pedigree.ids import canonical_json, seeded
from pedigree.job import Job
from pedigree.recipe.judge import Judge


def tell_known_rows(
    job: Job, judge: Judge, rows: Sequence[Mapping[str, Any]]
) -> tuple[dict[str, Any], tuple[str, ...]]:
    """Return the variables of a prompt about rows that it alone has, and the ids of the seed rows shown.

    Labels take turns, so that each has nearly as many of the ``judge.shots`` rows; the order of the rows and that of
    their fields is shuffled anew for each call. A row with the values of one that is judged is never shown.
    """
    names = list(job.recipe.fields)
    judged = [[plain_value(row[name]) for name in names] for row in rows]
    place = canonical_json([job.recipe.seed, "known rows", judge.name, judged])
    chance = seeded(place)
    order, hidden = chance.sample(names, len(names)), {canonical_json(values) for values in judged}
    people = {one.id: one for one in job.seeds if canonical_json([one.fields[name] for name in names]) not in hidden}
    ranked = sorted(people.values(), key=lambda one: sha256(f"{place}{one.id}".encode()).digest())
    taken = dict.fromkeys(job.recipe.labels, 0)
    turns = []
    for one in ranked:
        turns.append((taken[one.label], one))
        taken[one.label] += 1
    chosen = [one for _, one in sorted(turns, key=lambda pair: pair[0])[: judge.shots]]
    shown = chance.sample(chosen, len(chosen))
    known = [{"row": {name: plain_value(one.fields[name]) for name in order}, "label": one.label} for one in shown]
    return {"order": order, "known": known}, tuple(one.id for one in shown)
