"""From the votes of judges to rows: which rows stay, which are rejected, and which get another label."""

import json
from collections import Counter, defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

import polars as pl

from pedigree.curation.verdicts import read_verdicts
from pedigree.dataset.rejects import make_rejects
from pedigree.recipe.judge import AGREED, JUDGE, Judge
from pedigree.recipe.schema import Recipe

OTHERWISE, NOT_JUDGED = "judged-otherwise", "not-judged"
ANOTHER = ""  # a vote against the asked label that names no other

Votes = Mapping[tuple[str, str], Sequence[str | None]]  # by judge and row id


@dataclass(frozen=True)
class Verdict:
    """What the votes of a judge on one row come to.

    ``agrees`` is None where neither the asked label nor the others have a majority of all votes; ``label`` is the label
    that has one, None where no single label has.
    """

    judge: str
    votes: tuple[str | None, ...]
    agrees: bool | None
    label: str | None

    def __str__(self) -> str:
        counts = Counter("no verdict" if vote is None else vote or "another label" for vote in self.votes)
        said = ", ".join(f"{vote} {count}" if len(self.votes) > 1 else vote for vote, count in counts.most_common())
        return f"{self.judge}: {said}"


def read_votes(prompts: pl.DataFrame, completions: pl.DataFrame) -> dict[tuple[str, str], list[str | None]]:
    """Return the votes by judge and row id: a label, ANOTHER, or None for what is no verdict."""
    votes: dict[tuple[str, str], list[str | None]] = defaultdict(list)
    asked = prompts.filter(pl.col("strategy") == JUDGE).select("completion_id", "generator", "variables", "slot")
    answers = completions.select("completion_id", "text", "finish_reason", "failure")
    lines = asked.join(answers, on="completion_id", how="left").sort("generator", "slot", descending=[False, True])
    for line in lines.iter_rows(named=True):
        variables = json.loads(line["variables"])
        texts, key = variables["texts"], variables["key"]
        text = None if line["failure"] else line["text"]
        said = read_verdicts(text, line["finish_reason"], [one["options"] for one in texts], key)
        for one, row_id, verdict in zip(texts, variables["row_ids"], said, strict=True):
            if key == "fits" and verdict is not None:
                verdict = one["shown"] if verdict == "yes" else ANOTHER
            if verdict is not None and verdict == variables.get("otherwise"):  # of the labels that it was shown
                verdict = ANOTHER
            votes[line["generator"], row_id].append(verdict)
    return dict(votes)


def count_votes(judge: Judge, votes: Sequence[str | None], asked: str) -> Verdict:
    """Return what votes on a row come to that was asked for the label ``asked``; missing votes agree with nothing."""
    counts, least = Counter(vote for vote in votes if vote is not None), judge.votes // 2 + 1
    others = counts.total() - counts[asked]
    agrees = True if counts[asked] >= least else False if others >= least else None
    label = next((vote for vote, count in counts.items() if vote != ANOTHER and count >= least), None)
    return Verdict(judge.name, tuple(votes) + (None,) * (judge.votes - len(votes)), agrees, label)


@dataclass(frozen=True)
class Decision:
    """What follows from all verdicts on a row: a reason to reject it or None, its label, and the column ``agreed``."""

    reason: str | None
    detail: str
    label: str
    agreed: bool | None


def decide(verdicts: Sequence[tuple[Judge, Verdict]], asked: str) -> Decision:
    """Return what follows from the verdicts of the judges that were to judge a row.

    Every binding judge must have given a verdict, and all of them the same label; a judge with ``relabel`` may give
    another than the asked one.
    """
    detail = "; ".join(str(verdict) for _, verdict in verdicts)
    binding = [(judge, verdict) for judge, verdict in verdicts if judge.is_binding]
    if any(verdict.agrees is None for _, verdict in binding):
        return Decision(NOT_JUDGED, detail, asked, None)
    given = {verdict.label for judge, verdict in binding if judge.on_disagreement == "relabel"}
    label = next(iter(given), asked) or asked
    if any(verdict.label != label for _, verdict in binding):
        return Decision(OTHERWISE, detail, asked, False)
    return Decision(None, detail, label, _agree(verdicts, label))


def _agree(verdicts: Sequence[tuple[Judge, Verdict]], label: str) -> bool | None:
    """Return whether all verdicts give a row this label; None if there is none, or one that says nothing."""
    if not verdicts or any(verdict.agrees is None for _, verdict in verdicts):
        return None
    return all(verdict.label == label for _, verdict in verdicts)


def judge_rows(
    kept: pl.DataFrame, recipe: Recipe, to_judge: Mapping[str, Collection[str]], votes: Votes, trusted: Collection[str]
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Return the rows that stay, with their labels and the column ``agreed``, and the rejects (schemas.REJECTS).

    ``to_judge``: the ids of the rows that each judge is to judge. ``trusted``: ids of rows that people accepted; no
    judge rejects or relabels them.
    """
    decisions = []
    for row_id, asked in kept.select("row_id", "label").iter_rows():
        verdicts = [
            (judge, count_votes(judge, votes.get((judge.name, row_id), ()), asked))
            for judge in recipe.judges
            if row_id in to_judge[judge.name]
        ]
        found = decide(verdicts, asked)
        if row_id in trusted:
            found = Decision(None, found.detail, asked, _agree(verdicts, asked))
        decisions.append((found.reason, found.detail, found.label, found.agreed))
    schema = {"reason": pl.String, "detail": pl.String, "label": pl.String, AGREED: pl.Boolean}
    judged = kept.with_columns(pl.DataFrame(decisions, schema, orient="row"))
    stays = pl.col("reason").is_null()
    asked = judged.with_columns(kept["label"]).filter(~stays)
    return judged.filter(stays).drop("reason", "detail"), make_rejects(asked, recipe)
