"""What a generator needs of the recipe around it: seeds, labels and fields."""

from collections.abc import Collection, Iterable, Mapping

from pedigree.recipe.generator import TRANSFORM, Generator
from pedigree.recipe.labels_and_fields import TypedField
from pedigree.recipe.strict_model import InconsistentRecipe
from pedigree.recipe.tables.generator_keys import find_table_fault

REAL = "real"  # the column that marks rows that people wrote, and their generator's name


def check_generator(
    generator: Generator, labels: Collection[str], fields: Mapping[str, TypedField], has_seeds: bool
) -> None:
    """Raise ValueError where a generator names labels, fields or seeds that the recipe does not have."""
    title = repr(generator.title)
    if generator.shots and not has_seeds:
        raise ValueError(f"generator {title} shows shots, but the recipe has no seeds: name some, or set shots to 0")
    if generator.shots_from != "all" and not generator.shots:
        raise ValueError(f"generator {title} shows {generator.shots_from} seed rows, but no shots: set shots above 0")
    if generator.strategy == "rewrite" and not has_seeds:
        if generator.corpus is None:
            raise ValueError(f"generator {title} rewrites seeds, but the recipe has none; or name a corpus")
        if {"taboo", "hints"} & {*generator.incentives}:
            raise ValueError(f"the incentives of generator {title} come from seeds, but the recipe has none")
    if fault := find_table_fault(generator, fields):
        raise ValueError(f"generator {title} {fault}")
    given = {"topics": generator.topics, "ways": generator.ways or 0}
    given |= {f"attribute {name!r}": of for name, of in generator.attributes.items()}
    for name, values in given.items():
        if isinstance(values, dict) and set(values) != set(labels):
            missing = sorted(set(labels) ^ set(values))
            raise ValueError(f"{name} is given per label but not for exactly the labels: {missing}")
    if generator.replay is not None:
        if set(generator.replay.fields) != set(fields):
            raise ValueError(f"replay maps {sorted(generator.replay.fields)}, the recipe's fields are {sorted(fields)}")
        for to in generator.replay.labels.values():
            if to not in labels:
                raise ValueError(f"replay maps a label to {to!r}, which is no label of this recipe")


def find_corpus_fault(generators: Iterable[Generator], transformed: Collection[str]) -> str | None:
    """Return what is wrong if a corpus is rewritten and, as one of ``transformed``, also transformed; else None."""
    corpora = {one.corpus for one in generators if one.corpus and one.strategy != TRANSFORM}
    both = corpora.intersection(transformed)
    return f"{min(both)} is rewritten and transformed: give one of the two strategies another file" if both else None


def check_titles(titles: list[str], judges: list[str]) -> None:
    """Raise ValueError for two generators of one name, InconsistentRecipe for one with the name of real rows."""
    if len(set(titles)) < len(titles):
        raise ValueError(f"two generators have the name {max(titles, key=titles.count)!r}: give each a name of its own")
    if REAL in (*titles, *judges):
        found = f"a generator or judge is named {REAL!r}, as real rows are: give it another name"
        raise InconsistentRecipe(found, "generators")


def check_people(
    weights: str, seeds: str | None, real: str | None, held_out: str | None, fields: Collection[str]
) -> None:
    """Raise InconsistentRecipe where the files of rows that people wrote do not suit each other, weights or fields."""
    if weights != "none" and (seeds or real) is None:
        found = "weights come from classifiers of people's rows, but the recipe names no seeds or real rows: "
        found += "name some, or set weights to none"
        raise InconsistentRecipe(found, "weights")
    if real and real == held_out:
        raise InconsistentRecipe(f"{real} is held out, too: held-out rows may not enter the dataset", "real")
    if real and REAL in fields:
        found = f"a field is named {REAL!r}, as the column that marks real rows: rename it"
        raise InconsistentRecipe(found, "fields")
