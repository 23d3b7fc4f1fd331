"""Prompt templates: Jinja files under prompts/, rendered in a sandbox with the given variables only.

A template has a block ``user``, may have a block ``system``, and needs a block ``more`` where a generator has several
turns. It may extend or include other files of prompts/; its sha256 covers those too.
"""

import json
from collections.abc import Iterable, Iterator
from functools import cached_property, lru_cache
from pathlib import Path
from types import GeneratorType
from typing import Any, cast

from jinja2 import (
    BytecodeCache,
    Environment,
    FileSystemLoader,
    StrictUndefined,
    TemplateError,
    TemplateNotFound,
    TemplateSyntaxError,
    meta,
    nodes,
)
from jinja2.bccache import Bucket
from jinja2.exceptions import SecurityError, UndefinedError
from jinja2.sandbox import ImmutableSandboxedEnvironment

from pedigree.errors import RecipeError
from pedigree.ids import sha256_of, sha256_of_file, write_date
from pedigree.workspace import Workspace

MAX_MESSAGE_CHARS = 1_000_000
LIMITS = "prompts/_limits.j2"  # its block "user" ends the message of a prompt with one of these variables
LIMITED = {"avoid", "often", "about_words", "case"}
SPANS = "prompts/_spans.j2"  # the same, of a prompt with these
MARKED = {"slots"}
LABEL_SET, MEMBERS = "prompts/_label-set.j2", {"members"}  # the same, where rows have several labels
RULES, RULED = "prompts/_rules.j2", {"rules"}  # the same, where a recipe has rules between fields
INSTRUCTIONS, TOLD = "prompts/_instructions.j2", {"instructions"}  # the same, of a generator with instructions
ENDS = ((LABEL_SET, MEMBERS), (LIMITS, LIMITED), (RULES, RULED), (INSTRUCTIONS, TOLD), (SPANS, MARKED))


class _CompiledTemplates(BytecodeCache):
    """What the templates of this process were compiled to, by name; Jinja compiles again where a text differs."""

    def __init__(self):
        self._compiled: dict[str, bytes] = {}

    def get_cache_key(self, name: str, filename: str | None = None) -> str:
        return name

    def load_bytecode(self, bucket: Bucket) -> None:
        if bucket.key in self._compiled:
            bucket.bytecode_from_string(self._compiled[bucket.key])

    def dump_bytecode(self, bucket: Bucket) -> None:
        self._compiled[bucket.key] = bucket.bytecode_to_string()


_COMPILED = _CompiledTemplates()


def find_template(workspace: Workspace, path: str, variables: Iterable[str]) -> "Template":
    """Return the template of a prompt with these variables: its block ``user`` ends with what ENDS say of them."""
    end: Template | None = None
    for name, told in reversed(ENDS):
        end = Template(workspace, name, end) if told & set(variables) else end
    return Template(workspace, path, end)


