"""Money for assistants: reserved before a call, settled after it, within the caps.

Every call locks the day's row, then the month's; so two never wait for each other in a ring. What
is reserved is the most a call may cost as far as can be told. A seller is charged no more than
that, so no month passes its cap; the day passes its own by the error of such guesses at most.
"""

from dataclasses import dataclass
from datetime import date, datetime, timedelta

import structlog
from django.conf import settings
from django.db import transaction
from django.db.models import F

from accounts.models import User
from ai.errors import AllowanceSpent, DayBudgetSpent
from ai.models import CallState, DaySpending, ModelCall, MonthSpending
from ai.ports import Finished, Usage
from ai.prices import Price
from ai.words import Assistant
from cube_demper.kernel.money import Money
from products.pricing.hours import ALMATY

logger = structlog.get_logger("ai.budgets")
_STALE = timedelta(minutes=15)
_NOTHING = Money(0)


@dataclass(frozen=True, slots=True)
class Purse:
    """Who pays for a call, and what it is for."""

    user: User
    assistant: Assistant
    purpose: str
    conversation_id: int | None = None


@dataclass(frozen=True, slots=True)
class Allowance:
    """A seller's month: the cap, what of it is spent or being spent, and when a new one begins."""

    cap: Money
    spent: Money
    reserved: Money
    resets_at: datetime


def monthly_cap(user: User) -> Money:  # noqa: ARG001 -- plans will tell sellers apart
    """What a seller's assistants may spend in a month."""
    return Money(settings.AI_MONTHLY_TIYN)


def allowance_of(user: User, *, now: datetime) -> Allowance:
    """How a seller's month stands."""
    row = MonthSpending.objects.for_user(user).filter(month=month_of(now)).first()
    spent, reserved = (row.spent, row.reserved) if row else (_NOTHING, _NOTHING)
    return Allowance(monthly_cap(user), spent, reserved, next_month(now))


def reserve(
    purse: Purse, *, model: str, price: Price, usage: Usage, cap: Money, now: datetime
) -> ModelCall:
    """Set aside what a call may use at most. Raises AllowanceSpent and DayBudgetSpent."""
    amount, day, month = price.of(usage), day_of(now), month_of(now)
    with transaction.atomic():
        today, own = _locked(purse.user, day, month)
        if own.spent + own.reserved + amount > cap:
            raise AllowanceSpent(retry_at=next_month(now))
        if today.spent + today.reserved + amount > Money(settings.AI_DAILY_TIYN):
            logger.error("ai.day.spent", day=str(day))
            raise DayBudgetSpent(retry_at=next_day(now))
        _add(day, month, purse.user.pk, spent=_NOTHING, own_spent=_NOTHING, reserved=amount)
        call: ModelCall = ModelCall.rows.create(
            user=purse.user,
            assistant=purse.assistant,
            purpose=purse.purpose,
            conversation_id=purse.conversation_id,
            day=day,
            month=month,
            asked_model=model,
            price=[price.prompt, price.cached, price.completion],
            reserved=amount,
            cost=_NOTHING,
            own_cost=_NOTHING,
            reserved_at=now,
        )
    return call


def settle(call: ModelCall, finished: Finished, *, now: datetime) -> None:
    """Charge what a call used. One whose usage is not told is charged as reserved."""
    usage = finished.usage
    own_cost = call.reserved if usage is None else Price(*call.price).of(usage)
    used = usage or Usage()
    _close(
        call,
        CallState.SETTLED,
        cost=min(own_cost, call.reserved),
        own_cost=own_cost,
        answered_model=finished.model,
        request_id=finished.request_id,
        prompt_tokens=used.prompt,
        cached_tokens=used.cached,
        completion_tokens=used.completion,
        reasoning_tokens=used.reasoning,
        settled_at=now,
    )


def lose(call: ModelCall, *, delivered: Usage, error: str, now: datetime) -> None:
    """Write down a call that broke off: the seller pays what arrived, the house reckons with all.

    ``delivered`` is a guess by the texts.
    """
    price = Price(*call.price)
    cost = min(price.of(delivered), call.reserved) if delivered.completion else _NOTHING
    _close(
        call,
        CallState.UNKNOWN,
        cost=cost,
        own_cost=call.reserved,
        error=error,
        prompt_tokens=delivered.prompt,
        completion_tokens=delivered.completion,
        settled_at=now,
    )


def release(call: ModelCall, *, error: str, now: datetime) -> None:
    """Give back what was reserved for a call that the provider did not take up."""
    _close(call, CallState.RELEASED, cost=_NOTHING, own_cost=_NOTHING, error=error, settled_at=now)


def sweep(*, now: datetime) -> int:
    """Close the calls of processes that are no more: nobody will tell their cost."""
    stale = ModelCall.objects.across_users(reason="calls of dead processes")
    rows = list(stale.filter(state=CallState.RESERVED, reserved_at__lt=now - _STALE))
    for call in rows:
        lose(call, delivered=Usage(), error="swept", now=now)
    return len(rows)


def day_of(now: datetime) -> date:
    return now.astimezone(ALMATY).date()


def month_of(now: datetime) -> date:
    return day_of(now).replace(day=1)


def next_day(now: datetime) -> datetime:
    return _midnight(day_of(now) + timedelta(days=1))


def next_month(now: datetime) -> datetime:
    return _midnight((month_of(now) + timedelta(days=32)).replace(day=1))


def _midnight(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, tzinfo=ALMATY)


def _locked(user: User, day: date, month: date) -> tuple[DaySpending, MonthSpending]:
    """The two sums, locked in their order; begun where nothing was spent yet."""
    begun = {"spent": _NOTHING, "reserved": _NOTHING}
    today = DaySpending.objects.select_for_update().filter(day=day).first()
    if today is None:
        DaySpending.objects.get_or_create(day=day, defaults=begun)
        today = DaySpending.objects.select_for_update().get(day=day)
    own = MonthSpending.rows.select_for_update().filter(user=user, month=month).first()
    if own is None:
        MonthSpending.rows.get_or_create(user=user, month=month, defaults=begun)
        own = MonthSpending.rows.select_for_update().get(user=user, month=month)
    return today, own


def _close(call: ModelCall, state: CallState, **told: object) -> None:
    """Close a call once, however often that is asked."""
    with transaction.atomic():
        row = ModelCall.rows.select_for_update().get(pk=call.pk)
        if row.state != CallState.RESERVED:
            return
        row.state = state
        for name, value in told.items():
            setattr(row, name, value)
        row.save()
        _add(
            row.day,
            row.month,
            row.user_id,
            spent=row.own_cost,
            own_spent=row.cost,
            reserved=Money(-row.reserved.tiyn),
        )


def _add(
    day: date, month: date, user_id: int, *, spent: Money, own_spent: Money, reserved: Money
) -> None:
    DaySpending.objects.filter(day=day).update(
        spent=F("spent") + spent.tiyn, reserved=F("reserved") + reserved.tiyn
    )
    MonthSpending.rows.filter(user=user_id, month=month).update(
        spent=F("spent") + own_spent.tiyn, reserved=F("reserved") + reserved.tiyn
    )
