"""One session: its state, its login, and the chats of its account."""

import asyncio
import secrets
from collections import deque
from dataclasses import dataclass, field
from enum import IntEnum, StrEnum
from typing import Any, Final

_STATUSES_TOLD: Final = 3
_ID_BYTES: Final = 9


class Status(StrEnum):
    STOPPED = "STOPPED"
    STARTING = "STARTING"
    SCAN_QR_CODE = "SCAN_QR_CODE"
    PASSKEY_REQUIRED = "PASSKEY_REQUIRED"
    PASSKEY_CONFIRMATION_REQUIRED = "PASSKEY_CONFIRMATION_REQUIRED"
    WORKING = "WORKING"
    FAILED = "FAILED"


class Ack(IntEnum):
    ERROR = -1
    PENDING = 0
    SERVER = 1
    DEVICE = 2
    READ = 3
    PLAYED = 4


def fresh_device() -> str:
    """What tells one connection under a login from the next."""
    return secrets.token_hex(8)


@dataclass(slots=True)
class Login:
    """A device linked to an account. A revoked one was logged out on the phone."""

    phone: str
    name: str
    device: str = field(default_factory=fresh_device)
    is_revoked: bool = False


@dataclass(slots=True)
class Message:
    """A message of a chat. `address` is the other side as this message names it."""

    id: str
    chat_id: str
    address: str
    body: str
    timestamp: float
    from_me: bool
    ack: int = Ack.PENDING
    # By the API or in the app on the phone; only for our own.
    source: str | None = None
    participant: str | None = None
    reply_to: str | None = None

    @property
    def serialized(self) -> str:
        """The id as the API writes it."""
        tail = f"_{self.participant}" if self.participant else ""
        return f"{str(self.from_me).lower()}_{self.address}_{self.id}{tail}"


@dataclass(slots=True)
class Offer:
    """What is on offer to a phone: a code to scan, and perhaps one to type."""

    qr: str
    number: int
    pairing: str | None = None
    pairing_phone: str | None = None


@dataclass(slots=True)
class Session:
    """Known by name. Everything that is scheduled for it holds for one `run` only."""

    name: str
    config: dict[str, Any]
    status: Status = Status.STOPPED
    is_running: bool = False
    login: Login | None = None
    statuses: deque[tuple[Status, float]] = field(
        default_factory=lambda: deque(maxlen=_STATUSES_TOLD)
    )
    run: int = 0
    offer: Offer | None = None
    # Who scanned, while the browser has not confirmed it yet.
    scanned: Login | None = None
    # A session in the state of the thirtieth day: start refuses.
    is_worn_out: bool = False
    # Works, and says nothing of what happens.
    is_silent: bool = False
    typing: set[str] = field(default_factory=set)
    activity: float | None = None
    chats: dict[str, list[Message]] = field(default_factory=dict)
    # What was written to the account while it was not connected.
    waiting: list[tuple[Message, str]] = field(default_factory=list)
    changed: asyncio.Event = field(default_factory=asyncio.Event)

    def find(self, chat_id: str, message_id: str) -> Message | None:
        """The latest message of a chat under an id, written out or bare."""
        found = (
            message
            for message in reversed(self.chats.get(chat_id, ()))
            if message_id in (message.id, message.serialized)
        )
        return next(found, None)

    def move(self, status: Status, now: float) -> None:
        self.status = status
        self.statuses.append((status, now))
        self.changed.set()
        self.changed = asyncio.Event()


def fresh_id() -> str:
    """A message id as WhatsApp's own clients make them."""
    return "3EB0" + secrets.token_hex(_ID_BYTES).upper()


def ulid(moment: float) -> str:
    """A lower-case ULID: sorted by time, unique."""
    digits = "0123456789abcdefghjkmnpqrstvwxyz"
    number = (int(moment * 1000) << 80) | int.from_bytes(secrets.token_bytes(10))
    return "".join(digits[(number >> shift) & 31] for shift in range(125, -1, -5))
