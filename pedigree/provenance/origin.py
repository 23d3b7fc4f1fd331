"""Walks back from one row or reject to where it comes from: completion, prompt, seeds, verdicts, people's decisions."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import polars as pl

from pedigree.curation.answer_parser import find_spans, read_row_answer
from pedigree.curation.judging import read_votes
from pedigree.dataset.examples import Example
from pedigree.dataset.output_files import CURATED
from pedigree.dataset.schemas import read_table
from pedigree.dataset.searches.record import find_chosen, read_record
from pedigree.generation.templates import find_template
from pedigree.job import Job
from pedigree.provenance.diversity_origin import find_diversity
from pedigree.recipe.judge import JUDGE


def walk_back(job: Job, row: dict[str, Any]) -> dict[str, Any]:
    """Return the part of a chain (see ``trace_row``) that leads from a row or reject of a job to its origin."""
    manifest = read_json(job.folder / "manifest.json") or {}
    recipe = {"path": f"recipes/{job.dataset}.yaml", "seed": job.recipe.seed, "sha256": manifest.get("recipe_sha256")}
    review = [decision.model_dump() for decision in job.review.find_history(row["row_id"] or "")]
    real = _find_real(job, row, manifest) if row["completion_id"] is None else None
    completion, prompt = (None, None) if real else _find_completion(job, row)
    judged = {} if real or not job.recipe.judges else {"verdicts": list_verdicts(job, row["row_id"])}
    return {
        "row": row,
        "rival": _find_rival(job, row.get("rival")),
        "review": review,
        "real": real,
        "completion": completion,
        "prompt": prompt,
        **judged,
        "recipe": recipe,
        **find_diversity(job, row),
    }


def _find_real(job: Job, row: dict[str, Any], manifest: dict[str, Any]) -> dict[str, Any]:
    """Return a row's place in the file of real rows, and the sha256 of that file in the manifest."""
    path = job.recipe.real
    known = {"file": path, "sha256": (manifest.get("inputs") or {}).get(path)}
    of_id = [one for one in job.real if one.id == row["row_id"]]
    here = next((one for one in of_id if one.line == row["position"]), next(iter(of_id), None))
    return known | (_show(here, path) if here else {"id": row["row_id"]})


