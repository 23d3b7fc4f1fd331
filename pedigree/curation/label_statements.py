"""Finds texts that state a label, as a tag, a heading or a remark, which a person who means it does not write.

A word of a label within a sentence is no statement: "sending a positive message" is what a positive text says. What
states a label: "(Not hyperbolic)", "#neutral", "Sentiment: positive", "Positive: ...", "labelled as positive".
"""

import re
from collections.abc import Iterable, Mapping, Sequence

import polars as pl

from pedigree.curation.language_lists import join_words

# Around a label in brackets, a few words that only say how much it holds, or what it is.
DEGREE = (
    r"(?:not|very|slightly|mildly|moderately|somewhat|quite|highly|extremely|absurdly|strongly|clearly|even|more|but"
    r"|label|class|category|sentiment|emotion|tone|intent|non)"
)
KIND = (
    r"(?:flag|label|tag|class|category|sentiment|emotion|tone|intent|example|sample|sentence|statement|text|message"
    r"|question|review|tweet|true|false)s?"
)
LABELLED = r"(?:labell?ed|classified|categori[sz]ed|tagged|annotated)\s+(?:as\s+)?"
TEXT = r"(?:message|text|tweet|review|sentence|comment|post|example|statement|question|ticket|sentiment|label|class)"
HAN_NOUN = r"(?:的)?(?:类别?|類別?|标签|標籤|消息|訊息|文本|评论|評論|推文|留言|示例|样本|句子)"
GAP = r"""[\s"'“”*_:.,-]"""
LABELS_OF_PATTERN = 20  # a compiled pattern is limited to 10 MB
LEAST_STEM = 6  # letters of a last word whose ending may vary

# Statements of any label, where LABEL stands for one of them, its ending varied: "(Hyperbolic)" for "hyperbole";
# HEADING for the words of the lists "heading" (languages/).
OF_ANY = (
    rf"(?i)[(\[{{<（【［〔]{GAP}*(?:{DEGREE}{GAP}+){{0,3}}LABEL(?:{GAP}+{KIND}){{0,2}}"
    rf"(?:\s*[:：;,–—-][^)\]}}]*)?{GAP}*[)\]}}>）】］〕]",
    r"(?i)\b(?:HEADING)\s*[:：=]\s*[\"'“「]?LABEL",
    rf"(?i)\b{LABELLED}[\"'“]?LABEL\b",
)
# Statements of a row's own label, as the recipe writes it.
OF_OWN = (
    rf"(?i)^{GAP}*LABEL\s*(?:[:：]|\s[–—-]\s)|^\W*LABEL\W*$|\s[–—|/-]\s*LABEL\W*$|(?:\n|[.!?]\s)\s*LABEL\.?$",
    rf"(?i)\b(?:this|that|it|following)(?:['’]s|\s+is)\s+(?:an?\s+)?(?:example\s+of\s+)?(?:an?\s+)?LABEL\s+{TEXT}\b",
    rf"(?:[属屬][于於]|[归歸][类類][为為]|[标標][记記注][为為]|分[类類][为為]|是一?[条條个個則则種种段篇])[“\"「]?LABEL[”\"」]?{HAN_NOUN}",
    r"LABEL(?:な|の)?(?:カテゴリー?|ラベル)(?:です|に|と)",
    r"(?i)^\W*#LABEL(?:$|[^\p{L}\p{M}\p{N}])|#LABEL\s*(?:$|[^\p{L}\p{M}\p{N}\s])",  # not "I #hate rush hour"
    r"(?i)\b(?:this|that|it)(?:['’]s|\s+is)\s+an?\s+(?:\w+\s+)?(?:case|example|instance)\s+of\s+(?:an?\s+)?LABEL\b",
)
# A whole sentence that only says what the text is; of one word, as "This is love.", it may be what people write.
OF_SEVERAL_WORDS = r"(?i)(?:^|[.!?\n]\s*)\W*(?:this|that|it)(?:['’]s|\s+is)\s+(?:an?\s+)?LABEL\s*(?:[.!\n]|$)"


