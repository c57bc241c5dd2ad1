"""Background work of this app: each task is a door to one service."""

from datetime import timedelta
from typing import Any
from uuid import UUID

from celery import shared_task
from django.conf import settings
from django.utils import timezone

from products.jobs import (
    CARRY_OUT_BULK_EDIT,
    IMPORT_CATALOGUE,
    PUSH_CHANGES,
    REPRICE_BATCH,
    REST_BY_PLAN,
    SETTLE_CHANGES,
    SETTLE_PREORDERS,
    SYNC_CATALOGUE,
)
from products.services import (
    attention,
    bulk_edits,
    canaries,
    catalogue,
    changes,
    cycles,
    dispatch,
    history,
    imports,
    preorder_changes,
    proposals,
    published,
    removals,
    reprice,
    resting,
    stalls,
    tape,
)
from products.services.deadlines import HARD_LIMIT_S, SOFT_LIMIT_S


@shared_task(name="products.tick")
def tick(**_: Any) -> None:
    dispatch.tick(now=timezone.now())


@shared_task(name=str(REPRICE_BATCH), soft_time_limit=SOFT_LIMIT_S, time_limit=HARD_LIMIT_S)
def reprice_batch(*, shard: int, market_ids: list[int], lease: str, **_: Any) -> None:
    reprice.reprice_batch(shard=shard, market_ids=market_ids, lease=lease, clock=timezone.now)


# These run on threads, which no limit of Celery's reaches: every step of theirs has its own.
@shared_task(name=str(PUSH_CHANGES))
def push_changes(*, store_id: int, lease: str, **_: Any) -> None:
    changes.push_changes(store_id=store_id, lease=lease, clock=timezone.now)


@shared_task(name=str(SETTLE_CHANGES))
def settle_changes(*, change_ids: list[int], lease: str, **_: Any) -> None:
    changes.settle_changes(change_ids=change_ids, lease=lease, clock=timezone.now)


@shared_task(name=str(SETTLE_PREORDERS))
def settle_preorders(*, change_ids: list[int], lease: str, **_: Any) -> None:
    preorder_changes.settle_preorders(change_ids=change_ids, lease=lease, clock=timezone.now)


@shared_task(name=str(SYNC_CATALOGUE))
def sync_catalogue(*, job_id: str, **_: Any) -> None:
    catalogue.sync_catalogue(job_id=UUID(job_id), clock=timezone.now)


@shared_task(name=str(IMPORT_CATALOGUE))
def import_catalogue(*, job_id: str, **_: Any) -> None:
    imports.import_catalogue(job_id=UUID(job_id), clock=timezone.now)


@shared_task(name=str(CARRY_OUT_BULK_EDIT))
def carry_out_bulk_edit(*, edit_id: int, **_: Any) -> None:
    bulk_edits.carry_out(edit_id=edit_id, clock=timezone.now)


@shared_task(name="products.restart_stale_bulk_edits")
def restart_stale_bulk_edits(**_: Any) -> None:
    bulk_edits.restart_stale(now=timezone.now())


@shared_task(name="products.settle_overdue")
def settle_overdue(**_: Any) -> None:
    published.settle_overdue(now=timezone.now())


@shared_task(name="products.expire_proposals")
def expire_proposals(**_: Any) -> None:
    proposals.expire_proposals(now=timezone.now())


@shared_task(name="products.judge_canaries")
def judge_canaries(**_: Any) -> None:
    canaries.judge_canaries(now=timezone.now())


@shared_task(name="products.find_stalls")
def find_stalls(**_: Any) -> None:
    promised = timedelta(seconds=settings.LOOK_INTERVAL_S)
    stalls.find_stalls(now=timezone.now(), promised=promised)


@shared_task(name="products.reckon_tempo")
def reckon_tempo(**_: Any) -> None:
    attention.reckon(now=timezone.now())


@shared_task(name="products.find_cycles")
def find_cycles(**_: Any) -> None:
    cycles.find_cycles(now=timezone.now())


@shared_task(name="products.forget_tape")
def forget_tape(**_: Any) -> None:
    tape.forget_tape(before=timezone.now() - timedelta(days=settings.TAPE_KEPT_DAYS))


@shared_task(name="products.forget_history")
def forget_history(**_: Any) -> None:
    kept = timedelta(days=settings.HISTORY_KEPT_DAYS)
    history.forget_history(now=timezone.now(), kept=kept)


@shared_task(name="products.erase_removed_stores")
def erase_removed_stores(**_: Any) -> None:
    kept = timedelta(days=settings.REMOVED_STORES_KEPT_DAYS)
    removals.erase_removed(now=timezone.now(), kept=kept)


@shared_task(name="products.forget_rounds")
def forget_rounds(**_: Any) -> None:
    dispatch.forget_rounds(now=timezone.now())


@shared_task(name=str(REST_BY_PLAN))
def rest_by_plan(*, user_id: int, **_: Any) -> None:
    resting.rest_by_plan(user_id=user_id, now=timezone.now())


@shared_task(name="products.rest_all_by_plan")
def rest_all_by_plan(**_: Any) -> None:
    resting.rest_all(now=timezone.now())
