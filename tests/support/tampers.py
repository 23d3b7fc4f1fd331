"""Forgeries: one change to one file of a published version, and the links of the chain that may find it.

Careless, a forger changes the file alone. Cunning, the hashes of that file are put right in the manifest and in
dvc.lock, so that only what the file says can give it away. Changes that nothing follows from are not made cunningly, as
nobody could find them: a provider's response id, a finish reason of a whole answer, cached tokens, a word of the suite
that no gate quotes, a held-out text that no row is like, and all that is made again as a whole by the steps themselves.
"""

import hashlib
import json
import random
import re
from typing import Any

import polars as pl
from ruamel.yaml import YAML

from pedigree.dataset.output_files import PLOTS
from pedigree.ids import canonical_json, sha256_of
from pedigree.recipe.yaml_file import load_recipe, set_keys
from tests.support.tampering import DATA, NAME, Scene

SEEDS = f"data/seeds/{NAME}"
TABLES = ("prompts", "completions", "train", "validation", "rejects")
CURATED = {"train", "validation", "rejects"}
TEMPLATES = ("prompts/_chat.j2", "prompts/attributes.j2", "prompts/few-shot.j2")
WORDS = {"prompts/_chat.j2": "careful", "prompts/attributes.j2": "naming", "prompts/few-shot.j2": "rephrase"}
TELLING = ("task", "fields.text.means", "labels.billing-dispute.means", "labels.delivery-problem.means")
# Of these columns of completions, something else is said elsewhere: what finds another value there.
COMPLETION_LINKS = {
    "completion_id": {"completions"}, "prompt_id": {"completions"}, "sample": {"completions"}, "model": {"completions"},
    "parameters": {"completions"}, "schema": {"completions"}, "model_answered": {"manifest"}, "tokens_in": {"manifest"},
    "tokens_out": {"manifest"}, "cost_usd": {"manifest"}, "text": {"rows", "prompts"},
}  # fmt: skip

Forgery = tuple[str, set[str]]  # what was done, and the links that may name it


def change_byte(scene: Scene, chance: random.Random, cunning: bool) -> Forgery:
    """Change one byte of any file of the version; of the report and the card cunningly, too."""
    links = {
        **{f"{DATA}/{name}.parquet": {"dvc.lock"} for name in TABLES},
        **{f"{DATA}/{name}.json": {"dvc.lock"} for name in ("gates", "distribution", "metrics", "croissant")},
        **{f"{DATA}/{name}": {"dvc.lock"} for name in ("report.html", "README.md", *PLOTS)},
        f"{DATA}/manifest.json": {"dvc.lock", "manifest"},
        f"{DATA}/run.json": {"version"},
        f"recipes/{NAME}.yaml": {"recipe", "version"},
        "dvc.lock": {"dvc.lock", "recipe", "version"},
        **{path: {"inputs"} for path in (*TEMPLATES, f"{SEEDS}/seeds.jsonl", f"{SEEDS}/held-out.jsonl",
                                         "expectations/text-classification.json")},
    }  # fmt: skip
    told = {f"{DATA}/report.html": "report", f"{DATA}/README.md": "card"}
    path = chance.choice(sorted(told) if cunning else sorted(links))
    data = bytearray((scene.root / path).read_bytes())
    at = chance.randrange(len(data))
    if path == "dvc.lock":  # a letter of a name or figure: another space may leave what it says as it was
        at = chance.choice([match.start() for match in re.finditer(rb"[a-z0-9]", data)])
    data[at] = chance.choice([value for value in b"abcdefgh0123456789" if value != data[at]])
    scene.write(path, bytes(data))
    if cunning:
        scene.fix_lock(path)
    return f"byte {at} of {path}", {told[path]} if cunning else links[path]


def change_field(scene: Scene, chance: random.Random, cunning: bool) -> Forgery:
    """Change one field of one row of a table."""
    name = chance.choice(TABLES)
    frame = scene.table(name)
    columns = [column for column in frame.columns if frame[column].drop_nulls().len()]
    if cunning and name == "completions":
        columns = [column for column in columns if column in COMPLETION_LINKS]
    column = chance.choice(columns)
    row = chance.choice([row for row, value in enumerate(frame[column]) if value is not None])
    set_value(scene, name, row, column, make_other(frame[column].to_list()[row], chance), cunning)
    links = {"rows"} if name in CURATED else COMPLETION_LINKS.get(column) if name == "completions" else {"prompts"}
    if name == "prompts" and column in {"completion_id", "turn"}:
        links = {"prompts", "completions"}
    if name == "prompts" and column == "round":
        links = {"prompts", "rows", "plan"}
    return f"{column} of row {row} of {name}", links if cunning else {"dvc.lock"}


