"""A seller's products as a table, and a table that says what is to become of them."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import IO, Any

from django.db.models import BigIntegerField, F, QuerySet
from django.db.models.fields.json import KT
from django.db.models.functions import Cast

from accounts.models import User
from cube_demper.kernel.sheets import SheetBroken, rows_of
from kaspi.errors import FileUnreadable, StoreMissing
from kaspi.models import Store
from products.documents import state
from products.errors import TooManyRows
from products.models import Product
from products.services.bulk_edits import MOST_ROWS, Line, Refusal
from products.services.sheet_columns import COLUMNS, SKU, CellUnreadable, Column

_ROWS_AT_ONCE = 2000
_MOST_BYTES = 64 * 1024 * 1024  # of an unpacked sheet
_HEADER_ROWS = 10
_REPEATED = Refusal("line-repeated", "This sku stands in an earlier line.", SKU.title)


def table_of(products: "QuerySet[Product]", *, now: datetime) -> Iterator[list[Any]]:
    """The header and a row for each product, by rising id, read some thousands at a time."""
    yield [column.title for column in COLUMNS]
    rows = products.annotate(
        master_sku=F("market__card__master_sku"),
        store_name=F("store__name"),
        state=state(now),
        reason_ru=KT("explanation__ru"),
        cost=KT("rules__cost_tiyn"),
        strategy=KT("rules__strategy"),
        **{f"{name}_n": Cast(name, BigIntegerField()) for name in _MONEY},
    ).order_by("pk")
    names = [f"{column.field}_n" if column.field in _MONEY else column.field for column in COLUMNS]
    last = 0
    while some := list(rows.filter(pk__gt=last).values_list("pk", *names)[:_ROWS_AT_ONCE]):
        for _, *cells in some:
            yield [
                "" if cell is None else column.tell(_number(column, cell))
                for column, cell in zip(COLUMNS, cells, strict=True)
            ]
        last = some[-1][0]


_MONEY = ("price", "wanted_price", "floor", "ceiling", "step")


def _number(column: Column, cell: Any) -> Any:
    return int(cell) if column.field == "cost" else cell


def lines_of(file: IO[bytes], *, user: User, store_id: int) -> list[Line]:
    """What a table asks for the products of a store, line by line; odd cells refuse their line.

    Raises StoreMissing, FileUnreadable, and TooManyRows.
    """
    if not Store.objects.for_user(user).filter(pk=store_id, released_at=None).exists():
        raise StoreMissing
    try:
        asked = list(_asked(file))
    except SheetBroken as error:
        raise FileUnreadable(str(error)) from None
    own = Product.objects.for_user(user).filter(store=store_id, listing=None)
    ids = dict(own.filter(sku__in=[sku for _, sku, _, _ in asked]).values_list("sku", "pk"))
    seen: set[str] = set()
    lines = []
    for number, sku, changes, refusal in asked:
        again = _REPEATED if sku in seen else None
        seen.add(sku)
        lines.append(Line(ids.get(sku), sku[:128], changes, number, refusal or again))
    return lines


def _asked(
    file: IO[bytes],
) -> Iterator[tuple[int, str, Mapping[str, Any], Refusal | None]]:
    places: Mapping[int, Column] = {}
    count = 0
    for number, cells in rows_of(file, most_bytes=_MOST_BYTES):
        if not places:
            places = _header(cells)
            if not places and number >= _HEADER_ROWS:
                break
        elif any(cells):
            count += 1
            if count > MOST_ROWS:
                raise TooManyRows(f"One table takes {MOST_ROWS} products, this has more.")
            yield (number, *_line(cells, places))
    if not places:
        raise FileUnreadable(f"No row names the column «{SKU.title}» and one that can be set.")


def _header(cells: Sequence[str]) -> Mapping[int, Column]:
    titles = {column.title.lower(): column for column in COLUMNS}
    found = {at: titles[cell.lower()] for at, cell in enumerate(cells) if cell.lower() in titles}
    is_header = SKU in found.values() and any(column.read for column in found.values())
    return found if is_header else {}


def _line(
    cells: Sequence[str], places: Mapping[int, Column]
) -> tuple[str, Mapping[str, Any], Refusal | None]:
    sku, changes = "", dict[str, Any]()
    for at, column in places.items():
        cell = cells[at] if at < len(cells) else ""
        if "\0" in cell:
            return sku, {}, Refusal("cell-unreadable", "There is no such letter.", column.title)
        if column is SKU:
            sku = cell
        elif cell and column.read:
            try:
                said = column.read(cell)
            except CellUnreadable as error:
                return sku, {}, Refusal("cell-unreadable", str(error), column.title)
            rules = {**changes.get("rules", {}), **said.get("rules", {})}
            changes |= {**said, **({"rules": rules} if rules else {})}
    return sku, changes, None
