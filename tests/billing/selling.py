"""What may be bought in tests."""

from typing import Any

from billing.models import Addon, Plan, PlanVersion, PromoCode
from billing.services.plans import open_price_list
from cube_demper.kernel.money import Money
from tests.factories import NOW


def open_plans() -> None:
    """Write the price list that the house opens with."""
    open_price_list(now=NOW)


def plan_version(code: str) -> PlanVersion:
    """The newest version of a plan."""
    return PlanVersion.objects.filter(plan__code=code).latest("number")


def make_version(*, code: str, **fields: Any) -> PlanVersion:
    """Make the next version of a plan: a tenge a month, or what is said, and else as it was."""
    last = plan_version(code)
    values = {
        field.name: getattr(last, field.name)
        for field in PlanVersion._meta.concrete_fields
        if field.name not in {"id", "number"}
    }
    more = {"number": last.number + 1, "month_price": Money.tenge(1), **fields}
    return PlanVersion.objects.create(**{**values, **more})


def addon(code: str) -> Addon:
    return Addon.objects.filter(code=code).latest("number")


def make_promo(*, code: str = "START", percent: int = 50, **fields: Any) -> PromoCode:
    """Make a word that halves the first payment of any plan."""
    return PromoCode.objects.create(code=code, percent=percent, **{"valid_from": NOW, **fields})


def plan(code: str) -> Plan:
    return Plan.objects.get(code=code)
