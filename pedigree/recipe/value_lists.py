"""Lists of values in a recipe: topics, attributes, traits and ways; given, or how many to ask a model for."""

MAX_ASKED = 50  # items of a list that one call may request
MAX_LINE_CHARS = 200
MAX_TRAITS = 10


def is_line(text: str) -> bool:
    """Return whether a text fits on one line of a prompt: not blank, printable, at most MAX_LINE_CHARS."""
    return bool(text.strip()) and text.isprintable() and len(text) <= MAX_LINE_CHARS


def check_asked(count: int, what: str) -> None:
    """Raise ValueError unless one call can ask for so many items."""
    if not 2 <= count <= MAX_ASKED:
        raise ValueError(f"{count} {what} can't be asked for in one call: 2 to {MAX_ASKED} can")


def check_list(values: list[str], what: str) -> None:
    """Raise ValueError unless these are different lines, at least one."""
    if not values:
        raise ValueError(f"[] is no list of {what}: it is empty; name at least one, or leave the key out")
    if len(set(values)) < len(values) or not all(map(is_line, values)):
        raise ValueError(f"{values!r} is no list of {what}: different texts of one line, at least one")


def check_traits(traits: int | dict[str, int | list[str]]) -> int | dict[str, int | list[str]]:
    """Return what personas are made of; raise ValueError for too many traits, or one without a name or values."""
    if isinstance(traits, int):
        if not 1 <= traits <= MAX_TRAITS:
            raise ValueError(f"{traits} traits can't be asked for: 1 to {MAX_TRAITS} can")
        return traits
    for trait, values in traits.items():
        if not is_line(trait):
            raise ValueError(f"{trait!r} is no name of a trait: a text of one line")
        if isinstance(values, int):
            check_asked(values, f"values of trait {trait!r}")
        else:
            check_list(values, f"values of trait {trait!r}")
    return traits


def check_attributes(attributes: dict[str, int | list[str] | dict[str, list[str]]]) -> None:
    """Raise ValueError for an attribute without values, or one of which too many or too few are asked for."""
    for name, values in attributes.items():
        if isinstance(values, int):
            if not 2 <= values <= MAX_ASKED:
                raise ValueError(f"attribute {name!r}: 2 to {MAX_ASKED} values can be asked for, not {values}")
            continue
        lists = values.values() if isinstance(values, dict) else [values]
        if not all(lists) or not values:
            raise ValueError(f"attribute {name!r} has no values")
