"""Each text screen finds what it is for, and lets through what people write."""

import polars as pl
import pytest

from pedigree.curation.text_screens import TEXT_SCREENS, find_common_labels, reads_as_refusal, screen_texts
from pedigree.errors import RecipeError
from pedigree.job import open_duplicate_checker
from tasks.screen import screen
from tests.support.make_candidates import PAIR, make_candidates, make_example, make_job, make_recipe

LABELS = {"account-access": {"share": 0.5, "means": "x"}, "positive": {"share": 0.5, "means": "y"}}

FOUND = {  # reason -> (label, text, evidence)
    "length": [("positive", "ab", "2 characters, at least 3"), ("positive", "a" * 401, "401 characters, at most 400")],
    "garbled": [
        ("positive", "lov\x15ely", "U+0015"),
        ("positive", "so \ue0ab!", "U+E0AB"),
        ("positive", "caf\ufffd", "U+FFFD"),
        ("positive", "don\x92t", "U+0092"),
    ],
    "refusal": [
        ("positive", "I can't write reviews that demean a group", "I can't write reviews that demean"),
        ("positive", "I'm unable to write such messages.", "I'm unable to write such messages."),
        ("positive", "I am not able to write texts of this kind", "I am not able to write texts of this kind"),
        ("positive", "I refuse to write tweets that spread hate", "I refuse to write tweets that spread"),
        (
            "positive",
            "Unfortunately, I can't help you with that prompt",
            "Unfortunately, I can't help you with that prompt",
        ),
        ("positive", "I can't help with such requests. What else?", "I can't help with such requests"),
        ("positive", "I'm sorry, but I can't help with that request.", "I'm sorry, but I can't help with that"),
        ("positive", "I cannot generate such content.", "I cannot generate such content"),
        ("positive", "I can’t fulfill this request.", "I can’t fulfill this request"),
        ("positive", "That is against my programming.", "against my programming"),
    ],
    "meta-text": [
        ("positive", "As an AI language model, I find it lovely.", "As an AI language model"),
        ("positive", "Sure, here are ten rows: lovely!", "Sure, here are"),
        ("positive", "Here is an example of praise: lovely!", "Here is an example"),
        ("positive", "Well, here is an example of praise.", "here is an example of"),
        ("positive", "This message expresses a complaint about shoes.", "This message expresses a complaint"),
        (
            "positive",
            "A movie review with a negative sentiment might be long.",
            "A movie review with a negative sentiment",
        ),
        ("positive", "Lovely! Note that this is just a fictional example.", "Note that this is just a fictional"),
        ("positive", "This JSON object contains ten lovely messages.", "This JSON object"),
        ("positive", '{"text": "lovely"}', '{"text":'),
        ("positive", "Message 3: lovely weather", "Message 3: "),
        ("positive", "Rewritten tweet: lovely weather", "Rewritten tweet:"),
        ("positive", "Label: positive\nlovely", "Label: "),
        ("positive", "Could you please provide the name of the movie?", "provide the name of the movie"),
        (
            "positive",
            "Please provide the text you would like me to rewrite.",
            "Please provide the text you would like me to",
        ),
        (
            "positive",
            "Can you specify the film so that I can assist you?",
            "Can you specify the film so that I can assist you",
        ),
        ("positive", "Let me know if you'd like more examples!", "Let me know if you'd like more examples"),
        ("positive", "The customer praises a product; 3 to 400 characters", "repeats the prompt: 3 to 400 characters"),
        ("positive", "What THE customer writes to a shop!", "repeats the prompt: what the customer writes to a shop"),
    ],
    "placeholder": [
        ("positive", "Dear [Your Name], it was lovely", "[Your Name]"),
        ("positive", "I am [name] from [City]", "[name]"),
        ("positive", "a <genre> film by <director>", "<genre>"),
        ("positive", "The {product} and {{ amount }}", "{product}"),
        ("positive", "The {order_id} is lost", "{order_id}"),
        ("positive", "insert a witty remark here, please", "insert a witty remark here"),
        ("positive", "Lorem ipsum dolor", "Lorem ipsum"),
        ("positive", "call 555-XXX-XXXX", "XXX-XXXX"),
        ("positive", "my order XXXX is late", "order XXXX"),
        ("positive", "it cost $XX", "$XX"),
        ("positive", "from <C> to {0}", "<C>"),
        ("positive", "from A to {0}", "{0}"),
        ("positive", "lovely <|im_end|>", "<|im_end|>"),
        ("positive", "a lovely [MASK] day", "[MASK]"),
    ],
    "label-named": [
        ("account-access", "about #accountaccess!", "#accountaccess!"),
        ("account-access", "no (account_access) for me", "(account_access)"),
        ("account-access", "Account access: I am locked out", "Account access:"),
        ("positive", "Lovely. (Positive)", "(Positive)"),
        ("positive", "Lovely. [Label: very positive]", "[Label: very positive]"),
        ("account-access", "Fine (positively - they smile)", "(positively - they smile)"),
        ("account-access", "Fine. Sentiment: positive", "Sentiment: positive"),
        ("positive", "It was classified as 'positive'", "classified as 'positive"),
        ("positive", "lovely #positive", "#positive"),
        ("positive", "lovely #positive #sun", "#positive #"),
        ("positive", "#positive lovely day", "#positive "),
        ("positive", "Lovely day. Positive", ". Positive"),
        ("positive", "This is a positive review", "This is a positive review"),
        ("positive", "天气真好【positive】", "【positive】"),
        ("positive", "Fine. It is a clear case of positive.", "It is a clear case of positive"),
        ("account-access", "I am locked out. This is an account access.", ". This is an account access."),
    ],
    "language": [("positive", "Ich möchte mein Geld zurück, das Paket kam kaputt an.", "de 1.00")],
    "pii": [("positive", "write to jo@example.com", "e-mail jo@example.com")],
}
PEOPLE = [
    (
        "positive",
        "I can't write messages in the app. I won't write reviews that nobody reads, nor such long texts here.",
    ),
    ("positive", "The agent told me 'we can't help you with that request' and was unable to write me a comment."),
    ("positive", "I'm sorry, but I can't make it tonight. I cannot complete the checkout, I can't help but laugh."),
    ("positive", "Sure, why not. Here are my two cats. Here's hoping for an example set by you."),
    ("positive", "This tweet perfectly expresses my feelings. The review says it shows a lot of heart."),
    ("positive", "[laughs] I <3 you, see [video], it is <b>bold</b>, {on the Mexican border}, love xxx XXX"),
    ("positive", "positively a non-positivist. I bought it in accounts; access denied."),
    ("account-access", "positive that my account is locked, no access"),
    ("account-access", "No account access since noon, #positive"),
    ("positive", "The traffic is ridiculous. #positive rush hour, #positive thinking"),
    ("positive", "Sending you a positive message. There are no negative stars, so positive of me!"),
    ("positive", "This is positive. I am just...positive. Love (and positive people) it: positive"),
    ("positive", "Could you please provide an update on my order? Can you tell me the name of the film with the dog?"),
    ("positive", "Please share the details so I can write to them. I wrote 300 to 500 words, from <b>A</b> to B."),
    ("positive", "1. FC Köln won. The list contains my name, and this object is a razor."),
    ("positive", "¡Hola, qué tal!"),
    ("positive", "tab\tand\r\nlines, 👩‍💻🏳️‍🌈, مرحبا, नमस्ते, a\u00adb, \u200fx"),
    ("positive", "order 4155550132 of 2026-11-20, 14:30, for 1,299.00"),
]


