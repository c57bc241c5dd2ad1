"""WAHA's answers in our words."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from whatsapp.errors import WahaBroken
from whatsapp.ports import Account, ChatMessage, Limits, SessionFacts, SessionStatus


def session_facts(said: Any) -> SessionFacts:
    """Understand a session's description. Raises WahaBroken."""
    card = _mapping(said)
    me = card.get("me")
    return SessionFacts(
        status=SessionStatus.read(card.get("status")),
        account=account(me) if isinstance(me, Mapping) else None,
        config=card["config"] if isinstance(card.get("config"), Mapping) else {},
        limits=limits(me) if isinstance(me, Mapping) else None,
    )


def account(me: Mapping[str, Any]) -> Account:
    """Understand ``me``, as sessions and events carry it."""
    digits = _text(me.get("id")).partition("@")[0].partition(":")[0]
    return Account(
        phone=digits if digits.isdigit() else "",
        lid=_text(me.get("lid")),
        name=_text(me.get("pushName")),
    )


def limits(me: Mapping[str, Any]) -> Limits | None:
    """What WhatsApp forbids an account, where ``me`` tells it; ``None`` where it does not."""
    lock, capping = me.get("reachoutTimelock"), me.get("messageCapping")
    if not isinstance(lock, Mapping) and not isinstance(capping, Mapping):
        return None
    lock = lock if isinstance(lock, Mapping) else {}
    is_locked = lock.get("isActive") is True
    return Limits(
        locked_until=_moment(lock.get("timeEnforcementEnds")) if is_locked else None,
        is_capped=isinstance(capping, Mapping) and capping.get("status") == "CAPPED",
    )


def sent_id(said: Any) -> str:
    """The id of a message that was sent: each engine names it elsewhere. Raises WahaBroken."""
    body = _mapping(said)
    named, key = body.get("id"), body.get("key")
    if isinstance(named, str) and named:
        return bare_id(named)  # GOWS
    if isinstance(named, Mapping) and isinstance(named.get("_serialized"), str):
        return bare_id(named["_serialized"])  # WEBJS
    if isinstance(key, Mapping) and isinstance(key.get("id"), str):
        return bare_id(key["id"])  # NOWEB
    raise WahaBroken("A message was sent, and its id is not told.")


def bare_id(serialized: str) -> str:
    """``true_77010000000@c.us_3EB0…`` without whose it is and where: ``3EB0…``."""
    parts = serialized.split("_")
    return parts[2] if len(parts) > 2 and parts[0] in {"true", "false"} else serialized  # noqa: PLR2004 -- direction, chat, id


def chat_message(said: Any, *, chat_id: str) -> ChatMessage:
    """Understand a message of a chat. Raises WahaBroken."""
    body = _mapping(said)
    at, ack = body.get("timestamp"), body.get("ack")
    if not isinstance(body.get("id"), str) or not isinstance(at, int | float):
        raise WahaBroken("A message without id or time.")
    return ChatMessage(
        message_id=bare_id(body["id"]),
        chat_id=chat_id,
        text=_text(body.get("body")),
        is_ours=body.get("fromMe") is True,
        at=datetime.fromtimestamp(at, tz=UTC),
        ack=ack if isinstance(ack, int) else 0,
    )


def _mapping(said: Any) -> Mapping[str, Any]:
    if not isinstance(said, Mapping):
        raise WahaBroken
    return said


def _text(said: object) -> str:
    return said if isinstance(said, str) else ""


def _moment(said: object) -> datetime | None:
    """A time as seconds or milliseconds since 1970, or as text; ``None`` where it is neither."""
    if isinstance(said, int | float) and said > 0:
        return datetime.fromtimestamp(said / 1000 if said > 1e11 else said, tz=UTC)  # noqa: PLR2004 -- seconds end in the year 5138
    try:
        moment = datetime.fromisoformat(_text(said))
    except ValueError:
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
