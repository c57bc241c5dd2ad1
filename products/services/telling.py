"""What becomes news for a seller, out of what was decided and what Kaspi said."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from kaspi.models import Store
from news.models import EventKind
from news.services.telling import News, tell, tell_all
from products.models import BulkEdit, BulkState, Change, ChangeState, Product
from products.pricing.model import Reason


class Ear:
    """Hears what decisions change on products, and tells it all at the end."""

    def __init__(self) -> None:
        self._heard: list[tuple[EventKind, Product, dict[str, Any]]] = []

    def hear(self, product: Product, *, was: Mapping[str, Any]) -> None:
        """Compare a product with its columns before the decision."""
        if product.reason == Reason.AT_FLOOR != was["reason"]:
            self._note(EventKind.FLOOR_REACHED, product)
        begun, since = product.at_war_since, was["at_war_since"]
        if since is not None and begun != since:
            self._note(EventKind.WAR_ENDED, product, rival=was["war_rival"])
        if begun is not None and begun != since:
            self._note(EventKind.WAR_BEGUN, product, rival=product.war_rival)

    def _note(self, kind: EventKind, product: Product, **more: Any) -> None:
        price = product.wanted_price.tiyn if product.wanted_price else None
        self._heard.append((kind, product, {"wanted_price_tiyn": price, **more}))

    def tell(self, *, now: datetime) -> None:
        """Tell the sellers. Runs in the transaction that wrote the decisions."""
        _tell([(kind, product.pk, more) for kind, product, more in self._heard], now=now)


def tell_of_applied(changes: Iterable[Change], *, now: datetime) -> None:
    """Tell of the prices that Kaspi was seen to show, among these changes."""
    applied = [change for change in changes if change.state == ChangeState.APPLIED]
    _tell_of(EventKind.PRICE_APPLIED, applied, now=now)


def tell_of_proposals(changes: Iterable[Change], *, now: datetime) -> None:
    """Tell of the prices that wait for a yes, among these new changes."""
    waiting = [change for change in changes if change.state == ChangeState.PROPOSED]
    _tell_of(EventKind.PROPOSAL_WAITING, waiting, now=now)


def tell_of_brake(kind: EventKind, *, now: datetime) -> None:
    """Tell everybody whose store is alive. Why is not told: an operator wrote it for operators."""
    stores = Store.objects.across_users(reason="the brake stops everybody").live()
    users = stores.order_by("user").values_list("user", flat=True).distinct()
    tell_all((News(user_id, kind, {}) for user_id in users), now=now)


def tell_of_bulk_progress(edit: BulkEdit, *, done: int, now: datetime) -> None:
    """Tell how far a bulk edit is that a worker carries out."""
    payload = {
        "bulk_edit_id": edit.pk,
        "job_kind": "bulk_edit",
        "done": done,
        "total": edit.total,
    }
    tell(user_id=edit.user_id, kind=EventKind.JOB_PROGRESS, payload=payload, now=now)


def tell_of_bulk_edit(edit: BulkEdit, state: BulkState, *, now: datetime) -> None:
    """Tell how a bulk edit ended."""
    tell(
        user_id=edit.user_id,
        kind=EventKind.JOB_ENDED,
        payload={
            "bulk_edit_id": edit.pk,
            "job_kind": "bulk_edit",
            "state": state.lower(),
            "changed": edit.changed,
            "refused": edit.refused,
        },
        now=now,
    )


def _tell_of(kind: EventKind, changes: Iterable[Change], *, now: datetime) -> None:
    _tell([(kind, change.product_id, _described(change)) for change in changes], now=now)


def _described(change: Change) -> dict[str, Any]:
    return {
        "change_id": change.pk,
        "price_tiyn": change.price.tiyn,
        "old_price_tiyn": change.old_price.tiyn if change.old_price else None,
    }


def _tell(heard: Sequence[tuple[EventKind, int, dict[str, Any]]], *, now: datetime) -> None:
    """Tell of products by their ids, each time with what a person knows them by."""
    if not heard:
        return
    rows = Product.rows.filter(pk__in={product_id for _, product_id, _ in heard})
    named = {
        pk: (user_id, {"product_id": pk, "store_id": store_id, "sku": sku, "title": title})
        for pk, user_id, store_id, sku, title in rows.values_list(
            "pk", "store__user", "store", "sku", "title"
        )
    }
    tell_all((News(named[pk][0], kind, named[pk][1] | more) for kind, pk, more in heard), now=now)
