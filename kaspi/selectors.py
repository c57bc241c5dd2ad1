"""Reads with a shape: a seller's stores, logins and jobs."""

from uuid import UUID

from django.db.models import Prefetch, Q, QuerySet

from accounts.models import User
from kaspi.errors import (
    JobMissing,
    LoginMissing,
    OrderMissing,
    OrdersTokenMissing,
    PriceListMissing,
    StoreMissing,
)
from kaspi.models import (
    OPEN_JOB_STATES,
    Job,
    Login,
    Order,
    OrderEntry,
    OrdersAccess,
    Point,
    PriceList,
    Store,
)


def stores_of(user: User) -> "QuerySet[Store]":
    """The seller's stores with the state of their sessions and of their orders."""
    stores: QuerySet[Store] = Store.objects.for_user(user)
    return stores.select_related("session", "orders_access").defer("orders_access__token")


def merchant_ids_of(user_id: int) -> list[str]:
    """The shops that a seller has here."""
    stores = Store.objects.for_user(User(pk=user_id)).filter(released_at=None)
    return list(stores.order_by("pk").values_list("merchant_id", flat=True))


def store_of(user: User, *, store_id: int) -> Store:
    """One store of the seller. Raises StoreMissing, also for somebody else's."""
    store = stores_of(user).filter(pk=store_id).first()
    if store is None:
        raise StoreMissing
    return store


def named_store(given: str) -> Store:
    """The store that an operator names, by its id here or its id at Kaspi. Raises StoreMissing."""
    stores = Store.objects.across_users(reason="an operator names any store")
    by_id = Q(pk=int(given)) if given.isdecimal() and len(given) < len(str(2**63)) else Q()
    found: Store | None = (
        stores.filter(Q(merchant_id=given) | by_id, released_at=None)
        .select_related("session", "user")
        .order_by("pk")
        .first()
    )
    if found is None:
        raise StoreMissing(f"There is no store {given}.")
    return found


def login_of(user: User, *, login_id: UUID) -> Login:
    """One login of the seller. Raises LoginMissing, also for somebody else's."""
    login: Login | None = Login.objects.for_user(user).filter(pk=login_id).first()
    if login is None:
        raise LoginMissing
    return login


def job_of(user: User, *, job_id: UUID) -> Job:
    """One sync of the seller. Raises JobMissing, also for somebody else's."""
    job: Job | None = Job.objects.for_user(user).filter(pk=job_id).first()
    if job is None:
        raise JobMissing
    return job


def jobs_of(user: User) -> "QuerySet[Job]":
    """The seller's syncs and imports."""
    jobs: QuerySet[Job] = Job.objects.for_user(user)
    return jobs


def points_of(user: User) -> "QuerySet[Point]":
    """The points of sale of the seller's stores, with their cities."""
    points: QuerySet[Point] = Point.objects.for_user(user)
    return points.select_related("city")


def open_job_of(store: Store) -> Job:
    """The reading of the store's catalogue that is under way. Raises JobMissing."""
    job: Job | None = Job.rows.filter(store=store, state__in=OPEN_JOB_STATES).first()
    if job is None:
        raise JobMissing
    return job


def price_list_of(user: User, *, store_id: int) -> PriceList:
    """The price list of one store of the seller. Raises PriceListMissing, also for a foreign id."""
    found: PriceList | None = (
        PriceList.objects.for_user(user).filter(store=store_id).select_related("store").first()
    )
    if found is None:
        raise PriceListMissing
    return found


def orders_access_of(user: User, *, store_id: int) -> OrdersAccess:
    """How a store's orders are read. Raises OrdersTokenMissing, also for a foreign id."""
    found: OrdersAccess | None = OrdersAccess.objects.for_user(user).filter(store=store_id).first()
    if found is None:
        raise OrdersTokenMissing
    return found


def orders_of(user: User) -> "QuerySet[Order]":
    """The seller's orders, without their lines. A phone stays sealed until it is asked for."""
    orders: QuerySet[Order] = Order.objects.for_user(user).select_related("store")
    return orders.defer("buyer_phone")


def order_of(user: User, *, order_id: int) -> Order:
    """One order of the seller with its lines. Raises OrderMissing, also for somebody else's."""
    lines = Prefetch("entries", queryset=OrderEntry.rows.order_by("number", "pk"))
    order = orders_of(user).prefetch_related(lines).filter(pk=order_id).first()
    if order is None:
        raise OrderMissing
    return order
