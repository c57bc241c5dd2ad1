"""What becomes news for a seller, out of preorders."""

from datetime import datetime

from news.models import EventKind
from news.services.telling import tell
from preorders.models import Preorder, PreorderState

_KINDS = {
    PreorderState.ACTIVE: EventKind.PREORDER_ACTIVE,
    PreorderState.FAILED: EventKind.PREORDER_FAILED,
    PreorderState.ENDED: EventKind.PREORDER_ENDED,
}


def tell_of(preorder: Preorder, *, now: datetime) -> None:
    """Tell a seller that a preorder came into its state, in the transaction that brought it."""
    product = preorder.product
    tell(
        user_id=product.store.user_id,
        kind=_KINDS[PreorderState(preorder.state)],
        payload={
            "preorder_id": preorder.pk,
            "product_id": product.pk,
            "store_id": product.store_id,
            "sku": product.sku,
            "title": product.title,
            "point_id": preorder.point_id,
            "days": preorder.days,
            "reason": preorder.reason,
        },
        now=now,
    )
