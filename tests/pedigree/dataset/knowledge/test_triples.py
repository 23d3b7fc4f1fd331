"""Files of triples: records, lines of ConceptNet, what is left out, and what is refused."""

import gzip
import json

import pytest

from pedigree.dataset.knowledge.samples import load_sample
from pedigree.dataset.knowledge.sentences import SENTENCES, write_sentence
from pedigree.dataset.knowledge.triples import Triple, read_triples
from pedigree.errors import RecipeError
from pedigree.recipe.content.knowledge import KnowledgeSettings

CSV = "head,relation,tail\nknife,UsedFor,cutting\nrain,Causes,wet streets\n"


def assertion(head, relation, tail, weight=1.0, language="en"):
    place = f"/a/[/r/{relation}/,/c/{language}/{head}/,/c/en/{tail}/]"
    return "\t".join(
        [place, f"/r/{relation}", f"/c/{language}/{head}", f"/c/en/{tail}", json.dumps({"weight": weight})]
    )


def read(tmp_path, text, name="triples.csv", **settings):
    path = tmp_path / name
    path.write_bytes(gzip.compress(text.encode()) if name.endswith(".gz") else text.encode())
    return read_triples(path, KnowledgeSettings(file="data/triples.csv", **settings), "en")


@pytest.mark.parametrize(
    "name, text",
    [
        ("triples.csv", CSV),
        ("triples.tsv", CSV.replace(",", "\t")),
        ("triples.jsonl", '{"head": "knife", "relation": "UsedFor", "tail": "cutting", "source": "me"}\n'
            '{"head": " rain ", "relation": "Causes", "tail": "wet\\n streets"}\n'),
        ("triples.csv.gz", CSV),
        ("assertions.csv", assertion("knife", "UsedFor", "cutting") + "\r\n"
            + assertion("rain", "Causes", "wet_streets")),
        ("senses.tsv", assertion("knife/n", "UsedFor", "cutting") + "\n\n"
            + assertion("rain/n/wn/phenomenon", "Causes", "wet_streets")),
    ],
)  # fmt: skip
def test_every_form_gives_the_same_triples(tmp_path, name, text):
    found = read(tmp_path, text, name)
    assert found.triples == [Triple("knife", "UsedFor", "cutting"), Triple("rain", "Causes", "wet streets")]
    assert (found.lines, found.left_out) == (2, {})


def test_what_is_left_out_is_counted_by_reason(tmp_path):
    lines = [
        assertion("knife", "UsedFor", "cutting", 2.0),
        assertion("Knife", "UsedFor", "cutting", 2.0),
        assertion("messer", "UsedFor", "cutting", 2.0, language="de"),
        assertion("rain", "Causes", "floods", 2.0),
        assertion("knife", "UsedFor", "art", 0.5),
        "\t".join(["/a/x", "/r/ExternalURL", "/c/en/knife", "http://example.org/knife", "{}"]),
    ]
    found = read(tmp_path, "\n".join(lines), relations=["UsedFor"], least_weight=1)
    assert found.triples == [Triple("knife", "UsedFor", "cutting")] and found.lines == 6
    assert found.left_out == {
        "duplicate": 1,
        "another language": 2,
        "another relation": 1,
        "low weight": 1,
    }
    assert read(tmp_path, "\n".join(lines[2:3]).replace("/c/en/", "/c/de/"), language="de").triples


