"""Pages of a list by the place of their last row: no page gets slower, and nothing is counted.

A *cursor* says where a page begins: the sort, the value and the id of the row before it, and
whether it reads backwards. It is opaque, not secret: it only ever narrows what its reader may see
anyway.
"""

from base64 import urlsafe_b64decode, urlsafe_b64encode
from binascii import Error as NotBase64
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import orjson
from django.db.models import F, Q, QuerySet
from rest_framework.exceptions import NotFound
from rest_framework.request import Request
from rest_framework.utils.urls import replace_query_param
from typing_extensions import override

_STRANGE = "This cursor is of another list, or nobody's."


def number(value: Any) -> int:
    """A cursor's value as a number that a column can hold. Raises ValueError."""
    if type(value) is not int or abs(value) >= 1 << 63:
        raise ValueError(f"{value!r} is no number of ours")
    return value


def text(value: Any) -> str:
    """A cursor's value as a text that a column can hold. Raises ValueError."""
    if not isinstance(value, str) or "\0" in value:
        raise ValueError(f"{value!r} is no text of ours")
    return value


@dataclass(frozen=True, slots=True)
class Sort:
    """An order of a list: an expression without nulls, then the id.

    ``parse`` makes of a cursor's value what the expression is compared with. Raises ValueError.
    """

    expression: Any = None  # by id alone
    parse: Callable[[Any], Any] = number


@dataclass(frozen=True, slots=True)
class Cursor:
    """Where a page begins. ``value`` is that of the sort, and the id's where that is the sort."""

    sort: str
    value: Any
    row_id: int
    is_backwards: bool = False

    @override
    def __str__(self) -> str:
        parts = [self.sort, self.value, self.row_id, int(self.is_backwards)]
        return urlsafe_b64encode(orjson.dumps(parts)).decode().rstrip("=")


@dataclass(frozen=True, slots=True)
class Page:
    """What was asked of each row, in their order, and where the pages beside this one begin."""

    rows: Sequence[Any]
    before: Cursor | None
    after: Cursor | None


def read_cursor(text: str, *, sort: str, sorts: Mapping[str, Sort]) -> Cursor:
    """Read a cursor of this sort. Raises NotFound for any other, and for what nobody wrote."""
    padded = text + "=" * (-len(text) % 4)
    try:
        name, value, row_id, is_backwards = orjson.loads(urlsafe_b64decode(padded))
        cursor = Cursor(
            name, sorts[sort.removeprefix("-")].parse(value), number(row_id), bool(is_backwards)
        )
    except (ValueError, TypeError, NotBase64):
        raise NotFound(_STRANGE) from None
    if cursor.sort != sort:
        raise NotFound(_STRANGE)
    return cursor


def page_query(
    rows: "QuerySet[Any]",
    *,
    sort: str,
    sorts: Mapping[str, Sort],
    cursor: Cursor | None,
    size: int,
    column: str,
) -> "QuerySet[Any, Any]":
    """The query of one page, and of one row more: ``pk``, the sort's value, and ``column``.

    ``sort`` is a name in ``sorts``, downwards with a minus.
    """
    chosen = sorts[sort.removeprefix("-")]
    is_down = sort.startswith("-") != (cursor is not None and cursor.is_backwards)
    value = F("pk") if chosen.expression is None else chosen.expression
    rows = rows.annotate(sort_value=value)
    if cursor is not None:
        rows = rows.filter(_beyond(cursor, is_down=is_down, is_plain=chosen.expression is None))
    keys = [F("pk")] if chosen.expression is None else [F("sort_value"), F("pk")]
    ordered = rows.order_by(*(key.desc() if is_down else key.asc() for key in keys))
    return ordered.values_list("pk", "sort_value", column)[: size + 1]


def page_from(
    found: Sequence[tuple[int, Any, Any]], *, sort: str, cursor: Cursor | None, size: int
) -> Page:
    """Make a page of what its query found."""
    is_backwards = cursor is not None and cursor.is_backwards
    goes_on = len(found) > size
    rows = list(found[:size])
    if is_backwards:
        rows.reverse()
    has_before = goes_on if is_backwards else cursor is not None
    has_after = is_backwards or goes_on
    return Page(
        [column for _, _, column in rows],
        before=_beside(rows[:1], sort, is_backwards=True) if has_before else None,
        after=_beside(rows[-1:], sort, is_backwards=False) if has_after else None,
    )


def address_of(request: Request, cursor: Cursor | None) -> str | None:
    """The address of the page that begins there."""
    if cursor is None:
        return None
    return replace_query_param(request.build_absolute_uri(), "cursor", str(cursor))


def _beyond(cursor: Cursor, *, is_down: bool, is_plain: bool) -> Q:
    way = "lt" if is_down else "gt"
    later_id = Q(**{f"pk__{way}": cursor.row_id})
    if is_plain:
        return later_id
    later = Q(**{f"sort_value__{way}": cursor.value})
    return later | (Q(sort_value=cursor.value) & later_id)


def _beside(
    rows: Sequence[tuple[int, Any, Any]], sort: str, *, is_backwards: bool
) -> Cursor | None:
    for pk, value, _ in rows:
        return Cursor(sort, value, pk, is_backwards)
    return None
