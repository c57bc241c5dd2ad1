"""How often may be tried what could be guessed or used to flood: docs/adr/0033.

A try is paid for before it is made and given back when it comes through, so a hundred at once get
no further than a hundred in a row.
"""

import hashlib
import secrets
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime, timedelta
from ipaddress import ip_address, ip_network

import structlog
from django.conf import settings
from django.core import signing

from accounts import throttling
from accounts.errors import TooManyTries
from accounts.throttling import Bucket

logger = structlog.get_logger("accounts.tries")
_QUARTER, _HOUR = timedelta(minutes=15), timedelta(hours=1)
KNOWN_FOR_S = 365 * 86_400
_SALT = "accounts.known-device"


def login_buckets(*, email: str, address: str | None, known_as: str) -> list[Bucket]:
    """What a login has to pay with.

    A device that came in to this very account before pays with a bucket of its own: strangers, on
    its network too, can't use theirs up for it.
    """
    account = _account(email)
    device = _device_of(known_as, account=account)
    if device:
        return [Bucket(f"login:device:{device}", 10, _QUARTER)]
    network = _network(address)
    return [
        Bucket(f"login:account:{account}:{network}", 5, _QUARTER),
        Bucket(f"login:network:{network}", 30, _QUARTER),
        Bucket(f"login:account:{account}", 50, _HOUR),
    ]


def registration_buckets(*, address: str | None) -> list[Bucket]:
    most = settings.REGISTRATIONS_PER_HOUR
    return [Bucket(f"register:network:{_network(address)}", most, _HOUR)]


def mail_buckets(*, address: str | None) -> list[Bucket]:
    """For asking for mails. How many one mailbox gets is kept elsewhere, and in silence."""
    return [Bucket(f"mail:network:{_network(address)}", 10, _HOUR)]


def mailed_buckets(*, address: str | None) -> list[Bucket]:
    """For bringing back what was mailed."""
    return [Bucket(f"mailed:network:{_network(address)}", 20, _QUARTER)]


def password_buckets(*, user_id: int) -> list[Bucket]:
    """For whoever is in already and has to say the password again."""
    return [Bucket(f"password:user:{user_id}", 10, _QUARTER)]


def joining_buckets(*, user_id: int) -> list[Bucket]:
    """For bringing an invitation."""
    return [Bucket(f"joining:user:{user_id}", 10, _QUARTER)]


def invitation_buckets(*, seller_id: int) -> list[Bucket]:
    return [Bucket(f"invitation:seller:{seller_id}", 20, _HOUR)]


def spend(buckets: Sequence[Bucket], *, now: datetime) -> None:
    """Pay for a try. Raises TooManyTries, which says when the next may be made."""
    wait = throttling.take(buckets)
    if wait:
        kind = ":".join(buckets[0].key.split(":")[:2])
        logger.warning("accounts.tries.exhausted", kind=kind)
        raise TooManyTries(retry_at=now + wait)


@contextmanager
def paid(buckets: Sequence[Bucket], *, now: datetime) -> Iterator[None]:
    """Pay for a try that is given back if it comes through. Raises TooManyTries."""
    spend(buckets, now=now)
    yield
    throttling.give_back(buckets)


def know_device(*, email: str) -> str:
    """What a device keeps to be known the next time it logs in to this account."""
    return signing.dumps([_account(email), secrets.token_hex(8)], salt=_SALT)


def _device_of(known_as: str, *, account: str) -> str:
    try:
        known_account, device = signing.loads(known_as, salt=_SALT, max_age=KNOWN_FOR_S)
    except signing.BadSignature:
        return ""
    return str(device) if known_account == account else ""


def _account(email: str) -> str:
    return hashlib.sha256(email.lower().encode()).hexdigest()[:32]


def _network(address: str | None) -> str:
    """An address, or in the newer kind the network that one household gets."""
    if address is None:
        return "none"
    if ip_address(address).version == 4:  # noqa: PLR2004 -- the version of a protocol is its name
        return address
    return str(ip_network(f"{address}/64", strict=False).network_address)
