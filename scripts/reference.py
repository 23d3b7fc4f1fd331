"""Write docs/recipe-keys.md and docs/recipe.schema.json from a recipe's schema, and docs/commands.md."""

from pathlib import Path

from cli.reference import COMMANDS_FILE, format_commands
from pedigree.recipe.reference import PAGE_FILE, SCHEMA_FILE, format_page, format_schema

ROOT = Path(__file__).parents[1]

if __name__ == "__main__":
    for name, content in {
        PAGE_FILE: format_page(),
        SCHEMA_FILE: format_schema(),
        COMMANDS_FILE: format_commands(),
    }.items():
        (ROOT / name).write_text(content, encoding="utf-8")
        print(f"wrote {name}")
