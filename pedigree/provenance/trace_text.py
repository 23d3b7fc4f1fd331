"""Formats a trace as text: the row first, the versions last."""

import json
import re
from typing import Any

from rich.text import Text

from pedigree.recipe.judge import AGREED
from pedigree.recipe.spans.slot_fit import SPANS
from pedigree.text_format import say_value

OF_FILES = "of it together with the files that it extends"  # so it differs from the sha256 of the file alone
INDENT = " " * 12
MOST_SHOWING = 10  # prompts about diversity that are listed
# Control and bidirectional characters, except tabs and line feeds.
CONTROL = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069]")
SHOWN_APART = {"row_id", "completion_id", "position", "generator", "weight", "reason", "detail", "rival", "candidate"}


def format_chain(chain: dict[str, Any], styled: bool) -> Text:
    """Return a chain as text; the row's place in the answer is bold where ``styled``, else between >>> and <<<."""
    text = Text()
    source = (_format_real,) if chain["real"] else (_format_completion, _format_prompt)
    for part in (_format_row, _format_review, _format_verdicts, *source, _format_diversity, _format_origin):
        text.append_text(part(chain, styled))
    return text[:-1]


def _format_row(chain: dict[str, Any], styled: bool) -> Text:
    row, revision = chain["row"], chain["revision"]
    where = "the working folder" if revision is None else revision["tag"] or revision["commit"][:8]
    lines = [f"{chain['dataset']}, {chain['table']}, {where}"]
    rejected = "reason" in row
    told = {name: json.dumps(value, ensure_ascii=False) if name == SPANS else value for name, value in row.items()}
    lines += [
        f"{name}: {say_value(value)}"
        for name, value in told.items()
        if name not in SHOWN_APART and (value is not None or not (rejected or name == AGREED))
    ]
    if not rejected:
        return _block("row", row["row_id"], lines)
    lines += [f"candidate: {row['candidate']}", f"rejected: {row['reason']}: {row['detail']}"]
    if rival := chain["rival"]:
        lines += [f"rival: {rival['kind']} {rival['id']}" + (f" ({rival['where']})" if "where" in rival else "")]
        lines += [f"       {name}: {say_value(value)}" for name, value in rival.get("fields", {}).items()]
    return _block("reject", row["row_id"] or "a whole completion", lines)


def _format_review(chain: dict[str, Any], styled: bool) -> Text:
    decisions = [_format_decision(decision) for decision in chain["review"]]
    earlier = [f"before: {decision}" for decision in decisions[-2::-1]]
    return _block("review", decisions[-1], earlier) if decisions else Text()


def _format_verdicts(chain: dict[str, Any], styled: bool) -> Text:
    lines = [
        f"{one['judge']} ({one['model_answered'] or 'no model'}): {_say_vote(one)}, "
        f"completion {one['completion_id'][:12]}"
        for one in chain.get("verdicts", ())
    ]
    return _block("judges", lines[0], lines[1:]) if lines else Text()


def _say_vote(verdict: dict[str, Any]) -> str:
    if verdict["vote"] == "" and verdict.get("shown"):
        return f"none of the {len(verdict['shown'])} labels that it was shown"
    return {None: "no verdict", "": "another label than the asked one"}.get(verdict["vote"], verdict["vote"])


def _format_decision(decision: dict[str, Any]) -> str:
    what = decision["decision"]
    if what == "relabel":
        what = f"relabel from {decision['label']} to {decision['new_label']}"
    return f"{what}, {decision['who']}{': ' if decision['why'] else ''}{decision['why']}"


def _format_real(chain: dict[str, Any], styled: bool) -> Text:
    real = chain["real"]
    sha256 = f"sha256 of the file {real['sha256'][:12]}" if real["sha256"] else "the manifest does not name the file"
    return _block("real", real.get("where", f"no longer in {real['file']}"), ["people wrote it", sha256])


def _format_completion(chain: dict[str, Any], styled: bool) -> Text:
    completion = chain["completion"]
    tokens = [f"{_known(completion[f'tokens_{way}'])} {way}" for way in ("in", "out", "cached")]
    cost = "unknown" if completion["cost_usd"] is None else f"{completion['cost_usd']:.6f} USD"
    block = _block(
        "completion",
        completion["completion_id"],
        [
            f"requested from {completion['model']}, answered by {completion['model_answered'] or 'an unnamed model'}; "
            f"sample {completion['sample']}",
            f"parameters {json.dumps(completion['parameters'], ensure_ascii=False)}",
            f"finish reason {completion['finish_reason']}; tokens {', '.join(tokens)}; cost {cost}",
            f"provider's id {completion['response_id']}",
        ],
    )
    if completion["failure"]:
        return block.append_text(_lines([f"failed: {completion['failure']}: {completion['failure_detail']}"]))
    text, (start, end) = completion["text"], completion["span"] or (0, 0)
    row = text[start:end] if styled or not end else f">>>{text[start:end]}<<<"
    marked = Text.assemble(_clean(text[:start]), (_clean(row), "bold green"), _clean(text[end:]))
    for line in marked.split("\n", allow_blank=True):
        block.append_text(Text(INDENT + "| ")).append_text(line).append("\n")
    return block


