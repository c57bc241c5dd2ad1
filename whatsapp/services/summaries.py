"""The day in numbers, once a day, for who asked for it."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final

import structlog
from django.db import transaction
from django.db.models import Count, F, Q

from accounts.models import User
from products.models import Change, ChangeState, Product
from products.pricing.hours import ALMATY
from products.pricing.model import Reason
from products.services.charts import Chart, chart_of
from whatsapp.alert_words import SUMMARY, sparkline
from whatsapp.models import AlertKind, Message, MessageKind, Preferences
from whatsapp.services.alerts import phone_of
from whatsapp.services.contacts import contact_of_phone
from whatsapp.services.outbox import put

logger = structlog.get_logger("whatsapp.summaries")
_DAY: Final = timedelta(days=1)
_GOOD_FOR: Final = timedelta(hours=4)
_STEPS: Final = 24
_AT_ONCE: Final = 200


def tell_due(*, now: datetime) -> int:
    """Put today's summary into the outbox of everybody whose hour has come; say how many."""
    local = now.astimezone(ALMATY)
    cause = f"summary:{local.date().isoformat()}"
    told = Message.rows.filter(cause=cause).values("user")
    due = Preferences.rows.filter(
        alerts__contains=[AlertKind.DAILY_SUMMARY],
        summary_at__lte=local.hour * 60 + local.minute,
    ).exclude(user__in=told)
    count = 0
    for wishes in due.select_related("user")[:_AT_ONCE]:
        if phone := phone_of(wishes, now=now):
            _tell(wishes, phone, cause, now)
            count += 1
    return count


def _tell(wishes: Preferences, phone: str, cause: str, now: datetime) -> None:
    user = wishes.user
    text = text_of(user=user, language=wishes.language, now=now)
    with transaction.atomic():
        put(
            user=user,
            contact=contact_of_phone(user=user, phone=phone, now=now),
            text=text,
            kind=MessageKind.ALERT,
            cause=cause,
            expires_at=now + _GOOD_FOR,
            now=now,
        )


def text_of(*, user: User, language: str, now: datetime) -> str:
    """The last day in numbers, and the price of the product that moved most, drawn in blocks."""
    watched = Product.objects.for_user(user).repriced()
    numbers = watched.aggregate(
        watched=Count("pk"),
        at_wanted=Count("pk", filter=Q(price=F("wanted_price"))),
        at_floor=Count("pk", filter=Q(reason=Reason.AT_FLOOR)),
        wars=Count("pk", filter=Q(at_war_since__isnull=False)),
    )
    applied = Change.objects.for_user(user).filter(
        state=ChangeState.APPLIED, settled_at__gt=now - _DAY
    )
    text = SUMMARY[language].format(applied=applied.count(), **numbers)
    busiest = applied.values_list("product").annotate(times=Count("pk")).order_by("-times").first()
    if busiest is None:
        return text
    product = Product.objects.for_user(user).get(pk=busiest[0])
    drawn = sparkline(_hourly(chart_of(user=user, product_id=product.pk, days=1, now=now)))
    return f"{text}\n{product.title}: {product.price or ''}\n{drawn}".rstrip()


def _hourly(chart: Chart) -> list[int]:
    """Our price at the end of each hour, in tenge, from the first one known on."""
    values: Sequence[int | None] = [
        _price_at(chart, chart.since + (chart.until - chart.since) * (step + 1) / _STEPS)
        for step in range(_STEPS)
    ]
    return [value for value in values if value is not None]


def _price_at(chart: Chart, at: datetime) -> int | None:
    known = [price for moment, price in chart.ours if moment <= at]
    return known[-1].tiyn // 100 if known and known[-1] is not None else None
