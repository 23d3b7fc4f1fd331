"""Write docs/recipe-keys.md and docs/recipe.schema.json from the schema of a recipe."""

from pathlib import Path

from pedigree.recipe.reference import PAGE_FILE, SCHEMA_FILE, format_page, format_schema

ROOT = Path(__file__).parents[1]

if __name__ == "__main__":
    for name, content in {PAGE_FILE: format_page(), SCHEMA_FILE: format_schema()}.items():
        (ROOT / name).write_text(content, encoding="utf-8")
        print(f"wrote {name}")
