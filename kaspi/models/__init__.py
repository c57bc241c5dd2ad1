"""What we keep of Kaspi, a file for each kind."""

from kaspi.models.addresses import EgressAddress
from kaspi.models.jobs import OPEN_JOB_STATES, Job, JobKind, JobState
from kaspi.models.logins import OPEN_LOGIN_STATES, Login, LoginState
from kaspi.models.orders import ARCHIVE, Order, OrderEntry, OrdersAccess, OrdersState
from kaspi.models.points import City, Point
from kaspi.models.price_lists import ImportPart, PriceList
from kaspi.models.stores import (
    ALMATY,
    Attention,
    Channel,
    Session,
    SessionState,
    Store,
    StoreQuerySet,
)

__all__ = [
    "ALMATY",
    "ARCHIVE",
    "OPEN_JOB_STATES",
    "OPEN_LOGIN_STATES",
    "Attention",
    "Channel",
    "City",
    "EgressAddress",
    "ImportPart",
    "Job",
    "JobKind",
    "JobState",
    "Login",
    "LoginState",
    "Order",
    "OrderEntry",
    "OrdersAccess",
    "OrdersState",
    "Point",
    "PriceList",
    "Session",
    "SessionState",
    "Store",
    "StoreQuerySet",
]
