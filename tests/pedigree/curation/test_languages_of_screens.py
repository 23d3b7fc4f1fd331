"""Refusals and meta text are found in each language that is covered, and what people write in it passes."""

import logging

import pytest

from pedigree.curation.language_id import find_language
from pedigree.curation.language_lists import list_covered, load_lists
from pedigree.curation.text_screens import describe_uncovered, reads_as_refusal, screen_texts
from tasks.check import check_job
from tests.support.make_candidates import make_candidates, make_job
from tests.support.workspaces import make_job as make_real_job

CASES = {  # language -> (refusals, meta texts, what people write)
    "zh": (
        [
            "抱歉，我无法满足您的这个请求。",
            "作为一个AI，我不能生成此类内容。",
            "很遗憾，我無法提供這類文本。",
        ],
        [
            "作为一个人工智能助手，我觉得很好。",
            "好的，以下是三条示例：",
            "这条消息表达了用户的不满情绪。",
            "该评论属于投诉类别。",
        ],
        [
            "抱歉，我无法完成付款，请帮忙。",
            "我不能接受你们的处理方式！",
            "以下是我的订单号，请尽快回复。",
            "这条消息我没看懂。",
        ],
    ),
    "ja": (
        [
            "申し訳ありませんが、そのリクエストにはお応えできません。",
            "この要望には対応できかねます。",
        ],
        [
            "AIとして、感想は持っていません。",
            "はい、以下は例です。",
            "このメッセージは不満の感情を表しています。",
        ],
        [
            "申し訳ありませんが、明日は行けません。",
            "この商品はすぐ壊れました。返金してください。",
            "以下の日程でお願いします。",
        ],
    ),
    "de": (
        [
            "Es tut mir leid, aber ich kann diese Anfrage nicht erfüllen.",
            "Ich kann leider keine solchen Inhalte erstellen.",
        ],
        [
            "Als KI-Modell habe ich keine Meinung.",
            "Gerne, hier sind drei Nachrichten.",
            "Hier sind fünf Beispiele für Lob.",
            "Diese Nachricht drückt eine negative Stimmung aus.",
        ],
        [
            "Ich kann diese Aufgabe lösen, aber die App stürzt ab.",
            "Hier ist meine Bestellnummer.",
            "Als Kind hatte ich so eine.",
            "Es tut mir leid, ich kann heute nicht kommen.",
        ],
    ),
    "fr": (
        [
            "Désolé, je ne peux pas répondre à cette demande.",
            "Je ne suis pas en mesure de générer ce type de contenu.",
        ],
        [
            "En tant qu'intelligence artificielle, je n'ai pas d'avis.",
            "Bien sûr, voici trois messages.",
            "Voici quelques exemples :",
            "Ce message exprime un sentiment négatif.",
        ],
        [
            "Je ne peux pas ouvrir mon compte.",
            "Voici ma facture.",
            "Ce message m'a fait rire.",
            "En tant que cliente, je suis déçue.",
        ],
    ),
    "es": (
        [
            "Lo siento, no puedo cumplir con esta solicitud.",
            "No puedo generar ese tipo de contenido.",
        ],
        [
            "Como modelo de lenguaje, no tengo opiniones.",
            "¡Claro! Aquí tienes diez mensajes.",
            "Aquí hay algunos ejemplos:",
            "Este mensaje expresa un sentimiento positivo.",
        ],
        [
            "No puedo entrar en mi cuenta.",
            "Tecnologías como inteligencia artificial me gustan.",
            "Este mensaje no me llegó.",
        ],
    ),
    "pt": (
        [
            "Desculpe, não posso atender a esta solicitação.",
            "Não consigo gerar esse tipo de conteúdo.",
        ],
        [
            "Como modelo de linguagem, não tenho opinião.",
            "Claro! Aqui estão dez mensagens.",
            "Aqui estão alguns exemplos:",
            "Esta mensagem expressa um sentimento positivo.",
        ],
        [
            "Não consigo acessar minha conta.",
            "Aqui está o meu pedido.",
            "Esta mensagem não chegou.",
        ],
    ),
    "ar": (
        [
            "عذرًا، لا أستطيع تلبية هذا الطلب.",
            "لا يمكنني إنشاء محتوى من هذا النوع.",
        ],
        [
            "بصفتي نموذج لغة، ليس لدي رأي.",
            "بالتأكيد، إليك ثلاثة أمثلة:",
            "هذه الرسالة تعبر عن مشاعر سلبية.",
        ],
        [
            "لا أستطيع الدخول إلى حسابي.",
            "هذه الرسالة لم تصلني.",
            "متى يصل الطلب؟",
        ],
    ),
    "hi": (
        [
            "क्षमा करें, मैं इस अनुरोध को पूरा नहीं कर सकता।",
            "मैं ऐसी सामग्री बनाने में असमर्थ हूँ।",
        ],
        [
            "एक एआई मॉडल के रूप में, मैं राय नहीं रखता।",
            "ज़रूर, यहाँ कुछ उदाहरण हैं:",
            "यह संदेश नकारात्मक भावना व्यक्त करता है।",
        ],
        [
            "मैं अपना खाता नहीं खोल पा रहा हूँ।",
            "यह संदेश मुझे देर से मिला।",
            "मेरा पैसा वापस चाहिए।",
        ],
    ),
    "ru": (
        [
            "Извините, я не могу выполнить этот запрос.",
            "Я не могу создавать такой контент.",
        ],
        [
            "Как языковая модель, я не имею мнения.",
            "Я — языковая модель.",
            "Конечно, вот десять сообщений.",
            "Вот несколько примеров:",
            "Этот отзыв выражает отрицательное отношение.",
        ],
        [
            "Я не могу создать запрос в приложении.",
            "Вот мой заказ.",
            "Такие вещи, как искусственный интеллект, пугают.",
            "Этот отзыв помог мне.",
        ],
    ),
}


