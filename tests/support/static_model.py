"""A static embedding model on the disk, made of a few words or of a corpus, so that nothing is fetched."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from sklearn.decomposition import TruncatedSVD
from sklearn.feature_extraction.text import CountVectorizer

WORD = r"\w+"


def write_model(folder: Path, vectors: dict[str, Sequence[float]]) -> Path:
    """Write a model2vec model of these words (lower case); any other word is unknown to it."""
    from model2vec import StaticModel
    from tokenizers import Regex, Tokenizer, models, normalizers, pre_tokenizers

    words = ["[UNK]", *vectors]
    tokenizer = Tokenizer(models.WordLevel({word: place for place, word in enumerate(words)}, unk_token="[UNK]"))
    tokenizer.normalizer = normalizers.Lowercase()
    tokenizer.pre_tokenizer = pre_tokenizers.Split(Regex(WORD), "removed", invert=True)
    matrix = np.array([np.zeros(len(next(iter(vectors.values())))), *vectors.values()], dtype=np.float32)
    StaticModel(matrix, tokenizer).save_pretrained(folder)
    return folder


def learn_model(folder: Path, texts: Sequence[str], dimensions: int = 32) -> Path:
    """Write a model with word vectors by latent semantic analysis (Deerwester et al. 1990)."""
    counter = CountVectorizer(token_pattern=WORD, min_df=2)
    counts = counter.fit_transform(texts).astype(float)
    weights = np.log(counts.shape[0] / np.asarray((counts > 0).sum(axis=0)).ravel())
    svd = TruncatedSVD(dimensions, random_state=0).fit(counts.multiply(weights).tocsr())
    lines = (svd.components_ * weights).T
    return write_model(folder, dict(zip(counter.get_feature_names_out(), lines, strict=True)))
