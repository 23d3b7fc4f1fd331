"""What of a recipe does not work with several labels a row."""

from collections.abc import Collection, Mapping, Sequence

from pedigree.recipe.generator import Generator
from pedigree.recipe.judge import SEVERAL, Judge
from pedigree.recipe.label_sets.settings import LabelsPerRow

# Strategies that are about one label, or compare labels as classes that exclude each other.
STRATEGIES = {
    "borderline": "mixes two labels that exclude each other",
    "failures": "reads which label a classifier confuses with which",
    "knowledge": "writes rows for facts that have one label each",
    "replay": "reads rows that have one label each",
    "table": "shows rows of one label",
    "transform": "is not tried with sets of labels",
}
BY_LABEL = ("slots", "languages", "scenarios")  # keys of a recipe that are planned by label


def find_unfit_part(
    settings: LabelsPerRow | None,
    generators: Sequence[Generator],
    judges: Sequence[Judge],
    fields: Collection[str],
    others: Mapping[str, object],
    real: str | None,
    weights: str,
) -> tuple[str, str] | None:
    """Return what does not go with ``labels_per_row`` (or, of a judge, without it) and its key, or None.

    ``others`` are further keys that do not, with their values.
    """
    several = settings is not None
    for judge in judges:
        if several != (judge.question == SEVERAL):
            found = f"judge {judge.name!r} asks {judge.question!r}: where rows have several labels, ask {SEVERAL!r}"
            if not several:
                found = f"judge {judge.name!r} asks for several labels of a row, and rows have one: ask 'relabel'"
            return found, "judges"
        if several and judge.on == "doubted":
            found = f"judge {judge.name!r} judges doubted rows, which are not found where rows have several labels"
            return f"{found}: set on to all, or to a share", "judges"
    if not several:
        return None
    if "labels" in fields:
        return "a field is named 'labels', as the column of a row's labels: rename it", "fields"
    for generator in generators:
        if why := STRATEGIES.get(generator.strategy):
            return f"strategy {generator.strategy!r} {why}, so it does not go with labels_per_row", "generators"
        if generator.label != "asked":
            return (
                f"the label of a row of generator {generator.title!r} is predicted, and here a row has several",
                "generators",
            )
        if generator.shots_from != "all":
            found = f"generator {generator.title!r} shows {generator.shots_from} seed rows"
            return f"{found}: how difficult rows are is not known for sets of labels", "generators"
        if generator.statistics:
            return f"generator {generator.title!r} has statistics by label, and none of sets of labels", "generators"
    for key, given in others.items():
        if given:
            return f"{key} are planned by label, so they do not go with labels_per_row", key
    if real:
        return "real rows cannot be part of a dataset with several labels a row yet: name them as seeds", "real"
    if weights != "none":
        return f"weights {weights!r} are computed for one label a row: set weights to none", "weights"
    return None
