"""Changes that wait for a person's yes: asked for by the seller, or because a price would leap."""

from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import QuerySet

from accounts.models import User
from accounts.services import audit
from kaspi.models import Channel
from products.errors import OutsideCorridor, ProposalMissing
from products.models import Change, ChangeState, Product
from products.services.lines import order_pushes
from products.services.published import publish
from products.services.rulebook import Rulebook

LASTS = timedelta(days=1)
_REST_AFTER_NO = timedelta(hours=1)  # before the same is proposed again


def proposals_of(user: User) -> "QuerySet[Change]":
    """What waits for this seller."""
    changes: QuerySet[Change] = Change.objects.for_user(user)
    return changes.filter(state=ChangeState.PROPOSED).select_related("product__store", "decision")


def approve(*, user: User, product_id: int, now: datetime) -> Change:
    """Let the proposed change go, if it is still legal. Raises ProposalMissing, OutsideCorridor."""
    with transaction.atomic():
        product, change = _locked(user, product_id)
        book = Rulebook.of([user.pk], now=now)
        if not book.allows(product, change.price, at=now):
            raise OutsideCorridor(f"{change.price} is not allowed any more.")
        product.anchor = change.price
        product.save(update_fields=["anchor"])
        change.state, change.approved_at = ChangeState.PENDING, now
        change.decided_at = change.next_step_at = now
        change.is_own = True
        if product.store.channel == Channel.PRICE_LIST:
            publish([change], now=now)
        change.save()
        _record(user, "proposal.approved", change, now=now)
        if change.state == ChangeState.PENDING:
            order_pushes([change.pk], now=now)
    return change


def reject(*, user: User, product_id: int, now: datetime) -> Change:
    """Drop the proposed change, and propose nothing for an hour. Raises ProposalMissing."""
    with transaction.atomic():
        product, change = _locked(user, product_id)
        product.push_after = now + _REST_AFTER_NO
        product.save(update_fields=["push_after"])
        change.state, change.failure, change.settled_at = ChangeState.SUPERSEDED, "rejected", now
        change.save(update_fields=["state", "failure", "settled_at"])
        _record(user, "proposal.rejected", change, now=now)
    return change


def _record(user: User, action: str, change: Change, *, now: datetime) -> None:
    audit.record(
        seller=user,
        action=action,
        subject="product",
        subject_id=change.product_id,
        changes={"price_tiyn": (change.old_price, change.price)},
        now=now,
    )


def expire_proposals(*, now: datetime) -> None:
    """Drop what nobody answered for a day; a later look proposes what holds then."""
    changes = Change.objects.across_users(reason="proposals of anybody expire")
    changes.filter(state=ChangeState.PROPOSED, next_step_at__lte=now).update(
        state=ChangeState.SUPERSEDED, failure="expired", settled_at=now
    )


def _locked(user: User, product_id: int) -> tuple[Product, Change]:
    own = Product.objects.for_user(user).filter(pk=product_id)
    product: Product | None = own.select_for_update(of=("self",)).select_related("store").first()
    change = (
        Change.rows.select_for_update().filter(product=product, state=ChangeState.PROPOSED).first()
    )
    if product is None or change is None:
        raise ProposalMissing
    return product, change
