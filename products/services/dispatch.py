"""The tick: lend out what is due, no more than can be finished, oldest debt first.

    due markets ── a short transaction a shard: lock, mark the lease, commit ──► demper.<shard>
    due changes ── one for all stores ──► demper.push

A row is in at most one unexpired lease: rows are locked with ``skip_locked``, and the worker's
writes repeat the lease in their filter. A lost message costs one lease of time and nothing else.
"""

import uuid
from collections import defaultdict
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import TypeAlias

from django.conf import settings
from django.db import connection, transaction

from kaspi.models import SessionState
from products import jobs
from products.models import SHARD_COUNT, UNDER_WAY, Change, Market, PreorderChange, Pushed, Round
from products.services.attention import shard_rate
from products.services.deadlines import LEASE_S
from products.services.lines import lend_lines

Settling: TypeAlias = Callable[..., None]  # orders the reading of changes, as in ``jobs.py``
BATCH_AIM_S = 5.0  # a batch should be done about so soon: a decision waits for its whole batch
CHANGES_A_BATCH = 40
# Changes lent out to be read at once: about what the cabinet's budget reads within a lease.
SETTLEMENTS_HELD = 600
ROUNDS_KEPT = timedelta(days=2)
_LOCK_SPACE = 0x44454D50  # advisory locks of this project; any number that others don't use


def tick(*, now: datetime) -> None:
    """Order looks, pushes and settlements that are due. Two ticks at once do no harm."""
    for shard in range(SHARD_COUNT):
        with transaction.atomic():
            if _lock_shard(shard):
                _lend_markets(shard, now)
    with transaction.atomic():
        if _lock_shard(SHARD_COUNT):  # the pusher's, after the last of theirs
            lend_lines(now=now)
            _lend_settlements(Change, jobs.settle_changes, now)
            _lend_settlements(PreorderChange, jobs.settle_preorders, now)


def _lock_shard(shard: int) -> bool:
    """Hold the shard until commit, or learn that another tick does."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(%s, %s)", [_LOCK_SPACE, shard])
        (is_ours,) = cursor.fetchone()
    return bool(is_ours)


def batch_size() -> int:
    """How many markets make a batch that is done in about BATCH_AIM_S."""
    most: int = settings.MAX_CONCURRENT_TASKS
    return max(1, min(most, round(shard_rate() * BATCH_AIM_S)))


def _lend_markets(shard: int, now: datetime) -> None:
    held = Market.objects.filter(shard=shard, leased_until__gt=now).exclude(lease="").count()
    # Half of what the shard could finish within a lease: pushes need room as well.
    room = max(batch_size(), round(shard_rate() * LEASE_S / 2)) - held
    if room <= 0:
        return
    due = (
        Market.objects.due(now)
        .filter(shard=shard)
        .order_by("next_look_at", "id")
        .select_for_update(skip_locked=True)
        .values_list("id", flat=True)[:room]
    )
    for batch in _batches(list(due), batch_size()):
        lease = uuid.uuid4().hex
        Market.objects.filter(pk__in=batch).update(
            lease=lease, leased_until=now + timedelta(seconds=LEASE_S)
        )
        jobs.reprice_batch(shard=shard, market_ids=batch, lease=lease, lease_s=LEASE_S)


def _lend_settlements(kind: type[Pushed], order: Settling, now: datetime) -> None:
    """Order the reading of what was sent, a job a store, the longest due first."""
    followed = kind.rows.filter(state__in=UNDER_WAY)
    room = SETTLEMENTS_HELD - followed.filter(leased_until__gt=now).count()
    due = (
        followed.filter(next_step_at__lte=now, store__session__state=SessionState.LIVE)
        .exclude(leased_until__gt=now)
        .order_by("next_step_at", "pk")
        .select_for_update(skip_locked=True, of=("self",))
    )
    by_store: dict[int, list[int]] = defaultdict(list)
    for change_id, store_id in due.values_list("pk", "store")[: max(room, 0)]:
        by_store[store_id].append(change_id)
    for change_ids in by_store.values():
        for batch in _batches(change_ids, CHANGES_A_BATCH):
            order(change_ids=batch, lease=lend(batch, kind=kind, now=now), lease_s=LEASE_S)


def lend(change_ids: Sequence[int], *, kind: type[Pushed] = Change, now: datetime) -> str:
    """Put changes under a new lease and return it."""
    lease = uuid.uuid4().hex
    kind.rows.filter(pk__in=change_ids).update(
        lease=lease, leased_until=now + timedelta(seconds=LEASE_S)
    )
    return lease


def _batches(ids: Sequence[int], size: int) -> list[list[int]]:
    return [list(ids[start : start + size]) for start in range(0, len(ids), size)]


def forget_rounds(*, now: datetime) -> None:
    """Drop the counts of rounds nobody looks at any more."""
    Round.objects.filter(finished_at__lt=now - ROUNDS_KEPT).delete()
