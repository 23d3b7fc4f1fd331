"""Texts are cut into words, and into characters where a script has no spaces; each character decides for itself."""

import polars as pl
import pytest

from pedigree.curation.words import cut_folded, cut_pairs, cut_shingles, cut_words, find_runs, join_words, list_terms

CUT = [
    ("Don't stop, it’s 2 a.m.", ["don't", "stop", "it’s", "2", "a", "m"]),
    ("हिन्दी भाषा है।", ["हिन्दी", "भाषा", "है"]),
    ("مرحبا بالعالم", ["مرحبا", "بالعالم"]),
    ("한국어 텍스트", ["한국어", "텍스트"]),
    ("我喜欢iPhone，真的", ["我", "喜", "欢", "iphone", "真", "的"]),
    ("カナー・です", ["カ", "ナ", "ー", "で", "す"]),
    ("อากาศดี", ["อ", "า", "ก", "า", "ศ", "ดี"]),
    ("ສະບາຍ", ["ສ", "ະ", "ບ", "າ", "ຍ"]),
    ("ស្រឡាញ់", ["ស្", "រ", "ឡា", "ញ់"]),
    ("မြန်မာ", ["မြ", "န်", "မာ"]),
    ("!? 🙂", []),
]


@pytest.mark.parametrize(("text", "words"), CUT)
def test_words_are_cut_as_the_script_does(text, words):
    assert cut_words(pl.Series([text])).to_list() == [words]


def test_terms_are_words_and_pairs_or_up_to_three_characters():
    assert list_terms(["A b c", "真的好", "x 真的"]) == [
        ["a", "b", "c", "a b", "b c"],
        ["真", "的", "好", "真 的", "的 好", "真 的 好"],
        ["x", "真", "的", "x 真", "真 的"],
    ]


def test_a_text_without_words_has_its_symbols_as_words():
    assert list_terms(["!!", "🙂", " "]) == [["!", "!", "! !"], ["🙂"], []]


def test_words_are_joined_as_the_script_does():
    assert join_words(["我", "喜", "iphone", "真", "的"]) == "我喜 iphone 真的"
    assert join_words(["a", "b"]) == "a b" and join_words([]) == ""


def test_shingles_are_five_characters_and_two_of_chinese_or_japanese():
    assert cut_shingles("abcdef") == {"abcde", "bcdef"} and cut_shingles("อากาศ") == {"อากาศ"}
    assert cut_shingles("真的好") == {"真的", "的好"} and cut_shingles("真") == {"真"}
    assert cut_shingles("真的abcde") == {"真的", "的a", "abcde"}


def test_a_run_is_as_long_as_its_words_weigh():
    def runs(text, words):
        pieces = cut_folded(text)
        return ["".join(pieces[start:end]) for start, end in find_runs(pieces, words)]

    assert runs("a b c d", 3) == ["abc", "bcd"]
    assert [len(run) for run in runs("天地玄黄宇宙洪荒日月盈昃" * 2, 13)] == [20] * 5  # a word has 1.5 characters
    assert [len(run) for run in runs("ก" * 40, 13)] == [39, 39]  # a word has three letters
    assert runs("a 真的好 b", 2) == ["a真的", "真的好", "的好b"]
    assert runs("a b", 3) == [] == runs("", 1)


def test_pairs_of_characters_stand_for_words_where_there_are_no_spaces():
    assert cut_pairs("我要退款 ok 了") == ["ok", "我要", "要退", "退款"]
    assert cut_pairs("Don't stop") == ["Don't", "stop"]
    assert cut_pairs("ต้องการ") == ["ต้อ", "อง", "งก", "กา", "าร"]
    assert cut_pairs("क्या हाल") == ["क्या", "हाल"] and cut_pairs("") == []
