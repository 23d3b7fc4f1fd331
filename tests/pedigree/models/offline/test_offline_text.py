"""What the offline model writes reads like people's text: varied, inside limits, and of the label asked for."""

import json
import re
from collections import Counter
from random import Random
from statistics import median

import pytest
from sklearn.metrics import f1_score

from pedigree.curation.language_id import find_language
from pedigree.metrics.text_classifier import train_classifier
from pedigree.models.offline.foreign import find_lines, load_foreign
from pedigree.models.offline.model import answer
from pedigree.models.offline.phrases import find_concepts, names_label
from tests.support.offline_prompts import FAULTLESS, make_prompt, open_recipe, read_rows, write_prompts


@pytest.fixture(scope="module")
def job():
    return open_recipe("support-tickets")


@pytest.fixture(scope="module")
def rows(job):
    """1,500 and a few rows as (label, text), over all labels and generators."""
    return [
        (prompt.slot.label, row["text"])
        for prompt in write_prompts(job, 1500)
        for row in json.loads(answer(prompt.messages, FAULTLESS, prompt.sample).text)["rows"]
    ]


@pytest.fixture(scope="module")
def texts(rows):
    return [text for _, text in rows]


def test_few_rows_repeat_an_earlier_one(texts):
    assert len(set(texts)) > 0.99 * len(texts)
    shingles = [{text.lower()[at : at + 5] for at in range(len(text) - 4)} for text in texts]
    holders: dict[str, list[int]] = {}
    near = 0
    for place, own in enumerate(shingles):
        shared = Counter(other for shingle in own for other in holders.get(shingle, ()))
        near += any(both / (len(own | shingles[other])) >= 0.85 for other, both in shared.most_common(3))
        for shingle in own:
            holders.setdefault(shingle, []).append(place)
    assert near < 0.04 * len(texts)


def test_lengths_are_those_of_short_messages(texts):
    assert all(15 <= len(text) <= 400 for text in texts)
    assert 90 <= median(map(len, texts)) <= 160


def test_openings_vary(texts):
    openings = Counter(" ".join(re.findall(r"\w+", text.lower())[:3]) for text in texts)
    assert openings.most_common(1)[0][1] < 0.04 * len(texts)


def test_no_row_names_its_label(rows):
    assert not [text for label, text in rows if names_label(text, label)]


def test_no_run_of_eight_words_is_copied_from_what_people_wrote(job, texts):
    written = {run for example in (*job.seeds, *job.held_out) for run in _runs(example.fields["text"], 8)}
    assert not [text for text in texts if _runs(text, 8) & written]


def test_no_run_of_five_words_is_copied_from_a_shot(job):
    for prompt in write_prompts(job, 300):
        shown = {run for shot in prompt.context.variables.get("shots", ()) for run in _runs(shot["text"], 5)}
        assert not [row for row in read_rows(prompt.messages, prompt.sample) if _runs(row["text"], 5) & shown]


def test_student_of_the_seeds_reads_most_labels_right(job, rows, texts):
    seeds = [(example.fields["text"], example.label) for example in job.seeds]
    read = train_classifier(*zip(*seeds, strict=True), seed=0).predict(texts)
    assert sum(label == said for (label, _), said in zip(rows, read, strict=True)) > 0.6 * len(rows)


def test_student_of_a_thousand_rows_reads_what_people_wrote(job, rows):
    labels, texts = zip(*Random(0).sample(rows, 1000), strict=True)
    read = train_classifier(texts, labels, seed=0).predict([example.fields["text"] for example in job.held_out])
    assert f1_score([example.label for example in job.held_out], read, average="macro") > 0.5


def test_attributes_shape_the_text():
    more = "\n".join(
        f"Row {number}: channel = {channel}; tone = {tone}; product = coffee machine"
        for number, (channel, tone) in enumerate([("chat", "calm"), ("social post", "furious")] * 20, start=1)
    )
    rows = [row["text"] for row in read_rows(make_prompt("defect", "a faulty product", rows="40", more=more))]
    chat, post = rows[::2], rows[1::2]
    assert sum(text == text.lower() for text in chat) > 10 > sum(text == text.lower() for text in post)
    assert sum("!" in text for text in post) > 10 > sum("!" in text for text in chat)
    assert sum("coffee machine" in text.lower() for text in rows) > 20


def test_length_and_case_follow_the_shots():
    def write(shot: str) -> list[str]:
        more = f"Shot 1: {json.dumps({'text': shot})}"
        return [row["text"] for row in read_rows(make_prompt("refund", "wants money back", rows="20", more=more))]

    short, long = (
        write("pls send it back lol"),
        write("The kettle that I bought from you is one I would rather return. " * 3),
    )
    assert sum(map(len, long)) > 1.5 * sum(map(len, short))
    assert all(text == text.lower() for text in short)
    assert not any(text == text.lower() for text in long)


@pytest.mark.parametrize(
    ("label", "definition", "concept"),
    [
        ("positive", "the reviewer likes the film", "positive"),
        ("negative", "the reviewer does not like the film", "negative"),
        ("ham", "an ordinary message, not spam", "chatter"),
        ("2", "an unsolicited advertisement", "spam"),
        ("needs_help_now", "an emergency", "urgent"),
        ("weird", "of no known kind", "fallback"),
    ],
)
def test_concept_is_known_by_label_and_definition(label, definition, concept):
    assert find_concepts(label, definition)[0] == concept


def test_unknown_label_is_written_about_in_the_words_of_its_definition():
    rows = read_rows(make_prompt("lighthouse", "a text about beacons, cliffs and fog horns", rows="20"))
    assert all(re.search("beacons|cliffs|fog horns", row["text"], re.IGNORECASE) for row in rows)


@pytest.mark.parametrize("language", load_foreign())
def test_other_languages_are_written_where_they_are_known(language):
    kinds = [
        {row["text"] for row in read_rows(make_prompt(label, "what one writes", language=language, rows="10"))}
        for label in ("complaint", "praise", "question", "unheard-of")
    ]
    assert all(find_language(text, language) is None for texts in kinds for text in texts if len(text) > 20)
    assert all(len(texts) == 10 for texts in kinds) and not kinds[0] & kinds[1] & kinds[2]
    assert any("?" in text or "？" in text or "か。" in text or "؟" in text for text in kinds[2])


def test_a_label_in_its_own_language_is_understood():
    assert find_lines("de", "beschwerde", "beschwert sich")[0].startswith("Das Gerät ist")
    assert find_lines("ja", "質問", "何かを尋ねる")[0].startswith("注文して")
    assert find_lines("zh", "其他", "别的内容") == []


def _runs(text: str, words: int) -> set[str]:
    said = re.findall(r"\w+", text.lower())
    return {" ".join(said[at : at + words]) for at in range(len(said) - words + 1)}
