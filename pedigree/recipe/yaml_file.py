"""Reads recipe files, with the line of each mistake, and changes them with all comments kept."""

import io
import re
import stat
from collections.abc import Iterator, Mapping
from contextlib import suppress
from copy import deepcopy
from functools import lru_cache
from pathlib import Path
from typing import Any

from pydantic import ValidationError
from ruamel.yaml import YAML
from ruamel.yaml.comments import CommentedMap, CommentedSeq
from ruamel.yaml.error import YAMLError
from ruamel.yaml.representer import RoundTripRepresenter
from ruamel.yaml.scalarstring import DoubleQuotedScalarString

from pedigree.errors import RecipeError
from pedigree.recipe.mistakes import describe_mistakes, find_tree_line
from pedigree.recipe.plain_words import describe_value
from pedigree.recipe.schema import Recipe
from pedigree.system.atomic_write import write_text
from pedigree.system.line_merge import carry_over
from pedigree.workspace import advise_on_name

Key = str | tuple[str, ...]

BYTE_ORDER_MARK = "\ufeff"
MAX_BYTES = 1_000_000
MAX_VALUES = 100_000  # with all aliases expanded
# A text that every reader of YAML takes for this text without quotes, also inside of brackets and braces.
PLAIN = re.compile(r"[^\W\d_][\w./-]*(?: [\w./-]+)*")
WORDS = frozenset({"y", "n", "yes", "no", "on", "off", "true", "false", "null"})  # of YAML 1.1, in any case
# DVC fails if a tracked key is missing, so a run writes each of these to the recipe.
TRACKED_KEYS = (
    "task", "language", "languages", "seed", "labels", "labels_per_row", "fields", "slots", "checks", "depends",
    "seeds", "held_out", "real", "review", "rows", "private", "selection", "grown_from", "scenarios", "generators",
    "judges", "screens", "weights", "split", "gates", "drift", "evaluate",
)  # fmt: skip


def load_recipe(path: Path) -> Recipe:
    """Read and check a recipe.

    Raises RecipeError with file, line and remedy of the first mistake, and with the further ones.
    """
    return _check(parse_tree(path), path)


def set_keys(path: Path, changes: Mapping[Key, Any]) -> Recipe:
    """Write values into a recipe file and return the recipe; a wrong value changes nothing.

    Comments, layout and line ends are kept: only the lines of the keys that get another value change.
    ``changes`` maps keys to values: dotted (``rows``, ``generators.0.model``), or a tuple if a part may contain a dot,
    such as a label. A missing section is added.
    """
    tree = _change(path, changes)
    recipe = _check(tree, path)
    stored = path.read_bytes().decode("utf-8")
    own = stored.removeprefix(BYTE_ORDER_MARK).replace("\r\n", "\n")
    written = _change_text(own, _write(parse_tree(path)), tree)
    if written != own:
        ends = written.replace("\n", "\r\n") if "\r\n" in stored else written
        write_text(path, BYTE_ORDER_MARK * stored.startswith(BYTE_ORDER_MARK) + ends)
    return recipe


def _change_text(own: str, before: str, tree: CommentedMap) -> str:
    """Return the text of a recipe that says what ``tree`` does; ``before`` is ``own`` as the library writes it."""
    after = _write(tree)
    written = carry_over(own, before, after)
    with suppress(YAMLError):
        if YAML(typ="safe").load(written) == YAML(typ="safe").load(after):
            return written
    return after


def _write(tree: CommentedMap) -> str:
    out = io.StringIO()
    _yaml().dump(tree, out)
    return out.getvalue()


def check_keys(path: Path, changes: Mapping[Key, Any]) -> Recipe:
    """Return the recipe that ``set_keys`` would write, without writing; raises RecipeError for a wrong value."""
    return _check(_change(path, changes), path)


def read_key(path: Path, key: str) -> Any:
    """Return the unchecked value of a top-level key of a recipe file; None if it is missing."""
    return parse_tree(path).get(key)


def _change(path: Path, changes: Mapping[Key, Any]) -> CommentedMap:
    tree = parse_tree(path)
    for key, value in changes.items():
        dotted = key.split(".") if isinstance(key, str) else ()
        *parents, last = [int(part) if part.isdigit() else part for part in dotted] or key
        node = tree
        for part in parents:
            if isinstance(node, dict):
                node.setdefault(_quote(part), CommentedMap())
            node = node[part]
        node[_quote(last)] = _in_one_line(value)
    return tree


def state_tracked_keys(path: Path) -> list[str]:
    """Write the tracked keys that a recipe lacks, with their defaults, and return their names."""
    if missing := list_missing_keys(path):
        set_keys(path, {**missing})
    return list(missing)


def list_missing_keys(path: Path) -> dict[str, Any]:
    """Return the tracked keys that a recipe lacks, with their defaults."""
    recipe, present = load_recipe(path), parse_tree(path)
    plain = recipe.model_dump(mode="json", exclude_defaults=False)  # without keys that are left out at their default
    defaults = Recipe.model_fields
    return {key: plain.get(key, defaults[key].default) for key in TRACKED_KEYS if key not in present}


def find_line(path: Path, *keys: str | int) -> int:
    """Return the line (from 1) of a key of a recipe file, or of its nearest parent in the file."""
    return find_tree_line(parse_tree(path), keys)


