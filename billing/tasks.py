"""Background work of this app: each task is a door to one service."""

from datetime import timedelta
from typing import Any

from celery import shared_task
from django.conf import settings
from django.utils import timezone

from billing.jobs import CHARGE_READY
from billing.services import charging, ledger, reconciling, renewing

_CHARGING_FOR = timedelta(seconds=20)  # with the call that was begun last, below the soft limit


@shared_task(name=str(CHARGE_READY))
def charge_ready(**_: Any) -> None:
    if settings.TIPTOPPAY_PUBLIC_ID:
        charging.charge_ready(clock=timezone.now, until=timezone.now() + _CHARGING_FOR)


@shared_task(name="billing.advance")
def advance(**_: Any) -> None:
    renewing.advance(now=timezone.now())


@shared_task(name="billing.resolve_unknown")
def resolve_unknown(**_: Any) -> None:
    charging.resolve_unknown(clock=timezone.now)


@shared_task(name="billing.reconcile_yesterday")
def reconcile_yesterday(**_: Any) -> None:
    now = timezone.now()
    if settings.TIPTOPPAY_PUBLIC_ID:
        reconciling.reconcile(day=now.date() - timedelta(days=1), now=now)


@shared_task(name="billing.check_books")
def check_books(**_: Any) -> None:
    ledger.check_books(now=timezone.now())
