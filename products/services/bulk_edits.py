"""Many products changed at once: ordered with all their rows, carried out some at a time.

    WAITING ──claimed──► RUNNING ──► DONE
        ▲                   │ └────► REFUSED: all rows or none, and one was refused
        └── worker died ────┘ └────► FAILED: that happened again and again

What rows become of each other is written with the rows themselves, some at a time: one that was
done is never done again, however often a worker dies.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import structlog
from django.db import IntegrityError, transaction
from django.db.models import F, Q, QuerySet

from accounts.models import User
from accounts.services import audit
from cube_demper.kernel.rows import rewrite, write_new
from kaspi.models import Store
from products import jobs
from products.errors import KeyReused, NothingToUndo, ProductMissing, TooManyRows
from products.models import (
    OPEN_BULK_STATES,
    BulkEdit,
    BulkKind,
    BulkRow,
    BulkState,
    Market,
    Product,
    RowState,
)
from products.services.bulk_changes import COLUMNS, RowChange, RowRefused, apply
from products.services.corridors import FOR_ALL_CITIES, watch_markets
from products.services.places import reckon_places
from products.services.rulebook import Rulebook
from products.services.sheets import drop_unsent
from products.services.telling import tell_of_bulk_edit, tell_of_bulk_progress

logger = structlog.get_logger("products.bulk")
MOST_ROWS = 10_000
AT_ONCE = 500  # more than that goes to a worker
_ROWS_AT_ONCE = 1000  # of a worker's, in one transaction: others wait for their markets so long
_STALE_AFTER = timedelta(minutes=2)
_MOST_RESTARTS = 3
_READ = (
    *("sku", "market", "price", "wanted_price", *COLUMNS, "edited_at", "anchor", "outside_at"),
    *("store", "listing__rules"),
)


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why a row can't even be asked for, and the column of the file that is to blame."""

    code: str
    detail: str
    column: str


@dataclass(frozen=True, slots=True)
class Line:
    """One row that is asked for: a product by its id, or what nobody has. Changes of its own."""

    product_id: int | None
    sku: str
    changes: Mapping[str, Any] | None = None
    number: int = 0
    refusal: Refusal | None = None


@dataclass(slots=True)
class Row:
    """A row of an edit and what becomes of it: the columns of BulkRow without its weight."""

    number: int
    product_id: int | None
    sku: str
    changes: Mapping[str, Any] | None
    id: int | None = None
    edit_id: int | None = None
    state: RowState = RowState.WAITING
    before: Mapping[str, Any] = field(default_factory=dict)
    after: Mapping[str, Any] = field(default_factory=dict)
    code: str = ""
    detail: str = ""
    column: str = ""

    def refuse(self, code: str, detail: str, column: str = "") -> None:
        self.state, self.code, self.detail = RowState.REFUSED, code, detail[:300]
        self.column = column


_ORDERED = ("number", "product_id", "sku", "changes")
_FOUND = ("state", "before", "after", "code", "detail", "column")


@dataclass(frozen=True, slots=True)
class Listing:
    """A product, loaded and locked, and the rows of its further cities."""

    product: Product
    cities: list[Product] = field(default_factory=list)

    @property
    def rows(self) -> list[Product]:
        return [self.product, *self.cities]


@dataclass(frozen=True, slots=True)
class Order:
    """A bulk edit as it is asked for; ``asked`` is a digest of the request behind its ``key``."""

    lines: Sequence[Line]
    changes: Mapping[str, Any]
    is_whole: bool
    kind: BulkKind = BulkKind.EDIT
    key: str = ""
    asked: str = ""
    takes_back: BulkEdit | None = None


def order_edit(*, user: User, order: Order, clock: Callable[[], datetime]) -> BulkEdit:
    """Write down what is asked, and carry it out: at once if it is little, else by a worker.

    Raises TooManyRows, and KeyReused where the key came with another request; with the same request
    it returns what that came to.
    """
    if len(order.lines) > MOST_ROWS:
        raise TooManyRows(f"One bulk edit takes {MOST_ROWS} products, this names more.")
    if order.key and (before := _asked_before(user, order)):
        return before
    try:
        with transaction.atomic():
            edit = _written(user, order, now=clock())
            if edit.total > AT_ONCE:
                jobs.carry_out_bulk_edit(edit_id=edit.pk)
    except IntegrityError:  # the same key came twice at the same moment
        if not order.key or (before := _asked_before(user, order)) is None:
            raise
        return before
    if edit.total <= AT_ONCE:
        carry_out(edit_id=edit.pk, clock=clock)
        edit.refresh_from_db()
    return edit


def _asked_before(user: User, order: Order) -> BulkEdit | None:
    before: BulkEdit | None = BulkEdit.objects.for_user(user).filter(key=order.key).first()
    if before is not None and before.asked != order.asked:
        raise KeyReused
    return before


