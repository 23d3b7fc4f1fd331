"""Forgeries of what judges said: a verdict, a vote, a judged column, a judge's figures, or what it was asked.

As in ``tampers``: careless, a forger changes the file alone; cunning, all hashes of that file are put right.
"""

import json
import random

import polars as pl

from pedigree.ids import canonical_json, sha256_of
from pedigree.recipe.judge import AGREED, JUDGE
from pedigree.recipe.yaml_file import load_recipe, set_keys
from tests.support.tampering import NAME, Scene
from tests.support.tampers import Forgery, let_all_say, list_leaves, make_other, set_value

VOTES = {"rows", "gates"}  # what follows from votes: the column, the rejects; the judge's figures
CHANGES = {"judges.0.votes": 2, "judges.0.question": "pairwise", "judges.1.on_disagreement": "keep",
           "judges.0.calibrate": 16, "judges.1.rows_per_call": 3, "judges.1.name": "lenient"}  # fmt: skip


def change_verdict(scene: Scene, chance: random.Random, cunning: bool) -> Forgery:
    """Let one vote on one row be another."""
    completions, row, prompt = _choose_answer(scene, chance)
    asked, said = json.loads(prompt["variables"]), json.loads(completions["text"][row])
    place, key = chance.randrange(len(said["verdicts"])), asked["key"]
    options = [one for one in asked["texts"][place]["options"] if one != said["verdicts"][place][key]]
    said["verdicts"][place][key] = chance.choice(options)
    set_value(scene, "completions", row, "text", json.dumps(said), cunning)
    return f"verdict {place} of completion {row}", VOTES if cunning else {"dvc.lock"}


def unsay_verdict(scene: Scene, chance: random.Random, cunning: bool) -> Forgery:
    """Let the verdicts of one answer be none: cut, refused, failed, or without one of its rows."""
    completions, row, _ = _choose_answer(scene, chance)
    said = json.loads(completions["text"][row])
    short = json.dumps({"verdicts": said["verdicts"][:-1]})
    changes = {"finish_reason": "length", "text": short, "failure": "timeout"}
    column = chance.choice([*changes])
    set_value(scene, "completions", row, column, changes[column], cunning)
    links = {"completions"} if column == "failure" else VOTES  # a failure that holds a text is none
    return f"{column} of the verdicts of completion {row}", links if cunning else {"dvc.lock"}


def drop_votes(scene: Scene, chance: random.Random, cunning: bool) -> Forgery:
    """Drop an answer of a judge with what it was asked."""
    _, _, prompt = _choose_answer(scene, chance)
    for name in ("prompts", "completions"):
        frame = scene.table(name)
        scene.write_table(name, frame.filter(pl.col("completion_id") != prompt["completion_id"]), cunning)
    return f"an answer of {prompt['generator']} is dropped", {"prompts", "completions"} if cunning else {"dvc.lock"}


def change_agreed(scene: Scene, chance: random.Random, cunning: bool) -> Forgery:
    """Say that the judges agree where they do not, the reverse, or that nobody knows."""
    name = chance.choice(["train", "validation"])
    frame = scene.table(name)
    row = chance.randrange(frame.height)
    value = chance.choice([one for one in (True, False, None) if one is not frame[AGREED][row]])
    set_value(scene, name, row, AGREED, value, cunning)
    return f"{AGREED} of row {row} of {name} is {value}", {"rows"} if cunning else {"dvc.lock"}


def change_judged_reject(scene: Scene, chance: random.Random, cunning: bool) -> Forgery:
    """Let a row that a judge rejected be a row, or let its votes read otherwise."""
    rejects = scene.table("rejects")
    judged = [row for row, reason in enumerate(rejects["reason"]) if reason == "judged-otherwise"]
    row, column = chance.choice(judged), chance.choice(["reason", "detail", "label"])
    value = {"reason": "surplus", "detail": "second-look: account-access", "label": "feature-request"}[column]
    value = f"{value} x" if value == rejects[column][row] else value
    set_value(scene, "rejects", row, column, value, cunning)
    return f"{column} of the judged reject {row}", {"rows"} if cunning else {"dvc.lock"}


def change_judge_figure(scene: Scene, chance: random.Random, cunning: bool) -> Forgery:
    """Change a figure of a judge, or of the evidence; cunningly, in gates.json and in the manifest."""
    gates, part = scene.load("gates"), chance.choice(["judges", "labels", "readings"])
    *parents, last = path = (part, *chance.choice(list_leaves(gates[part])))
    holder = gates
    for key in parents:
        holder = holder[key]
    holder[last] = make_other(holder[last], chance)
    scene.write_json("gates", gates, cunning)
    if cunning:
        scene.write_manifest(lambda manifest: manifest.update(gates=gates))
    return f"{'.'.join(map(str, path))} of gates.json", {"gates", "manifest"} if cunning else {"dvc.lock"}


def change_judged_count(scene: Scene, chance: random.Random, cunning: bool) -> Forgery:
    """Change how many rows of a label the judges give it, or what a judge cost."""
    name = chance.choice(["distribution", "metrics"])
    value = scene.load(name)
    holder = chance.choice(value["labels"]) if name == "distribution" else chance.choice([*value["judges"].values()])
    key = "judged" if name == "distribution" else chance.choice(["completions", "tokens_in", "tokens_out", "cost_usd"])
    holder[key] = make_other(holder[key], chance)
    scene.write_json(name, value, cunning)
    return f"{key} of {name}.json", {name} if cunning else {"dvc.lock"}


def change_asked_rows(scene: Scene, chance: random.Random, cunning: bool) -> Forgery:
    """Say that a vote was about another row, or that another label was shown."""
    prompts = scene.table("prompts")
    row = chance.choice([row for row, strategy in enumerate(prompts["strategy"]) if strategy == JUDGE])
    variables = json.loads(prompts["variables"][row])
    if len(variables["row_ids"]) > 1 and chance.random() < 0.5:
        variables["row_ids"].reverse()
    else:
        variables["row_ids"][0] = "0" * 64
    set_value(scene, "prompts", row, "variables", canonical_json(variables), cunning)
    return f"the rows of verdicts {row}", {"prompts", "rows"} if cunning else {"dvc.lock"}


def change_judge(scene: Scene, chance: random.Random, cunning: bool) -> Forgery:
    """Change what the recipe says of a judge; cunningly, let manifest and dvc.lock say that it always did."""
    path, key = f"recipes/{NAME}.yaml", chance.choice([*CHANGES])
    scene.write(path, (scene.root / path).read_bytes())
    recipe = set_keys(scene.root / path, {key: CHANGES[key]})
    assert recipe == load_recipe(scene.root / path)
    if cunning:
        let_all_say(scene, path, sha256_of(recipe.model_dump(mode="json")))
    return f"{key} of the recipe", {"prompts", "completions", "rows", "inputs"} if cunning else {"recipe"}


JUDGE_FORGERIES = (
    change_verdict, unsay_verdict, drop_votes, change_agreed, change_judged_reject, change_judge_figure,
    change_judged_count, change_asked_rows, change_judge, change_verdict,
)  # fmt: skip


def _choose_answer(scene: Scene, chance: random.Random) -> tuple[pl.DataFrame, int, dict]:
    """Return the completions, the place of one that holds verdicts, and the line of its prompt."""
    asked = {one["completion_id"]: one for one in scene.table("prompts").filter(strategy=JUDGE).to_dicts()}
    completions = scene.table("completions")
    row = chance.choice([row for row, id in enumerate(completions["completion_id"]) if id in asked])
    return completions, row, asked[completions["completion_id"][row]]
