"""The tape: how each market looked over time, written when something on it changed.

    a look ──► digest of the offers ──same──► nothing is written
                    └──other──► what differs from the face ──► an entry; once a day everything

An offer on the tape is ``[tiyn, rating, reviews, delivery, preorder days, by Kaspi]``, the rating
in hundredths of a star, the delivery by its rank; rating and delivery may be ``null``.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, TypeAlias
from zlib import crc32

import structlog

from cube_demper.kernel.money import Money
from products.engine.model import Looked
from products.models import MarketFace, TapeEntry
from products.pricing.backtest import Scene
from products.pricing.doubt import is_odd
from products.pricing.model import Delivery, Rival
from products.pricing.record import pack, unpack
from products.pricing.wars import Best

Row: TypeAlias = list[Any]
Offers: TypeAlias = dict[str, Row]
logger = structlog.get_logger("products.tape")
_KEY_FRAME_EACH = timedelta(days=1)
_SECOND_LOOK_WITHIN = timedelta(minutes=15)
_DELIVERIES = tuple(Delivery)
_FORGET_AT_ONCE = 10_000


@dataclass(frozen=True, slots=True)
class Page:
    """A page that shows something else than the one before: its digest, and the market's face."""

    looked: Looked
    digest: int
    face: MarketFace | None


def changed_pages(outcomes: Iterable[Looked]) -> list[Page]:
    """The pages on which something changed since the last look, by rising market."""
    found = {one.market_id: (one, _digest(one.offers)) for one in outcomes}
    known = dict(MarketFace.objects.filter(market__in=found).values_list("market", "digest"))
    changed = sorted(pk for pk, (_, digest) in found.items() if known.get(pk) != digest)
    faces = MarketFace.objects.in_bulk(changed) if changed else {}
    return [Page(*found[market_id], faces.get(market_id)) for market_id in changed]


def doubted_pages(pages: Iterable[Page], *, now: datetime) -> set[int]:
    """The markets whose pages look misread and are not believed before a second look.

    Runs in the transaction that records the looks.
    """
    odd = [
        page.face
        for page in pages
        if page.face is not None
        and not (page.face.doubted_at and now - page.face.doubted_at < _SECOND_LOOK_WITHIN)
        and is_odd(_rivals(page.face.offers), page.looked.offers)
    ]
    for face in odd:
        logger.warning("products.page.doubted", market_id=face.pk)
    if odd:
        MarketFace.objects.filter(pk__in=[face.pk for face in odd]).update(doubted_at=now)
    return {face.pk for face in odd}


def write_tape(pages: Iterable[Page], *, now: datetime) -> None:
    """Note what changed on these markets. Runs in the transaction that records the looks."""
    entries, faces = [], []
    for page in pages:
        offers, face, market_id = page.looked.offers, page.face, page.looked.market_id
        last = None if face is None or now - face.key_frame_at >= _KEY_FRAME_EACH else face
        best = min(offers, key=_by_price, default=None)
        entries.append(
            TapeEntry(
                market_id=market_id,
                at=now,
                is_key_frame=last is None,
                offers=_difference(_rows(_rivals(last.offers)) if last else {}, _rows(offers)),
                best=best.price if best else None,
                best_merchant=best.merchant_id if best else "",
            )
        )
        faces.append(
            MarketFace(
                market_id=market_id,
                offers=[pack(offer) for offer in offers],
                digest=page.digest,
                key_frame_at=last.key_frame_at if last else now,
            )
        )
    if not entries:
        return
    TapeEntry.objects.bulk_create(entries)
    MarketFace.objects.bulk_create(
        faces,
        update_conflicts=True,
        unique_fields=("market",),
        update_fields=("offers", "digest", "key_frame_at", "doubted_at"),
    )


def offers_now(market_id: int) -> tuple[Rival, ...] | None:
    """Everybody's offer as last seen; ``None`` before the first look."""
    face = MarketFace.objects.filter(market=market_id).first()
    return None if face is None else tuple(_rivals(face.offers))


def scenes_of(market_id: int, *, since: datetime) -> list[Scene]:
    """How a market looked from a moment on, each time it changed, the oldest first.

    The first scene is how it looked at that moment, if the tape goes back so far. Merchants are
    named by their ids.
    """
    scenes: list[Scene] = []
    for at, offers in _played(market_id, since):
        rivals = tuple(_rival(merchant, row) for merchant, row in offers.items())
        scene = Scene(max(at, since), rivals)
        if scenes and at <= since:
            scenes[0] = scene
        else:
            scenes.append(scene)
    return scenes


