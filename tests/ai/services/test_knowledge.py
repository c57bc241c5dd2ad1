import pytest
from django.core.management import CommandError, call_command

from ai.models import CallState, Document, ModelCall, Passage
from ai.services import knowledge
from ai.words import Language
from tests.ai.provider import PRICES
from tests.factories import NOW

LAW = """Закон о защите прав потребителей

Статья 14. Обмен и возврат
Потребитель вправе в течение четырнадцати календарных дней вернуть товар надлежащего качества.

Статья 15-1. Гарантия
Продавец обязан принять товар ненадлежащего качества и провести проверку.
"""


def kept(text=LAW, **told):
    given = {"key": "consumer", "title": "Закон о потребителях", "edition": "2026"}
    return knowledge.import_document(
        **{**given, "language": Language.RU, **told}, text=text, now=NOW
    )


@pytest.mark.unit
def test_a_text_is_split_at_its_articles():
    articles = [article for article, _ in knowledge.split(LAW)]

    assert articles == ["", "Статья 14", "Статья 15-1"]


@pytest.mark.unit
def test_nothing_of_a_long_text_is_lost():
    text = "\n".join(["слово " * 700, "короткая строка"] * 3)

    passages = [passage for _, passage in knowledge.split(text)]

    assert max(map(len, passages)) <= 1_600
    assert "".join("".join(passages).split()) == "".join(text.split())


@pytest.mark.db
@pytest.mark.parametrize(
    ("question", "article"),
    [
        ("За сколько дней можно вернуть товар?", "Статья 14"),
        ("проверка по гарантии", "Статья 15-1"),
    ],
)
def test_a_question_finds_the_article_in_other_forms_of_its_words(seller, question, article):
    kept()

    first, *_ = knowledge.search(question, user=seller, now=NOW)

    assert (first.document, first.article) == ("Закон о потребителях", article)


@pytest.mark.db
@pytest.mark.parametrize("question", ["аренда", "", "! & | :*", "'; --", "\\"])
def test_where_nothing_fits_nothing_is_found(seller, question):
    kept()

    assert knowledge.search(question, user=seller, now=NOW) == []


@pytest.mark.db
def test_kazakh_is_found_by_its_own_words(seller):
    kept("5-бап. Тауарды қайтару\nСатып алушы тауарды қайтара алады.", language=Language.KK)

    [found] = knowledge.search("тауарды қайтару", user=seller, now=NOW)

    assert found.article == "5-бап"


@pytest.mark.db
def test_a_new_edition_takes_the_place_of_the_old_one(db):
    first, same = kept(), kept()

    newer = kept("Статья 1. Иначе\nТеперь иначе.", edition="2027")

    assert (first, same, newer) == (3, None, 1)
    assert (Document.objects.count(), Passage.objects.count()) == (1, 1)


@pytest.mark.db
def test_where_a_model_embeds_passages_are_ordered_by_meaning(seller, provider, settings):
    settings.AI_EMBEDDING_MODEL = "sandbox-embedding"
    settings.AI_PRICES = {**PRICES, "sandbox-embedding": [1_000, 1_000, 0]}
    near = "Статья 9. Возврат\nДоставка возврата за счёт продавца."
    kept("\n".join(f"Статья {n}. Доставка\nДоставка номер {n}." for n in range(10, 20)) + near)

    first, *_ = knowledge.search("доставка возврата продавца", user=seller, now=NOW)

    call = ModelCall.rows.get(purpose="embedding")
    assert "возврата за счёт продавца" in first.text
    assert (call.state, call.cost.tiyn) == (CallState.SETTLED, 1)


@pytest.mark.db
def test_without_a_price_for_embedding_words_have_to_do(seller, provider, settings):
    settings.AI_EMBEDDING_MODEL = "sandbox-embedding"
    kept("\n".join(f"Статья {n}. Доставка\nДоставка номер {n}." for n in range(10, 20)))

    found = knowledge.search("доставка", user=seller, now=NOW)

    assert (len(found), ModelCall.rows.count()) == (6, 0)


@pytest.mark.db
def test_an_answer_names_the_passages_it_was_given(api, provider):
    kept()
    call = {"name": "search_knowledge", "arguments": '{"query": "вернуть товар"}'}
    provider.script({"tool_calls": [call, call]}, {"text": "14 дней [Закон, Статья 14]."})

    said = api.post("/ai/chat", {"assistant": "lawyer", "text": "Срок возврата?"}).json()

    assert (said["sources"][0]["document"], said["sources"][0]["article"]) == (
        "Закон о потребителях",
        "Статья 14",
    )
    assert len(said["sources"]) == len({one["passage_id"] for one in said["sources"]})


@pytest.mark.db
@pytest.mark.parametrize("raw", [b"%PDF-1.7\xff\xfe", b"", b"  \n"])
def test_what_is_no_text_is_refused_in_a_sentence(db, tmp_path, raw):
    path = tmp_path / "law.pdf"
    path.write_bytes(raw)

    with pytest.raises(CommandError):
        call_command("import_knowledge", str(path), key="law", title="Law")

    assert not Document.objects.exists()


@pytest.mark.db
def test_a_document_is_imported_by_command(db, tmp_path, capsys):
    path = tmp_path / "law.txt"
    path.write_text(LAW, encoding="utf-8")

    call_command("import_knowledge", str(path), key="law", title="Закон")

    assert capsys.readouterr().out == "3 passages.\n"
