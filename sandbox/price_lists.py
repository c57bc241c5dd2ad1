"""Price lists as the marketplace reads them: by its schema, with a report a person can act on."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final
from xml.etree.ElementTree import Element, ParseError

from defusedxml.common import DefusedXmlException
from defusedxml.ElementTree import fromstring

from sandbox.cities import CITIES
from sandbox.people import Merchant
from sandbox.pushes import LONGEST_PREORDER, LOWEST_PRICE, PointStatement, Statement

_NAMESPACE: Final = "{kaspiShopping}"
_SCHEMA_LOCATION: Final = "{http://www.w3.org/2001/XMLSchema-instance}schemaLocation"
_ROOT: Final = ("company", "merchantid", "offers")
_OFFER: Final = ("model", "brand", "availabilities", "price", "cityprices")
_AVAILABILITY: Final = {"available", "storeId", "preOrder", "stockCount"}
_SKU: Final = re.compile(r"[A-Za-z0-9_-]{1,20}")
_WHOLE: Final = re.compile(r"[0-9]{1,9}")
# Kaspi's own exports write counts as `5.0`.
_COUNT: Final = re.compile(r"[0-9]{1,9}(\.0)?")
_DATE: Final = re.compile(r"\d{4}-\d\d-\d\d.*")
_ESCAPED_TWICE: Final = re.compile(r"&(amp|lt|gt|quot|apos|#\d+);")


class BadList(Exception):
    """The document as a whole cannot be read; the text says why."""


@dataclass(frozen=True, slots=True)
class PriceList:
    """What a document says. With any error nothing of it counts."""

    statements: tuple[Statement, ...]
    errors: tuple[str, ...] = ()


@dataclass(slots=True)
class Complaints:
    """What is wrong with a document, each with the place where."""

    found: list[str] = field(default_factory=list)

    def that(self, is_right: object, where: str, what: str) -> bool:
        """Note what is wrong unless it is right; says which."""
        if not is_right:
            self.found.append(f"{where}: {what}")
        return bool(is_right)


def read_price_list(raw: bytes, merchant: Merchant) -> PriceList:
    """Read an XML document that has to be one of this merchant's."""
    complaints = Complaints()
    try:
        root = _root(raw)
        offers = _head(root, merchant, complaints)
        statements = [
            _offer(offer, f"offer {number}", merchant, complaints)
            for number, offer in enumerate(offers, start=1)
        ]
    except BadList as bad:
        return PriceList((), (str(bad),))
    return judged(statements, complaints)


def judged(statements: Sequence[Statement], complaints: Complaints) -> PriceList:
    """Put a list together, unless a sku is in it twice or anything else is wrong."""
    seen: set[str] = set()
    for statement in statements:
        complaints.that(statement.sku not in seen, f"offer {statement.sku}", "the sku is repeated")
        seen.add(statement.sku)
    if complaints.found:
        return PriceList((), tuple(complaints.found))
    return PriceList(tuple(statements))


def _root(raw: bytes) -> Element:
    try:
        raw.decode("utf-8-sig")
        root: Element = fromstring(raw)
    except UnicodeDecodeError as bad:
        raise BadList(f"The file is not UTF-8: byte {bad.start}.") from bad
    except (ParseError, DefusedXmlException, ValueError, LookupError) as bad:
        raise BadList(f"The file is not well-formed XML: {bad}.") from bad
    if root.tag != f"{_NAMESPACE}kaspi_catalog":
        raise BadList(f'The root is <kaspi_catalog xmlns="kaspiShopping">, not <{root.tag}>.')
    return root


def _head(root: Element, merchant: Merchant, complaints: Complaints) -> list[Element]:
    where = "kaspi_catalog"
    complaints.that(_DATE.fullmatch(root.get("date", "")), where, "date is required, YYYY-MM-DD")
    _attributes(root, {"date", _SCHEMA_LOCATION}, where, complaints)
    named = _children(root, _ROOT, where, complaints)
    for name in _ROOT:
        if name not in named:
            raise BadList(f"<{name}> is required.")
    complaints.that(_text(named["company"], "company", complaints), "company", "it is empty")
    given = _text(named["merchantid"], "merchantid", complaints)
    complaints.that(
        given == merchant.merchant_id, "merchantid", f"{merchant.merchant_id} is meant, not {given}"
    )
    offers = list(named["offers"])
    for offer in offers:
        complaints.that(offer.tag == f"{_NAMESPACE}offer", "offers", f"<{offer.tag}> is not known")
    return [offer for offer in offers if offer.tag == f"{_NAMESPACE}offer"]