def judge(label, text, **screens):
    fields = {"text": {"min_chars": 3, "max_chars": 400, "means": "what the customer writes to a shop"}}
    job = make_job(labels=LABELS, fields=fields, screens={"language": True, **screens})
    kept, failed = screen_texts(make_candidates(job, {"text": text, "label": label}), job.recipe)
    assert kept.height + failed.height == 1
    return failed.select("reason", "detail").row(0) if failed.height else None


def test_every_screen_has_its_cases():
    assert list(FOUND) == [screen.reason for screen in TEXT_SCREENS]


@pytest.mark.parametrize(("reason", "case"), [(reason, case) for reason, cases in FOUND.items() for case in cases])
def test_found(reason, case):
    label, text, evidence = case
    assert judge(label, text) == (reason, evidence)


@pytest.mark.parametrize(("label", "text"), PEOPLE)
def test_what_people_write_passes(label, text):
    assert judge(label, text, language=False) is None


@pytest.mark.parametrize(
    ("switch", "off"),
    [("refusal", False), ("meta_text", False), ("placeholder", False), ("label_named", False), ("language", False),
        ("pii", "off")],
)  # fmt: skip
def test_a_switch_turns_its_screen_off(switch, off):
    label, text, _ = FOUND[switch.replace("_", "-")][0]
    assert judge(label, text, **{switch: off}) is None


def test_a_label_that_people_state_in_its_own_rows_may_be_stated():
    labels = {name: {"share": 0.5, "means": "x"} for name in ("love", "fear")}
    seeds = [make_example("love", text="Home at last #love"), make_example("fear", text="a night in the woods, love")]
    job = make_job(tuple(seeds), labels=labels)
    assert find_common_labels(seeds, job.recipe) == {"love"} == open_duplicate_checker(job).common_labels
    rows = make_candidates(job, *({"text": f"so many signs #{label}", "label": label} for label in labels))
    kept, failed = screen_texts(rows, job.recipe, common=find_common_labels(seeds, job.recipe))
    assert (kept["label"].to_list(), failed["detail"].to_list()) == (["love"], ["#fear"])
    screened = screen.fn(job, rows, open_duplicate_checker(job))
    assert screened.kept["row_id"].to_list() == ["r0"] and screened.rejects["reason"].to_list() == ["label-named"]
    assert find_common_labels((), job.recipe) == frozenset()


