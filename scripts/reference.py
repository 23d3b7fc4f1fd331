"""Write the pages of docs/ that are made from the code: keys of a recipe, commands, rejects, gates, what runs show."""

from pathlib import Path

from cli.reference import COMMANDS_FILE, format_commands
from pedigree.recipe.reference import PAGE_FILE, SCHEMA_FILE, format_page, format_schema
from pedigree.report.reference import gate_page, measure_page, reject_page, run_page

ROOT = Path(__file__).parents[1]

if __name__ == "__main__":
    for name, content in {
        PAGE_FILE: format_page(),
        SCHEMA_FILE: format_schema(),
        COMMANDS_FILE: format_commands(),
        reject_page.PAGE_FILE: reject_page.format_page(),
        gate_page.PAGE_FILE: gate_page.format_page(ROOT),
        measure_page.PAGE_FILE: measure_page.format_page(),
        run_page.PAGE_FILE: run_page.format_page(),
    }.items():
        (ROOT / name).write_text(content, encoding="utf-8")
        print(f"wrote {name}")
