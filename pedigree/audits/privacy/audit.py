"""The audit of what came back: each measure with its figure, what it means, its limit, and whether it is a warning.

A figure that could not be computed is unknown (None), with the reason: it is not "fine".
"""

from collections import Counter
from collections.abc import Sequence

import polars as pl

from pedigree.audits.privacy.canaries import CHANCE_BITS, LEVEL, OTHERS, Canaries, measure_exposures
from pedigree.audits.privacy.canaries import RUN as SECRET_RUN
from pedigree.audits.privacy.copies import CLOSE, LONG, PIECE, RUN, SHORT, Copy, Overlap, find_copies
from pedigree.audits.privacy.finding import MOST_PEOPLE, MOST_ROWS, Audit, Finding, describe_sent, say_unknown
from pedigree.audits.privacy.membership import MIN_ROWS, infer_membership
from pedigree.audits.privacy.nearness import measure_nearness
from pedigree.audits.privacy.typed_audit import audit_table
from pedigree.curation.pii import find_pii
from pedigree.dataset.examples import Example
from pedigree.dataset.sampling import draw_rows
from pedigree.job import Job
from pedigree.job_outputs import join_texts
from pedigree.metrics.tfidf import embed_tfidf


def audit_rows(job: Job, rows: pl.DataFrame, planted: Canaries | None = None) -> Audit:
    """Audit synthetic rows (columns row_id and the recipe's fields) against the recipe's rows of people.

    ``planted`` are secrets in the seeds, whose exposure is measured too.
    """
    if job.recipe.tabular:
        return audit_table(job, rows)
    texts = join_texts(rows, job.recipe).to_list()
    shown, unseen = _read(job, job.seeds), _read(job, job.held_out)
    overlap, usual = find_copies(texts, [text for text, _ in shown]), find_copies(texts, [text for text, _ in unseen])
    findings = [
        describe_sent(job),
        _describe_copies(overlap, usual, bool(shown), bool(unseen)),
        _describe_runs(overlap, usual, bool(shown), bool(unseen)),
        _describe_nearness(job, texts, shown, unseen),
        _describe_membership(job, texts, shown, unseen),
        _describe_personal_data(texts),
        *([_describe_canaries(texts, planted)] if planted else []),
    ]
    copies = [_describe_copy(copy, rows, texts, shown) for copy in overlap.copies]
    return Audit(job.dataset, len(texts), len(shown), len(unseen), findings, copies)


def _read(job: Job, people: Sequence[Example]) -> list[tuple[str, int]]:
    names = job.recipe.text_fields or list(job.recipe.fields)
    return [("\n".join(str(one.fields[name]) for name in names), one.line) for one in people]


def _describe_copy(copy: Copy, rows: pl.DataFrame, texts: list[str], shown: list[tuple[str, int]]) -> dict[str, object]:
    text, line = shown[copy.source]
    return {
        "row_id": rows["row_id"][copy.row],
        "line": line,
        "covered": round(copy.covered, 4),
        "longest_run": copy.longest,
        "text": texts[copy.row],
        "source": text,
    }


def _describe_copies(found: Overlap, usual: Overlap, shown: bool, unseen: bool) -> Finding:
    beside = f"; {len(usual.copies):,} of held-out rows, which no model saw" if unseen else ""
    return Finding(
        "close copies",
        f"{len(found.copies):,} of {found.rows:,} rows{beside}" if shown else "unknown: no row of people was shown",
        bool(found.copies) if shown else None,
        f"At least {CLOSE:.0%} of a row's words stand in runs of {PIECE} or more in one row that was shown, "
        f"{RUN} of them in a row.",
        "Rephrasings with other words are not found. Stock phrases count: compare with held-out rows.",
    )


def _describe_runs(found: Overlap, usual: Overlap, shown: bool, unseen: bool) -> Finding:
    beside = f"; with held-out rows {usual.sharing_short:,} and {usual.sharing_long:,}" if unseen else ""
    figure = f"{found.sharing_short:,} rows share {SHORT} words in a row, {found.sharing_long:,} share {LONG}{beside}"
    return Finding(
        "shared runs",
        figure if shown else "unknown: no row of people was shown",
        found.sharing_long > usual.sharing_long if shown else None,
        "A run of words that also stands in a row that was shown.",
        f"{SHORT} words may be a stock phrase; {LONG} seldom are.",
    )


