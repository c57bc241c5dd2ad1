"""The price list: opened once, and read by whoever wants to buy."""

from datetime import datetime

from django.db import transaction

from billing.models import Addon, Plan, PlanVersion
from billing.opening_prices import ADDONS, MONTHS_PAID_OF_A_YEAR, PLANS, AddonOffer, PlanOffer
from cube_demper.kernel.money import Money


def open_price_list(*, now: datetime) -> int:
    """Write the plans and add-ons that the house opens with; say how many were new.

    What is there already stays as it is, also where an operator has made other prices.
    """
    with transaction.atomic():
        return sum(_open_plan(offer, now) for offer in PLANS) + sum(
            _open_addon(offer, now) for offer in ADDONS
        )


def _open_plan(offer: PlanOffer, now: datetime) -> bool:
    plan, is_new = Plan.objects.get_or_create(
        code=offer.code, defaults={"name": offer.name, "rank": offer.rank}
    )
    if is_new:
        terms = offer.terms
        PlanVersion.objects.create(
            plan=plan,
            number=1,
            valid_from=now,
            month_price=Money.tenge(offer.tenge_a_month),
            year_price=Money.tenge(offer.tenge_a_month * MONTHS_PAID_OF_A_YEAR),
            trial_days=offer.trial_days,
            repriced_products=terms.repriced_products,
            analysed_products=terms.analysed_products,
            stores=terms.stores,
            helpers=terms.helpers,
            shortest_interval_s=terms.shortest_interval_s,
            features=sorted(terms.features),
        )
    return is_new


def _open_addon(offer: AddonOffer, now: datetime) -> bool:
    _, is_new = Addon.objects.get_or_create(
        code=offer.code,
        defaults={
            "name": offer.name,
            "valid_from": now,
            "month_price": Money.tenge(offer.tenge_a_month),
            "year_price": Money.tenge(offer.tenge_a_month * MONTHS_PAID_OF_A_YEAR),
            "repriced_products": offer.repriced_products,
            "features": sorted(offer.features),
            "most": offer.most,
        },
    )
    return is_new