def _find_completion(job: Job, row: dict[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return the completion and the prompt that a row or reject comes from."""
    completion, prompt = (
        read_table(job.table(name)).filter(completion_id=row["completion_id"]).row(0, named=True)
        for name in ("completions", "prompts")
    )
    for record, keys in ((completion, ("parameters", "schema")), (prompt, ("variables", "messages"))):
        record |= {key: json.loads(record[key]) for key in keys}
    completion["span"] = _find_span(job, completion, prompt["generator"], row["position"])
    shown = {one.id: _show(one, path) for path, documents in job.corpora.items() for one in documents}
    shown |= {one.id: _show(one, job.recipe.dev) for one in job.dev}
    shown |= {one.id: _show(one, job.recipe.seed_file) for one in job.seeds}
    prompt["shots"] = [shown.get(id, {"id": id}) for id in prompt["seed_row_ids"]]
    for message, origins in zip(prompt["messages"], _find_origins(job, prompt), strict=True):
        message["origins"] = origins
    prompt["batch"] = any(one.batch for one in job.recipe.asked_models if one.title == prompt["generator"])
    prompt["instructions_from"] = _find_search(job, prompt)
    prompt["inquiries"] = _find_list_requests(job, prompt["parents"])
    return completion, prompt


def _find_search(job: Job, prompt: dict[str, Any]) -> str | None:
    """Return where the instructions in a prompt come from; None where it has none."""
    told = prompt["variables"].get("instructions")
    own = next((one for one in job.recipe.generators if one.title == prompt["generator"]), None)
    if told is None:
        return None
    if own is None or own.optimised is None:
        return "the recipe"
    record = read_record(job.workspace.resolve_inside(own.optimised), own.optimised)
    chosen = find_chosen(record)
    rewrite = f", rewrite {chosen['rewrite'][:12]}" if chosen["rewrite"] else ""
    return f"{own.optimised}: round {chosen['round']} of a search, by {record['model']}{rewrite}"


def list_verdicts(job: Job, row_id: str | None) -> list[dict[str, Any]]:
    """Return the votes of the judges on a row, in the order of asking; a vote without a verdict is None.

    A judge with ``labels_shown`` also has the labels that it was ``shown``; its vote for none of them is "".
    """
    prompts = read_table(job.table("prompts")).filter(strategy=JUDGE)
    about = [row_id in json.loads(variables)["row_ids"] for variables in prompts["variables"]]
    asked = prompts.filter(pl.Series(about, dtype=pl.Boolean)).sort("slot", descending=True)
    completions = read_table(job.table("completions"))
    votes = read_votes(asked, completions)
    models = dict(completions.select("completion_id", "model_answered").iter_rows())
    found = []
    for judge in job.recipe.judges:
        ids = asked.filter(generator=judge.name)["completion_id"]
        said = votes.get((judge.name, row_id or ""), [])
        shown = [_list_shown(json.loads(one), row_id) for one in asked.filter(generator=judge.name)["variables"]]
        found += [
            {"judge": judge.name, "completion_id": id, "model_answered": models.get(id), "vote": vote, **group}
            for id, vote, group in zip(ids, said, shown, strict=True)
        ]
    return found


def _list_shown(variables: dict[str, Any], row_id: str | None) -> dict[str, list[str]]:
    """Return the labels that a judge was shown about a row; nothing where it was shown all."""
    if "otherwise" not in variables:
        return {}
    text = variables["texts"][variables["row_ids"].index(row_id)]
    return {"shown": [label for label in text["options"] if label != variables["otherwise"]]}


def _find_span(job: Job, completion: dict[str, Any], generator: str, position: int | None) -> tuple[int, int] | None:
    """Return the row's span in the raw text (start, end); None for a whole completion, and where it is unknown."""
    if position is None or completion["text"] is None:
        return None
    answer = read_row_answer(completion["text"], completion["finish_reason"], generator, job.recipe)
    spans = find_spans(completion["text"], answer)
    return spans[position] if position < len(spans) else None


def _find_origins(job: Job, prompt: dict[str, Any]) -> list[list[str] | None]:
    """Return the places that the lines of each message come from; None for a template that has changed since."""
    template = find_template(job.workspace, prompt["template"], prompt["variables"])
    if template.sha256 != prompt["template_sha256"]:
        return [None] * len(prompt["messages"])
    origins, answered, blocks = [], _list_turns(prompt), iter(["user", *["more"] * prompt["turn"]])
    for message in prompt["messages"]:
        if message["role"] == "assistant":
            origins.append([f"completion {next(answered)}"])
            continue
        block = "system" if message["role"] == "system" else next(blocks)
        origins.append([f"{file}:{line}" for _, file, line in template.trace_lines(block, prompt["variables"])])
    return origins


def _find_list_requests(job: Job, parents: list[str]) -> list[dict[str, Any]]:
    """Return the list requests that a prompt depends on, directly and through others, in the order of asking."""
    asked = read_table(job.table("prompts")).filter(pl.col("slot") < 0)
    answers = read_table(job.table("completions")).select("completion_id", "model_answered", "text")
    waiting, ids = list(parents), set()
    while waiting:
        found = asked.filter(pl.col("completion_id").is_in(waiting) & ~pl.col("completion_id").is_in(sorted(ids)))
        ids |= set(found["completion_id"])
        waiting = [parent for one in found["parents"] for parent in one]
    found = asked.filter(pl.col("completion_id").is_in(sorted(ids))).join(answers, on="completion_id")
    columns = ("completion_id", "template", "label", "slot", "turn", "model_answered", "text")
    return found.sort("slot", "label", "turn", descending=[True, False, False]).select(columns).to_dicts()


def _list_turns(prompt: dict[str, Any]) -> Iterator[str]:
    """Yield the completions of the earlier turns, which are the last of a prompt's parents."""
    yield from prompt["parents"][len(prompt["parents"]) - prompt["turn"] :]


def _find_rival(job: Job, id: str | None) -> dict[str, Any] | None:
    """Return the row that a reject is too similar to, and what kind of row that is."""
    if id is None:
        return None
    recipe = job.recipe
    sources = [  # a real row that is also held out is left out of the dataset: as a rival it is the held-out row
        ("held-out row", job.held_out, recipe.held_out),
        ("real row", job.real, recipe.real),
        ("seed row", job.seeds, recipe.seed_file),
        ("dev row", job.dev, recipe.dev),
        *(("document", documents, path) for path, documents in job.corpora.items()),
    ]
    for kind, examples, path in sources:
        if example := next((example for example in examples if example.id == id), None):
            return {"kind": kind, **_show(example, path)}
    for table in CURATED:
        if found := search_table(job.table(table), id):
            row = found[0]
            is_reject = table == "rejects"
            fields = json.loads(row["candidate"]) if is_reject else {name: row[name] for name in job.recipe.fields}
            return {"kind": "row", "id": id, "where": table, "label": row["label"], "fields": fields}
    return {"kind": "unknown", "id": id}


def _show(example: Example, path: str | None) -> dict[str, Any]:
    return {"id": example.id, "where": f"{path}:{example.line}", "label": example.label, "fields": example.fields}


def search_table(table: Path, prefix: str) -> list[dict[str, Any]]:
    """Return the first twenty rows of a table whose ``row_id`` begins with ``prefix``."""
    frame = read_table(table).filter(pl.col("row_id").str.starts_with(prefix))
    return frame.head(20).to_dicts()


def read_json(path: Path) -> Any:
    """Return the content of a JSON file; None if there is none."""
    return json.loads(path.read_text(encoding="utf-8")) if path.is_file() else None
