"""What somebody buys at once: a plan's version, for a month or a year, with add-ons."""

from calendar import monthrange
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from billing import selectors
from billing.errors import AddonMissing, PlanCostsNothing, PlanMissing, TooManyOfAddon
from billing.models import Addon, Payment, Period, PlanVersion, Subscription
from cube_demper.kernel.money import Money

_MONTHS_A_YEAR = 12


@dataclass(frozen=True, slots=True)
class Basket:
    """A version with its add-ons. ``price`` is for one period."""

    version: PlanVersion
    period: Period
    addons: tuple[tuple[Addon, int], ...] = ()

    @property
    def price(self) -> Money:
        tiyn = self.version.price(self.period).tiyn
        return Money(
            tiyn + sum(addon.price(self.period).tiyn * number for addon, number in self.addons)
        )

    @property
    def quantities(self) -> dict[str, int]:
        """How many of each add-on, by id, as a payment keeps it."""
        return {str(addon.pk): number for addon, number in self.addons}

    @property
    def contents(self) -> tuple[int, str, dict[str, int]]:
        return self.version.pk, self.period.value, self.quantities


def chosen(*, plan: str, period: Period, addons: Mapping[str, int], now: datetime) -> Basket:
    """What is sold now under these names.

    Raises PlanMissing, PlanCostsNothing, AddonMissing and TooManyOfAddon.
    """
    version = selectors.plans_on_sale(now).filter(plan__code=plan).first()
    if version is None:
        raise PlanMissing
    if version.month_price.tiyn == 0:
        raise PlanCostsNothing
    sold = {one.code: one for one in selectors.addons_on_sale(now)}
    return Basket(version, period, _rows(sold, addons))


def with_addons(kept: Basket, addons: Mapping[str, int], *, now: datetime) -> Basket:
    """The same plan with these add-ons; one that is there already keeps its price.

    Raises AddonMissing and TooManyOfAddon.
    """
    sold = {one.code: one for one in selectors.addons_on_sale(now)}
    known = {**sold, **{addon.code: addon for addon, _ in kept.addons}}
    return Basket(kept.version, kept.period, _rows(known, addons))


def _rows(known: Mapping[str, Addon], addons: Mapping[str, int]) -> tuple[tuple[Addon, int], ...]:
    rows = []
    for code, number in sorted(addons.items()):
        if code not in known:
            raise AddonMissing(f"There is no add-on {code}.")
        if number > known[code].most:
            raise TooManyOfAddon(f"Of {code} one may have {known[code].most} at most.")
        if number:
            rows.append((known[code], number))
    return tuple(rows)


def basket_of(subscription: Subscription) -> Basket:
    """What a subscription holds now."""
    rows = subscription.addons.select_related("addon").order_by("addon__code")
    version = PlanVersion.objects.select_related("plan").get(pk=subscription.version_id)
    addons = tuple((row.addon, row.quantity) for row in rows)
    return Basket(version, Period(subscription.period), addons)


def next_basket_of(subscription: Subscription) -> Basket:
    """What a subscription will hold in its next period."""
    if subscription.next_version_id is None:
        return basket_of(subscription)
    return _basket(
        subscription.next_version_id, subscription.next_period, subscription.next_addons or {}
    )


def bought_by(payment: Payment) -> Basket:
    """What a payment buys."""
    return _basket(payment.version_id, payment.period, payment.addons)


def _basket(version_id: int, period: str, quantities: Mapping[str, int]) -> Basket:
    addons = Addon.objects.in_bulk([int(pk) for pk in quantities])
    rows = tuple(
        (addons[int(pk)], number)
        for pk, number in sorted(quantities.items(), key=lambda one: addons[int(one[0])].code)
    )
    version = PlanVersion.objects.select_related("plan").get(pk=version_id)
    return Basket(version, Period(period), rows)


def end_of(period: str, begins_at: datetime) -> datetime:
    """When a period that begins then is over: the same day of a later month, or its last day."""
    months = _MONTHS_A_YEAR if period == Period.YEAR else 1
    year, month = divmod(begins_at.year * 12 + begins_at.month - 1 + months, 12)
    day = min(begins_at.day, monthrange(year, month + 1)[1])
    return begins_at.replace(year=year, month=month + 1, day=day)
