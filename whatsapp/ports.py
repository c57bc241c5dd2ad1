"""What we ask of WhatsApp, in our words: one seller's session at its gateway, WAHA.

Everything that crosses is frozen. What may be raised is in ``errors.py``: WahaGone where the
gateway does not answer, WahaKeyRefused, WahaBroken, SessionMissing, and SessionNotReady where the
session is in another state than the call needs.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any, Protocol


class SessionStatus(StrEnum):
    """WAHA's words for a session. Stored; never renamed."""

    UNKNOWN = ""  # nobody has told us yet
    STOPPED = "STOPPED"
    STARTING = "STARTING"
    SCAN_QR_CODE = "SCAN_QR_CODE"
    PASSKEY_REQUIRED = "PASSKEY_REQUIRED"
    PASSKEY_CONFIRMATION_REQUIRED = "PASSKEY_CONFIRMATION_REQUIRED"
    WORKING = "WORKING"
    FAILED = "FAILED"

    @classmethod
    def read(cls, word: object) -> "SessionStatus":
        """Understand WAHA's word; one that is new to us is UNKNOWN."""
        return next((status for status in cls if status == word), cls.UNKNOWN)


@dataclass(frozen=True, slots=True)
class Endpoint:
    """Where a session is reached, and with what key. Many sessions may share an address."""

    base_url: str
    api_key: str = field(repr=False)
    session_name: str


@dataclass(frozen=True, slots=True)
class Account:
    """Whose WhatsApp it is. ``phone`` is digits with the country code; both may be empty."""

    phone: str = field(repr=False)
    lid: str = field(repr=False)
    name: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Limits:
    """What WhatsApp forbids: first messages until a time, or all new chats of a quota."""

    locked_until: datetime | None = None
    is_capped: bool = False


@dataclass(frozen=True, slots=True)
class SessionFacts:
    """A session as WAHA describes it."""

    status: SessionStatus
    account: Account | None
    config: Mapping[str, Any] = field(default_factory=dict)
    limits: Limits | None = None  # None: not told


@dataclass(frozen=True, slots=True)
class ChatMessage:
    """A message of a chat as WAHA keeps it. ``ack``: −1 error, 1 server, 2 device, 3 read."""

    message_id: str
    chat_id: str = field(repr=False)
    text: str = field(repr=False)
    is_ours: bool
    at: datetime
    ack: int


class Waha(Protocol):
    """One session at its gateway. Every call is a request, bounded in time."""

    def ping(self) -> None:
        """Ask whether anybody is there. Raises WahaGone."""

    def session(self) -> SessionFacts:
        """Read the session. Raises SessionMissing."""

    def create(self, config: Mapping[str, Any]) -> SessionFacts:
        """Make the session and start it.

        One that is there gets this config instead, unless its ``metadata`` is the same already.
        """

    def start(self) -> None:
        """Start it; one that runs is left as it is."""

    def restart(self) -> None:
        """Stop and start it."""

    def logout(self) -> None:
        """Forget whose phone it is; the config stays."""

    def delete(self) -> None:
        """Forget all of it. One that is not there is no error."""

    def qr_picture(self) -> bytes:
        """The code to scan now, as PNG. Waits up to 5 s for it, else raises SessionNotReady."""

    def qr_text(self) -> str:
        """The same code as text, to be drawn by whoever shows it."""

    def pairing_code(self, phone: str) -> str:
        """A code to type on this phone instead. Raises PairingRefused and SessionNotReady."""

    def chat_of(self, phone: str) -> str | None:
        """The address to write to for a number; ``None`` where it has no WhatsApp."""

    def phone_of(self, lid: str) -> str:
        """The number behind a linked id; empty where WhatsApp does not tell it."""

    def show_seen(self, chat_id: str) -> None:
        """Let the other side see that their messages were read."""

    def show_typing(self, chat_id: str, *, is_typing: bool) -> None:
        """Let the other side see that somebody is typing, or is not any more."""

    def new_message_id(self) -> str:
        """An id for a message that is to be sent. Raises NotByThisEngine."""

    def send_text(self, chat_id: str, text: str, *, message_id: str = "") -> str:
        """Send a text, once; return the id it has.

        SendUnanswered is the only error after which it may have been sent. Raises
        FirstMessagesLocked where WhatsApp forbids first messages.
        """

    def message(self, chat_id: str, message_id: str) -> ChatMessage | None:
        """One message of a chat; ``None`` where there is no such."""

    def messages(self, chat_id: str, *, since: datetime, most: int) -> list[ChatMessage]:
        """The messages of a chat since then, oldest first, so many at most."""

    def chats(self, *, since: datetime, most: int) -> list[str]:
        """The chats with anything in them since then, latest first, so many at most."""
