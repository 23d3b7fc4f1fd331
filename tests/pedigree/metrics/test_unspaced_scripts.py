"""Measures cut Chinese, Japanese and Thai texts into characters: no text is one word."""

import polars as pl
import pytest

from pedigree.metrics.repetition import measure_self_bleu
from pedigree.metrics.text_statistics import measure_lengths, measure_openings, measure_words
from pedigree.metrics.tfidf import compute_cosines, embed_tfidf


@pytest.mark.parametrize(
    "texts",
    [
        ["昨天我的包裹没有到", "昨天我的订单没有到", "服务态度太差"],
        ["昨日荷物が届きません", "昨日商品が届きません", "対応が悪い"],
        ["เมื่อวานพัสดุไม่มา", "เมื่อวานสินค้าไม่มา", "บริการแย่"],
    ],
)
def test_texts_that_share_characters_are_alike(texts):
    cosines = compute_cosines(embed_tfidf(texts), embed_tfidf(texts))
    assert cosines[0, 1] > 0.3 > cosines[0, 2]
    series = pl.Series(texts)
    assert measure_self_bleu(series.head(2)) > 0.3
    assert measure_words(series)["distinct_1"] < 0.9


def test_characters_are_counted_as_words_and_openings_have_six():
    texts = pl.Series(["我喜欢 iPhone。", "我喜欢这本书因为"])
    assert measure_lengths(texts)["words"]["max"] == 8
    assert measure_openings(texts)["top_5"] == [
        {"opening": "我喜欢 iphone", "rows": 1},
        {"opening": "我喜欢这本书", "rows": 1},
    ]
