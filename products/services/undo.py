"""Take back what was changed in the last hours, in one call, and change nothing more until told."""

from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog
from django.db import transaction
from django.db.models import OuterRef, Subquery

from accounts.models import User
from accounts.services import audit
from cube_demper.kernel.money import Money
from kaspi.errors import StoreMissing
from kaspi.models import Channel, Store
from products.models import OPEN_CHANGE_STATES, Change, ChangeState, DecisionRecord, Product
from products.pricing.gate import legal
from products.pricing.model import Reason
from products.pricing.modes import Mode
from products.services.lines import order_pushes
from products.services.published import publish
from products.services.rulebook import Rulebook

logger = structlog.get_logger("products.undo")
_SENT = (ChangeState.SENDING, ChangeState.SENT, ChangeState.PUBLISHED, ChangeState.APPLIED)
_AT_ONCE = 500


@dataclass(frozen=True, slots=True)
class Undone:
    """How many products go back, and how many can't: illegal by now, or a change under way."""

    products: int
    left: int


def undo_store(*, user: User, store_id: int, hours: int, now: datetime) -> Undone:
    """Bring a seller's store back to its prices of so many hours ago. Raises StoreMissing."""
    store = Store.objects.for_user(user).filter(pk=store_id, released_at=None).first()
    if store is None:
        raise StoreMissing
    with transaction.atomic():
        audit.record(
            seller=user,
            action="store.undone",
            subject="store",
            subject_id=store.pk,
            changes={"hours": (None, hours)},
            now=now,
        )
    return undo(store, hours=hours, now=now)


def undo(store: Store, *, hours: int, now: datetime) -> Undone:
    """Bring every price of the store that we changed since back to what it was before.

    The products go into the shadow: decided about, and left alone, until their seller says
    otherwise. Prices that the rules don't allow any more stay.
    """
    since = now - timedelta(hours=hours)
    first = Change.rows.filter(
        product=OuterRef("pk"), state__in=_SENT, decided_at__gt=since, old_price__isnull=False
    ).order_by("decided_at", "pk")
    changed = (
        Product.rows.filter(store=store)
        .annotate(price_before=Subquery(first.values("old_price")[:1]))
        .exclude(price_before=None)
        .order_by("pk")
    )
    ids = list(changed.values_list("pk", flat=True))
    undone = left = 0
    for start in range(0, len(ids), _AT_ONCE):
        with transaction.atomic():
            rows = changed.filter(pk__in=ids[start : start + _AT_ONCE])
            rows = rows.select_for_update(of=("self",)).select_related("listing")
            done, kept = _undo_some(store, list(rows), now)
        undone, left = undone + done, left + kept
    logger.warning("products.undone", store_id=store.pk, hours=hours, products=undone, left=left)
    return Undone(undone, left)


def _undo_some(store: Store, products: list[Product], now: datetime) -> tuple[int, int]:
    book = Rulebook.of([store.user_id], now=now)
    open_changes = {
        change.product_id: change
        for change in Change.rows.select_for_update().filter(
            product__in=products, state__in=OPEN_CHANGE_STATES
        )
    }
    changes = []
    left = 0
    for product in products:
        product.store = store
        product.rules = {**product.rules, "mode": Mode.SHADOW}
        before: Money = product.price_before  # type: ignore[attr-defined]  # annotated above
        under_way = open_changes.get(product.pk)
        if under_way is not None and under_way.state in {ChangeState.SENDING, ChangeState.SENT}:
            left += 1
        elif product.price == before and under_way is None:
            continue
        elif not book.allows(product, before, at=now):
            left += 1
        else:
            changes.append(_back(product, before, book, now))
    Product.rows.bulk_update(products, ("rules",))
    Change.rows.filter(pk__in=[change.pk for change in open_changes.values()]).filter(
        state__in=(ChangeState.PROPOSED, ChangeState.PENDING, ChangeState.PUBLISHED)
    ).update(state=ChangeState.SUPERSEDED, settled_at=now)
    DecisionRecord.rows.bulk_create([change.decision for change in changes])
    if store.channel == Channel.PRICE_LIST:
        publish(changes, now=now)
    Change.rows.bulk_create(changes)
    if changes and store.channel == Channel.CABINET:
        order_pushes([change.pk for change in changes], now=now)
    return len(changes), left


def _back(product: Product, price: Money, book: Rulebook, now: datetime) -> Change:
    bounds = legal(book.rules_of(product), now)
    record = DecisionRecord(
        product=product,
        decided_at=now,
        price_in_force=product.price,
        wanted_price=price,
        reason=Reason.UNDONE,
        explanation={
            "ru": f"Возвращена прежняя цена: {price}.",
            "kk": f"Бұрынғы баға қайтарылды: {price}.",
            "en": f"Taken back to the price before: {price}.",
        },
    )
    return Change(
        store_id=product.store_id,
        product=product,
        decision=record,
        old_price=product.price,
        price=price,
        floor=bounds.floor,
        ceiling=bounds.ceiling,
        decided_at=now,
        waiting_since=now,
        is_own=True,
        next_step_at=now,
    )
