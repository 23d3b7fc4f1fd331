"""Answers to list requests from the scripted endpoint, and runs of the stages that make them."""

import json
import re
from typing import Any

from flows.stages import generate
from pedigree.dataset.schemas import read_table
from pedigree.ids import sha256_of
from pedigree.job import Job
from tests.support.fake_endpoint import Endpoint, rows, said
from tests.support.workspaces import make_job

LETTERS = str.maketrans("0123456789", "ghijklmnop")
LIST = re.compile(r"^List: (?:up to )?(\d+) x (.+)$", re.MULTILINE)


def items(item: str, *values: str, finish: str = "stop") -> dict[str, Any]:
    """Return an answer that lists values."""
    return said(json.dumps({"items": [{item: value} for value in values]}), finish)


def read_brief(body: dict[str, Any]) -> str:
    """Return the first message of the user."""
    return next(message["content"] for message in body["messages"] if message["role"] == "user")


def answer_all(body: dict[str, Any]) -> dict[str, Any]:
    """Answer a list request with as many items as it asks for, and anything else with rows that no two calls share."""
    brief = read_brief(body)
    if asked := LIST.search(brief):
        of = re.search(r"^Class: (\w+)", brief, re.MULTILINE)
        name = of[1] if of else "any"  # contexts are asked for before a label is known
        return items(asked[2], *(f"{name} {asked[2]} {number}" for number in range(int(asked[1]))))
    said_before = len(body["messages"])
    return rows(*(f"{hash_words(brief, said_before, place)} is what I saw" for place in range(4)))


def hash_words(*parts: Any) -> str:
    """Return words that follow from the parts alone."""
    digest = sha256_of(list(parts)).translate(LETTERS)  # digits might read as a card's number
    return " ".join(digest[at : at + 6] for at in range(0, 48, 6))


def job_asking(endpoint: Endpoint, path, **generator: Any) -> Job:
    """Return a job of 16 rows whose one generator asks the endpoint, four rows a call."""
    changes = {key: generator.pop(key) for key in ("seeds", "labels") if key in generator}
    asks = {"model": "openai/fake", "api_base": endpoint.url, "rows_per_call": 4, "retries": 1, **generator}
    return make_job(path, rows=16, generators=[asks], **changes)


def generate_table(job: Job):
    """Run generation; return the prompts, by slot and label."""
    generate(job.workspace, job.dataset)
    return read_table(job.table("prompts")).sort("slot", "label", "turn")
