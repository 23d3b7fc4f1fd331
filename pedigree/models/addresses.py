"""Notices that a recipe names a model at another address than the runs before: that is another model.

The id of a completion does not depend on the address, so the ledger would give the answers of the first server. A
generator's key ``endpoint`` names the server, and its answers are then its own.
"""

import json
import logging
from collections.abc import Iterable
from ipaddress import ip_address
from pathlib import Path
from urllib.parse import urlsplit

from pedigree.errors import RecipeError, WorkspaceError
from pedigree.recipe.asked_model import AskedModel
from pedigree.system.atomic_write import write_text

OWN = "the provider's own address"

log = logging.getLogger("pedigree")


def note_addresses(state: Path, generators: Iterable[AskedModel], *, has_answers: bool) -> None:
    """Note at which address each model without an ``endpoint`` is asked, in a file of the folder ``state``.

    Raises RecipeError if it was asked at another one before and there are answers, or if the recipe names it at two
    addresses; WorkspaceError if the file cannot be read. Another port of this machine is only logged: a server that was
    started again may have it.
    """
    path = state / "addresses.json"
    noted, now = _read(path), _list_addresses(generators)
    for model, address in now.items():
        before = noted.get(model, address)
        if _find_server(before) != _find_server(address) and has_answers:
            raise RecipeError(
                f"{model} is to be asked at {address or OWN}; its answers in the ledger came from {before or OWN}",
                expected="a name for the server, because the same model name at another address is another model",
                hint="add 'endpoint: NAME' to the generator to get the answers of this server; or \"endpoint: ''\" if "
                "the address changed but not the model, to use the answers that are there",
            )
        if before != address:
            log.warning(
                "%s was asked at %s before, and now at %s: the answers in the ledger are used. If it is another model, "
                "add 'endpoint: NAME' to the generator",
                *(model, before or OWN, address or OWN),
            )
    if {**noted, **now} != noted:
        write_text(path, json.dumps({**noted, **now}, indent=2, sort_keys=True) + "\n")


def _list_addresses(generators: Iterable[AskedModel]) -> dict[str, str]:
    """Return the address of each model that has no ``endpoint``; empty for the provider's own."""
    addresses: dict[str, str] = {}
    for one in generators:
        address = one.api_base or ""
        if one.endpoint is not None:
            continue
        first = addresses.setdefault(one.model, address)
        if _find_server(first) != _find_server(address):
            raise RecipeError(
                f"generators ask {one.model} at {first or OWN} and at {address or OWN}",
                expected="a name for each server, because the same model name at another address is another model",
                hint="add 'endpoint: NAME' to one of the generators",
            )
    return addresses


def _read(path: Path) -> dict[str, str]:
    if not path.is_file():
        return {}
    try:
        noted = json.loads(path.read_text(encoding="utf-8"))
    except ValueError:
        noted = None
    if not isinstance(noted, dict) or not all(isinstance(one, str) for one in noted.values()):
        raise WorkspaceError(
            f"{path} is not a JSON object of model names and addresses",
            expected="the file as a run wrote it",
            hint="remove it: the next run notes the addresses of the recipe",
        )
    return noted


def _find_server(address: str) -> str:
    """Return what tells one server from another: the address without a last slash; of this machine, no port."""
    host = urlsplit(address).hostname or ""
    try:
        here = ip_address(host).is_loopback
    except ValueError:
        here = host == "localhost"
    return "this machine" if here else address.rstrip("/")
