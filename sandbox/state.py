"""What outlives the process: sessions, sellers' prices, pushes under way, rivals' new prices."""

import time
from dataclasses import asdict
from pathlib import Path
from typing import Any, Final

import orjson

from sandbox.feeds import Feed
from sandbox.limits import Lock
from sandbox.listings import Availability, Listing
from sandbox.offers import Habit
from sandbox.pushes import push_as_dict, push_from_dict
from sandbox.world import World

VERSION: Final = 1


class BadState(Exception):
    """The state file cannot be used; the text says why."""


def read_file(path: Path) -> dict[str, Any] | None:
    """The kept state, or None if there is none yet. Raises BadState."""
    try:
        kept = orjson.loads(path.read_bytes())
    except FileNotFoundError:
        return None
    except OSError as trouble:
        raise BadState(f"The state file {path} cannot be read: {trouble.strerror}.") from trouble
    except orjson.JSONDecodeError as trouble:
        raise BadState(f"The state file {path} is damaged; remove it to start anew.") from trouble
    if not isinstance(kept, dict) or kept.get("version") != VERSION:
        raise BadState(f"The state file {path} is not one of this sandbox's.")
    return kept


def resumed_at(kept: dict[str, Any]) -> float:
    """The time a world goes on at: the present, or its own time if that ran ahead."""
    then = kept.get("now")
    return max(time.time(), then) if isinstance(then, int | float) else time.time()


def write_file(path: Path, kept: dict[str, Any]) -> None:
    """Replace the file in one step, so that a kill leaves the old one or the new one."""
    fresh = path.with_name(path.name + ".new")
    path.parent.mkdir(parents=True, exist_ok=True)
    fresh.write_bytes(orjson.dumps(kept))
    fresh.replace(path)


def snapshot(world: World) -> dict[str, Any]:
    """Everything worth keeping, as plain values."""
    return {
        "version": VERSION,
        "seed": world.seed,
        "cards": world.catalogue.size,
        "now": world.clock.now(),
        "sessions": world.sessions.as_dict(),
        "listings": [
            _listing_as_dict(listing) for listing in world.listings.stocked() if listing.is_touched
        ],
        "pushes": [push_as_dict(push) for push in world.pushes.under_way.values()],
        "rivals": _rivals(world),
        "feeds": world.feeds.as_dict(),
        "orders": world.orders.as_dict(),
        "locks": {
            "rates": _locks(world.limits.rates),
            "quotas": _locks(world.limits.quotas),
        },
    }


def restore(world: World, kept: dict[str, Any], *, path: Path) -> None:
    """Put a kept state into a fresh world of the same seed. Raises BadState."""
    if (kept.get("seed"), kept.get("cards")) != (world.seed, world.catalogue.size):
        raise BadState(
            f"The state file {path} belongs to seed {kept.get('seed')} with "
            f"{kept.get('cards')} cards; start with those, or remove it."
        )
    try:
        world.sessions.restore(kept["sessions"])
        _restore_rivals(world, kept["rivals"])
        for row in kept["listings"]:
            _restore_listing(world, row)
        for row in kept["pushes"]:
            world.pushes.resume(push_from_dict(row))
        for merchant_id, row in kept.get("feeds", {}).items():
            world.feeds.resume(merchant_id, Feed(**row))
        if "orders" in kept:
            world.orders.resume(kept["orders"])
        _restore_locks(world.limits.rates, kept["locks"]["rates"])
        _restore_locks(world.limits.quotas, kept["locks"]["quotas"])
    except (KeyError, TypeError, ValueError, AttributeError) as trouble:
        raise BadState(f"The state file {path} is damaged; remove it to start anew.") from trouble


def _listing_as_dict(listing: Listing) -> dict[str, Any]:
    return {
        "merchant_id": listing.merchant.merchant_id,
        "sku": listing.sku,
        "price": listing.price,
        "city_prices": listing.city_prices,
        "points": {code: asdict(at) for code, at in listing.points.items()},
        "reason": listing.reason,
        "updated_at": listing.updated_at,
        "old_price_percent": listing.old_price_percent,
    }


def _restore_listing(world: World, row: dict[str, Any]) -> None:
    listing = world.listings.find(row["merchant_id"], row["sku"])
    if listing is None:
        return
    listing.price = row["price"]
    listing.city_prices = dict(row["city_prices"])
    listing.points = {code: Availability(**at) for code, at in row["points"].items()}
    listing.reason = row["reason"]
    listing.updated_at = row["updated_at"]
    listing.old_price_percent = row.get("old_price_percent", 0)
    listing.is_touched = True
    world.pushes.publish(listing)


def _rivals(world: World) -> list[list[Any]]:
    """Rivals that moved: card, merchant, sku, price, present."""
    return [
        [market.card.master_sku, offer.shop.merchant_id, offer.sku, offer.price, offer.present]
        for market in world.markets.known.values()
        if market.moves
        for offer in market.offers
        if offer.trail is not None and offer.habit is not Habit.SELLER
    ]


def _restore_rivals(world: World, rows: list[list[Any]]) -> None:
    for master_sku, merchant_id, sku, price, present in rows:
        market = world.markets.of(master_sku)
        for offer in market.of(merchant_id) if market else ():
            if market is not None and offer.sku == sku:
                world.rivals.set_price(market, offer, price)
                world.rivals.set_presence(market, offer, present=present)


def _locks(locks: dict[str, Lock]) -> dict[str, Any]:
    return {
        name: {"used_at": list(lock.used_at), "until": lock.until} for name, lock in locks.items()
    }


def _restore_locks(locks: dict[str, Lock], kept: dict[str, Any]) -> None:
    for name, row in kept.items():
        locks[name] = Lock(until=row["until"])
        locks[name].used_at.extend(row["used_at"])