def _describe_nearness(
    job: Job, texts: list[str], shown: list[tuple[str, int]], unseen: list[tuple[str, int]]
) -> Finding:
    kept = _draw(texts, MOST_ROWS, job.recipe.seed, "rows")
    people = [_draw([text for text, _ in side], MOST_PEOPLE, job.recipe.seed, "people") for side in (shown, unseen)]
    vectors = embed_tfidf([*kept, *people[0], *people[1]])
    first, second = len(kept), len(kept) + len(people[0])
    found = measure_nearness(vectors[:first], vectors[first:second], vectors[second:], job.recipe.seed)
    means = "The share of rows whose nearest row of people was shown (DCR). 50 % if being shown makes no difference."
    limits = "Words decide (TF-IDF). A share within chance is no proof of privacy."
    if not found:
        return Finding("nearness", say_unknown(shown, unseen), None, means, limits)
    ratios = ""
    if found.shown_ratio is not None and found.unseen_ratio is not None:
        ratios = f"; nearest / second nearest {found.shown_ratio:.2f}, of held-out rows {found.unseen_ratio:.2f}"
    figure = (
        f"{found.share:.1%} of {found.rows:,} rows (by chance {found.low:.1%} to {found.high:.1%}), "
        f"{found.of_each:,} rows of people each{ratios}"
    )
    return Finding("nearness", figure, found.share > found.high, means, limits)


def _describe_membership(
    job: Job, texts: list[str], shown: list[tuple[str, int]], unseen: list[tuple[str, int]]
) -> Finding:
    people = [_draw([text for text, _ in side], MOST_PEOPLE, job.recipe.seed, "people") for side in (shown, unseen)]
    found = infer_membership(texts, *people, job.recipe.seed)
    means = "How well the rows alone tell which rows of people were shown (AUC of a bigram model); 0.5 is chance."
    limits = "A weak attack: a stronger one may find more. Shown and held-out rows must come from the same source."
    if not found:
        few = f"unknown: it needs {MIN_ROWS} rows that were shown and {MIN_ROWS} held-out ones"
        return Finding("membership", few, None, means, limits)
    people_said = f"{found.shown:,} shown and {found.unseen:,} held-out rows"
    figure = f"{found.auc:.3f} (95 % interval {found.low:.3f} to {found.high:.3f}), {people_said}"
    return Finding("membership", figure, found.low > 0.5, means, limits)


def _describe_personal_data(texts: list[str]) -> Finding:
    kinds = Counter(kind for text in texts if (kind := find_pii(text)))
    listed = f" ({', '.join(f'{kind} {count:,}' for kind, count in sorted(kinds.items()))})" if kinds else ""
    return Finding(
        "personal data",
        f"{sum(kinds.values()):,} of {len(texts):,} rows{listed}",
        bool(kinds),
        "E-mail and IP addresses, phone and card numbers, IBANs, handles.",
        "Names and postal addresses are not looked for.",
    )


def _describe_canaries(texts: list[str], planted: Canaries) -> Finding:
    found = measure_exposures(texts, planted)
    parts = [
        f"planted in {one.rate:,} row{'s' * (one.rate > 1)}: {one.mean:.1f} bits in the mean of {one.secrets:,} "
        f"(p = {one.p:.2g}), in {one.texts:,} rows"
        for one in found
    ]
    return Finding(
        "canaries",
        "; ".join(parts) if parts else "unknown: there are no rows",
        any(one.p < LEVEL or one.texts for one in found) if found else None,
        f"How far planted secrets rank above {OTHERS:,} that were never planted (exposure; Carlini et al. 2019): "
        f"{CHANCE_BITS:.1f} bits by chance. 'In N rows': {SECRET_RUN} of a secret's words in a row.",
        "A bigram model of the rows ranks; a stronger attack may find more. What screens rejected does not count.",
    )


def _draw(texts: Sequence[str], most: int, seed: int, of: str) -> list[str]:
    return draw_rows(pl.DataFrame({"text": texts}, schema={"text": pl.String}), most, seed, "audit", of)[
        "text"
    ].to_list()
