"""A store's line: when the changes that wait in it are pushed, and by whom.

    decided ──join──► due ──lend──► a job for the store ──leave──► due again, or empty

All changes of a store go together: one worker at a time counts its quota, and a bundle holds what
waits. Stores take turns: whoever has more to send joins again at the end. What joins while the line
is served makes it due once more; nothing is forgotten with a worker, as its lease runs out.
"""

import uuid
from collections.abc import Collection, Iterable
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import DateTimeField, F, Q, Value
from django.db.models.functions import Coalesce

from kaspi.models import Channel, SessionState
from products import jobs
from products.models import Change, PushLine
from products.services.deadlines import LEASE_S

_SOON = timedelta(seconds=10)
LINES_HELD = 48  # lent out at once: a few for each thread of the pusher, who is done in seconds


def order_pushes(change_ids: Iterable[int], *, now: datetime) -> None:
    """Have these changes pushed soon. Runs in the transaction that decided them."""
    changes = Change.objects.across_users(reason="a look decides for every seller on a card")
    joining = changes.filter(pk__in=change_ids)
    hurried = joining.filter(Q(is_own=True) | Q(old_price__lt=F("floor")))
    store_ids = set(joining.values_list("store", flat=True))
    join_lines(store_ids, now=now, hurried=set(hurried.values_list("store", flat=True)))
    lend_lines(now=now, store_ids=store_ids)


def join_lines(store_ids: Iterable[int], *, now: datetime, hurried: Collection[int] = ()) -> None:
    """Make the lines of these stores due. One that is due already keeps its place.

    One that waits for quota and will be due within seconds is left to wait, unless it is
    ``hurried``: who joins it is ranked with the others then.
    """
    # By rising id, after markets, products and changes, as every other writer takes them.
    store_ids = sorted(store_ids)
    with transaction.atomic():
        PushLine.rows.bulk_create(
            [PushLine(store_id=store_id) for store_id in store_ids], ignore_conflicts=True
        )
        lines = PushLine.rows.filter(store__in=store_ids).order_by("pk")
        held = list(lines.select_for_update().values_list("pk", flat=True))
        later = Q(due_at=None) | Q(due_at__gt=now + _SOON) | Q(due_at__gt=now, pk__in=hurried)
        PushLine.rows.filter(later, pk__in=held).update(due_at=now)


def lend_lines(*, now: datetime, store_ids: Iterable[int] | None = None) -> None:
    """Order a push for each line that is due, of these stores or of all, the longest due first."""
    lines = PushLine.objects.across_users(reason="every seller's prices are pushed by one pusher")
    is_free = Q(due_at__lte=now, lease="") | Q(leased_until__lte=now)
    is_live = Q(
        store__channel=Channel.CABINET,
        store__session__state=SessionState.LIVE,
        store__is_paused=False,
        store__released_at=None,
        store__user__is_active=True,
    )
    due = lines.filter(is_free, is_live)
    if store_ids is not None:
        due = due.filter(store__in=store_ids)
    with transaction.atomic():
        room = LINES_HELD - lines.filter(leased_until__gt=now).count()
        taken = due.order_by("due_at", "pk").select_for_update(skip_locked=True, of=("self",))
        for line in taken[: max(room, 0)]:
            lease = uuid.uuid4().hex
            lines.filter(pk=line.pk).update(
                lease=lease, due_at=None, leased_until=now + timedelta(seconds=LEASE_S)
            )
            jobs.push_changes(store_id=line.pk, lease=lease, lease_s=LEASE_S)


def keep_line(*, store_id: int, lease: str, now: datetime) -> bool:
    """Hold the line for another lease of time; False when it is somebody else's by now.

    What joined until here is seen by whoever asks after this: the line need not be due for it.
    """
    kept = PushLine.rows.filter(pk=store_id, lease=lease, leased_until__gt=now).update(
        due_at=None, leased_until=now + timedelta(seconds=LEASE_S)
    )
    return bool(kept)


def leave_line(*, store_id: int, lease: str, due_at: datetime | None) -> None:
    """Let go of a line until it is due again. Where somebody joined meanwhile, that is now."""
    held = PushLine.rows.filter(pk=store_id, lease=lease)
    next_at = Coalesce(F("due_at"), Value(due_at, output_field=DateTimeField()))
    held.update(due_at=next_at, lease="", leased_until=None)