def _format_prompt(chain: dict[str, Any], styled: bool) -> Text:
    prompt = chain["prompt"]
    lines = [
        f"generator {prompt['generator']} ({prompt['strategy']}), label {prompt['label']}, "
        f"round {prompt['round']}, slot {prompt['slot']}, turn {prompt['turn']}",
        *(["asked through the provider's batch API, as the recipe says"] if prompt.get("batch") else []),
        f"template {prompt['template']} (sha256 {prompt['template_sha256'][:12]}, {OF_FILES})",
        *([f"instructions from {prompt['instructions_from']}"] if prompt.get("instructions_from") else []),
        *(f"made from completion {parent}" for parent in prompt["parents"]),
        *(line for one in prompt["inquiries"] for line in _format_list_request(one)),
        "variables",
        *(f"  {name} = {json.dumps(value, ensure_ascii=False)}" for name, value in sorted(prompt["variables"].items())),
        f"seed rows shown: {len(prompt['shots']) or 'none'}",
    ]
    for shot in prompt["shots"]:
        lines.append(f"  {shot.get('where', 'not among the seeds any more')} ({shot['id'][:12]})")
        lines += [f"    {name}: {say_value(value)}" for name, value in shot.get("fields", {}).items()]
    for message in prompt["messages"]:
        lines.append(f"[{message['role']}]")
        lines += _format_message(message)
    return _block("prompt", prompt["prompt_id"], lines)


def _format_list_request(request: dict[str, Any]) -> list[str]:
    """Return a list that was requested before the prompt, and the answer."""
    label = f", label {request['label']}" if request["label"] else ""
    what = f"{request['template']}{label}, try {request['turn'] + 1}"
    who = request["model_answered"] or "an unnamed model"
    head = f"list request {request['completion_id'][:12]} ({what}), answered by {who}"
    return [head, *(f"  | {line}" for line in (request["text"] or "").split("\n"))]


def _format_message(message: dict[str, Any]) -> list[str]:
    """Return a message's lines, each after its place in a template."""
    content, origins = message["content"].split("\n"), message["origins"]
    if origins is None:
        return ["  (the template has changed since)", *(f"  {line}" for line in content)]
    if len(origins) != len(content):  # a model's answer
        return [f"  ({origins[0]})", *(f"  {line}" for line in content)]
    width = max(map(len, origins))
    return [f"  {origin:<{width}}  {line}" for origin, line in zip(origins, content, strict=True)]


def _format_diversity(chain: dict[str, Any], styled: bool) -> Text:
    """Return what the model that scores diversity was asked; nothing where the recipe has none."""
    if (found := chain.get("diversity")) is None:
        return Text()
    if not found["prompts"]:
        return _block("diversity", f"scored by {found['model']}: not known to have been asked about these rows", [])
    showing = found["showing"]
    first = f"scored by {found['model']}: {found['prompts']:,} prompts, {len(showing):,} of them show the row's text"
    lines = [f"template {path} (sha256 {sha256[:12]}, {OF_FILES})" for path, sha256 in found["templates"].items()]
    lines += [f"completion {one['completion_id'][:12]} ({one['template']})" for one in showing[:MOST_SHOWING]]
    lines += [f"and {len(showing) - MOST_SHOWING:,} more"] if len(showing) > MOST_SHOWING else []
    return _block("diversity", first, lines)


def _format_origin(chain: dict[str, Any], styled: bool) -> Text:
    recipe, run = chain["recipe"], chain["run"]
    sha256 = f", sha256 {recipe['sha256'][:12]}" if recipe["sha256"] else ""
    text = _block("recipe", recipe["path"], [f"seed {recipe['seed']}{sha256}"])
    if run:
        where = f"host {run.get('host')}, flow run {run.get('flow_run_id') or 'none'}"
        text.append_text(_block("run", f"{run.get('started')} to {run.get('finished')}", [where]))
    holders = [
        f"{one['tag']}  {one['date']}  {one['table'] or 'not in DVC cache: dvc pull'}" for one in chain["versions"]
    ]
    first, *rest = holders or ["none contains it"]
    return text.append_text(_block("versions", first, rest))


def _block(name: str, first: str, lines: list[str]) -> Text:
    return Text(f"{name:<12}{_clean(first)}\n").append_text(_lines(lines))


def _lines(lines: list[str]) -> Text:
    return Text("".join(f"{INDENT}{line}\n" for whole in lines for line in _clean(whole).split("\n")))


def _clean(text: str) -> str:
    return CONTROL.sub(lambda match: f"⟨{ord(match[0]):04X}⟩", text)


def _known(count: int | None) -> str:
    return "unknown" if count is None else f"{count:,}"
