"""A session at WAHA over HTTP. Facts: WAHA's documentation and its published description, 2026.7.

One pool of connections serves the process. A server error is never repeated here: whoever calls
knows whether the call may be made twice.
"""

import atexit
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from functools import lru_cache
from http import HTTPStatus
from typing import Any
from urllib.parse import quote

import httpx
from typing_extensions import override

from whatsapp.clients import answers
from whatsapp.errors import (
    FirstMessagesLocked,
    NotByThisEngine,
    PairingRefused,
    SendUnanswered,
    SessionMissing,
    SessionNotReady,
    WahaBroken,
    WahaGone,
    WahaKeyRefused,
)
from whatsapp.ports import ChatMessage, Endpoint, SessionFacts, Waha

# The server itself waits up to 5 s for a session to get into the state that a call needs.
_TIMEOUT = httpx.Timeout(12.0, connect=3.0)
_QUICK = httpx.Timeout(3.0)
_POOL = httpx.Limits(max_connections=100, max_keepalive_connections=40)
_MOST_BYTES = 8 * 1024 * 1024
_AWAY = {HTTPStatus.BAD_GATEWAY, HTTPStatus.SERVICE_UNAVAILABLE, HTTPStatus.GATEWAY_TIMEOUT}
_LOCKED = "463"  # «server returned error 463»: WhatsApp's own code for its lock on first messages


class WahaClient(Waha):
    """The session that an endpoint names."""

    def __init__(self, endpoint: Endpoint) -> None:
        self._at = endpoint
        self._session = quote(endpoint.session_name, safe="")

    @override
    def ping(self) -> None:
        self._ask("GET", "/ping", timeout=_QUICK)

    @override
    def session(self) -> SessionFacts:
        return answers.session_facts(self._read("GET", f"/api/sessions/{self._session}"))

    @override
    def create(self, config: Mapping[str, Any]) -> SessionFacts:
        body = {"name": self._at.session_name, "start": True, "config": config}
        try:
            known = self.session()
        except SessionMissing:
            return answers.session_facts(self._read("POST", "/api/sessions", json=body))
        # Another config restarts the session; WAHA tells it in more words than it was given.
        if known.config.get("metadata") == config["metadata"]:
            return known
        self._ask("PUT", f"/api/sessions/{self._session}", json={"config": config})
        return self.session()

    @override
    def start(self) -> None:
        self._ask("POST", f"/api/sessions/{self._session}/start")

    @override
    def restart(self) -> None:
        self._ask("POST", f"/api/sessions/{self._session}/restart")

    @override
    def logout(self) -> None:
        self._ask("POST", f"/api/sessions/{self._session}/logout")

    @override
    def delete(self) -> None:
        self._ask("DELETE", f"/api/sessions/{self._session}")

    @override
    def qr_picture(self) -> bytes:
        return self._ask("GET", f"/api/{self._session}/auth/qr").content

    @override
    def qr_text(self) -> str:
        said = self._read("GET", f"/api/{self._session}/auth/qr", params={"format": "raw"})
        return _named(said, "value")

    @override
    def pairing_code(self, phone: str) -> str:
        path = f"/api/{self._session}/auth/request-code"
        try:
            return _named(self._read("POST", path, json={"phoneNumber": phone}), "code")
        except WahaBroken:
            raise PairingRefused from None

    @override
    def chat_of(self, phone: str) -> str | None:
        asked = {"phone": phone, "session": self._at.session_name}
        said = self._read("GET", "/api/contacts/check-exists", params=asked)
        exists = isinstance(said, Mapping) and said.get("numberExists") is True
        return _named(said, "chatId") if exists else None

    @override
    def phone_of(self, lid: str) -> str:
        said = self._read("GET", f"/api/{self._session}/lids/{quote(lid, safe='')}")
        number = said.get("pn") if isinstance(said, Mapping) else None
        return number.partition("@")[0] if isinstance(number, str) else ""

    @override
    def show_seen(self, chat_id: str) -> None:
        self._ask("POST", "/api/sendSeen", json=self._to(chat_id))

    @override
    def show_typing(self, chat_id: str, *, is_typing: bool) -> None:
        path = "/api/startTyping" if is_typing else "/api/stopTyping"
        self._ask("POST", path, json=self._to(chat_id))

    @override
    def new_message_id(self) -> str:
        return _named(self._read("GET", f"/api/{self._session}/new-message-id"), "id")

    @override
    def send_text(self, chat_id: str, text: str, *, message_id: str = "") -> str:
        body = {**self._to(chat_id), "text": text, "linkPreview": False}
        if message_id:
            body["id"] = message_id
        return answers.sent_id(self._send("/api/sendText", body))

    @override
    def message(self, chat_id: str, message_id: str) -> ChatMessage | None:
        path = f"{self._chat(chat_id)}/messages/{quote(message_id, safe='')}"
        try:
            return answers.chat_message(self._read("GET", path), chat_id=chat_id)
        except SessionMissing:  # what is missing is the message: the session answers
            return None

    @override
    def messages(self, chat_id: str, *, since: datetime, most: int) -> list[ChatMessage]:
        asked = {
            "filter.timestamp.gte": int(since.timestamp()),
            "limit": most,
            "sortOrder": "asc",
            "downloadMedia": "false",
        }
        said = self._read("GET", f"{self._chat(chat_id)}/messages", params=asked)
        return [answers.chat_message(one, chat_id=chat_id) for one in _rows(said)]

    @override
    def chats(self, *, since: datetime, most: int) -> list[str]:
        asked = {"limit": most, "sortBy": "conversationTimestamp", "sortOrder": "desc"}
        rows = _rows(self._read("GET", f"/api/{self._session}/chats", params=asked))
        after = since.timestamp()
        return [
            _named(row, "id") for row in rows if (row.get("conversationTimestamp") or 0) >= after
        ]

    def _to(self, chat_id: str) -> dict[str, Any]:
        return {"session": self._at.session_name, "chatId": chat_id}

    def _chat(self, chat_id: str) -> str:
        return f"/api/{self._session}/chats/{quote(chat_id, safe='')}"

    def _send(self, path: str, body: Mapping[str, Any]) -> Any:
        """Post something that must not go twice: what is not plainly answered may have gone."""
        try:
            answer = self._exchange("POST", path, json=body)
        except (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout):
            raise WahaGone from None
        except httpx.HTTPError:
            raise SendUnanswered from None
        if answer.status_code == HTTPStatus.INTERNAL_SERVER_ERROR:
            if _LOCKED in answer.text:
                raise FirstMessagesLocked
            raise SendUnanswered
        if answer.status_code in _AWAY:
            raise SendUnanswered
        with _understood():
            return _judged(answer).json()

    def _read(self, method: str, path: str, **more: Any) -> Any:
        """Ask for something that is answered as JSON."""
        answer = self._ask(method, path, **more)
        with _understood():
            return answer.json()

    def _ask(
        self,
        method: str,
        path: str,
        *,
        json: Mapping[str, Any] | None = None,
        params: Mapping[str, Any] | None = None,
        timeout: httpx.Timeout = _TIMEOUT,
    ) -> httpx.Response:
        with _understood():
            return _judged(self._exchange(method, path, json=json, params=params, timeout=timeout))

    def _exchange(self, method: str, path: str, **more: Any) -> httpx.Response:
        headers = {"X-Api-Key": self._at.api_key, "Accept": "application/json, image/png;q=0.9"}
        if path.endswith("/auth/qr"):
            headers["Accept"] = "image/png"
        return _pool().request(method, f"{self._at.base_url}{path}", headers=headers, **more)


