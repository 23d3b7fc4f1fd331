"""The card of an export: a dataset's card whose places and instructions are those of the exported files."""

import re
from collections.abc import Mapping

FRONT = re.compile(r"\A---\n(.*?\n)---\n", re.DOTALL)
FEATURES = re.compile(r"^configs:\n.*\Z", re.DOTALL | re.MULTILINE)  # the last keys of the front matter
BESIDE = re.compile(r"^Beside `train\.parquet`.*$", re.MULTILINE)
LOADING = re.compile(r"^## Load it\n.*?(?=^## |\Z)", re.DOTALL | re.MULTILINE)
LEFT_OUT = "A line is a row: `row_id`, the fields, `label`, `split`, `weight`, `generator` (and `real`, where it tells people's rows from synthetic ones); `completion_id` and `position` are left out."

HOLDS = {
    "jsonl": f"The files here are `train.jsonl` and `validation.jsonl` (UTF-8, a JSON object a line). {LEFT_OUT}",
    "csv": f"The files here are `train.csv` and `validation.csv` (UTF-8 with a byte order mark, commas, a header). {LEFT_OUT}",
    "hub": "The files here are the two tables in `data/`, `croissant.json` (the same for mlcroissant) and `manifest.json` "
    "(everything that determines the dataset, by hash). The repository that made them holds the rejects, the prompts and "
    "the models' answers.",
}
LOADS = {
    "jsonl": """\
```python
import polars, pandas, datasets

train = polars.read_ndjson("train.jsonl")
train = pandas.read_json("train.jsonl", lines=True)
both = datasets.load_dataset("json", data_files={"train": "train.jsonl", "validation": "validation.jsonl"})
```""",
    "csv": """\
A text that a spreadsheet might take for a formula (it begins with `=`, `+`, `-`, `@`, a full-width one of these, a tab or
a line's end) has a `'` in front of it, and so has a text that begins with `'` itself. To have the texts back, take one
`'` off every text that begins with one:

```python
import polars

texts = polars.col(polars.String)
train = polars.read_csv("train.csv").with_columns(texts.str.strip_prefix("'"))
```""",
    "hub": """\
```python
import polars, datasets

both = datasets.load_dataset("FOLDER")  # or the name that it has on a hub; labels are classes
train = polars.read_parquet("{train}")  # labels are strings
```""",
}


def adapt_card(card: str, kind: str, origin: str, places: Mapping[str, str]) -> str:
    """Return the card of an export of this kind; ``places`` maps splits to the paths of their tables.

    What the card's front matter says of tables is left out where the files are none.
    """
    match = FRONT.match(card)
    front, body = (match[1], card[match.end() :]) if match else ("", card)
    for split, path in places.items():
        front = front.replace(f'path: "{split}.parquet"', f'path: "{path}"')
    front = front if places else FEATURES.sub("", front)
    body = BESIDE.sub(lambda _: HOLDS[kind], body, count=1)
    loads = LOADS[kind].replace("{train}", places.get("train", ""))
    body = LOADING.sub(lambda _: f"## Load it\n\nExported from {origin}.\n\n{loads}\n\n", body, count=1)
    return f"---\n{front}---\n{body}" if front else body