def _offer(offer: Element, place: str, merchant: Merchant, complaints: Complaints) -> Statement:
    sku = offer.get("sku", "")
    where = f"offer {sku}" if sku else place
    complaints.that(_SKU.fullmatch(sku), where, "sku is 1 to 20 latin letters, digits, _ and -")
    _attributes(offer, {"sku"}, where, complaints)
    named = _children(offer, _OFFER, where, complaints)
    for name in ("model", "availabilities"):
        complaints.that(name in named, where, f"<{name}> is required")
    if "model" in named:
        complaints.that(_text(named["model"], where, complaints), where, "<model> is empty")
    if "brand" in named:
        _text(named["brand"], where, complaints)
    complaints.that(
        ("price" in named) != ("cityprices" in named),
        where,
        "there is either <price> or <cityprices>",
    )
    return Statement(
        merchant_id=merchant.merchant_id,
        sku=sku,
        price=_price(named["price"], where, complaints) if "price" in named else None,
        city_prices=_city_prices(named.get("cityprices"), where, complaints),
        points=tuple(
            _point(row, where, merchant, complaints) for row in named.get("availabilities", ())
        ),
    )


def _price(element: Element, where: str, complaints: Complaints) -> int:
    return price_of(element.text or "", f"{where}: <{_local(element)}>", complaints)


def price_of(text: str, where: str, complaints: Complaints) -> int:
    """A whole number of tenge, with no spaces and no decimals."""
    is_right = _WHOLE.fullmatch(text) and int(text) >= LOWEST_PRICE
    what = f"{text!r} is not a whole number of at least {LOWEST_PRICE}"
    return int(text) if complaints.that(is_right, where, what) else LOWEST_PRICE


def _city_prices(
    element: Element | None, where: str, complaints: Complaints
) -> dict[str, int] | None:
    if element is None:
        return None
    complaints.that(len(element), where, "<cityprices> is empty")
    prices: dict[str, int] = {}
    for row in element:
        city_id = row.get("cityId", "")
        complaints.that(_local(row) == "cityprice", where, f"<{_local(row)}> is not known")
        complaints.that(city_id in CITIES, where, f"there is no city {city_id!r}")
        complaints.that(city_id not in prices, where, f"city {city_id} is repeated")
        prices[city_id] = _price(row, where, complaints)
    return prices


def _point(row: Element, where: str, merchant: Merchant, complaints: Complaints) -> PointStatement:
    complaints.that(_local(row) == "availability", where, f"<{_local(row)}> is not known")
    _attributes(row, _AVAILABILITY, where, complaints)
    available, count = row.get("available", ""), row.get("stockCount")
    complaints.that(
        available in {"yes", "no"}, where, f'available is "yes" or "no", not {available!r}'
    )
    if count is not None:
        is_count = _COUNT.fullmatch(count)
        count = count if complaints.that(is_count, where, f"stockCount {count!r}") else "0"
    return PointStatement(
        code=point_of(row.get("storeId", ""), where, merchant, complaints),
        available=available == "yes",
        stock_count=None if count is None else int(float(count)),
        stock_given=count is not None,
        pre_order=pre_order_of(row.get("preOrder", "0"), where, complaints),
    )


def point_of(store_id: str, where: str, merchant: Merchant, complaints: Complaints) -> str:
    """A point's code, from the short form or the full one."""
    code = store_id.removeprefix(f"{merchant.merchant_id}_")
    known = {point.code for point in merchant.points}
    complaints.that(code in known, where, f"there is no point {store_id!r}")
    return code


def pre_order_of(text: str, where: str, complaints: Complaints) -> int:
    """Days until the goods are there."""
    is_right = _WHOLE.fullmatch(text) and int(text) <= LONGEST_PREORDER
    what = f"preOrder is 0 to {LONGEST_PREORDER} whole days, not {text!r}"
    return int(text) if complaints.that(is_right, where, what) else 0


def _children(
    element: Element, known: Sequence[str], where: str, complaints: Complaints
) -> dict[str, Element]:
    """Children by name: each known, none twice, in the schema's order."""
    names = [_local(child) for child in element]
    for name in dict.fromkeys(names):
        complaints.that(name in known, where, f"<{name}> is not known")
        complaints.that(names.count(name) == 1, where, f"<{name}> is there twice")
    order = [known.index(name) for name in names if name in known]
    complaints.that(order == sorted(order), where, f"the order is {', '.join(known)}")
    return dict(zip(names, element, strict=True))


def _attributes(element: Element, known: set[str], where: str, complaints: Complaints) -> None:
    for name in sorted(set(element.attrib) - known):
        complaints.that(False, where, f"the attribute {name} is not known")


def _text(element: Element, where: str, complaints: Complaints) -> str:
    text = (element.text or "").strip()
    complaints.that(not _ESCAPED_TWICE.search(text), where, f"{text!r} is escaped twice")
    return text


def _local(element: Element) -> str:
    return element.tag.removeprefix(_NAMESPACE)