@pytest.mark.parametrize(
    "text, settings, told",
    [
        ("", {}, "no triples|empty"),
        ("head,relation,tail\n", {}, "no triples"),
        ("subject,predicate,object\na,b,c\n", {}, "triples.csv, line 2: no 'head' among 'subject', 'predicate'"),
        ("head,relation,tail\nknife,UsedFor,\n", {}, "line 2: tail is ''"),
        ("head,relation,tail\nknife,UsedFor,cut\x07ting\n", {}, "line 2: tail holds a character that cannot be seen"),
        (f"head,relation,tail\n{'x' * 201},UsedFor,cutting\n", {}, "line 2: head has 201 characters"),
        ("head,relation,tail,weight\nknife,UsedFor,cutting,heavy\n", {}, "line 2: weight is 'heavy'"),
        ("head,relation,tail,weight\nknife,UsedFor,cutting,nan\n", {}, "line 2: weight is 'nan'"),
        (CSV, {"least_weight": 1}, "line 2: no weight, and the recipe names knowledge.least_weight"),
        (CSV, {"relations": ["usedfor"]}, "no relation 'usedfor', which the recipe names under knowledge.relations"),
        (CSV, {"sentences": {"Uses": "{head} uses {tail}"}}, "no relation 'Uses', .* under knowledge.sentences"),
        (assertion("messer", "UsedFor", "cutting", language="de"), {}, "none of its 1 triples .* 1 another language"),
        ("/a/x\t/r/UsedFor\t/c/en/knife", {}, "line 1: 3 columns"),
        ("/a/x\tUsedFor\t/c/en/knife\t/c/en/cut\t{}", {}, "line 1: 5 columns"),
        ("/a/x\t/r/UsedFor\t/c/en/knife\t/c/en/cut\t[1]", {}, "line 1: the fifth column is"),
        ("/a/x\t/r/UsedFor\t/c/en/knife\t/c/en/\t{}", {}, "line 1: tail is ''"),
    ],
)
def test_a_file_that_is_no_good_is_refused_with_the_place(tmp_path, text, settings, told):
    with pytest.raises(RecipeError, match=told):
        read(tmp_path, text, **settings)


def test_many_wrong_lines_are_one_error_of_some_of_them(tmp_path):
    with pytest.raises(RecipeError) as raised:
        read(tmp_path, "head,relation,tail\n" + "knife,,cut\n" * 5000)
    assert len(str(raised.value)) < 5000


def test_a_sample_that_is_larger_than_the_file_is_refused(tmp_path):
    (tmp_path / "few.csv").write_text(CSV + "Knife,UsedFor,Cutting\n")
    with pytest.raises(RecipeError, match=r"has 2 usable triples, and knowledge.size is 3; 1 left out: duplicate"):
        load_sample(tmp_path / "few.csv", KnowledgeSettings(file="data/few.csv", size=3), "en", 0)
    with pytest.raises(RecipeError, match="no such file"):
        load_sample(tmp_path / "none.csv", KnowledgeSettings(file="data/none.csv", size=3), "en", 0)


@pytest.mark.parametrize(
    "sentence", ["{head} alone", "{head} and {head} and {tail}", "{head} {tail} {0}", "{head!r} {tail}", "{head {tail}",
        "{head}\n{tail}", ""],
)  # fmt: skip
def test_a_sentence_holds_both_concepts_once(sentence):
    with pytest.raises(ValueError, match=r"one line with \{head\} and \{tail\}, each once"):
        KnowledgeSettings(file="data/x.csv", sentences={"UsedFor": sentence})


@pytest.mark.parametrize(
    "relation, own, said",
    [
        ("UsedFor", {}, "knife is used for cutting"),
        ("used_for", {}, "knife is used for cutting"),
        ("UsedFor", {"UsedFor": "{tail} takes a {head}"}, "cutting takes a knife"),
        ("causesDelayOf", {}, "knife causes delay of cutting"),
        ("dbpedia/has_genre", {}, "knife dbpedia has genre cutting"),
    ],
)
def test_a_triple_is_a_plain_sentence(relation, own, said):
    assert write_sentence(Triple("knife", relation, "cutting"), own) == said


def test_a_concept_that_looks_like_a_placeholder_stays_what_it_is():
    assert write_sentence(Triple("{tail}", "UsedFor", "{head}"), {}) == "{tail} is used for {head}"
    assert all(one.count("{head}") == one.count("{tail}") == 1 for one in SENTENCES.values())
