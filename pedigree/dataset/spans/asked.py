"""Which values a prompt asked its rows to have: by slot, for each place in an answer."""

import json

VARIABLE = "slot_values"  # of a prompt: a list with slot -> value for each row
DESCRIBED = "slots"  # of a prompt: name, meaning and whether a text may lack it, for each slot of the label


def name_slot(slot: str) -> str:
    """Return the name of a slot among the attributes that prompts ask for."""
    return f"slot {slot}"


def list_asked(variables_json: str, position: int) -> dict[str, str]:
    """Return slot -> value for the row at a position (from 0) of the answer; nothing where none was asked for.

    ``variables_json`` is the cell ``variables`` of the table of prompts.
    """
    rows = json.loads(variables_json).get(VARIABLE, ())
    return rows[position] if position < len(rows) else {}
