"""Reads that shape a screen, or join."""

from datetime import datetime
from uuid import UUID

from django.db.models import Q, QuerySet

from accounts.models import User
from billing.errors import PaymentMissing
from billing.models import Addon, Payment, PlanVersion, Subscription, SubscriptionState


def plans_on_sale(now: datetime) -> "QuerySet[PlanVersion]":
    """What may be bought, the smallest first, with the plan of each."""
    versions: QuerySet[PlanVersion] = PlanVersion.objects.on_sale(now)
    return versions.filter(plan__is_public=True).select_related("plan").order_by("plan__rank")


def addons_on_sale(now: datetime) -> "QuerySet[Addon]":
    """The add-ons that may be bought, each in its newest version."""
    sold = Addon.objects.filter(Q(valid_to=None) | Q(valid_to__gt=now), valid_from__lte=now)
    return sold.order_by("code", "-number").distinct("code")


def subscription_shown(user: User) -> Subscription | None:
    """A seller's subscription with all that a screen shows of it; ``None`` where there is none."""
    own = Subscription.objects.for_user(user).exclude(state=SubscriptionState.CANCELED)
    row: Subscription | None = (
        own.select_related("version__plan", "next_version__plan")
        .prefetch_related("addons__addon")
        .first()
    )
    return row


def payments_of(user: User) -> "QuerySet[Payment]":
    """A seller's payments, with the plan of each."""
    own: QuerySet[Payment] = Payment.objects.for_user(user)
    return own.select_related("version__plan")


def payment_of(user: User, payment_id: UUID) -> Payment:
    """One payment of a seller. Raises PaymentMissing, also for a foreign id."""
    row = payments_of(user).select_related("user").filter(pk=payment_id).first()
    if row is None:
        raise PaymentMissing
    return row