def reattribute(scene: Scene, chance: random.Random, cunning: bool) -> Forgery:
    """Say that another model was asked, or that another one answered."""
    column = chance.choice(["model", "model_answered"])
    row = chance.randrange(scene.table("completions").height)
    set_value(scene, "completions", row, column, "openai/gpt-4o", cunning)
    return f"{column} of completion {row}", COMPLETION_LINKS[column] if cunning else {"dvc.lock"}


def recount(scene: Scene, chance: random.Random, cunning: bool) -> Forgery:
    """Say that a completion took other tokens, or cost something else."""
    column = chance.choice(["tokens_in", "tokens_out", "cost_usd"])
    row = chance.randrange(scene.table("completions").height)
    set_value(scene, "completions", row, column, chance.randrange(1000, 2000), cunning)
    return f"{column} of completion {row}", COMPLETION_LINKS[column] if cunning else {"dvc.lock"}


def change_rows(scene: Scene, chance: random.Random, cunning: bool) -> Forgery:
    """Drop a row, add one, or let two exchange a field."""
    name = chance.choice(TABLES)
    frame, how = scene.table(name), chance.choice(["drop", "add", "swap"])
    one, other = chance.sample(range(frame.height), 2)
    if how == "drop":
        frame = frame.filter(pl.int_range(pl.len()) != one)
    elif how == "add":
        frame = pl.concat([frame, frame[one]])
    else:
        column = {"prompts": "variables", "completions": "prompt_id", "rejects": "candidate"}.get(name, "text")
        values = frame[column].to_list()
        if values[one] == values[other]:
            other = next(place for place, value in enumerate(values) if value != values[one])
        values[one], values[other] = values[other], values[one]
        frame = frame.with_columns(pl.Series(column, values, frame.schema[column]))
    scene.write_table(name, frame, cunning)
    return f"{how} of row {one} of {name}", ({"rows"} if name in CURATED else {"prompts",
        "completions"}) if cunning else {"dvc.lock"}  # fmt: skip


def change_variable(scene: Scene, chance: random.Random, cunning: bool) -> Forgery:
    """Change one variable of a prompt."""
    frame = scene.table("prompts")
    row = chance.randrange(frame.height)
    variables = json.loads(frame["variables"][row])
    name = chance.choice(sorted(name for name, value in variables.items() if isinstance(value, str)))
    variables[name] = make_other(variables[name], chance)
    set_value(scene, "prompts", row, "variables", canonical_json(variables), cunning)
    return f"variable {name} of prompt {row}", {"prompts"} if cunning else {"dvc.lock"}


def change_template(scene: Scene, chance: random.Random, cunning: bool) -> Forgery:
    """Change one word of a template."""
    path = chance.choice(TEMPLATES)
    text = (scene.root / path).read_text()
    scene.write_input(path, text.replace(WORDS[path], WORDS[path][::-1]).encode(), cunning)
    return f"a word of {path}", {"prompts"} if cunning else {"inputs"}


def change_seed(scene: Scene, chance: random.Random, cunning: bool) -> Forgery:
    """Change one letter of a seed row; cunningly, of one that was shown."""
    path = f"{SEEDS}/seeds.jsonl"
    lines = (scene.root / path).read_text().splitlines()
    shown = set(scene.table("prompts")["seed_row_ids"].explode().drop_nulls())
    place = chance.choice([place for place, line in enumerate(lines) if not cunning or _seed_id(line) in shown])
    seed = json.loads(lines[place])
    lines[place] = json.dumps({**seed, "text": make_other(seed["text"], chance)}, ensure_ascii=False)
    scene.write_input(path, ("\n".join(lines) + "\n").encode(), cunning)
    return f"seed row {place}", {"prompts"} if cunning else {"inputs"}


def change_held_out(scene: Scene, chance: random.Random, cunning: bool) -> Forgery:
    """Give a held-out row another label: usefulness is measured on these, and the check of the labels too."""
    path = f"{SEEDS}/held-out.jsonl"
    lines = (scene.root / path).read_text().splitlines()
    place = chance.randrange(len(lines))
    row = json.loads(lines[place])
    labels = [label for label in load_recipe(scene.root / f"recipes/{NAME}.yaml").labels if label != row["label"]]
    lines[place] = json.dumps({**row, "label": chance.choice(labels)}, ensure_ascii=False)
    scene.write_input(path, ("\n".join(lines) + "\n").encode(), cunning)
    return f"held-out row {place}", {"metrics", "gates"} if cunning else {"inputs"}


def change_result(scene: Scene, chance: random.Random, cunning: bool) -> Forgery:
    """Change one value of the manifest, the distribution, the gates, the metrics or the run's facts."""
    name = chance.choice(["manifest", "manifest", "distribution", "gates", "metrics", "run"])
    value = scene.load(name)
    path = chance.choice([path for path in list_leaves(value) if path != ("schema_version",)])
    holder = value
    for key in path[:-1]:
        holder = holder[key]
    holder[path[-1]] = make_other(holder[path[-1]], chance)
    scene.write_json(name, value, cunning)
    links = {name} if cunning else {"dvc.lock", name}
    if name == "manifest" and cunning and path[0] in {"tables", "inputs", "gates"}:
        links = {path[0]}
    return f"{'.'.join(map(str, path))} of {name}.json", {"version"} if name == "run" else links


