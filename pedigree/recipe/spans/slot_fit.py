"""What slots need of the recipe around them: labels, fields, judges and screens."""

from collections.abc import Mapping, Sequence

from pedigree.recipe.judge import Judge
from pedigree.recipe.labels_and_fields import Label, TypedField
from pedigree.recipe.spans.slot_settings import SlotSettings, split_optional
from pedigree.recipe.strict_model import InconsistentRecipe

SPANS = "spans"  # the column of a row's spans


def check_slots(
    slots: Mapping[str, SlotSettings],
    labels: Mapping[str, Label],
    fields: Mapping[str, TypedField],
    judges: Sequence[Judge],
    pii: str,
) -> None:
    """Raise InconsistentRecipe where slots do not fit the rest of a recipe; ``pii`` is that key of the screens."""
    used: set[str] = set()
    for label, settings in labels.items():
        names = [name.removesuffix("?") for name in settings.slots]
        for name in names:
            if name not in slots:
                known = f"the slots are {', '.join(slots)}" if slots else "the recipe has no slots"
                raise InconsistentRecipe(f"label {label!r} uses the slot {name!r}: {known}", "labels", label, "slots")
        if len(set(names)) < len(names):
            found = f"label {label!r} names the slot {max(names, key=names.count)!r} twice: once is enough"
            raise InconsistentRecipe(found, "labels", label, "slots")
        used |= {*names}
    if not slots:
        return
    if unused := [name for name in slots if name not in used]:
        found = f"no label uses the slot {unused[0]!r}: add it to a label, as slots: [{unused[0]}], or remove it"
        raise InconsistentRecipe(found, "slots", unused[0])
    texts = [(name, field) for name, field in fields.items() if field.type == "text"]
    if len(texts) != 1:
        found = f"slots are marked in one text, and a row has {len(texts)} fields of type text: keep one"
        raise InconsistentRecipe(found, "fields")
    if SPANS in fields:
        raise InconsistentRecipe(f"a field is named {SPANS!r}, as the column of the spans: rename it", "fields")
    for name, slot in slots.items():
        if long := next((value for value in slot.values or () if len(value) > texts[0][1].max_chars), None):
            found = f"{long[:60]!r} has {len(long)} characters, and a text at most {texts[0][1].max_chars}"
            raise InconsistentRecipe(f"{found}: shorten it, or raise max_chars", "slots", name, "values")
    _check_room(slots, labels, texts[0][1].max_chars)
    if pii == "mask":
        found = "pii: mask changes a text after its spans were read, so that their places would be wrong: "
        raise InconsistentRecipe(f"{found}set pii to reject or off", "screens", "pii")
    if one := next((judge for judge in judges if judge.on_disagreement == "relabel"), None):
        found = f"judge {one.name!r} changes labels, and the slots of the other label may not be in the text: "
        raise InconsistentRecipe(f"{found}set on_disagreement to reject or keep", "judges")


def _check_room(slots: Mapping[str, SlotSettings], labels: Mapping[str, Label], most: int) -> None:
    """Raise InconsistentRecipe if the values that a label's texts must have do not fit a text, or are one value."""
    for label, settings in labels.items():
        listed = [slots[name].values for name, must in split_optional(settings.slots).items() if must]
        only = [values[0].casefold() for values in listed if values and len(values) == 1]
        if len(set(only)) < len(only):
            found = f"two slots of label {label!r} have one value, and both the same: a text would need it twice"
            raise InconsistentRecipe(f"{found}; list more values", "labels", label, "slots")
        longest = [max(map(len, values)) for values in listed if values]
        if longest and (needed := sum(longest) + len(longest) - 1) > most:
            found = f"the longest values of the slots of {label!r} take {needed} characters, a text at most {most}"
            raise InconsistentRecipe(f"{found}: shorten them, or raise max_chars", "labels", label, "slots")
