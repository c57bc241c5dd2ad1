"""Egress addresses: what an operator lists, and what the processes meet at them.

A process's gateway chooses addresses on its event loop, where no row is read. ``attend`` runs
around every piece of its work: it tells the gateway the list, at most some seconds old, and writes
down the walls, the answers and the sessions' addresses that the gateway noted.
"""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import structlog
from django.conf import settings
from django.db import transaction
from redis import Redis
from redis.exceptions import RedisError

from cube_demper.kernel.limiting.desk import Desk
from kaspi.clients.config import Address
from kaspi.clients.egress import Answered, Listed, Note, Seated, Walled
from kaspi.errors import ProxyUnusable
from kaspi.models import EgressAddress, Session

if TYPE_CHECKING:  # the browser's driver is costly, and web never opens a gateway
    from kaspi.gateway import Gateway

logger = structlog.get_logger("kaspi.egress")
LONGEST_REST = timedelta(hours=1)
FORGIVEN_AFTER = timedelta(minutes=30)  # a wall so long after the last rest is a first one again


def check_proxy(url: str) -> str:
    """Return the URL of an HTTP proxy as it is kept. Raises ProxyUnusable."""
    try:
        parts = urlsplit(url.strip())
        is_usable = parts.scheme == "http" and bool(parts.hostname) and parts.port is not None
    except ValueError:
        is_usable = False
    if not is_usable:
        raise ProxyUnusable("A proxy is written as http://user:password@host:port.")
    return url.strip()


def addresses() -> list[Listed]:
    """Which addresses are in use, and until when each of them rests."""
    rows = EgressAddress.objects.filter(is_enabled=True).order_by("pk")
    return [
        Listed(
            row.pk,
            Address(row.name, row.proxy_url.reveal(), row.offers_rps),
            row.quarantined_until.timestamp() if row.quarantined_until else 0.0,
        )
        for row in rows
    ]


def quarantine(*, egress_id: int, seconds: float, now: datetime) -> datetime | None:
    """Let an address rest after a wall, longer each time; return until when. None: it is gone.

    Walls met while it rests already are of the same occasion and only counted.
    """
    with transaction.atomic():
        row = EgressAddress.objects.select_for_update().filter(pk=egress_id).first()
        if row is None:
            return None
        row.walls += 1
        row.walled_at = now
        if row.quarantined_until is None or row.quarantined_until <= now:
            row.quarantined_until = now + _rest(row, seconds, now)
            logger.warning(
                "kaspi.egress.quarantined",
                address=row.name,
                until=row.quarantined_until.isoformat(),
                walls=row.walls_in_a_row,
            )
        row.save(update_fields=["walls", "walls_in_a_row", "walled_at", "quarantined_until"])
    return row.quarantined_until


def _rest(row: EgressAddress, seconds: float, now: datetime) -> timedelta:
    is_first = row.quarantined_until is None or now - row.quarantined_until > FORGIVEN_AFTER
    row.walls_in_a_row = 1 if is_first else row.walls_in_a_row + 1
    doubled: int = 1 << min(row.walls_in_a_row - 1, 20)
    return min(timedelta(seconds=seconds) * doubled, LONGEST_REST)


def put_to_rest(*, egress_id: int, until: datetime) -> None:
    """Take an address out until then, because an operator wants it."""
    EgressAddress.objects.filter(pk=egress_id).update(quarantined_until=until)
    logger.info("kaspi.egress.put_to_rest", egress_id=egress_id, until=until.isoformat())


def lift(*, egress_id: int) -> None:
    """Let an address be used again at once, as if it had met no wall."""
    row = EgressAddress.objects.filter(pk=egress_id).first()
    if row is None:
        return
    EgressAddress.objects.filter(pk=egress_id).update(quarantined_until=None, walls_in_a_row=0)
    try:
        with Redis.from_url(settings.REDIS_URL, socket_timeout=2) as redis:
            desk = Desk(redis)
            for family in ("offers", "cabinet"):
                desk.lift(f"kaspi:{family}:{row.name}")
    except RedisError:
        logger.warning("kaspi.egress.still_frozen", address=row.name)
    logger.info("kaspi.egress.lifted", address=row.name)


def write_down(notes: Sequence[Note]) -> None:
    """Keep what a gateway met."""
    for note in notes:
        match note:
            case Walled():
                quarantine(egress_id=note.egress_id, seconds=note.seconds, now=_moment(note.at))
            case Answered():
                EgressAddress.objects.filter(pk=note.egress_id).update(answered_at=_moment(note.at))
            case Seated():
                Session.rows.filter(pk=note.session_id).update(egress=note.egress_id)


def _moment(unix_s: float) -> datetime:
    return datetime.fromtimestamp(unix_s, UTC)


def attend(gateway: "Gateway") -> None:
    """Write down what a gateway met, and renew its list when that has grown old."""
    if gateway.egress.is_stale:
        write_down(gateway.egress.take_notes())
        gateway.egress.use(addresses())