def cheapest_of(
    market_id: int, *, besides: Collection[str], since: datetime
) -> list[tuple[datetime, Money | None]]:
    """The cheapest offer of all but some shops from a moment on, whenever it changed."""
    prices: list[tuple[datetime, Money | None]] = []
    for at, offers in _played(market_id, since):
        asked = [row[0] for merchant_id, row in offers.items() if merchant_id not in besides]
        price = Money(min(asked)) if asked else None
        if at <= since:
            prices = [(since, price)]
        elif not prices or prices[-1][1] != price:
            prices.append((at, price))
    return prices


def _played(market_id: int, since: datetime) -> Iterator[tuple[datetime, Offers]]:
    """Everybody's offers whenever they changed: from a moment on, and a while before it.

    It is the same mapping each time, changed.
    """
    entries = TapeEntry.objects.filter(market=market_id)
    first = entries.filter(at__lte=since, is_key_frame=True).order_by("-at", "-id").first()
    if first is not None:
        entries = entries.filter(at__gte=first.at)
    offers: Offers | None = None
    for entry in entries.order_by("at", "id").iterator():
        if entry.is_key_frame:
            offers = {}
        if offers is None:
            continue  # what it differs from was forgotten
        for merchant_id, row in entry.offers.items():
            if row is None:
                offers.pop(merchant_id, None)
            else:
                offers[merchant_id] = row
        yield entry.at, offers


def bests_of(market_ids: Sequence[int], *, since: datetime) -> Mapping[int, list[Best]]:
    """The best price of each market whenever it changed after that moment."""
    rows = (
        TapeEntry.objects.filter(market__in=market_ids, at__gt=since, best__isnull=False)
        .order_by("at", "id")
        .values_list("market", "at", "best", "best_merchant")
    )
    bests: dict[int, list[Best]] = defaultdict(list)
    for market_id, at, price, merchant_id in rows:
        tape = bests[market_id]
        if price is None:
            continue
        if not tape or (tape[-1].price, tape[-1].merchant_id) != (price, merchant_id):
            tape.append(Best(at, price, merchant_id))
    return bests


def forget_tape(*, before: datetime) -> None:
    """Drop entries of long ago, some thousand at a time."""
    old = TapeEntry.objects.filter(at__lt=before).order_by("at")
    while ids := list(old.values_list("pk", flat=True)[:_FORGET_AT_ONCE]):
        TapeEntry.objects.filter(pk__in=ids).delete()


def _digest(offers: Sequence[Rival]) -> int:
    """Of all that may decide a price but the number of reviews, which grows by itself."""
    rows = _rows(offers)
    return crc32(repr(sorted((who, row[:2] + row[3:]) for who, row in rows.items())).encode())


def _rows(offers: Iterable[Rival]) -> Offers:
    """Each merchant's best offer."""
    rows: Offers = {}
    for offer in sorted(offers, key=_by_price):
        rows.setdefault(
            offer.merchant_id,
            [
                offer.price.tiyn,
                offer.rating,
                offer.reviews,
                None if offer.delivery is None else offer.delivery.rank,
                offer.preorder_days,
                int(offer.by_kaspi),
            ],
        )
    return rows


def _by_price(offer: Rival) -> tuple[int, str]:
    return offer.price.tiyn, offer.merchant_id


def _difference(before: Offers, after: Offers) -> dict[str, Row | None]:
    differs: dict[str, Row | None] = {
        who: row for who, row in after.items() if before.get(who) != row
    }
    return differs | dict.fromkeys(before.keys() - after.keys())


def _rival(merchant_id: str, row: Row) -> Rival:
    tiyn, rating, reviews, delivery, preorder_days, by_kaspi = row
    return Rival(
        merchant_id=merchant_id,
        name=merchant_id,
        price=Money(tiyn),
        rating=rating,
        reviews=reviews,
        delivery=None if delivery is None else _DELIVERIES[delivery],
        preorder_days=preorder_days,
        by_kaspi=bool(by_kaspi),
    )


def _rivals(packed: Iterable[Any]) -> list[Rival]:
    return [unpack(Rival, one) for one in packed]
