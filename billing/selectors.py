"""Reads that shape a screen, or join."""

from datetime import datetime

from django.db.models import Q, QuerySet

from billing.models import Addon, PlanVersion


def plans_on_sale(now: datetime) -> "QuerySet[PlanVersion]":
    """What may be bought, the smallest first, with the plan of each."""
    versions: QuerySet[PlanVersion] = PlanVersion.objects.on_sale(now)
    return versions.filter(plan__is_public=True).select_related("plan").order_by("plan__rank")


def addons_on_sale(now: datetime) -> "QuerySet[Addon]":
    """The add-ons that may be bought, each in its newest version."""
    sold = Addon.objects.filter(Q(valid_to=None) | Q(valid_to__gt=now), valid_from__lte=now)
    return sold.order_by("code", "-number").distinct("code")
