"""Events in their order."""

from datetime import datetime

from django.db import connection
from django.db.models import Q, QuerySet
from django.db.models.expressions import RawSQL

from accounts.models import User
from news.models import Event
from news.places import Place

# Transactions with lower numbers have all ended.
_HORIZON = "pg_snapshot_xmin(pg_current_snapshot())::text::bigint"
_HORIZON_OF_ROWS = RawSQL(_HORIZON, ())  # noqa: S611 -- nothing in it comes from anybody
# One's own are seen too, by whoever reads in the transaction that wrote them.
_OWN = RawSQL("pg_current_xact_id_if_assigned()::text::bigint", ())


def present() -> Place:
    """The place behind all that can be seen by now: what comes later is news."""
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {_HORIZON}")
        return Place(int(cursor.fetchone()[0]), 0)


def events_after(user: User, place: Place, *, most: int) -> list[Event]:
    """The next events of this seller, in their order."""
    behind = Q(xact__gt=place.xact) | Q(xact=place.xact, pk__gt=place.id)
    events = Event.objects.for_user(user).filter(behind, xact__gte=place.xact)
    settled = events.filter(Q(xact__lt=_HORIZON_OF_ROWS) | Q(xact=_OWN))
    return list(settled.order_by("xact", "pk")[:most])


def events_before(moment: datetime, *, most: int) -> list[int]:
    """Ids of anybody's events that were told before that moment, the oldest first."""
    old = Event.objects.across_users(reason="what is old is forgotten for everybody")
    ids = old.filter(told_at__lt=moment).order_by("told_at").values_list("pk", flat=True)
    return list(ids[:most])


def recent_events(user: User) -> "QuerySet[Event]":
    """What this seller was told, as far back as it is kept."""
    events: QuerySet[Event] = Event.objects.for_user(user)
    return events