def _written(user: User, order: Order, *, now: datetime) -> BulkEdit:
    edit: BulkEdit = BulkEdit.rows.create(
        user=user,
        kind=order.kind,
        changes=order.changes,
        is_whole=order.is_whole,
        total=len(order.lines),
        refused=sum(line.refusal is not None for line in order.lines),
        key=order.key,
        asked=order.asked,
        takes_back=order.takes_back,
        ordered_at=now,
        touched_at=now,
    )
    # The edit keeps what became of each row, before and after.
    audit.record(
        seller=user,
        action="products.bulk-changed",
        subject="bulk-edit",
        subject_id=edit.pk,
        changes={"kind": (None, edit.kind), "products": (None, edit.total)},
        now=now,
    )
    write_new(BulkRow.rows, _rows(order, edit_id=edit.pk), ("edit", *_ORDERED, *_FOUND))
    return edit


def _rows(order: Order, *, edit_id: int | None = None) -> list[Row]:
    rows = []
    for place, line in enumerate(order.lines, start=1):
        row = Row(line.number or place, line.product_id, line.sku, line.changes, edit_id=edit_id)
        if line.refusal is not None:
            row.refuse(line.refusal.code, line.refusal.detail, line.refusal.column)
        rows.append(row)
    return rows


def carry_out(*, edit_id: int, clock: Callable[[], datetime]) -> None:
    """Do what is left of an edit that waits. A second delivery of the same order does nothing."""
    waiting = BulkEdit.rows.filter(pk=edit_id, state=BulkState.WAITING)
    if not waiting.update(state=BulkState.RUNNING, touched_at=clock()):
        return
    edit = BulkEdit.rows.select_related("user").get(pk=edit_id)
    while _do_some(edit, now=clock()):
        pass
    _finish(edit, now=clock())


def _do_some(edit: BulkEdit, *, now: datetime) -> bool:
    """Do some rows that wait, or all where it is all or none. False when none is left to do."""
    with transaction.atomic():
        rows = _waiting(edit)
        listings = _locked(edit.user, (row.product_id for row in rows if row.product_id))
        book = Rulebook.of([edit.user_id], now=now)
        changed = judge(rows, listings, common=edit.changes, book=book)
        if edit.is_whole and (edit.refused or any(row.state == RowState.REFUSED for row in rows)):
            for row in rows:
                if row.state == RowState.CHANGED:
                    row.state = RowState.LEFT
        else:
            _write(changed, now=now)
        rewrite(BulkRow.rows, rows, _FOUND)
        states = Counter(row.state for row in rows)
        going_on = BulkEdit.rows.filter(pk=edit.pk, state=BulkState.RUNNING).update(
            touched_at=now,
            changed=F("changed") + states[RowState.CHANGED],
            unchanged=F("unchanged") + states[RowState.UNCHANGED],
            refused=F("refused") + states[RowState.REFUSED],
        )
        if going_on and edit.total > AT_ONCE:
            _tell_progress(edit, now=now)
    return bool(rows and going_on)


def _tell_progress(edit: BulkEdit, *, now: datetime) -> None:
    left = BulkRow.rows.filter(edit=edit, state=RowState.WAITING).count()
    if left:  # the end is told apart
        tell_of_bulk_progress(edit, done=edit.total - left, now=now)


def _waiting(edit: BulkEdit) -> list[Row]:
    waiting = BulkRow.rows.filter(edit=edit, state=RowState.WAITING).order_by("number")
    rows = (waiting if edit.is_whole else waiting[:_ROWS_AT_ONCE]).select_for_update()
    return [Row(*values) for values in rows.values_list(*_ORDERED, "id")]


def _finish(edit: BulkEdit, *, now: datetime) -> None:
    edit.refresh_from_db()
    state = BulkState.REFUSED if edit.is_whole and edit.refused else BulkState.DONE
    with transaction.atomic():
        running = BulkEdit.rows.filter(pk=edit.pk, state=BulkState.RUNNING)
        has_ended = bool(running.update(state=state, finished_at=now))
        if has_ended:
            tell_of_bulk_edit(edit, state, now=now)
        if has_ended and edit.takes_back_id is not None:
            BulkEdit.rows.filter(pk=edit.takes_back_id).update(undone_at=now)
    logger.info(
        "products.bulk.done",
        user_id=edit.user_id,
        edit_id=edit.pk,
        kind=edit.kind,
        changed=edit.changed,
        refused=edit.refused,
    )
    reckon_places(edit.user_id)


def judge(
    rows: Iterable[Row],
    listings: Mapping[int, Listing],
    *,
    common: Mapping[str, Any],
    book: Rulebook,
) -> list[tuple[Listing, RowChange]]:
    """Set on rows and products what becomes of them, unsaved; return those that change."""
    changed = []
    for row in rows:
        listing = listings.get(row.product_id or 0)
        if listing is None:
            row.refuse(ProductMissing.code, ProductMissing.title())
            continue
        changes = common if row.changes is None else row.changes
        try:
            change = apply(listing.product, changes, cities=listing.cities, book=book)
        except RowRefused as refused:
            row.refuse(refused.code, refused.detail, refused.column)
            continue
        row.before, row.after = change.before, change.after
        row.state = RowState.CHANGED if change.after else RowState.UNCHANGED
        if change.after:
            changed.append((listing, change))
    return changed


