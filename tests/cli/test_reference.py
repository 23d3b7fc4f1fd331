"""The reference of commands is current, and commands in the pages exist."""

import re
import shlex

import pytest
import typer

from cli.app import app
from cli.reference import COMMANDS_FILE, format_commands
from tests.support.workspaces import REPOSITORY

PAGES = [REPOSITORY / "README.md", REPOSITORY / "CONTRIBUTING.md", *sorted((REPOSITORY / "docs").glob("*.md"))]
COMMAND = re.compile(r"(?:^|`|\$ )(pedigree [a-z][^`#\n|]*)", re.MULTILINE)


def test_the_page_of_commands_is_current():
    assert (REPOSITORY / COMMANDS_FILE).read_text(encoding="utf-8") == format_commands(), "run 'make reference'"


def test_every_command_and_option_is_on_the_page():
    page, group = format_commands(), typer.main.get_command(app)
    for name, command in group.commands.items():
        for path, one in getattr(command, "commands", {"": command}).items():
            section = page.split(f"## `{' '.join(filter(None, ('pedigree', name, path)))}", 1)[1].split("\n## ")[0]
            assert len(section.splitlines()) > 2
            assert all(option in section for part in one.params for option in part.opts if option.startswith("--"))


def find_commands(page):
    return [" ".join(found.split()).rstrip(".,;:)") for found in COMMAND.findall(page.read_text(encoding="utf-8"))]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_commands_in_the_pages_exist_with_their_options(page):
    group = typer.main.get_command(app)
    for text in find_commands(page):
        words = shlex.split(text.replace("'", ""))[1:]
        command = group.commands.get(words[0])
        assert command, text
        if hasattr(command, "commands") and len(words) > 1:
            command = command.commands.get(words[1])
            assert command, text
        known = {name for one in command.params for name in (*one.opts, *one.secondary_opts)} | {"--help"}
        used = {word.split("=")[0] for word in words if word.startswith("--")}
        assert used <= known, f"{text}: {used - known}"


def test_commands_are_found_at_all():
    assert sum(len(find_commands(page)) for page in PAGES) > 60
