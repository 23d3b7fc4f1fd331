"""How many texts of people the screens of texts turn away, by language: false alarms on texts that are all real.

    python -m benchmarks.language_screens FOLDER

FOLDER holds one file a language, such as de.txt, with a text a line. Every text that a screen turns away is
counted, and with --show it is printed.
"""

import argparse
from pathlib import Path

import polars as pl

from pedigree.curation.text_screens import TEXT_SCREENS
from pedigree.recipe.schema import Recipe

SCREENS = ("refusal", "meta-text", "placeholder", "language")


def main() -> None:
    """Print a line for each file."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--show", action="store_true", help="print what was found")
    parser.add_argument("--language", help="of the recipe; without it, that of each file")
    arguments = parser.parse_args()
    print("language", "texts", *SCREENS)
    for file in sorted(arguments.folder.glob("*.txt")):
        texts = pl.DataFrame({"text": file.read_text(encoding="utf-8").splitlines()})
        recipe = _make_recipe(arguments.language or file.stem)
        found = {one.reason: texts.select(one.find("text", recipe).alias("found"), "text").drop_nulls()
                 for one in TEXT_SCREENS if one.reason in SCREENS}  # fmt: skip
        print(file.stem, texts.height, *(found[name].height for name in SCREENS))
        for name in SCREENS if arguments.show else ():
            for evidence, text in found[name].iter_rows():
                print(f"  {name}: {evidence!r} in {text[:150]!r}")


def _make_recipe(language: str) -> Recipe:
    labels = {name: {"share": 0.5, "means": name} for name in ("one", "two")}
    generators = [{"model": "offline/template", "rows_per_call": 5}]
    return Recipe(dataset="real-texts", task="Which?", language=language, labels=labels, rows=10, generators=generators)


if __name__ == "__main__":
    main()
