"""The page of the reasons of rejects: what each means, which key of the recipe rules it, and what helps."""

from pedigree.dataset.rejects import MEANINGS
from pedigree.dataset.review_decisions import REVIEWABLE
from pedigree.report.reference.tables import NOTE, name_keys, write_table

PAGE_FILE = "docs/reject-reasons.md"
REASONS = {  # reason -> (keys of the recipe that rule it, what helps)
    "ambiguous-answer": ("", "lower `rows_per_call`; say in the template that drafts are not wanted"),
    "broken-check": ("checks", "say in the check's `means` what it asks for; a stronger model, or remove the check"),
    "broken-dependency": ("depends", "name the values in `means`, or give seeds that show them"),
    "content-filter": ("", "the provider's policy; another model, or another wording of the label"),
    "cut": ("", "raise `max_tokens`, or lower `rows_per_call`"),
    "empty": ("", "see the answers: `pedigree trace`"),
    "exact-duplicate": ("", "more topics, attributes, `turns` or a higher temperature"),
    "failed": ("", "the last error stands beside it; `pedigree run NAME --retry-failed`"),
    "garbled": ("", "often a small or badly quantised model"),
    "held-out-overlap": ("screens.held_out_overlap", "the model knows the test rows; use others"),
    "judged-otherwise": (
        "judges[].on_disagreement",
        "read some: `pedigree review NAME --rejects`; then the label's definition, or the judge",
    ),
    "label-named": (
        "screens.label_named",
        "ask the model not to name the label; `screens: {label_named: false}` if naming it is natural",
    ),
    "language": ("screens.language", "say the language in the task; `screens: {language: false}` for mixed text"),
    "length": ("fields.NAME.min_chars fields.NAME.max_chars", "other limits, or say the length in `means`"),
    "malformed": ("", "a model that follows the format; `structured`"),
    "mark-malformed": ("slots", "a shot with marks; the answers: `pedigree trace`; a model that follows the form"),
    "meta-text": ("screens.meta_text", "say that only the texts are wanted"),
    "missing-field": ("", "as for malformed"),
    "missing-slot": ("slots labels.NAME.slots", "say in `means` what a value is; end the name with ? if it may lack"),
    "near-duplicate": ("screens.near_duplicate", "as for exact-duplicate"),
    "not-judged": ("judges[].on_disagreement", "the judge's answers: a stronger judge, fewer rows a call"),
    "out-of-range": ("fields.NAME.min fields.NAME.max", "other limits, or say them in `means`"),
    "pii": ("screens.pii", "`screens: {pii: mask}` keeps the row with placeholders"),
    "placeholder": ("screens.placeholder", "say that texts must be complete"),
    "refusal": ("screens.refusal", "the model or the wording of the task"),
    "review": ("review", "decided by people"),
    "seed-copy": ("screens.seed_copy", "fewer or more different shots; a higher temperature"),
    "seed-duplicate": ("", "as for seed-copy"),
    "seed-near-duplicate": ("screens.near_duplicate", "as for seed-copy"),
    "semantic-duplicate": (
        "screens.semantic_duplicate",
        "as for exact-duplicate; the threshold: [semantic-duplicates.md](semantic-duplicates.md)",
    ),
    "semantic-held-out-overlap": (
        "screens.semantic_duplicate.held_out",
        "as for held-out-overlap; read some: such a pair may be no copy",
    ),
    "semantic-seed-duplicate": (
        "screens.semantic_duplicate.seeds",
        "as for seed-copy; `seeds: false` of the screen where rows are rewritten seeds",
    ),
    "shot-copy": ("screens.shot_copy", "as for seed-copy"),
    "span-ambiguous": ("slots", "as for mark-malformed: a marked value may stand twice"),
    "span-not-in-text": ("slots", "values in the form that texts have them; `means` alone where words are inflected"),
    "span-overlap": ("slots", "as for mark-malformed"),
    "surplus": ("", "nothing: they were made beyond what the label needed"),
    "unfit-source": ("", "another `corpus` for strategy transform, nearer to the task"),
    "unknown-slot": ("labels.NAME.slots", "add the slot to the label, or say in its definition that texts lack it"),
    "unreadable-answer": ("", "`api_base`, or the server or proxy there"),
    "wrong-label": ("", "labels that the model takes for each other: `unlike`, clearer definitions"),
    "wrong-type": ("", "the field's type; `structured`"),
}
BEGINNING = f"""\
{NOTE.format("pedigree/report/reference/reject_page.py and pedigree/dataset/rejects.py")}

# Reasons of rejects

No candidate is dropped silently. Each reject has one reason, that of the first screen that it failed. *Key* is the
key of the recipe that rules the screen, with its default; a dash: it is always on. *Reviewed*:
`pedigree review NAME --rejects` shows such rejects, and people may take them in.

"""


def format_page() -> str:
    """Return the page as Markdown."""
    rows = (
        (f"`{reason}`", meaning, name_keys(keys), "yes" if reason in REVIEWABLE else "no", helps)
        for reason, meaning in MEANINGS.items()
        for keys, helps in [REASONS[reason]]
    )
    return BEGINNING + write_table(("reason", "meaning", "key with its default", "reviewed", "what helps"), rows)
