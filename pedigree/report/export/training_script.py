"""Writes train.py of an exported training file: the student of the report with scikit-learn and polars alone."""

from collections.abc import Iterable

from pedigree.curation.words import CHARACTER, WORD, is_character, list_terms
from pedigree.usefulness.setups import FLOOR, PAIR, RECALIBRATED

HEAD = '''\
"""Trains the recommended classifier and tests it on the held-out rows: python train.py [HELD-OUT FILE].

Needs scikit-learn and polars. It prints macro-F1 in percent.
"""

import json
import re
import sys
from pathlib import Path

import numpy as np
import polars as pl
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import f1_score

HERE = Path(__file__).parent
'''
TERMS = '''
WORD = r"""{word}"""


def list_terms(texts):
    """Return the words and pairs of words of each text; its symbols if it has no word."""
    lower = texts.str.to_lowercase()
    found = zip(lower.str.extract_all(WORD), lower.str.extract_all(r"[^\\s\\w]"))
    return [[*one, *(f"{{a}} {{b}}" for a, b in zip(one, one[1:]))] for one in (list(a) or list(b) for a, b in found)]
'''
TRIPLES = '''
WORD = r"""{word}"""
CHARACTER = re.compile(r"""(?:{character})\\Z""")


def list_terms(texts):
    """Return the words, pairs and triples of characters of each text; its symbols if it has no word."""
    lower, terms = texts.str.to_lowercase(), []
    for one, other in zip(lower.str.extract_all(WORD), lower.str.extract_all(r"[^\\s\\w]")):
        one = list(one) or list(other)
        single = [bool(CHARACTER.match(word)) for word in one]
        triples = [" ".join(one[at : at + 3]) for at in range(len(one) - 2) if all(single[at : at + 3])]
        terms.append([*one, *(f"{{a}} {{b}}" for a, b in zip(one, one[1:])), *triples])
    return terms
'''
FIT = '''

def predict(rows, texts):
    """Train on rows, every label with the same weight in all; return the log-probability of each label of texts."""
    if rows["label"].n_unique() < 2:
        sys.exit(f"{HERE / 'training.jsonl'}: rows to train on have fewer than two labels; export the dataset again")
    balance = pl.col("weight").sum() / pl.col("label").n_unique() / pl.col("weight").sum().over("label")
    vectorizer = TfidfVectorizer(analyzer=list, sublinear_tf=True)
    features = vectorizer.fit_transform(list_terms(rows["text"]))
    model = LogisticRegression(C=10, max_iter=50_000, tol=1e-8)
    model.fit(features, rows["label"].to_list(), rows.select(pl.col("weight") * balance).to_series().to_numpy())
    found = np.full((len(texts), len(LABELS)), -1000.0)
    found[:, [LABELS.index(label) for label in model.classes_]] = model.predict_log_proba(
        vectorizer.transform(list_terms(texts))
    )
    return found


def read(path, *columns):
    """Return a file's rows; without any, end with a sentence and exit status 1."""
    expected = f"expected is a file of JSON lines with {', '.join(columns)}"
    try:
        rows = pl.read_ndjson(path, infer_schema_length=None)
    except (OSError, pl.exceptions.PolarsError):
        rows = pl.DataFrame()
    if rows.is_empty() or not {*columns} <= {*rows.columns}:
        sys.exit(f"{path}: no rows could be read; {expected}")
    for name in columns:
        is_right = rows[name].dtype.is_numeric() if name == "weight" else rows[name].dtype == pl.String
        if not is_right or rows[name].has_nulls():
            sys.exit(f"{path}: {name} is missing or of another type in a row; {expected}")
    return rows


train = read(HERE / "training.jsonl", "text", "label", "weight", "source")
test = read(sys.argv[1] if len(sys.argv) > 1 else HERE / "held-out.jsonl", "text", "label")
LABELS = sorted({*train["label"]})
if unknown := sorted({*test["label"]} - {*LABELS}):
    print(f"training.jsonl has no rows of {', '.join(unknown)}: held-out rows of these count as wrong", file=sys.stderr)
if len(unknown) == test["label"].n_unique():
    sys.exit(f"the held-out file has none of the labels of training.jsonl; expected are {', '.join(LABELS)}")
'''
READ_BIASES = '''

def read_biases(path):
    """Return the bias of each label, in the order of LABELS; without them, end with a sentence and exit status 1."""
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
        biases = [float(found[label]) for label in LABELS]
    except (OSError, ValueError, KeyError, TypeError):
        biases = [np.nan]
    if not np.isfinite(biases).all():
        sys.exit(
            f"{path}: the biases could not be read; expected is JSON with a number for each of {', '.join(LABELS)}; "
            "copy the file from the export, or export the dataset again"
        )
    return biases


biases = read_biases(HERE / "biases.json")
'''
PLAIN = """scores = predict(train, test["text"])
"""
BIASED = """scores = predict(train, test["text"]) + biases
"""
PAIRED = """real, synthetic = (predict(train.filter(source=source), test["text"]) for source in ("real", "synthetic"))
synthetic += biases
synthetic -= np.logaddexp.reduce(synthetic, axis=1, keepdims=True)
scores = np.maximum(real, np.log({floor})) + np.maximum(synthetic, np.log({floor}))
"""
TEST = """said = [LABELS[place] for place in scores.argmax(axis=1)]
f1 = f1_score(test["label"].to_list(), said, labels=sorted({*test["label"]}), average="macro", zero_division=0)
print(f"macro-F1 {100 * f1:.2f} on {len(test):,} held-out rows")
"""
SIMPLE_WORD = r"\w+(?:['’]\w+)*"


def write_script(setup: str, texts: Iterable[str]) -> str:
    """Return the script for a set-up; that of texts in scripts without spaces also counts characters."""
    dense = any(is_character(term) for terms in list_terms(list(texts)) for term in terms)
    terms = TRIPLES.format(word=WORD, character=CHARACTER) if dense else TERMS.format(word=SIMPLE_WORD)
    body = PAIRED.format(floor=FLOOR) if setup == PAIR else BIASED if setup.endswith(RECALIBRATED) else PLAIN
    head = HEAD if body != PLAIN else HEAD.replace("import json\n", "")
    biased = "" if body == PLAIN else READ_BIASES
    return (head if dense else head.replace("import re\n", "")) + terms + FIT + biased + body + TEST
