"""The tick: lend out what is due, no more than can be finished, oldest debt first.

    due rows ── one short transaction a shard: lock, mark the lease, commit ──► demper.<shard>

A row is in at most one unexpired lease: rows are locked with ``skip_locked``, and the worker's
writes repeat the lease in their filter. A lost message costs one lease of time and nothing else.
"""

import uuid
from collections.abc import Sequence
from datetime import datetime, timedelta

from django.conf import settings
from django.db import connection, transaction
from django.db.models import Q

from kaspi.models import Channel, SessionState
from products import jobs
from products.models import SHARD_COUNT, Change, ChangeState, Market, Round
from products.services.attention import shard_rate
from products.services.deadlines import LEASE_S

BATCH_AIM_S = 5.0  # a batch should be done about so soon: a decision waits for its whole batch
CHANGES_A_BATCH = 40
ROUNDS_KEPT = timedelta(days=2)
_LOCK_SPACE = 0x44454D50  # advisory locks of this project; any number that others don't use


def tick(*, now: datetime) -> None:
    """Order looks, pushes and settlements that are due. Two ticks at once do no harm."""
    for shard in range(SHARD_COUNT):
        with transaction.atomic():
            if _lock_shard(shard):
                _lend_markets(shard, now)
                _lend_changes(shard, now)


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


def _lend_changes(shard: int, now: datetime) -> None:
    due = (
        Change.objects.across_users(reason="changes of every seller are sent by one tick")
        .filter(product__market__shard=shard, next_step_at__lte=now)
        .exclude(leased_until__gt=now)
        .order_by("next_step_at", "id")
        .select_for_update(skip_locked=True, of=("self",))
    )
    is_store_live = Q(
        product__store__channel=Channel.CABINET,
        product__store__session__state=SessionState.LIVE,
        product__store__is_paused=False,
    )
    pending = due.filter(is_store_live, state=ChangeState.PENDING)
    unsettled = due.filter(
        product__store__session__state=SessionState.LIVE,
        state__in=(ChangeState.SENDING, ChangeState.SENT),
    )
    for changes, order in ((pending, jobs.push_changes), (unsettled, jobs.settle_changes)):
        ids = list(changes.values_list("id", flat=True)[:CHANGES_A_BATCH])
        if ids:
            lease = lend(ids, now=now)
            order(shard=shard, change_ids=ids, lease=lease, lease_s=LEASE_S)


def lend(change_ids: Sequence[int], *, now: datetime) -> str:
    """Put changes under a new lease and return it."""
    lease = uuid.uuid4().hex
    Change.objects.across_users(reason="a lease spans sellers").filter(pk__in=change_ids).update(
        lease=lease, leased_until=now + timedelta(seconds=LEASE_S)
    )
    return lease


def _batches(ids: Sequence[int], size: int) -> list[list[int]]:
    return [list(ids[start : start + size]) for start in range(0, len(ids), size)]


def forget_rounds(*, now: datetime) -> None:
    """Drop the counts of rounds nobody looks at any more."""
    Round.objects.filter(finished_at__lt=now - ROUNDS_KEPT).delete()
