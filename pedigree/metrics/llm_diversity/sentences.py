"""What the figures of diversity by a model say, in sentences for report, card and terminal."""

from collections.abc import Mapping
from typing import Any

from pedigree.metrics.llm_diversity.answers import FAULTS
from pedigree.text_format import format_line

TITLES = {"rows": "the synthetic rows", "seeds": "people's seed rows", "held_out": "people's held-out rows"}
LIMIT = (
    "It is one model's view of small samples, by criteria that it took from the synthetic rows: compare only scores of "
    "the same model, criteria and texts a round, and read it beside the other measures"
)


def tell_diversity(figures: Mapping[str, Any] | None) -> list[str]:
    """Return sentences without the last full stop; none without figures."""
    if not figures:
        return []
    sample = figures["sample"]
    told = [_tell_set(TITLES[name], one) for name, one in figures["sets"].items()]
    told += _tell_cost(figures)
    said = [f"Diversity by {format_line(figures['model'])}, {1 / sample:.2f} to {sample}: {'; '.join(told)}"]
    if figures["criteria"]:
        said.append(f"It grouped samples of {sample} texts by {format_line(', '.join(figures['criteria']), 300)}")
    if any(one["score"] is not None for one in figures["sets"].values()):
        said.append(LIMIT)
    if figures["cut_texts"]:
        said.append(f"It was shown only the first 1,000 characters of {figures['cut_texts']:,} texts")
    if not figures["evidence"]:
        said.append("The offline model groups by the first word: no evidence about what a real model would say")
    return said


def _tell_set(title: str, one: Mapping[str, Any]) -> str:
    if one["score"] is None:
        return f"{title} unknown, as {one['reason']}"
    low, high = one["interval"]
    left_out = ", ".join(f"{FAULTS[fault]} ({count:,})" for fault, count in one["faults"].items())
    more = f"; the others are left out: {left_out}" if left_out else ""
    return f"{title} {one['score']:.2f} ({low:.2f} to {high:.2f}) in {one['read']:,} of {one['rounds']:,} rounds{more}"


def _tell_cost(figures: Mapping[str, Any]) -> list[str]:
    calls, tokens, usd = (figures[name] for name in ("calls", "tokens", "usd"))
    if not calls:
        return []
    used = "tokens unknown" if tokens is None else f"{tokens:,} tokens"
    return [f"its answers, now or earlier: {calls:,}, {used}, {'cost unknown' if usd is None else f'{usd:.4f} USD'}"]
