"""What a seller is told on their own phone, as far as they asked for it.

News come in bursts: what is of one kind and comes within a while is gathered into one message.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any, Final

from django.db import transaction
from django.db.models import F, Value
from django.db.models.functions import Concat

from billing.services.entitlements import entitlement_of
from billing.terms import Feature
from cube_demper.kernel.money import Money
from kaspi.models import Store
from news.models import Event, EventKind
from products.pricing.hours import ALMATY
from whatsapp import manners
from whatsapp.alert_words import HEADS
from whatsapp.models import (
    AlertKind,
    Connection,
    Message,
    MessageKind,
    MessageState,
    Preferences,
    Wish,
)
from whatsapp.services.contacts import contact_of_phone
from whatsapp.services.outbox import LONGEST_TEXT, put

_ALERTS: Final[Mapping[str, AlertKind]] = {
    EventKind.SESSION_LOST: AlertKind.SESSION_LOST,
    EventKind.FLOOR_REACHED: AlertKind.FLOOR_REACHED,
    EventKind.WAR_BEGUN: AlertKind.PRICE_WAR,
    EventKind.STORE_STOPPED: AlertKind.SHOP_BANNED,
    EventKind.PREORDER_FAILED: AlertKind.PREORDER_FAILED,
    EventKind.PAYMENT_DUE: AlertKind.PLAN_ENDING,
    EventKind.PAYMENT_DECLINED: AlertKind.PLAN_ENDING,
}
_URGENT: Final = frozenset({AlertKind.SESSION_LOST, AlertKind.SHOP_BANNED})
_BAN: Final = "pushes-banned"
_GATHERS: Final = timedelta(minutes=2)
_QUIET: Final = timedelta(minutes=30)  # one message of a kind
_GOOD_FOR: Final = timedelta(hours=12)
_LINES_MAX: Final = 20


def consider(events: Iterable[Event], *, now: datetime) -> int:
    """Put what sellers asked to be told into their outboxes; say how many lines it was.

    Runs in the transaction that wrote the news.
    """
    wanted: dict[int, list[tuple[AlertKind, Event]]] = defaultdict(list)
    for event in events:
        kind = _ALERTS.get(event.kind)
        if kind is not None and (kind != AlertKind.SHOP_BANNED or _is_ban(event)):
            wanted[event.user_id].append((kind, event))
    if not wanted:
        return 0
    kinds = sorted({kind for news in wanted.values() for kind, _ in news})
    asked = Preferences.rows.filter(user__in=wanted, alerts__overlap=kinds).select_related("user")
    told = 0
    for wishes in asked:
        phone = phone_of(wishes, now=now)
        mine = [(kind, event) for kind, event in wanted[wishes.user_id] if kind in wishes.alerts]
        for kind, event in mine if phone else ():
            told += _gather(wishes, phone, kind, _line(event), now)
    return told


def phone_of(wishes: Preferences, *, now: datetime) -> str:
    """Where alerts go: to the number that was named, or to the one connected; else nowhere.

    Nowhere too where the plan has none.
    """
    if not entitlement_of(wishes.user_id, now=now).terms.has(Feature.WHATSAPP_ALERTS):
        return ""
    connected = Connection.rows.filter(user=wishes.user_id).exclude(wish=Wish.DELETED)
    own = connected.values_list("phone", flat=True).first()
    return "" if own is None else wishes.alert_phone or own


def when(wishes: Preferences, kind: AlertKind, *, now: datetime) -> datetime:
    """When an alert may go: at once if it can't wait, else not at night."""
    allowance = manners.Allowance(
        opens_at=wishes.opens_at,
        closes_at=wishes.closes_at,
        most_an_hour=wishes.most_an_hour,
        most_a_day=wishes.most_a_day,
        most_first_a_day=wishes.most_first_a_day,
    )
    if kind in _URGENT or manners.is_open(allowance, now):
        return now
    return manners.opens_next(allowance, now)


def _gather(wishes: Preferences, phone: str, kind: AlertKind, line: str, now: datetime) -> int:
    """Add a line to the message of this kind that has not gone yet, or begin one."""
    bucket = int(now.timestamp() // _QUIET.total_seconds())
    cause = f"alert:{kind}:{bucket}"
    with transaction.atomic():
        mine = Message.rows.select_for_update().filter(user=wishes.user_id, cause=cause)
        begun = mine.first()
        if begun is None:
            _begin(wishes, phone, kind=kind, line=line, cause=cause, now=now)
            return 1
        is_full = begun.text.count("\n") >= _LINES_MAX or len(begun.text) > LONGEST_TEXT - 200
        if begun.state != MessageState.WAITING or is_full or not line or line in begun.text:
            return 0
        return mine.update(text=Concat(F("text"), Value(f"\n{line}")))


def _begin(
    wishes: Preferences,
    phone: str,
    *,
    kind: AlertKind,
    line: str,
    cause: str,
    now: datetime,
) -> None:
    head = HEADS[kind][wishes.language]
    put(
        user=wishes.user,
        contact=contact_of_phone(user=wishes.user, phone=phone, now=now),
        text=f"{head}\n{line}" if line else head,
        kind=MessageKind.ALERT,
        cause=cause,
        due_at=when(wishes, kind, now=now + _GATHERS),
        expires_at=now + _GOOD_FOR,
        now=now,
    )


def _is_ban(event: Event) -> bool:
    return bool(event.payload.get("attention") == _BAN)


def _line(event: Event) -> str:
    """What it is about, in one line of names and numbers."""
    said: Mapping[str, Any] = event.payload
    if title := said.get("title"):
        price = said.get("wanted_price_tiyn")
        return f"• {title}" + (f": {Money(price)}" if isinstance(price, int) else "")
    ids = said.get("store_ids") or [one for one in [said.get("store_id")] if one]
    stores = Store.rows.filter(pk__in=ids, user=event.user_id).order_by("pk")
    names = ", ".join(stores.values_list("name", flat=True))
    if until := _local(said.get("until")):
        names = f"{names} → {until:%H:%M}"
    if until := _local(said.get("access_until")):
        names = f"→ {until:%d.%m.%Y}"
    return f"• {names}" if names else ""


def _local(said: object) -> datetime | None:
    return datetime.fromisoformat(said).astimezone(ALMATY) if isinstance(said, str) else None
