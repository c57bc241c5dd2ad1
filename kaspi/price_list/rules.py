"""Kaspi's documented rules, as a judge of documents: every fault with its line."""

import re
from collections.abc import Iterable, Iterator

from kaspi.errors import FileUnreadable
from kaspi.price_list.model import (
    CHILDREN,
    LONGEST_PREORDER,
    LONGEST_SKU,
    NAMESPACE,
    ROOT,
    Note,
    RawEntry,
)
from kaspi.price_list.read import Document
from kaspi.price_list.understand import once_encoded

_HEAD = ["company", "merchantid", "offers"]
_SKU = re.compile(rf"[A-Za-z0-9_-]{{1,{LONGEST_SKU}}}")
_PRICE = re.compile(r"[1-9][0-9]*")
_COUNT = re.compile(r"[0-9]+")
_CITY = re.compile(r"[0-9]{9}")
_POINT = re.compile(r"([0-9A-Za-z-]+_)?PP[0-9]+")
_LOWEST_PRICE = 10


def check(blocks: Iterable[bytes], *, merchant_id: str | None = None) -> Iterator[Note]:
    """Read a price list and give every breach of the rules, as it is met.

    With ``merchant_id`` the list must be that shop's. A document that can't be read to its end
    ends with the reason.
    """
    document = Document()
    seen: set[str] = set()
    try:
        for raw in document.entries(blocks):
            yield from (Note(raw.line, raw.sku or "", problem) for problem in _faults(raw))
            if raw.sku is not None and raw.sku in seen:
                yield Note(raw.line, raw.sku, "this sku stood above already")
            seen.add(raw.sku or "")
    except FileUnreadable as error:
        yield Note(0, "", error.detail)
        return
    yield from (Note(line, "", f"<{name}> has no place there") for line, name in document.strays)
    yield from (Note(1, "", problem) for problem in _faults_around(document, merchant_id))


def _faults_around(document: Document, merchant_id: str | None) -> Iterator[str]:
    if document.root != ROOT or document.root_attributes.get("xmlns") != NAMESPACE:
        yield f'the root is not <{ROOT} xmlns="{NAMESPACE}">'
    if document.elements != _HEAD:
        yield "the root must hold company, merchantid and offers, once each and in this order"
    if not document.company or once_encoded(document.company) != document.company:
        yield "company is empty, or encoded twice"
    if not document.merchant_id or merchant_id not in {None, document.merchant_id}:
        yield f"merchantid is {document.merchant_id!r}: not this shop's"


def _faults(raw: RawEntry) -> Iterator[str]:
    if not _SKU.fullmatch(raw.sku or ""):
        yield f"sku {raw.sku!r} is not 1 to {LONGEST_SKU} Latin letters and digits"
    known = [name for name in CHILDREN if name in raw.children]
    if raw.children != known:
        yield f"the elements are {', '.join(raw.children)}: their order is {', '.join(CHILDREN)}"
    if ("price" in raw.children) == ("cityprices" in raw.children):
        yield "there must be either price or cityprices"
    yield from _faults_of_texts(raw)
    yield from _faults_of_prices(raw)
    yield from _faults_of_points(raw.availabilities)


def _faults_of_texts(raw: RawEntry) -> Iterator[str]:
    if not raw.texts.get("model"):
        yield "model is missing or empty"
    for name, text in raw.texts.items():
        if once_encoded(text) != text:
            yield f"{name} is encoded twice"


def _faults_of_prices(raw: RawEntry) -> Iterator[str]:
    if "cityprices" in raw.children and not raw.city_prices:
        yield "cityprices is empty"
    city_ids = [city_id for city_id, _ in raw.city_prices]
    if len(city_ids) != len(set(city_ids)) or not all(map(_CITY.fullmatch, city_ids)):
        yield "a cityId stands twice, or is not nine digits"
    prices = [text for _, text in raw.city_prices]
    for text in prices + ([raw.texts.get("price", "")] if "price" in raw.children else []):
        if not _PRICE.fullmatch(text) or int(text) < _LOWEST_PRICE:
            yield f"price {text!r} is not a whole number of tenge from {_LOWEST_PRICE} up"


def _faults_of_points(availabilities: list[dict[str, str]]) -> Iterator[str]:
    if not availabilities:
        yield "availabilities is missing or empty"
    store_ids = [point.get("storeId", "") for point in availabilities]
    if len(store_ids) != len(set(store_ids)) or not all(map(_POINT.fullmatch, store_ids)):
        yield "a storeId stands twice, or is not like PP1 or 12345678_PP1"
    for point in availabilities:
        if point.get("available") not in {"yes", "no"}:
            yield f"available is {point.get('available')!r}: it must be yes or no"
        preorder = point.get("preOrder")
        if preorder is not None and not _is_preorder(preorder, point):
            yield f"preOrder {preorder!r} must be 0 to {LONGEST_PREORDER} days, where available"
        stock = point.get("stockCount")
        if stock is not None and not _COUNT.fullmatch(stock):
            yield f"stockCount {stock!r} is not a whole number"


def _is_preorder(days: str, point: dict[str, str]) -> bool:
    is_number = bool(_COUNT.fullmatch(days)) and int(days) <= LONGEST_PREORDER
    return is_number and point.get("available") == "yes"
