"""What buyers are told of their orders, where the seller switched it on: each thing once."""

from datetime import datetime, timedelta
from typing import Final

from django.db import transaction

from billing.services.entitlements import entitlement_of
from billing.terms import Feature
from kaspi.models import Order, OrdersAccess
from whatsapp.alert_words import ORDERS, buyer
from whatsapp.errors import TextMissing, TextTooLong, VariableMissing
from whatsapp.models import (
    Connection,
    Message,
    MessageKind,
    MessageState,
    OrderEvent,
    Preferences,
    Template,
    Wish,
)
from whatsapp.phones import BadPhone, normalised
from whatsapp.selectors import preferences_of
from whatsapp.services.contacts import contact_of_phone
from whatsapp.services.outbox import put
from whatsapp.services.templates import fill

_FRESH: Final = timedelta(days=1)
_GOOD_FOR: Final = timedelta(days=1)
_REVIEW_GOOD_FOR: Final = timedelta(days=2)
_ENDED_BADLY: Final = frozenset(
    {"CANCELLED", "CANCELLING", "RETURNED", "KASPI_DELIVERY_RETURN_REQUESTED"}
)


def stage_of(order: Order) -> OrderEvent | None:
    """The latest thing that happened to an order and that a buyer may be told of."""
    if order.status == "CANCELLED":
        return OrderEvent.CANCELLED
    if order.status in _ENDED_BADLY:
        return None
    if order.status == "COMPLETED":
        return OrderEvent.DELIVERED
    if order.courier_at is not None:
        return OrderEvent.SHIPPED
    return OrderEvent.ACCEPTED if order.status == "ACCEPTED_BY_MERCHANT" else None


def consider(*, order_id: int, is_new: bool, now: datetime) -> int:
    """Put what an order's buyer is to be told into the outbox; say how many messages that was.

    An order that is met for the first time when much has happened to it already tells nothing: a
    token that was set today must not tell buyers of last week.
    """
    order = Order.rows.select_related("store__user").filter(pk=order_id).first()
    if order is None or not _is_wanted(order, now):
        return 0
    wishes, event = preferences_of(order.store.user_id), stage_of(order)
    if event is None or (is_new and (event != OrderEvent.ACCEPTED or not _is_fresh(order, now))):
        _take_back_review(order, now)
        return 0
    phone = _phone_of(order)
    if not phone:
        return 0
    told = _tell(order, event, phone, wishes, now, due_at=now, good_for=_GOOD_FOR)
    if event == OrderEvent.DELIVERED:
        asked_at = now + timedelta(days=wishes.review_after_days)
        review = OrderEvent.REVIEW
        told += _tell(order, review, phone, wishes, now, due_at=asked_at, good_for=_REVIEW_GOOD_FOR)
    if event == OrderEvent.CANCELLED:
        _take_back_review(order, now)
    return told


def _is_wanted(order: Order, now: datetime) -> bool:
    """Is there a phone to write from, a token that tells of orders, and a plan that has it?"""
    if not entitlement_of(order.store.user_id, now=now).terms.has(Feature.WHATSAPP_TO_BUYERS):
        return False
    connected = Connection.rows.filter(user=order.store.user_id).exclude(wish=Wish.DELETED)
    return OrdersAccess.rows.filter(store=order.store_id).exists() and connected.exists()


def _is_fresh(order: Order, now: datetime) -> bool:
    return now - order.placed_at < _FRESH


def _phone_of(order: Order) -> str:
    """The buyer's number; empty where Kaspi masks it."""
    try:
        return normalised(order.buyer_phone.reveal())
    except BadPhone:
        return ""


def _tell(
    order: Order,
    event: OrderEvent,
    phone: str,
    wishes: Preferences,
    now: datetime,
    *,
    due_at: datetime,
    good_for: timedelta,
) -> int:
    if event not in wishes.order_events:
        return 0
    user = order.store.user
    with transaction.atomic():
        contact = contact_of_phone(user=user, phone=phone, name=order.buyer_name, now=now)
        if not contact.may_be_written:
            return 0
        put(
            user=user,
            contact=contact,
            text=_text(order, event, wishes.language),
            kind=MessageKind.ORDER,
            cause=f"order:{order.pk}:{event}",
            due_at=due_at,
            expires_at=due_at + good_for,
            now=now,
        )
    return 1


def _text(order: Order, event: OrderEvent, language: str) -> str:
    """The seller's own text, if a template bears the event's name (``order-shipped``)."""
    said = {
        "buyer": buyer(order.buyer_name, language),
        "order": order.code,
        "shop": order.store.name,
    }
    own = Template.rows.filter(user=order.store.user_id, name=f"order-{event.lower()}").first()
    if own is not None and language in own.texts:
        try:
            return fill(own, language=language, variables=said)
        except (VariableMissing, TextMissing, TextTooLong):
            pass  # one that can't be filled from an order; ours says the same
    return ORDERS[event][language].format(**said)


def _take_back_review(order: Order, now: datetime) -> None:
    """Whoever gave it back is not asked how they like it."""
    waiting = Message.rows.filter(
        user=order.store.user_id,
        cause=f"order:{order.pk}:{OrderEvent.REVIEW}",
        state=MessageState.WAITING,
    )
    waiting.update(state=MessageState.DROPPED, state_at=now, reason="too-late")