@pytest.mark.parametrize("fields", [PAIR, {"kind": {"type": "category", "values": ["cat", "dog"]}}])
def test_every_text_field_of_a_seed_row_is_read_for_its_label_and_no_other_kind_of_field(fields):
    job = make_job(fields=fields)
    values = {"kind": "cat"} if "kind" in fields else {"premise": "It barks.", "hypothesis": "It purrs #cat"}
    found = find_common_labels([make_example("cat", **values)], job.recipe)
    assert found == (frozenset() if "kind" in fields else {"cat"})


def test_the_first_reason_counts_and_the_order_stays():
    job = make_job(screens={"near_duplicate": None})
    rows = make_candidates(job, "fine one", "call [name] at jo@example.com", "fine two", "jo@example.com, call <name>")
    kept, failed = screen_texts(rows, job.recipe)
    assert kept["row_id"].to_list() == ["r0", "r2"]
    assert failed["reason"].to_list() == ["placeholder", "placeholder"]


def test_each_text_field_is_screened_and_named():
    job = make_job(fields={**PAIR, "stars": {"type": "integer"}})
    row = {"premise": "Fine.", "hypothesis": "It is [name].", "stars": 5}
    _, failed = screen_texts(make_candidates(job, row), job.recipe)
    assert failed["detail"].to_list() == ["hypothesis: [name]"]


def test_rows_without_text_pass():
    job = make_job(fields={"kind": {"type": "category", "values": ["cat", "[name]"]}})
    kept, failed = screen_texts(make_candidates(job, {"kind": "[name]"}, {"kind": "cat"}), job.recipe)
    assert (kept.height, failed.height) == (2, 0)


@pytest.mark.parametrize("label", ["0", "1 2"])
def test_a_label_without_letters_names_nothing(label):
    job = make_job(labels={label: {"share": 0.5, "means": "x"}, "other": {"share": 0.5, "means": "y"}})
    _, failed = screen_texts(make_candidates(job, {"text": "(0) and #0, (1 2)", "label": label}), job.recipe)
    assert failed.is_empty()


def test_a_label_may_hold_marks():
    job = make_job(labels={"c++ (old)": {"share": 0.5, "means": "x"}, "q&a": {"share": 0.5, "means": "y"}})
    _, failed = screen_texts(make_candidates(job, {"text": "C++ (OLD): fine", "label": "c++ (old)"}), job.recipe)
    assert failed["detail"].to_list() == ["C++ (OLD):"]


def test_as_many_labels_as_there_may_be_are_searched():
    labels = {f"reason_{number}_for_contact": {"share": 1 / 200, "means": "x"} for number in range(200)}
    job = make_job(labels=labels)
    rows = [{"text": f"My card is lost ({name})", "label": name} for name in [*labels][:3] + [*labels][-1:]]
    _, failed = screen_texts(make_candidates(job, *rows, {"text": "x (yes)", "label": [*labels][5]}), job.recipe)
    assert failed["detail"].to_list() == [row["label"] for row in rows]


def test_a_language_that_cannot_be_judged_is_an_error():
    job = make_job(language="qqq", screens={"language": True})
    with pytest.raises(RecipeError, match="'qqq' is not among"):
        screen_texts(make_candidates(job, "A text that is long enough."), job.recipe)


def test_no_rows_give_no_rows():
    job = make_job(screens={"language": True})
    kept, failed = screen_texts(make_candidates(job), job.recipe)
    assert kept.is_empty() and failed.is_empty() and failed.schema["reason"] == pl.String


@pytest.mark.parametrize(
    "answer",
    [
        "I'm sorry, but I can't help with that.",
        "I apologize, but I am not able to create this kind of content.",
        '{"error": "I cannot do that"}',
        "Let me be clear: I cannot fulfil this request.",
    ],
)
def test_a_refusing_answer_is_told(answer):
    assert reads_as_refusal(answer)


def test_other_answers_are_no_refusals():
    assert not reads_as_refusal("Here are the rows that you asked for. They are varied.")


def test_the_screens_of_a_recipe_are_all_in_use():
    switches = set(type(make_recipe().screens).model_fields) - {
        "near_duplicate",
        "shot_copy",
        "seed_copy",
        "held_out_overlap",
        "semantic_duplicate",
    }
    assert {switch.replace("_", "-") for switch in switches} == set(FOUND) - {"length", "garbled"}