def judge(text, language):
    job = make_job(language=language)
    kept, failed = screen_texts(make_candidates(job, text), job.recipe)
    assert kept.height + failed.height == 1
    return failed["reason"][0] if failed.height else None


def test_every_covered_language_has_its_cases():
    assert {"en", *CASES} == {*list_covered()}


def test_a_language_that_is_not_covered_is_told(tmp_path, caplog):
    told = describe_uncovered(make_job(language="ko").recipe)
    assert told.startswith("texts in 'ko' are not screened for refusal and meta-text: these screens know ar, de, en,")
    assert describe_uncovered(make_job(language="ko", screens={"refusal": False, "meta_text": False}).recipe) is None
    assert [describe_uncovered(make_job(language=language).recipe) for language in ("en", "zh")] == [None, None]
    with caplog.at_level(logging.WARNING, "pedigree"):
        check_job(make_real_job(tmp_path, language="ko"))
    assert told in caplog.text


@pytest.mark.parametrize("language", CASES)
def test_refusals_and_meta_text_are_found_and_people_pass(language):
    refusals, meta_texts, people = CASES[language]
    assert [judge(text, language) for text in refusals] == ["refusal"] * len(refusals)
    assert [judge(text, language) for text in meta_texts] == ["meta-text"] * len(meta_texts)
    assert [judge(text, language) for text in people] == [None] * len(people)
    assert all(reads_as_refusal(text, (language,)) for text in refusals)


@pytest.mark.parametrize(
    "text", ["我要退款【投诉】", "标签：投诉。我要退款", "这是一条投诉消息", "#投诉 我要退款", "投诉：我要退款"]
)
def test_a_label_is_found_where_it_is_stated_in_chinese(text):
    labels = {name: {"share": 0.5, "means": "x"} for name in ("投诉", "表扬")}
    job = make_job(labels=labels, language="zh")
    rows = make_candidates(job, {"text": text, "label": "投诉"}, {"text": "我要投诉你们的客服", "label": "投诉"})
    kept, failed = screen_texts(rows, job.recipe)
    assert (kept["row_id"].to_list(), failed["reason"].to_list()) == (["r1"], ["label-named"])


def test_lists_of_one_language_are_not_searched_in_texts_of_another():
    gap, refusal = "Mein Name ist [Ihr Nachname].", "Es tut mir leid, aber dabei kann ich nicht helfen."
    assert [judge(gap, "de"), judge(refusal, "de")] == ["placeholder", "refusal"]
    assert [judge(gap, "en"), judge(refusal, "en")] == [None, None]  # what an English recipe keeps stays as it was
    assert not reads_as_refusal("Leider ist das so.") and reads_as_refusal("Leider ist das so.", ("de",))


def test_an_unknown_list_is_told(tmp_path, monkeypatch):
    (tmp_path / "xx.yaml").write_text("refusals: |\n  no\n")
    monkeypatch.setattr("pedigree.curation.language_lists.FOLDER", tmp_path)
    load_lists.cache_clear()
    with pytest.raises(ValueError, match=r"xx.yaml: unknown list 'refusals', expected one of gap, heading"):
        load_lists()
    load_lists.cache_clear()


@pytest.mark.parametrize("text", ["今天我又等了一个下午没有人来", "هاد الشي مزيان بزاف وعجبني"])
def test_a_language_that_is_written_alike_is_not_another_one(text):
    language = "zh" if "今" in text else "ar"
    assert find_language(text, language) is None
    assert find_language("Ich möchte mein Geld zurück, das Paket kam kaputt an.", language) == "de 1.00"


def test_a_short_chinese_text_is_long_enough_to_be_judged():
    job = make_job(language="ja", screens={"language": True})
    rows = make_candidates(job, "请给我换一个新的，谢谢", "返金してください", "Hm, ok")
    kept, failed = screen_texts(rows, job.recipe)
    assert (kept["row_id"].to_list(), failed["reason"].to_list()) == (["r1", "r2"], ["language"])
