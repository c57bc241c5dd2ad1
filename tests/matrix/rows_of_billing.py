"""The matrix: plans, and what a seller pays."""

from billing.ports import NotificationKind
from tests.matrix.rows import Kind, Row
from tests.matrix.world import Things

_NOBODYS = {"an operator": 404}  # who has bought nothing
_BASKET = {"plan": "premium", "period": "month"}


def _payment(things: Things) -> dict[str, object]:
    return {"payment_id": things.payment}


ROWS = [
    Row("get", "billing-plans", Kind.OPEN),
    # Whoever has a subscription changes it instead.
    Row(
        *("post", "billing-subscribe", Kind.SECRET),
        ok=409,
        body=lambda _: _BASKET,
        said={"an operator": 201},
    ),
    Row(
        *("post", "billing-trial", Kind.SECRET),
        ok=409,
        body=lambda _: {**_BASKET, "phone": "+77017654321"},
    ),
    Row("get", "billing-subscription", Kind.READ),
    Row("post", "billing-preview", Kind.READ, body=lambda _: _BASKET, said=_NOBODYS),
    Row("post", "billing-change", Kind.SECRET, body=lambda _: _BASKET, said=_NOBODYS),
    Row(
        *("put", "billing-addons", Kind.SECRET),
        body=lambda _: {"addons": {"preorders": 1}},
        said=_NOBODYS,
    ),
    Row("post", "billing-cancel", Kind.SECRET, body=lambda _: {}, said=_NOBODYS),
    Row("post", "billing-resume", Kind.SECRET, ok=409, said=_NOBODYS),
    Row("get", "billing-payments", Kind.READ),
    Row("get", "billing-payment", Kind.READ, parts=_payment),
    # The provider is away: whoever may have the link is told so.
    Row("post", "billing-link", Kind.SECRET, ok=503, others=404, parts=_payment, body=lambda _: {}),
    *(
        Row("post", f"billing-webhook-{kind}", Kind.OPEN, ok=403, body=lambda _: {})
        for kind in NotificationKind
    ),
]