def find_statements(field: str, labels: Iterable[str], sets: Mapping[str, Sequence[str]] | None = None) -> pl.Expr:
    """Return the part of a text that states its own label, or any label as a tag; null without one.

    ``sets``: the labels of each set that the column ``label`` may name; None where it names one label.
    """
    labels = list(labels)
    own = {label: _make_own_patterns(label) for label in labels}
    names = {label: name for label in labels if (name := _name(label))}
    own |= {name: [pattern for one in members for pattern in own[one]] for name, members in (sets or {}).items()}
    for name, members in (sets or {}).items():
        if known := [names[one] for one in members if one in names]:
            names[name] = f"(?:{'|'.join(known)})"
    of_any = _make_any_patterns(labels)

    def find(rows: pl.Series) -> pl.Series:
        """Search the rows of one label at a time: patterns of rows in turn would be compiled again and again."""
        table = rows.struct.unnest().with_row_index("place")
        parts = [
            part.select("place", own=_extract(part["text"], own.get(part["label"][0], ())))
            for part in _keep_named(table, names).partition_by("label")
        ]
        stated = pl.concat(parts) if parts else pl.DataFrame(schema={"place": table.schema["place"], "own": pl.String})
        of_own = table.join(stated, on="place", how="left", maintain_order="left")["own"]
        return pl.select(found=pl.coalesce(of_own, _extract(table["text"], of_any)))["found"]

    return pl.struct(text=pl.col(field), label=pl.col("label")).map_batches(find, return_dtype=pl.String)


def _keep_named(table: pl.DataFrame, names: Mapping[str, str]) -> pl.DataFrame:
    """Return the rows that have the words of their own label anywhere, as each pattern of an own label asks for."""
    there = [
        part.filter(pl.col("text").str.contains(f"(?i){names[part['label'][0]]}"))
        for part in table.partition_by("label")
        if part["label"][0] in names
    ]
    return pl.concat([table.clear(), *there])


def _extract(texts: pl.Series, patterns: Iterable[str]) -> pl.Series:
    """Return the first thing that a pattern finds in each text."""
    empty = pl.lit(None, pl.String)
    found = pl.coalesce(empty, *(pl.col("text").str.extract(pattern, 0) for pattern in patterns))
    return pl.DataFrame({"text": texts}).select(found.alias("found"))["found"]


def _make_own_patterns(label: str) -> list[str]:
    name = _name(label)
    if name is None:
        return []
    spelled = [rf"(?i)\b{pl.escape_regex(label)}\b"] if "_" in label else []
    patterns = (*OF_OWN, OF_SEVERAL_WORDS) if len(_split(label)) > 1 else OF_OWN
    return [*(pattern.replace("LABEL", name) for pattern in patterns), *spelled]


def _make_any_patterns(labels: list[str]) -> list[str]:
    names = [name for label in labels if (name := _name(label, varied=True))]
    starts = range(0, len(names), LABELS_OF_PATTERN)
    alternatives = [f"(?:{'|'.join(names[start : start + LABELS_OF_PATTERN])})" for start in starts]
    of_any = [pattern.replace("HEADING", join_words("heading")) for pattern in OF_ANY]
    return [pattern.replace("LABEL", one) for one in alternatives for pattern in of_any]


def _name(label: str, *, varied: bool = False) -> str | None:
    """Return a pattern of a label, whatever is between its words; None for one without letters, as "0" names none."""
    if not any(sign.isalpha() for sign in label):
        return None
    words = _split(label)
    parts = [pl.escape_regex(word) for word in words]
    if varied and len(words[-1]) >= LEAST_STEM and words[-1].isascii() and words[-1].isalpha():
        parts[-1] = rf"{words[-1][:-1]}[a-z]{{0,4}}"
    return r"[\s_-]*".join(parts)


def _split(label: str) -> list[str]:
    """Return the words of a label."""
    return [word for word in re.split(r"[\s_-]+", label) if word]
