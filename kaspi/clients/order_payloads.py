"""The orders API's JSON into our messages: pure, strict about what we need, blind to the rest."""

import base64
import binascii
import re
from collections.abc import Mapping
from typing import Any

from cube_demper.kernel.money import Money
from kaspi.clients.fields import Fields
from kaspi.errors import PayloadUnreadable
from kaspi.order_ports import EntryFacts, OrderFacts, OrdersPage

_PHONE = re.compile(r"\+?[\d\s()-]{10,20}", re.ASCII)
_DIGITS = range(10, 13)
_MOST_PIECES = 10**6
_ID_MOST = 128
_NO_MONEY = Money(0)


def orders(raw: Any) -> OrdersPage:
    """Read one page of a list.

    An order that can't be read is reported and does not spoil its page. ``pageCount`` is vital: who
    does without it believes that the first page is all.
    """
    answer = Fields(raw, "")
    rows = _data(answer)
    found: list[OrderFacts] = []
    unreadable: list[str] = []
    for where, row in rows:
        try:
            found.append(order(row, where=where))
        except PayloadUnreadable as error:
            unreadable.append(error.detail)
    meta = Fields(answer.raw("meta"), "meta")
    page_count = meta.count_or_none("pageCount")
    if page_count is None:
        raise PayloadUnreadable("meta.pageCount", "should be a count")
    total = meta.count_or_none("totalCount")
    return OrdersPage(
        tuple(found), page_count, len(rows) if total is None else total, tuple(unreadable)
    )


def order(raw: Any, *, where: str = "order") -> OrderFacts:
    """Read one order."""
    resource = Fields(raw, where)
    row = _inner(resource, "attributes")
    delivery = _inner(row, "kaspiDelivery")
    buyer = _inner(row, "customer")
    placed_at = row.moment_or_none("creationDate")
    if placed_at is None:
        raise PayloadUnreadable(row.place("creationDate"), "should be a time")
    return OrderFacts(
        kaspi_id=_id(resource),
        code=row.text("code"),
        state=row.text("state"),
        status=row.text("status"),
        total=_amount(row, "totalPrice"),
        delivery_cost=row.price_or_none("deliveryCost") or _NO_MONEY,
        payment_mode=row.text_or("", "paymentMode") or "",
        delivery_mode=row.text_or("", "deliveryMode") or "",
        placed_at=placed_at,
        approved_at=row.moment_or_none("approvedByBankDate"),
        planned_delivery_at=row.moment_or_none("plannedDeliveryDate"),
        courier_at=delivery.moment_or_none("courierTransmissionDate"),
        is_kaspi_delivery=row.flag_or_none("isKaspiDelivery") or False,
        is_express=delivery.flag_or_none("express") or False,
        is_preorder=row.flag_or_none("preOrder", "preorder") or False,
        is_assembled=row.flag_or_none("assembled") or False,
        is_signature_required=row.flag_or_none("signatureRequired") or False,
        point_id=row.text_or("", "pickupPointId") or "",
        city=_city(row),
        waybill_number=delivery.text_or("", "waybillNumber") or "",
        cancellation_reason=row.text_or("", "cancellationReason") or "",
        buyer_name=(buyer.text_or("", "firstName") or "").strip(),
        buyer_phone=phone(buyer.text_or("", "cellPhone") or ""),
    )


def phone(told: str) -> str:
    """The digits of a phone, or nothing where Kaspi masks it with zeros or stars.

    The buyer's id holds the phone in another spelling. It is not read: the masking is deliberate.
    """
    digits = re.sub(r"\D", "", told, flags=re.ASCII)
    if not _PHONE.fullmatch(told.strip()) or len(digits) not in _DIGITS or not digits.strip("0"):
        return ""
    return digits


def entries(raw: Any) -> tuple[EntryFacts, ...]:
    """Read the lines of one order. One unreadable line spoils them: half an order misleads."""
    found = [_entry(row, where) for where, row in _data(Fields(raw, ""))]
    return tuple({entry.kaspi_id: entry for entry in found}.values())


def _entry(raw: Any, where: str) -> EntryFacts:
    resource = Fields(raw, where)
    row = _inner(resource, "attributes")
    offer = _inner(row, "offer")
    total = _amount(row, "totalPrice")
    quantity = row.count_or_none("quantity")
    if quantity is None or quantity > _MOST_PIECES:
        raise PayloadUnreadable(row.place("quantity"), "should be a count")
    return EntryFacts(
        kaspi_id=_id(resource),
        number=min(row.count_or_none("entryNumber") or 0, _MOST_PIECES),
        sku=offer.text_or("", "code") or "",
        title=offer.text_or("", "name") or "",
        master_sku=_master_sku(resource),
        category=_inner(row, "category").text_or("", "title") or "",
        quantity=quantity,
        price=row.price_or_none("basePrice") or total,
        total=total,
    )


def refusal(raw: Any) -> str:
    """What a refusal says, in Kaspi's words; nothing where it says nothing."""
    errors = raw.get("errors") if isinstance(raw, Mapping) else None
    told = [
        str(text)
        for error in (errors if isinstance(errors, list) else ())
        if isinstance(error, Mapping)
        for text in [error.get("detail") or error.get("title")]
        if isinstance(text, str)
    ]
    return "; ".join(told)[:200]


def _id(resource: Fields) -> str:
    """The key under which we keep it: never cut, so never too long."""
    told = resource.text("id")
    if len(told) > _ID_MOST or not told.isprintable():
        raise PayloadUnreadable(resource.place("id"), "should be an id")
    return told


def _data(answer: Fields) -> list[tuple[str, Any]]:
    if answer.raw("data") is None:
        raise PayloadUnreadable("data", "should be a list")
    return answer.rows("data")


def _inner(row: Fields, name: str) -> Fields:
    """A nested object; a missing one is empty."""
    value = row.raw(name)
    return Fields({} if value is None else value, row.place(name))


def _amount(row: Fields, name: str) -> Money:
    """A price that must be there, though it may be 0."""
    if row.raw(name) is None:
        raise PayloadUnreadable(row.place(name), "should be a price")
    return row.price_or_none(name) or _NO_MONEY


def _city(row: Fields) -> str:
    """The town it goes to, or where it is sent from: Kaspi's couriers often tell no address."""
    town = _inner(row, "deliveryAddress").text_or("", "town")
    origin = _inner(_inner(row, "originAddress"), "city").text_or("", "name")
    return town or origin or ""


def _master_sku(resource: Fields) -> str:
    """The card behind a line. Its id is the number in base64, with or without padding."""
    product = _inner(_inner(resource, "relationships"), "product")
    told = _inner(product, "data").text_or("", "id") or ""
    try:
        plain = base64.b64decode(told + "=" * (-len(told) % 4), validate=True).decode("ascii")
    except (binascii.Error, UnicodeError, ValueError):
        return told
    return plain if plain.isdigit() else told