def _in_one_line(value: Any) -> Any:
    """Return a value with lists and mappings in YAML's flow style, so that a comment stays next to its key."""
    if isinstance(value, list):
        node = CommentedSeq([_in_one_line(one) for one in value])
    elif isinstance(value, dict):
        node = CommentedMap({_quote(key): _in_one_line(one) for key, one in value.items()})
    else:
        return _quote(value)
    node.fa.set_flow_style()
    return node


def _quote(value: Any) -> Any:
    """Return a text so that it is written in double quotes, if some reader could take it for something else without."""
    if type(value) is not str or (PLAIN.fullmatch(value) and value.casefold() not in WORDS):
        return value
    return DoubleQuotedScalarString(value)


def _yaml() -> YAML:
    yaml = YAML(typ="rt")
    yaml.preserve_quotes, yaml.width = True, MAX_BYTES  # no line is wrapped
    yaml.indent(mapping=2, sequence=4, offset=2)
    yaml.Representer = _Representer
    return yaml


class _Representer(RoundTripRepresenter):
    """Writes ``null`` for None; a subclass, since DVC writes its files with the same library."""

    def represent_null(self, value: None) -> Any:
        """Return a YAML node ``null``."""
        return self.represent_scalar("tag:yaml.org,2002:null", "null")


_Representer.add_representer(type(None), _Representer.represent_null)


@lru_cache(maxsize=8)
def _load(text: str) -> Any:
    """Return the tree of a recipe's text, to be copied; a run reads one recipe often, and reading it takes 50 ms."""
    tree = _yaml().load(text)
    YAML(typ="safe").load(text)  # as DVC reads it, which accepts less
    return tree


def parse_tree(path: Path, keys: str = "dataset, task, labels, rows, generators") -> CommentedMap:
    """Return the tree of a YAML file of settings, which needs ``keys``; raise RecipeError for what is none."""
    try:
        if not stat.S_ISREG(path.stat().st_mode):
            raise RecipeError(
                f"{path}: not a regular file", hint="move it away; 'pedigree new DATASET' writes a recipe"
            )
        if path.stat().st_size > MAX_BYTES:
            raise RecipeError(
                f"{path}: {path.stat().st_size:,} bytes",
                expected="a recipe of at most 1 MB",
                hint="put rows into a file under data/seeds/ and name it in the recipe",
            )
        tree = deepcopy(_load(path.read_text(encoding="utf-8-sig")))
    except FileNotFoundError:
        expected, near = advise_on_name(path.stem, (one.stem for one in path.parent.glob("*.yaml")))
        hint = f"{f'{near} Else ' if near else ''}'pedigree new {path.stem}' writes one"
        raise RecipeError(f"{path}: no such recipe", expected=expected, hint=hint) from None
    except UnicodeDecodeError as error:
        raise RecipeError(f"{path}: byte {error.start} is not UTF-8", hint="save the file as UTF-8") from None
    except OSError as error:
        raise RecipeError(f"{path}: {error.strerror}") from None
    except RecursionError:
        raise RecipeError(f"{path}: nested too deeply to be a recipe") from None
    except YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        line = f", line {mark.line + 1}" if mark else ""
        problem = (getattr(error, "problem", None) or str(error)).splitlines()[0]
        raise RecipeError(
            f"{path}{line}: not valid YAML: {problem}",
            hint="correct it; a text that contains : or # or ? may need quotes",
        ) from None
    except (ValueError, TypeError) as error:  # such as a thirteenth month, or a list as a key in a list
        raise RecipeError(f"{path}: not valid YAML: {str(error)[:200]}") from None
    if not isinstance(tree, CommentedMap):
        kind = "a list" if isinstance(tree, list) else describe_value(tree) or "a text"
        found = "an empty file" if tree is None else kind
        raise RecipeError(f"{path}: {found}", expected=f"a mapping with the keys {keys}")
    return tree


def _check(tree: CommentedMap, path: Path) -> Recipe:
    try:
        recipe = Recipe.model_validate(make_plain(tree, iter(range(MAX_VALUES))))
    except RecursionError:
        raise RecipeError(
            f"{path}: its aliases unfold to more than {MAX_VALUES:,} values", hint="write it out, or make it smaller"
        ) from None
    except ValidationError as error:
        raise describe_mistakes(error, tree, path) from None
    if path.stem != recipe.dataset:
        raise RecipeError(
            f"{path}, line {find_tree_line(tree, ('dataset',))}: the recipe makes {recipe.dataset!r}",
            expected=f"the file's own name, {path.stem!r}",
            hint=f"rename the file to {recipe.dataset}.yaml or the dataset to {path.stem}",
        )
    return recipe


def make_plain(node: Any, room: Iterator[int]) -> Any:
    """Return a tree as plain values; raise RecursionError if it contains itself or more values than ``room``."""
    if next(room, None) is None:
        raise RecursionError
    if isinstance(node, dict):
        return {key: make_plain(value, room) for key, value in node.items()}
    if isinstance(node, list):
        return [make_plain(value, room) for value in node]
    if isinstance(node, bool) or node is None:
        return node
    for kind in (int, float, str):
        if isinstance(node, kind):
            return kind(node)
    return str(node)
