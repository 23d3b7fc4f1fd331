"""The reference of the commands, made from the command line itself: a page for people."""

from collections.abc import Iterator
from typing import Any

import typer

from cli.app import app

COMMANDS_FILE = "docs/commands.md"
BEGINNING = """\
<!-- Written by 'make reference' from the command line; edit cli/ instead. -->

# The commands

`pedigree COMMAND --help` says the same in a terminal. DATASET is a dataset's name, or the path of its recipe.
`pedigree doctor` checks whether a machine is ready. `--json`, where a command has it, is for programs.

## Exit status

| exit status | meaning |
|---|---|
| 0 | done |
| 1 | a gate failed and nothing was published; or `verify` found a broken link |
| 2 | the recipe or the command is wrong; nothing was changed |
| 3 | the provider or the budget stopped it; all answers that were paid for are kept |
| 130, 143 | stopped by Ctrl+C, or by SIGTERM; all answers that were paid for are kept |
"""


def format_commands() -> str:
    """Return the page: each command with its arguments and options."""
    group: Any = typer.main.get_command(app)
    return BEGINNING + "".join(_format_group("pedigree", group))


def _format_group(path: str, group: Any) -> Iterator[str]:
    for name, command in sorted(group.commands.items()):
        if hasattr(command, "commands"):
            yield from _format_group(f"{path} {name}", command)
            continue
        arguments = [one for one in command.params if one.param_type_name == "argument"]
        options = [one for one in command.params if one.param_type_name == "option" and not one.hidden]
        words = [_name(one) if one.required else f"[{_name(one)}]" for one in arguments]
        yield f"\n## `{' '.join([path, name, *words])}`\n\n{_write_paragraphs(command.help)}\n"
        lines = [f"| `{_name(one)}` | | {_write_cell(one.help)} |" for one in arguments if one.help]
        lines += [f"| {_write_names(one)} | {_write_default(one)} | {_write_cell(one.help)} |" for one in options]
        if lines:
            yield "\n| argument or option | default | meaning |\n|---|---|---|\n" + "\n".join(lines) + "\n"


def _write_paragraphs(text: str | None) -> str:
    parts = (text or "").replace("\b", "").split("\n\n")
    return "\n\n".join(" ".join(part.split()) for part in parts if part.strip())


def _write_cell(text: str | None) -> str:
    return " ".join((text or "").split()).replace("|", "\\|")


def _write_names(option: Any) -> str:
    return ", ".join(f"`{name}`" for name in (*option.opts, *option.secondary_opts))


def _write_default(option: Any) -> str:
    if option.required:
        return "must be given"
    if option.default is None or option.default is False or option.default == "" or callable(option.default):
        return "–"
    return "on" if option.default is True else f"`{option.default}`"


def _name(argument: Any) -> str:
    return argument.metavar or argument.name.upper()
