"""What a listing lost between two readings: whether a push took more with it than the old price.

A push is a full statement, and what it leaves out Kaspi takes away. Ours leaves nothing out; should
Kaspi read it otherwise, that must be seen and made good. Only what is gone counts: a seller may
have added something in the cabinet meanwhile, and buyers lower stocks.
"""

from collections.abc import Mapping
from dataclasses import replace
from enum import StrEnum

from kaspi.ports import Listing, Point


class Loss(StrEnum):
    """What can get lost. Stored and shown; never renamed."""

    SALE = "sale"  # it is offered nowhere any more
    POINT = "point"  # a point of sale is gone, or sells it no more
    STOCK = "stock"  # a stated stock is stated no more
    PREORDER = "preorder"
    CITY = "city"  # a city's own price


def losses(before: Listing, now: Listing) -> tuple[Loss, ...]:
    """Say what ``now`` has no more, in the order of ``Loss``."""
    points = _by_id(now)
    lost: set[Loss] = set()
    for had in before.points:
        has = points.get(had.point_id)
        if had.is_available and not _sells(has):
            lost.add(Loss.POINT)
        if has is not None and had.stock_count is not None and has.stock_count is None:
            lost.add(Loss.STOCK)
        if has is not None and (had.preorder_days or 0) > 0 and not has.preorder_days:
            lost.add(Loss.PREORDER)
    if before.is_on_sale and not now.is_on_sale and Loss.POINT in lost:
        lost.add(Loss.SALE)
    if set(before.city_prices) - set(now.city_prices):
        lost.add(Loss.CITY)
    return tuple(loss for loss in Loss if loss in lost)


def mended(before: Listing, now: Listing) -> Listing:
    """What to state to bring back what was lost: as before, with the stocks that are left now."""
    points = _by_id(now)
    return replace(
        before, points=tuple(_with_stock(had, points.get(had.point_id)) for had in before.points)
    )


def _sells(point: Point | None) -> bool:
    # One that sold its last piece is closed by Kaspi itself.
    return point is not None and (point.is_available or point.stock_count == 0)


def _with_stock(had: Point, has: Point | None) -> Point:
    if has is None or has.stock_count is None or had.stock_count is None:
        return had
    return replace(had, stock_count=has.stock_count)


def _by_id(listing: Listing) -> Mapping[str, Point]:
    return {point.point_id: point for point in listing.points}