@contextmanager
def _understood() -> Iterator[None]:
    """What the wire and a body that is no JSON raise, in our words."""
    try:
        yield
    except httpx.HTTPError:
        raise WahaGone from None
    except ValueError:  # no JSON
        raise WahaBroken from None


def _judged(answer: httpx.Response) -> httpx.Response:
    """The answer, if it is a good one. Nothing of a bad one is told on: it echoes the request."""
    if answer.is_success:
        if len(answer.content) > _MOST_BYTES:
            raise WahaBroken
        return answer
    match answer.status_code:
        case HTTPStatus.UNAUTHORIZED | HTTPStatus.FORBIDDEN:
            raise WahaKeyRefused
        case HTTPStatus.NOT_FOUND:
            raise SessionMissing
        case HTTPStatus.UNPROCESSABLE_ENTITY if status := _status_told(answer):
            raise SessionNotReady(status)
        case HTTPStatus.NOT_IMPLEMENTED:
            raise NotByThisEngine
        case code if code in _AWAY:
            raise WahaGone
        case code:
            raise WahaBroken(f"WhatsApp's gateway answered {code}.")


def _status_told(answer: httpx.Response) -> str:
    """The state in which the session is instead of the one that the call needs."""
    said = answer.json()
    status = said.get("status") if isinstance(said, Mapping) else None
    return status if isinstance(status, str) else ""


def _named(said: Any, name: str) -> str:
    value = said.get(name) if isinstance(said, Mapping) else None
    if not isinstance(value, str) or not value:
        raise WahaBroken
    return value


def _rows(said: Any) -> list[Mapping[str, Any]]:
    if not isinstance(said, list) or not all(isinstance(row, Mapping) for row in said):
        raise WahaBroken
    return said


@lru_cache(maxsize=1)
def _pool() -> httpx.Client:
    client = httpx.Client(timeout=_TIMEOUT, limits=_POOL, follow_redirects=False, trust_env=False)
    atexit.register(client.close)
    return client
