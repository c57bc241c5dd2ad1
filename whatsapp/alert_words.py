"""What sellers and buyers are told, by language. Plain texts: WhatsApp shows nothing else here."""

from collections.abc import Mapping

from whatsapp.models import AlertKind, Language, OrderEvent

Texts = Mapping[str, str]
_RU, _KK, _EN = Language.RUSSIAN, Language.KAZAKH, Language.ENGLISH

HEADS: Mapping[AlertKind, Texts] = {
    AlertKind.SESSION_LOST: {
        _RU: "⚠️ Kaspi просит войти снова: цены этих магазинов пока не меняются.",
        _KK: "⚠️ Kaspi қайта кіруді сұрайды: бұл дүкендердің бағалары әзірге өзгермейді.",
        _EN: "⚠️ Kaspi wants a login: prices of these stores stand still until then.",
    },
    AlertKind.FLOOR_REACHED: {
        _RU: "⬇️ Цена опустилась до минимума:",
        _KK: "⬇️ Баға минимумға түсті:",
        _EN: "⬇️ The price came down to its floor:",
    },
    AlertKind.PRICE_WAR: {
        _RU: "⚔️ Началась ценовая война:",
        _KK: "⚔️ Баға соғысы басталды:",
        _EN: "⚔️ A price war began:",
    },
    AlertKind.SHOP_BANNED: {
        _RU: "⛔ Kaspi приостановил изменение цен магазина:",
        _KK: "⛔ Kaspi дүкен бағаларын өзгертуді тоқтатты:",
        _EN: "⛔ Kaspi stopped price changes of a shop:",
    },
    AlertKind.PLAN_ENDING: {
        _RU: "⏳ Тариф скоро закончится.",
        _KK: "⏳ Тариф жақында аяқталады.",
        _EN: "⏳ Your plan ends soon.",
    },
    AlertKind.PREORDER_FAILED: {
        _RU: "❗ Предзаказ не удалось включить:",
        _KK: "❗ Алдын ала тапсырысты қосу мүмкін болмады:",
        _EN: "❗ A preorder could not be begun:",
    },
}

SUMMARY: Texts = {
    _RU: "📊 За сутки: {applied} изменений цен. Товаров под наблюдением: {watched}, "
    "с нужной ценой: {at_wanted}, на минимуме: {at_floor}, ценовых войн: {wars}.",
    _KK: "📊 Тәулік ішінде: {applied} баға өзгерісі. Бақылаудағы тауарлар: {watched}, "
    "қажетті бағада: {at_wanted}, минимумда: {at_floor}, баға соғыстары: {wars}.",
    _EN: "📊 Within a day: {applied} price changes. Products watched: {watched}, "
    "at their wanted price: {at_wanted}, at the floor: {at_floor}, price wars: {wars}.",
}

ORDERS: Mapping[OrderEvent, Texts] = {
    OrderEvent.ACCEPTED: {
        _RU: "Здравствуйте, {buyer}! Заказ {order} принят.",
        _KK: "Сәлеметсіз бе, {buyer}! {order} тапсырысы қабылданды.",
        _EN: "Hello {buyer}! Order {order} was accepted.",
    },
    OrderEvent.SHIPPED: {
        _RU: "Здравствуйте, {buyer}! Заказ {order} в пути.",
        _KK: "Сәлеметсіз бе, {buyer}! {order} тапсырысы жолда.",
        _EN: "Hello {buyer}! Order {order} is on its way.",
    },
    OrderEvent.DELIVERED: {
        _RU: "Здравствуйте, {buyer}! Заказ {order} выдан. Спасибо за покупку!",
        _KK: "Сәлеметсіз бе, {buyer}! {order} тапсырысы берілді. Сатып алғаныңызға рақмет!",
        _EN: "Hello {buyer}! Order {order} was handed over. Thank you!",
    },
    OrderEvent.CANCELLED: {
        _RU: "Здравствуйте, {buyer}! Заказ {order} отменён.",
        _KK: "Сәлеметсіз бе, {buyer}! {order} тапсырысы тоқтатылды.",
        _EN: "Hello {buyer}! Order {order} was cancelled.",
    },
    OrderEvent.REVIEW: {
        _RU: "Здравствуйте, {buyer}! Как вам покупка по заказу {order}? Будем рады отзыву.",
        _KK: "Сәлеметсіз бе, {buyer}! {order} тапсырысы ұнады ма? Kaspi-де пікір қалдырсаңыз.",
        _EN: "Hello {buyer}! How do you like order {order}? We would be glad of a review at Kaspi.",
    },
}

_BUYER: Texts = {_RU: "покупатель", _KK: "сатып алушы", _EN: "there"}
_BLOCKS = "▁▂▃▄▅▆▇█"


def buyer(name: str, language: str) -> str:
    """How a buyer is addressed whose name Kaspi does not tell."""
    return name or _BUYER[language]


def sparkline(values: list[int]) -> str:
    """Numbers as a line of blocks: the lowest is the lowest block; equal ones are in the middle."""
    if not values:
        return ""
    low, high = min(values), max(values)
    if low == high:
        return _BLOCKS[len(_BLOCKS) // 2] * len(values)
    top = len(_BLOCKS) - 1
    return "".join(_BLOCKS[(value - low) * top // (high - low)] for value in values)
