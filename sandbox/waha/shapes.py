"""How things are written: by each engine in its own way where they differ."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, Final

from sandbox.waha.people import LINKED, People, Person, raw_address
from sandbox.waha.session import Ack, Message, Session

VERSION: Final = "2026.8.2"
_BROWSERS: Final = {"WEBJS": "/usr/bin/chromium"}
_RESTRICTED: Final = "463"
_ID_AT: Final = 2


def environment(engine: str, worker: str) -> dict[str, Any]:
    return {
        "version": VERSION,
        "engine": engine,
        "tier": "CORE",
        "browser": _BROWSERS.get(engine),
        "platform": "linux/x64",
        "worker": {"id": worker},
    }


def me(session: Session, person: Person | None, *, restrictions: Mapping[str, Any]) -> Any:
    """The account of a session; None before its login."""
    login = session.login
    if person is None or login is None or login.is_revoked:
        return None
    return {
        "id": person.address,
        "pushName": login.name,
        "lid": person.lid,
        "jid": f"{login.phone}:17@s.whatsapp.net",
        **restrictions,
    }


def timelock(person: Person, now: float) -> dict[str, Any]:
    is_active = person.account.is_locked(now)
    return {
        "isActive": is_active,
        "timeEnforcementEnds": int(person.account.locked_until) if is_active else None,
        "enforcementType": "RESTRICT_ALL_COMPANIONS" if is_active else None,
    }


def capping(person: Person) -> dict[str, Any]:
    account = person.account
    return {
        "cappingStatus": "CAPPED" if account.is_capped else account.capping,
        "totalQuota": account.quota,
        "usedQuota": account.used,
        "cycleStart": None,
        "cycleEnd": None,
        "mvStatus": "NOT_ELIGIBLE",
        "oteStatus": "NOT_ELIGIBLE",
    }


def session_card(session: Session, me: Any, *, engine: str, worker: str) -> dict[str, Any]:
    milliseconds = None if session.activity is None else int(session.activity * 1000)
    return {
        "name": session.name,
        "status": session.status,
        "config": session.config,
        "me": me,
        "presence": None,
        "timestamps": {"activity": milliseconds},
        "engine": {"engine": engine},
        "assignedWorker": worker,
    }


def sent(message: Message, *, engine: str, own: str) -> dict[str, Any]:
    """What `sendText` answers: a different body on each engine."""
    if engine == "GOWS":
        return {"id": message.serialized, "_data": _gows(message, own)}
    if engine == "NOWEB":
        return {
            "key": _key(message),
            "message": {"extendedTextMessage": {"text": message.body}},
            "messageTimestamp": str(int(message.timestamp)),
            "status": Ack(message.ack).name,
        }
    return {
        "id": {
            "fromMe": True,
            "remote": message.address,
            "id": message.id,
            "_serialized": message.serialized,
        },
        "ack": message.ack,
        "timestamp": int(message.timestamp),
        "body": message.body,
        "from": own,
        "to": message.address,
    }


def message(one: Message, *, engine: str, own: str, is_event: bool) -> dict[str, Any]:
    """A message as events and chats tell of it."""
    raw = {"GOWS": _gows, "NOWEB": _noweb, "WEBJS": _webjs}[engine](one, own)
    return {
        "id": one.serialized,
        "timestamp": int(one.timestamp),
        "from": own if one.from_me and engine == "WEBJS" else one.address,
        "fromMe": one.from_me,
        "source": one.source if is_event else None,
        "to": (one.address if one.from_me else own) if engine == "WEBJS" else None,
        "participant": one.participant,
        "body": one.body,
        "hasMedia": False,
        "media": None,
        "ack": one.ack,
        "ackName": Ack(one.ack).name,
        "vCards": [],
        "_data": raw,
        **({"replyTo": _reply(one.reply_to)} if one.reply_to else {}),
    }


def ack(one: Message, *, engine: str, own: str, lock: Mapping[str, Any]) -> dict[str, Any]:
    """How far a message of ours is. Where it was refused NOWEB says why."""
    told: dict[str, Any] = {
        "id": one.serialized,
        "from": own if engine == "WEBJS" else one.address,
        "participant": one.participant,
        "fromMe": one.from_me,
        "ack": one.ack,
        "ackName": Ack(one.ack).name,
        "_data": {},
    }
    if engine == "WEBJS":
        told["to"] = one.address
    if one.ack == Ack.ERROR and engine == "NOWEB":
        told["error"] = _restriction(lock)
    return told


def overview(session: Session, chat_id: str, people: People, last: dict[str, Any]) -> Any:
    person = people.behind(chat_id)
    return {
        "id": chat_id,
        "name": person.name if person else chat_id,
        "picture": None,
        "lastMessage": last,
        "_chat": {"id": chat_id, "unread": len(session.chats[chat_id])},
    }


def _restriction(lock: Mapping[str, Any]) -> dict[str, Any]:
    if not lock["isActive"]:
        return {"code": None, "blocked": False}
    until = datetime.fromtimestamp(lock["timeEnforcementEnds"], UTC)
    return {
        "code": _RESTRICTED,
        "blocked": True,
        "reason": "account_restricted",
        "until": until.isoformat(timespec="milliseconds").replace("+00:00", "Z"),
        "enforcementType": lock["enforcementType"],
    }


def _reply(serialized: str) -> dict[str, Any]:
    parts = serialized.split("_")
    return {"id": parts[_ID_AT] if len(parts) > _ID_AT else serialized, "hasMedia": False}


def _key(one: Message) -> dict[str, Any]:
    return {"remoteJid": raw_address(one.address), "fromMe": one.from_me, "id": one.id}


def _noweb(one: Message, _own: str) -> dict[str, Any]:
    return {"key": _key(one), "message": {"conversation": one.body}}


def _gows(one: Message, own: str) -> dict[str, Any]:
    sender = own if one.from_me else one.participant or one.address
    return {
        "Info": {
            "ID": one.id,
            "Chat": raw_address(one.address),
            "Sender": raw_address(sender),
            "IsFromMe": one.from_me,
            "AddressingMode": "lid" if one.address.endswith(LINKED) else "pn",
        },
        "Message": {"conversation": one.body},
    }


def _webjs(one: Message, own: str) -> dict[str, Any]:
    return {"id": {"_serialized": one.serialized}, "body": one.body, "type": "chat", "viewer": own}