class Template:
    """One template and the files that it is made of; the block ``user`` of ``end`` follows its own."""

    def __init__(self, workspace: Workspace, path: str, end: "Template | None" = None):
        self._root, self.path, self._end = workspace.root, path, end
        self._loader = FileSystemLoader(workspace.root / "prompts")
        self._environment = ImmutableSandboxedEnvironment(
            loader=self._loader,
            undefined=StrictUndefined,
            autoescape=False,
            keep_trailing_newline=False,
            bytecode_cache=_COMPILED,
        )
        self._environment.filters["tojson"] = lambda value: json.dumps(value, ensure_ascii=False, default=write_date)
        self._name = Path(path).relative_to("prompts").as_posix()
        try:
            self._template = self._environment.get_template(self._name)
            self._blocks = {block for template in self._parents for block in template.blocks}
        except (TemplateError, RecursionError, UnicodeDecodeError) as error:
            raise self._explain(error) from None
        if "user" not in self._blocks:
            raise RecipeError(f"{path}: no block 'user'", hint="add {% block user %}...{% endblock %}")

    @cached_property
    def files(self) -> dict[str, str]:
        """Return path -> sha256 of the template and of every file that it extends, includes or imports."""
        found, waiting = {}, [self._name]
        while waiting:
            name = waiting.pop()
            source, _, _ = self._loader.get_source(self._environment, name)
            found[f"prompts/{name}"] = sha256_of_file(self._root / "prompts" / name)
            waiting += [other for other in _find_named(source)[1] if other and f"prompts/{other}" not in found]
        return dict(sorted((found | (self._end.files if self._end else {})).items()))

    @cached_property
    def sha256(self) -> str:
        """Return the sha256 over the canonical JSON of ``files``."""
        return sha256_of(self.files)

    def render(self, block: str, variables: dict[str, Any]) -> str | None:
        """Return the text of a block, or None if the template has no such block.

        Raises RecipeError if the block uses an unknown variable, leaves the sandbox, or is too long.
        """
        if block not in self._blocks:
            return None
        try:
            context = self._template.new_context(dict(variables))
            self._link_blocks(context)
            text = "".join(context.blocks[block][0](context)).strip()
        except (TemplateError, TypeError, ValueError, OverflowError, ArithmeticError, RecursionError) as error:
            raise self._explain(error) from None
        if block == "user" and self._end:
            text = f"{text}\n{self._end.render(block, variables)}".strip()
        if len(text) > MAX_MESSAGE_CHARS:
            raise RecipeError(
                f"{self.path}: block {block!r} renders to {len(text):,} characters", expected="at most 1,000,000"
            )
        return text

    def trace_lines(self, block: str, variables: dict[str, Any]) -> list[tuple[str, str, int]]:
        """Return the lines of ``render``, each with the template file and line (from 1) where it begins."""
        context = self._template.new_context(dict(variables))
        self._link_blocks(context)
        lines: list[list] = [["", None]]
        for text, template, number in _follow_blocks(cast("GeneratorType[str]", context.blocks[block][0](context))):
            source, _, _ = self._loader.get_source(self._environment, template)
            for place, (piece, at) in enumerate(_find_origins(text, source, number)):
                if place:
                    lines.append(["", None])
                lines[-1][0] += piece
                if lines[-1][1] is None and piece.strip():
                    lines[-1][1] = f"prompts/{template}", at
        while lines and not lines[0][0].strip():
            lines.pop(0)
        while lines and not lines[-1][0].strip():
            lines.pop()
        text = "\n".join(line for line, _ in lines).strip()
        last = (self.path, 1)
        traced: list[tuple[str, str, int]] = []
        for line, (_, origin) in zip(text.split("\n"), lines, strict=True):
            path, number = last = origin or last
            traced.append((line, path, number))
        return traced + (self._end.trace_lines(block, variables) if block == "user" and self._end else [])

    @cached_property
    def _parents(self) -> list:
        """Return this template and what it extends, nearest first."""
        chain, name = [], self._name
        while name and len(chain) < 20:
            template = self._environment.get_template(name)
            chain.append(template)
            source, _, _ = self._loader.get_source(self._environment, name)
            name = _find_named(source)[0]
        return chain

    def _link_blocks(self, context) -> None:
        for parent in self._parents[1:]:
            for name, render in parent.blocks.items():
                context.blocks.setdefault(name, []).append(render)

    def _explain(self, error: Exception) -> RecipeError:
        line = getattr(error, "lineno", None) or _line_of(error)
        where = f"{self.path}, line {line}" if line else self.path
        if isinstance(error, TemplateNotFound):
            hint = "correct the generator's 'template', or write the file"
            return RecipeError(f"{self.path}: no such template: prompts/{error.name}", hint=hint)
        if isinstance(error, TemplateSyntaxError):
            return RecipeError(f"{where}: {error.message}", hint="correct the template")
        if isinstance(error, SecurityError):
            return RecipeError(f"{where}: not allowed in a template: {error}", hint="use the variables only")
        if isinstance(error, UndefinedError):
            return RecipeError(
                f"{where}: {error}", hint="use a variable that this strategy gives; 'pedigree preview' shows them"
            )
        return RecipeError(f"{where}: {type(error).__name__}: {error}", hint="correct the template")


@lru_cache(maxsize=1000)
def _find_named(source: str) -> tuple[str | None, tuple[str | None, ...]]:
    """Return the template that a text extends, and all that it names; None for a name that is not known before."""
    tree = Environment().parse(source)
    extends = tree.find(nodes.Extends)
    extended = extends.template.value if extends and isinstance(extends.template, nodes.Const) else None
    return extended, tuple(meta.find_referenced_templates(tree))


def _follow_blocks(pieces: "GeneratorType[str]") -> Iterator[tuple[str, str, int]]:
    """Yield the pieces of a block, each with the template's name and approximate line."""
    for piece in pieces:
        inner = pieces
        while isinstance(deeper := inner.gi_yieldfrom, GeneratorType):
            inner = deeper
        frame = inner.gi_frame
        if frame is None:
            continue
        template = frame.f_globals["__jinja_template__"]
        yield piece, template.name, template.get_corresponding_lineno(frame.f_lineno)


def _find_origins(text: str, source: str, number: int) -> list[tuple[str, int]]:
    """Return the lines of a piece, each with its line in the source, searched from line ``number`` on.

    Jinja counts a piece from the tag before it; text that is in the source verbatim gives the exact line.
    """
    start = sum(len(line) for line in source.splitlines(keepends=True)[: number - 1])
    at = source.find(text.strip(), start) if text.strip() else -1
    blank = len(text) - len(text.lstrip())
    first = number if at < 0 else source.count("\n", 0, at) + 1 - text.count("\n", 0, blank)
    return [(line, first + (place if at >= 0 else 0)) for place, line in enumerate(text.split("\n"))]


def _line_of(error: Exception) -> int | None:
    """Return the template line of the innermost template frame of a traceback."""
    line, trace = None, error.__traceback__
    while trace is not None:
        template = trace.tb_frame.f_globals.get("__jinja_template__")
        if template is not None:
            line = template.get_corresponding_lineno(trace.tb_lineno)
        trace = trace.tb_next
    return line
