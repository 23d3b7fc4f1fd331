"""What the literature found for tasks as subjective as a pilot says, what to do, and lines for the recipe."""

import io
from collections.abc import Mapping, Sequence

from ruamel.yaml import YAML
from ruamel.yaml.comments import CommentedSeq

from pedigree.labels.subjectivity import MEDIUM, OBJECTIVE, SUBJECTIVE, Subjectivity
from pedigree.recipe.schema import Recipe

FOUND = {
    OBJECTIVE: "Li et al. (2023): on objective tasks (news topics, relations, spam) a classifier trained on text by a "
    "model alone came within a few points of macro-F1 of one trained on real text",
    MEDIUM: "Li et al. (2023): on tasks in between (emotions) a classifier trained on zero-shot text lost clearly more "
    "than on objective tasks; showing real rows in the prompts recovered a part of it",
    SUBJECTIVE: "Li et al. (2023): on subjective tasks (sarcasm, humour, financial sentiment) a classifier trained on "
    "zero-shot text lost 20 to 40 points of macro-F1; showing real rows in the prompts recovered much, rarely all",
}
FEW_SHOT = "show real rows in the prompts: few-shot, or attributes with 'shots'"
OTHERWISE = (
    "read first, with --json, the {:,} of {:,} rows that the annotators give another label than they were made for: "
    "mend 'means' or the prompts, as such rows would be wrong in the dataset"
)
EVALUATE = "measure on held-out real rows what a classifier learns: 'pedigree evaluate'"
FEWER = "say in 'means' how the confused labels differ, or make one label of them: {}"


def advise(found: Subjectivity, recipe: Recipe) -> list[str]:
    """Return what to do before money is spent on a whole dataset, the most important first."""
    if found.verdict is None:
        return ["look at the rows and the labels that they got: nothing is known of the task yet"]
    advice = []
    if found.otherwise:
        advice.append(OTHERWISE.format(found.otherwise, found.rows))
    if found.verdict == OBJECTIVE:
        advice.append("zero-shot prompts may do, as far as the annotators' agreement says")
    else:
        seeds = "" if recipe.seed_file else " (the recipe names no seeds yet)"
        advice.append(FEW_SHOT + seeds)
        if found.confusions:
            advice.append(FEWER.format(" and ".join(found.confusions[0].labels)))
        if found.verdict == SUBJECTIVE:
            advice.append("keep real rows in the dataset ('real'; 'pedigree augment'), as many as you can get")
            advice.append("or stop: where people do not agree on a label, no model can be right about it")
        advice.append(EVALUATE)
    if found.not_excluded:
        advice.append("ask about more rows with --rows-per-label: so few do not settle the verdict")
    return advice


def format_unlike(proposed: Mapping[str, Sequence[str]]) -> str:
    """Return new ``unlike`` lists as YAML, for the recipe; empty where there are none."""
    if not proposed:
        return ""
    labels = {}
    for label, others in proposed.items():
        listed = CommentedSeq(others)
        listed.fa.set_flow_style()
        labels[label] = {"unlike": listed}
    out = io.StringIO()
    yaml = YAML(typ="rt")
    yaml.width = 10**6  # no line is wrapped
    yaml.dump({"labels": labels}, out)
    return out.getvalue()
