"""Names the figures of metrics.json in words, with what each is, from the table that docs/measures.md is made of."""

import re

from pedigree.report.reference.measures import MEASURES

WRITTEN = {  # how a part of a key is written
    "f1": "F1", "macro_f1": "macro-F1", "auc": "AUC", "usd": "USD", "aum": "AUM", "bleu": "BLEU", "tfidf": "(TF-IDF)",
    "embeddings": "(embeddings)", "aps": "APS",
}  # fmt: skip
ENDS = re.compile(r"_(?:tfidf|embeddings)$")
LINK = re.compile(r" ?\(?\[[^\]]*\]\([^)]*\)\)?|`")


def name_figure(key: str) -> tuple[str, str]:
    """Return a dotted key in words, ``diversity: vendi (TF-IDF)``, and what it is; "" where that is not known."""
    section, *parts = key.split(".")
    keys = MEASURES.get(section, ("", {}))[1]
    known = next((keys[plain] for part in reversed(parts) if (plain := ENDS.sub("", part)) in keys), None)
    words = [_write(part) if ENDS.sub("", part) in keys else part for part in parts]
    return ": ".join([_write(section), *words]), LINK.sub("", known[0]) if known else ""


def _write(part: str) -> str:
    if part in WRITTEN:
        return WRITTEN[part]
    text = part.replace("macro_f1", "macro-F1")
    return " ".join(WRITTEN.get(word, word) for word in text.split("_"))