def _locked(user: User, product_ids: Iterable[int]) -> dict[int, Listing]:
    """The seller's products among these with their cities, locked: markets before products."""
    its = _rows_of(user, product_ids)
    markets = Market.objects.select_for_update().filter(pk__in=its.values("market")).order_by("pk")
    list(markets.values_list("pk", flat=True))
    return _loaded(its.select_for_update(of=("self",)))


def _rows_of(user: User, product_ids: Iterable[int]) -> "QuerySet[Product]":
    own: QuerySet[Product] = Product.objects.for_user(user)
    ids = list(product_ids)  # named one by one: of a subquery in an OR no index would help
    return own.filter(Q(pk__in=ids) | Q(listing__in=ids))


def _loaded(rows: "QuerySet[Product]") -> dict[int, Listing]:
    loaded = list(rows.select_related("listing").only(*_READ).order_by("pk"))
    stores = Store.rows.in_bulk({row.store_id for row in loaded})  # a few, for thousands of rows
    listings = {row.pk: Listing(row) for row in loaded}
    for listing in list(listings.values()):
        product = listing.product
        product.store = stores[product.store_id]
        of = listings.get(product.listing_id or 0)
        if of is not None:
            product.listing = of.product
            of.cities.append(product)
    return listings


def _write(changed: Sequence[tuple[Listing, RowChange]], *, now: datetime) -> None:
    listings = [listing for listing, _ in changed]
    products = [listing.product for listing in listings]
    for product in products:
        product.edited_at, product.anchor, product.outside_at = now, None, None
    touched = sorted({name for _, change in changed for name in change.after})
    rewrite(Product.rows, products, (*touched, "edited_at", "anchor", "outside_at"))
    for listing, change in changed:
        for name in FOR_ALL_CITIES & change.after.keys():
            for city in listing.cities:
                setattr(city, name, getattr(listing.product, name))
    cities = [city for listing in listings for city in listing.cities]
    rewrite(Product.rows, cities, sorted(FOR_ALL_CITIES))
    drop_unsent(
        (row.pk for listing, change in changed if _is_other_mode(change) for row in listing.rows),
        now=now,
    )
    market_ids = {row.market_id for row in (*products, *cities) if row.market_id is not None}
    watch_markets(market_ids, now=now)
    Market.objects.filter(pk__in=market_ids, next_look_at__gt=now).update(next_look_at=now)


def _is_other_mode(change: RowChange) -> bool:
    before, after = change.before.get("rules", {}), change.after.get("rules", {})
    return bool(before.get("mode") != after.get("mode"))


def rehearse(*, user: User, order: Order, now: datetime) -> list[Row]:
    """What would become of each row; nothing is written. Raises TooManyRows."""
    if len(order.lines) > MOST_ROWS:
        raise TooManyRows(f"One bulk edit takes {MOST_ROWS} products, this names more.")
    rows = _rows(order)
    ids = (line.product_id for line in order.lines if line.product_id)
    listings = _loaded(_rows_of(user, ids))  # nothing is written: nobody has to wait for it
    asked = [row for row in rows if row.state == RowState.WAITING]
    judge(asked, listings, common=order.changes, book=Rulebook.of([user.pk], now=now))
    return rows


def undo_last(*, user: User, clock: Callable[[], datetime]) -> BulkEdit:
    """Take back the seller's last bulk edit, row by row, but for what was changed since.

    Raises NothingToUndo.
    """
    edits = BulkEdit.objects.for_user(user).exclude(kind=BulkKind.UNDO)
    last: BulkEdit | None = edits.filter(changed__gt=0).order_by("-pk").first()
    if last is None or last.undone_at is not None or last.state in OPEN_BULK_STATES:
        raise NothingToUndo
    rows = BulkRow.rows.filter(edit=last, state=RowState.CHANGED).order_by("number")
    lines = [
        Line(product_id, sku, {"restore": before, "found": after}, number)
        for product_id, sku, before, after, number in rows.values_list(
            "product_id", "sku", "before", "after", "number"
        )
    ]
    order = Order(lines, {}, is_whole=False, kind=BulkKind.UNDO, takes_back=last)
    return order_edit(user=user, order=order, clock=clock)


def restart_stale(*, now: datetime) -> None:
    """Order edits anew whose worker went silent; give up those that it happens to repeatedly."""
    with transaction.atomic():
        stale = (
            BulkEdit.objects.across_users(reason="dead workers leave edits of anybody")
            .filter(state__in=OPEN_BULK_STATES, touched_at__lt=now - _STALE_AFTER)
            .select_for_update(skip_locked=True)
        )
        for edit in stale:
            edit.restarts, edit.touched_at = edit.restarts + 1, now
            edit.state = BulkState.WAITING
            if edit.restarts > _MOST_RESTARTS:
                edit.state, edit.finished_at = BulkState.FAILED, now
            else:
                jobs.carry_out_bulk_edit(edit_id=edit.pk)
            edit.save(update_fields=["restarts", "touched_at", "state", "finished_at"])
