"""How a store is connected, and what troubles it, in the languages of its seller."""

from collections.abc import Mapping
from enum import StrEnum
from typing import NamedTuple

from kaspi.models import Attention, Channel, SessionState, Store


class Words(NamedTuple):
    """One sentence, told in each language."""

    ru: str
    kk: str
    en: str


class Connection(StrEnum):
    """How a store's prices get to Kaspi now, if they do."""

    CONNECTED = "connected"
    RENEWING = "renewing"
    LOGIN_NEEDED = "login_needed"
    PRICE_LIST = "price_list"
    TAKEN_OVER = "taken_over"


def connection_of(store: Store) -> Connection:
    """How a store is connected. Its session must be loaded."""
    if store.released_at is not None:
        return Connection.TAKEN_OVER
    if store.channel == Channel.PRICE_LIST:
        return Connection.PRICE_LIST
    if store.is_connected:
        return Connection.CONNECTED
    is_renewing = store.session is not None and store.session.state == SessionState.RENEWING
    return Connection.RENEWING if is_renewing else Connection.LOGIN_NEEDED


CONNECTIONS: Mapping[Connection, Words] = {
    Connection.CONNECTED: Words("Магазин подключён", "Дүкен қосылған", "The store is connected"),
    Connection.RENEWING: Words(
        "Kaspi завершил сеанс: восстанавливаем вход сами",
        "Kaspi сеансты аяқтады: кіруді өзіміз қалпына келтіріп жатырмыз",
        "Kaspi ended the session: we are renewing it",
    ),
    Connection.LOGIN_NEEDED: Words(
        "Нужен вход в кабинет Kaspi",
        "Kaspi кабинетіне кіру керек",
        "A login to Kaspi is needed",
    ),
    Connection.PRICE_LIST: Words(
        "Цены передаются прайс-листом, вход в кабинет не нужен",
        "Бағалар прайс-парақпен беріледі, кабинетке кіру қажет емес",
        "Prices go by price list: no login is needed",
    ),
    Connection.TAKEN_OVER: Words(
        "Магазин подключил другой продавец",
        "Дүкенді басқа сатушы қосты",
        "Another seller connected this shop",
    ),
}

TROUBLES: Mapping[Attention, Words] = {
    Attention.RENEWING: Words(
        "Kaspi завершил сеанс: мы восстанавливаем вход",
        "Kaspi сеансты аяқтады: кіруді қалпына келтіріп жатырмыз",
        Attention.RENEWING.label,
    ),
    Attention.SESSION_DEAD: Words(
        "Kaspi завершил сеанс: войдите снова",
        "Kaspi сеансты аяқтады: қайта кіріңіз",
        Attention.SESSION_DEAD.label,
    ),
    Attention.WRONG_PASSWORD: Words(
        "Kaspi не принял пароль: войдите с верным паролем",
        "Kaspi құпиясөзді қабылдамады: дұрыс құпиясөзбен кіріңіз",
        Attention.WRONG_PASSWORD.label,
    ),
    Attention.CODE_NEEDED: Words(
        "Kaspi прислал код: войдите и введите его",
        "Kaspi код жіберді: кіріп, оны енгізіңіз",
        Attention.CODE_NEEDED.label,
    ),
    Attention.CODES_FLOODED: Words(
        "Код запрашивали слишком часто: подождите, затем войдите",
        "Код тым жиі сұралды: күте тұрып, содан кейін кіріңіз",
        Attention.CODES_FLOODED.label,
    ),
    Attention.WALLED_OFF: Words(
        "Kaspi не пускает наш адрес: попробуем позже",
        "Kaspi біздің мекенжайды жібермей тұр: кейінірек қайталаймыз",
        Attention.WALLED_OFF.label,
    ),
    Attention.PUSHES_BANNED: Words(
        "Kaspi на время остановил смену цен этого магазина",
        "Kaspi осы дүкеннің бағаларын өзгертуді уақытша тоқтатты",
        Attention.PUSHES_BANNED.label,
    ),
    Attention.LOGIN_FAILED: Words(
        "Последний вход не удался: войдите снова",
        "Соңғы кіру сәтсіз болды: қайта кіріңіз",
        Attention.LOGIN_FAILED.label,
    ),
    Attention.PRICE_LIST_UNREAD: Words(
        "Kaspi не забирает прайс-лист: проверьте его адрес",
        "Kaspi прайс-парақты алмай жатыр: мекенжайын тексеріңіз",
        Attention.PRICE_LIST_UNREAD.label,
    ),
    Attention.CLAIM_LOST: Words(
        "В этот магазин вошёл другой продавец: он не был вашим",
        "Бұл дүкенге басқа сатушы кірді: ол сіздікі емес еді",
        Attention.CLAIM_LOST.label,
    ),
    Attention.PRICES_JUMPED: Words(
        "Много цен сразу должны были резко измениться: проверьте их и продолжите",
        "Көп баға бірден күрт өзгергелі тұрды: тексеріп, жалғастырыңыз",
        Attention.PRICES_JUMPED.label,
    ),
    Attention.STALLED: Words(
        "Товары этого магазина давно не удаётся проверить",
        "Осы дүкеннің тауарларын көптен бері тексеру мүмкін болмай тұр",
        Attention.STALLED.label,
    ),
    Attention.ORDERS_REFUSED: Words(
        "Kaspi отклонил токен заказов: задайте новый. Цены обновляются как прежде",
        "Kaspi тапсырыстар токенін қабылдамады: жаңасын беріңіз. Бағалар бұрынғыдай жаңарады",
        Attention.ORDERS_REFUSED.label,
    ),
}
