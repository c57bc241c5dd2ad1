"""Saved cards: kept when a payer lets us, rested and barred as the banks say."""

from datetime import datetime

from accounts.models import User
from billing.declines import judge
from billing.models import PaymentCard
from billing.ports import SavedCard
from cube_demper.kernel.sealing import Secret


def card_of(user: User) -> PaymentCard | None:
    """The card a seller let us charge; ``None`` where there is none."""
    card: PaymentCard | None = PaymentCard.objects.for_user(user).filter(removed_at=None).first()
    return card


def may_charge(card: PaymentCard | None, *, now: datetime) -> bool:
    """Whether the rules let us charge this card now."""
    if card is None or card.is_barred or card.removed_at is not None:
        return False
    return card.rests_until is None or card.rests_until <= now


def keep_card(user: User, told: SavedCard, *, now: datetime) -> PaymentCard:
    """Keep the card that a payment was made with, instead of the one before.

    A card that has just paid is as good as new. The seller's row is locked by whoever calls.
    """
    before = card_of(user)
    if before is not None and before.token.reveal() == told.token:
        PaymentCard.rows.filter(pk=before.pk).update(refusals=0, rests_until=None, is_barred=False)
        return before
    if before is not None:
        PaymentCard.rows.filter(pk=before.pk).update(removed_at=now)
    return PaymentCard.rows.create(
        user=user,
        token=Secret(told.token),
        last_four=told.last_four[:4],
        brand=told.brand[:32],
        expires=told.expires[:8],
        saved_at=now,
    )


def note_refusal(
    card: PaymentCard, code: int, *, now: datetime, retry_after: datetime | None = None
) -> PaymentCard:
    """Rest or bar a card whose charge was declined, as the rules say."""
    card.refusals += 1
    verdict = judge(code, refusals=card.refusals, now=now, retry_after=retry_after)
    card.rests_until, card.is_barred = verdict.rests_until, verdict.rests_until is None
    card.save(update_fields=["refusals", "rests_until", "is_barred"])
    return card


def note_success(card: PaymentCard) -> None:
    """A charge went well: what was declined before no longer counts."""
    PaymentCard.rows.filter(pk=card.pk).update(refusals=0, rests_until=None, is_barred=False)
