"""Stores with how they do: what reaches them, what they spend, where they sell, what they said."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, time

from django.db.models import Count, Max, OuterRef, Q, QuerySet, Subquery, TextField, Value
from django.db.models.functions import Cast, Concat

from accounts.models import User
from kaspi.models import Attention, City, Store
from kaspi.selectors import points_of, store_of
from products.models import Change, ChangeState, Product, RuleSheet
from products.pricing.hours import ALMATY
from products.pricing.sheets import Sheet
from products.pricing.worth import WINDOW

ALLOWED = 250  # changes that Kaspi takes of a shop within WINDOW
_FAILED = (ChangeState.REFUSED, ChangeState.LOST, ChangeState.OVERDUE)


@dataclass(frozen=True, slots=True)
class Spent:
    """The changes a store sent: of the present window, today by the clock of Almaty, in vain."""

    in_window: int = 0
    today: int = 0
    failed_today: int = 0


@dataclass(frozen=True, slots=True)
class Overview:
    """A store with how it does. ``sheet`` is what its seller said of it alone."""

    store: Store
    looked_at: datetime | None
    pushed_at: datetime | None
    spent: Spent
    points: int
    cities: Sequence[City]
    sheet: Sheet

    @property
    def is_stalled(self) -> bool:
        return self.store.attention == Attention.STALLED


def overview_of(user: User, *, store_id: int, now: datetime) -> Overview:
    """One store of the seller. Raises StoreMissing, also for somebody else's."""
    [found] = overviews_of(user, [store_of(user, store_id=store_id)], now=now)
    return found


def overviews_of(user: User, stores: Sequence[Store], *, now: datetime) -> list[Overview]:
    """How some of the seller's stores do: four queries, however many they are."""
    if not stores:
        return []
    ids = [store.pk for store in stores]
    contacts, spent = _contacts(user, ids), _spent(user, ids, now=now)
    points, cities = _points(user, ids)
    sheets = _sheets(user, ids)
    return [
        Overview(
            store,
            *contacts.get(store.pk, (None, None)),
            spent=spent.get(store.pk, Spent()),
            points=points[store.pk],
            cities=cities.get(store.pk, ()),
            sheet=sheets.get(store.pk, {}),
        )
        for store in stores
    ]


def _contacts(
    user: User, ids: Iterable[int]
) -> Mapping[int, tuple[datetime | None, datetime | None]]:
    """When each store was last looked for, and last pushed to."""
    looks = Product.rows.filter(store=OuterRef("pk")).order_by().values("store")
    pushes = Change.rows.filter(store=OuterRef("pk"), sent_at__isnull=False).order_by("-sent_at")
    rows = Store.objects.for_user(user).filter(pk__in=ids)
    rows = rows.annotate(
        looked_at=Subquery(looks.annotate(at=Max("market__looked_at")).values("at")),
        pushed_at=Subquery(pushes.values("sent_at")[:1]),
    )
    found = rows.values_list("pk", "looked_at", "pushed_at")
    return {pk: (looked_at, pushed_at) for pk, looked_at, pushed_at in found}


def _spent(user: User, ids: Iterable[int], *, now: datetime) -> Mapping[int, Spent]:
    midnight = datetime.combine(now.astimezone(ALMATY), time.min, tzinfo=ALMATY)
    since = now - WINDOW
    # Changes of one listing's cities that went together are one change to Kaspi.
    one = Concat("product__sku", Value(" "), Cast("sent_at", TextField()), output_field=TextField())
    changes: QuerySet[Change] = Change.objects.for_user(user)
    rows = (
        changes.filter(store__in=ids, sent_at__gte=min(midnight, since))
        .values("store")
        .order_by()
        .annotate(
            in_window=Count(one, distinct=True, filter=Q(sent_at__gt=since)),
            today=Count(one, distinct=True, filter=Q(sent_at__gte=midnight)),
            failed=Count("pk", filter=Q(state__in=_FAILED, sent_at__gte=midnight)),
        )
    )
    return {row["store"]: Spent(row["in_window"], row["today"], row["failed"]) for row in rows}


def _points(user: User, ids: Iterable[int]) -> tuple[Counter[int], Mapping[int, list[City]]]:
    """How many points each store sells at, and in which cities."""
    counts: Counter[int] = Counter()
    cities: dict[int, dict[str, City]] = {}
    for point in points_of(user).filter(store__in=ids, is_enabled=True).order_by("city"):
        counts[point.store_id] += 1
        if point.city is not None:
            cities.setdefault(point.store_id, {})[point.city.city_id] = point.city
    return counts, {store_id: list(found.values()) for store_id, found in cities.items()}


def _sheets(user: User, ids: Iterable[int]) -> Mapping[int, Sheet]:
    rows = RuleSheet.objects.for_user(user).filter(store__in=ids)
    return dict(rows.values_list("store", "rules"))
