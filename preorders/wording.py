"""Why a preorder is where it is, in words."""

from collections.abc import Mapping

_SENTENCES: Mapping[str, tuple[str, str, str]] = {
    "waits-for-its-start": (
        "Начнётся в назначенное время.",
        "Белгіленген уақытта басталады.",
        "It starts at the time you chose.",
    ),
    "store-not-connected": (
        "Магазин не подключён: войдите в Kaspi.",
        "Дүкен қосылмаған: Kaspi-ге кіріңіз.",
        "The store is not connected: log in to Kaspi.",
    ),
    "store-paused": (
        "Магазин на паузе.",
        "Дүкен кідіртілген.",
        "The store is paused.",
    ),
    "on-its-way": (
        "Отправляется в Kaspi.",
        "Kaspi-ге жіберілуде.",
        "It is on its way to Kaspi.",
    ),
    "by-seller": ("Вы завершили предзаказ.", "Сіз аяқтадыңыз.", "You ended it."),
    "at-its-end": ("Срок вышел.", "Мерзімі бітті.", "Its time is over."),
    "stock-arrived": (
        "Товар появился в наличии.",
        "Тауар қоймаға түсті.",
        "The product is in stock again.",
    ),
    "withdrawn-at-kaspi": (
        "Предзаказ снят в кабинете Kaspi.",
        "Алдын ала тапсырыс Kaspi кабинетінде алынып тасталды.",
        "It was taken back in Kaspi's cabinet.",
    ),
    "point-missing": (
        "Товар больше не продаётся в этой точке.",
        "Тауар бұл нүктеде сатылмайды.",
        "The product is not sold at this point any more.",
    ),
    "point-not-selling": (
        "Товар снят с продажи в этой точке.",
        "Тауар бұл нүктеде сатылымнан алынған.",
        "The product is not on sale at this point.",
    ),
    "point-has-stock": (
        "В этой точке товар есть в наличии.",
        "Бұл нүктеде тауар бар.",
        "The product is in stock at this point.",
    ),
    "listing-missing": (
        "Товара больше нет в каталоге.",
        "Тауар каталогта жоқ.",
        "The product left the catalogue.",
    ),
    "cabinet-needed": (
        "Магазин работает через прайс-лист, а предзаказ — только через кабинет.",
        "Дүкен прайс-парақпен жұмыс істейді, ал алдын ала тапсырыс тек кабинет арқылы.",
        "The store goes by price list, and preorders go by the cabinet.",
    ),
    "store-removed": ("Магазин удалён.", "Дүкен жойылған.", "The store was removed."),
    "never-shown": (
        "Kaspi принял предзаказ, но не показал его.",
        "Kaspi қабылдады, бірақ көрсетпеді.",
        "Kaspi took it and never showed it.",
    ),
    "never-applied": (
        "Kaspi не применил предзаказ вовремя.",
        "Kaspi уақытында қолданбады.",
        "Kaspi did not apply it in time.",
    ),
}
_OTHERWISE = (
    "Kaspi не принял предзаказ.",
    "Kaspi алдын ала тапсырысты қабылдамады.",
    "Kaspi did not take it.",
)


def sentence(code: str) -> Mapping[str, str]:
    """The sentence for a code by language; empty for no code."""
    if not code:
        return {}
    return dict(zip(("ru", "kk", "en"), _SENTENCES.get(code, _OTHERWISE), strict=True))
