"""The work that may be ordered here. Done in ``tasks.py``."""

from uuid import UUID

from cube_demper.kernel.jobs import Job, enqueue

REPRICE_BATCH = Job("products.reprice_batch")
PUSH_CHANGES = Job("products.push_changes")
SETTLE_CHANGES = Job("products.settle_changes")
SETTLE_PREORDERS = Job("products.settle_preorders")
SYNC_CATALOGUE = Job("products.sync_catalogue")
REST_BY_PLAN = Job("products.rest_by_plan")
IMPORT_CATALOGUE = Job("products.import_catalogue")
CARRY_OUT_BULK_EDIT = Job("products.carry_out_bulk_edit")

PUSHES = "demper.push"


def shard_queue(shard: int) -> str:
    return f"demper.{shard}"


def reprice_batch(*, shard: int, market_ids: list[int], lease: str, lease_s: float) -> None:
    """Look at the markets under this lease and decide. Expires with the lease."""
    enqueue(
        REPRICE_BATCH,
        queue=shard_queue(shard),
        expires_s=lease_s,
        shard=shard,
        market_ids=market_ids,
        lease=lease,
    )


def push_changes(*, store_id: int, lease: str, lease_s: float) -> None:
    """Send what waits in this store's line, which is held by this lease. Expires with it."""
    enqueue(PUSH_CHANGES, queue=PUSHES, expires_s=lease_s, store_id=store_id, lease=lease)


def settle_changes(*, change_ids: list[int], lease: str, lease_s: float) -> None:
    """Read what became of changes that were sent. Expires with the lease."""
    enqueue(SETTLE_CHANGES, queue=PUSHES, expires_s=lease_s, change_ids=change_ids, lease=lease)


def settle_preorders(*, change_ids: list[int], lease: str, lease_s: float) -> None:
    """Read what became of preorder days that were sent. Expires with the lease."""
    enqueue(SETTLE_PREORDERS, queue=PUSHES, expires_s=lease_s, change_ids=change_ids, lease=lease)


def sync_catalogue(*, job_id: UUID) -> None:
    """Read a store's whole catalogue into cards, markets and products."""
    enqueue(SYNC_CATALOGUE, job_id=str(job_id))


def carry_out_bulk_edit(*, edit_id: int) -> None:
    """Carry out a bulk edit that waits."""
    enqueue(CARRY_OUT_BULK_EDIT, edit_id=edit_id)


def import_catalogue(*, job_id: UUID) -> None:
    """Read a file that a seller sent into cards, markets, products and price list entries."""
    enqueue(IMPORT_CATALOGUE, job_id=str(job_id))


def rest_by_plan(*, user_id: int) -> None:
    """Let rest what a seller's plan has no place for, and wake what it has."""
    enqueue(REST_BY_PLAN, user_id=user_id)