def change_lock(scene: Scene, chance: random.Random, cunning: bool) -> Forgery:
    """Change one hash of dvc.lock; cunningly, one that is checked by nothing else than by what git has."""
    paths = ["expectations", SEEDS, "prompts"] if cunning else [f"{DATA}/{name}.parquet" for name in TABLES]
    path = chance.choice(paths)

    def change(stages):
        parts = [part for stage in stages.values() for part in [*stage["deps"], *stage["outs"]] if part["path"] == path]
        part = chance.choice(parts)
        part["md5"] = str(part["md5"])[::-1] if not cunning else f"0{str(part['md5'])[1:-5]}f.dir"

    scene.write_lock(change)
    return f"a hash of {path} in dvc.lock", {"version"} if cunning else {"dvc.lock"}


def change_recipe(scene: Scene, chance: random.Random, cunning: bool) -> Forgery:
    """Change what the recipe says; cunningly, let manifest and dvc.lock say that it always did."""
    path = f"recipes/{NAME}.yaml"
    scene.write(path, (scene.root / path).read_bytes())
    key = chance.choice(TELLING)
    held = load_recipe(scene.root / path).model_dump()
    for part in key.split("."):
        held = held[part]
    recipe = set_keys(scene.root / path, {key: f"{held} indeed"})
    if cunning:
        let_all_say(scene, path, sha256_of(recipe.model_dump(mode="json")))
    return f"{key} of the recipe", {"prompts"} if cunning else {"recipe"}


def damage_object(scene: Scene, chance: random.Random, cunning: bool) -> Forgery:
    """Change a byte of what DVC's cache keeps of a table."""
    path = f"{DATA}/{chance.choice(TABLES)}.parquet"
    md5 = hashlib.md5((scene.root / path).read_bytes()).hexdigest()
    kept = f".dvc/cache/files/md5/{md5[:2]}/{md5[2:]}"
    data = bytearray((scene.root / kept).read_bytes())
    data[chance.randrange(len(data))] ^= 1
    (scene.root / kept).chmod(0o644)
    scene.write(kept, bytes(data))
    return f"DVC's object of {path}", {"object"}


FORGERIES = (
    change_byte, change_field, reattribute, recount, change_rows, change_variable, change_template, change_seed,
    change_held_out, change_result, change_lock, change_recipe, damage_object,
)  # fmt: skip


def let_all_say(scene: Scene, path: str, sha256: str) -> None:
    """Let dvc.lock and the manifest say what a recipe says."""
    plain = YAML(typ="safe").load((scene.root / path).read_text())
    scene.write_lock(lambda stages: [_follow(stage["params"][path],
        plain) for stage in stages.values() if path in stage.get("params", ())])  # fmt: skip
    scene.write_manifest(lambda manifest: manifest.update(recipe_sha256=sha256))


def set_value(scene: Scene, name: str, row: int, column: str, value: Any, cunning: bool) -> None:
    """Change one field of one row of a table."""
    frame = scene.table(name)
    values = frame[column].to_list()
    values[row] = value
    scene.write_table(name, frame.with_columns(pl.Series(column, values, frame.schema[column])), cunning)


def make_other(value: Any, chance: random.Random) -> Any:
    """Return a value of the same kind that differs; of a text one letter, inside a row's text where it is an answer."""
    if isinstance(value, bool):
        return not value
    if isinstance(value, int | float):
        return value + chance.randrange(1, 4)
    if isinstance(value, list):
        return [*value[1:], "0" * 64]
    if value is None:
        return 1
    start = next((match.end() for match in re.finditer(r'"text": ?"', value)), 0)
    letters = [match.start() for match in re.finditer(r"(?<!\\)[a-zA-Z0-9]", value[start : start + 40])]
    if not letters:
        return f"{value}x"
    at = start + chance.choice(letters)
    return value[:at] + chance.choice([letter for letter in "abdef0123" if letter != value[at]]) + value[at + 1 :]


def list_leaves(value: Any, path: tuple = ()) -> list[tuple]:
    """Return the path of each plain value of a JSON value."""
    parts = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else None
    return [path] if parts is None else [leaf for key, part in parts for leaf in list_leaves(part, (*path, key))]


def _follow(said: dict, plain: dict) -> None:
    for key in said:
        said[key] = plain[key]


def _seed_id(line: str) -> str:
    seed = json.loads(line)
    return sha256_of({"fields": {"text": seed["text"]}, "label": seed["label"]})
