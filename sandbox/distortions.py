"""True answers bent out of shape: what a client meets when the other side moves or errs."""

from collections.abc import Callable, Mapping
from random import Random
from typing import Any, Final

import orjson
from aiohttp import web

from sandbox.faults import Fault

_BOM: Final = b"\xef\xbb\xbf"
_PRICES: Final = frozenset({"price", "minPrice", "maxPrice", "oldPrice", "value", "totalPrice"})
_TOTALS: Final = frozenset({"total", "offersCount", "totalCount"})
_OPTIONAL: Final = (
    *("offerId", "barcode", "merchantRating", "merchantReviewsQuantity", "deliveryDuration"),
    *("archivedAt", "updatedAt", "operationType", "brandName", "shopLink"),
)
_OTHER_NAMES: Final = {"data": "content", "offers": "items"}
_FARTHEST_DRIFT = 3


def distort(answer: web.StreamResponse, fault: Fault, chance: Random) -> None:
    """Bend the body of a JSON answer as the fault says; leave any other as it is."""
    if not isinstance(answer, web.Response) or not isinstance(answer.body, bytes):
        return
    if fault.kind == "truncated":
        answer.body = answer.body[: len(answer.body) // 2]
    elif fault.kind == "bom":
        answer.body = _BOM + answer.body
    elif answer.content_type.endswith("json") and answer.body:
        bent = _BENT[fault.kind](orjson.loads(answer.body), fault, chance)
        answer.body = orjson.dumps(bent)


def _extra(body: Any, _fault: Fault, _chance: Random) -> Any:
    """Unknown fields at the root and in every row."""
    more = {"_v": 3, "experiments": [{"name": "newCard", "on": True}], "hint": None}
    if isinstance(body, list):
        return [{**row, **more} if isinstance(row, dict) else row for row in body]
    return {**_in_rows(body, lambda row: {**row, **more}), **more}


def _missing(body: Any, fault: Fault, _chance: Random) -> Any:
    names = fault.fields or _OPTIONAL
    return _everywhere(body, lambda key, value: _GONE if key in names else value)


def _nulls(body: Any, fault: Fault, _chance: Random) -> Any:
    names = fault.fields or _OPTIONAL
    return _everywhere(body, lambda key, value: None if key in names else value)


def _renamed(body: Any, _fault: Fault, _chance: Random) -> Any:
    if not isinstance(body, dict):
        return body
    return {_OTHER_NAMES.get(key, key): value for key, value in body.items()}


def _nested(body: Any, _fault: Fault, _chance: Random) -> Any:
    if not isinstance(body, dict):
        return body
    return {
        key: {"content": value} if key in _OTHER_NAMES else value for key, value in body.items()
    }


def _floats(body: Any, _fault: Fault, _chance: Random) -> Any:
    return _everywhere(body, lambda _key, value: float(value) if type(value) is int else value)


def _text(body: Any, _fault: Fault, _chance: Random) -> Any:
    def written(key: str, value: Any) -> Any:
        is_price = key in _PRICES and type(value) in {int, float}
        return str(value) if is_price else value

    return _everywhere(body, written)


def _drift(body: Any, _fault: Fault, chance: Random) -> Any:
    by = chance.choice((-1, 1)) * chance.randint(1, _FARTHEST_DRIFT)

    def drifted(key: str, value: Any) -> Any:
        return max(0, value + by) if key in _TOTALS and type(value) is int else value

    return _everywhere(body, drifted, deep=False)


_BENT: Final[Mapping[str, Callable[[Any, Fault, Random], Any]]] = {
    "extra": _extra,
    "missing": _missing,
    "nulls": _nulls,
    "renamed": _renamed,
    "nested": _nested,
    "floats": _floats,
    "text": _text,
    "drift": _drift,
}

_GONE: Final = object()


def _in_rows(body: Any, change: Callable[[dict[str, Any]], Any]) -> Any:
    if not isinstance(body, dict):
        return body
    return {
        key: [change(row) if isinstance(row, dict) else row for row in value]
        if isinstance(value, list)
        else value
        for key, value in body.items()
    }


def _everywhere(value: Any, change: Callable[[str, Any], Any], *, deep: bool = True) -> Any:
    """Offer every field of every object to `change`; those of rows only if `deep`."""
    if isinstance(value, list):
        return [_everywhere(one, change) for one in value] if deep else value
    if not isinstance(value, dict):
        return change("", value)
    changed = {}
    for key, inner in value.items():
        new = change(key, inner)
        if new is not _GONE:
            changed[key] = _everywhere(new, change, deep=deep) if _is_nest(new) else new
    return changed


def _is_nest(value: Any) -> bool:
    return isinstance(value, dict | list)
