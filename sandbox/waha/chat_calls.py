"""Reading: chats, their messages, one message, and who is behind an address."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from sandbox.waha import replies, shapes
from sandbox.waha.people import LINKED, whole_address
from sandbox.waha.routes import Call, Route
from sandbox.waha.session import Ack, Message, Session
from sandbox.waha.wire import Answer, json_answer
from sandbox.waha.world import World

_FEW: Final = 10
_SOME: Final = 20
_MANY: Final = 100
_NOT_DIGITS: Final = re.compile(r"\D")
_NO_STORE: Final = (
    "Enable NOWEB store 'config.noweb.store.enabled=True' and 'config.noweb.store.full_sync=True' "
    "when starting a new session. Make sure to logout and start the session again"
)


@dataclass(frozen=True, slots=True)
class ChatCalls:
    world: World

    def routes(self) -> list[Route]:
        at = "/api/{session}"
        messages = f"{at}/chats/{{chatId}}/messages"
        return [
            Route("GET", "/api/contacts/check-exists", "check_exists", self.check_exists),
            Route("GET", f"{at}/lids", "lids", self.lids),
            Route("GET", f"{at}/lids/{{lid}}", "lid", self.number_of),
            Route("GET", f"{at}/lids/pn/{{phoneNumber}}", "lid_of", self.lid_of),
            Route("GET", f"{at}/chats", "chats", self.chats),
            Route("GET", f"{at}/chats/overview", "overview", self.overview),
            Route("GET", messages, "messages", self.messages),
            Route("POST", f"{messages}/read", "read", self.read),
            Route("GET", f"{messages}/{{messageId}}", "message", self.message),
        ]

    async def check_exists(self, call: Call) -> Answer:
        await call.working()
        phone = _NOT_DIGITS.sub("", call.query.get("phone", ""))
        person = self.world.people.of(phone)
        if not person.on_whatsapp:
            return json_answer({"numberExists": False})
        return json_answer({"numberExists": True, "chatId": person.address})

    async def lids(self, call: Call) -> Answer:
        session = await call.working()
        people = (self.world.people.behind(chat_id) for chat_id in session.chats)
        known = [{"lid": one.lid, "pn": one.address} for one in people if one]
        return json_answer(_page(known, call, usual=_MANY))

    async def number_of(self, call: Call) -> Answer:
        await call.working()
        named = call.steps["lid"]
        lid = named if named.endswith(LINKED) else named + LINKED
        person = self.world.people.by_lid(lid)
        known = person.address if person and not person.hides_number else None
        return json_answer({"lid": lid, "pn": known})

    async def lid_of(self, call: Call) -> Answer:
        await call.working()
        phone = _NOT_DIGITS.sub("", call.steps["phoneNumber"].partition("@")[0])
        person = self.world.people.of(phone)
        return json_answer(
            {"lid": person.lid if person.on_whatsapp else None, "pn": person.address}
        )

    async def chats(self, call: Call) -> Answer:
        session = await self._readable(call)
        rows = [
            {"id": chat_id, "name": self._name(chat_id), "conversationTimestamp": int(at)}
            for chat_id, at in _latest_first(session)
        ]
        return json_answer(_page(rows, call, usual=_MANY))

    async def overview(self, call: Call) -> Answer:
        session = await self._readable(call)
        wanted = {whole_address(one) for one in call.query.get("ids", "").split(",") if one}
        rows = [
            self._overview(session, chat_id)
            for chat_id, _ in _latest_first(session)
            if not wanted or chat_id in wanted
        ]
        return json_answer(_page(rows, call, usual=_SOME))

    async def messages(self, call: Call) -> Answer:
        """The messages of a chat, newest first unless asked otherwise."""
        session = await self._readable(call)
        found = [one for one in self._chat(session, call) if _is_wanted(one, call.query)]
        found.sort(key=lambda one: one.timestamp, reverse=call.query.get("sortOrder") != "asc")
        return json_answer([self._told(session, one) for one in _page(found, call, usual=_FEW)])

    async def message(self, call: Call) -> Answer:
        session = await self._readable(call)
        wanted = call.steps["messageId"]
        for one in reversed(self._chat(session, call)):
            if wanted in (one.id, one.serialized):
                return json_answer(self._told(session, one))
        raise replies.refusal(404, "Message not found")

    async def read(self, call: Call) -> Answer:
        session = await call.working()
        unread = [
            one for one in self._chat(session, call) if not one.from_me and one.ack < Ack.READ
        ]
        for one in unread:
            one.ack = Ack.READ
        return json_answer({"ids": [one.serialized for one in unread]}, status=201)

    async def _readable(self, call: Call) -> Session:
        """The session, if what it keeps of its chats can be read."""
        session = await call.working()
        store = (session.config.get("noweb") or {}).get("store") or {}
        if self.world.engine == "NOWEB" and not store.get("enabled"):
            raise replies.refusal(400, _NO_STORE)
        return session

    def _chat(self, session: Session, call: Call) -> list[Message]:
        """A chat under either of its addresses; under this one only where merging is off."""
        storage = (session.config.get("gows") or {}).get("storage") or {}
        if self.world.engine == "GOWS" and storage.get("messages") is False:
            return []
        address = whole_address(call.steps["chatId"])
        found = session.chats.get(self.world.people.chat_of(address), [])
        if call.query.get("merge", "true") == "true":
            return list(found)
        return [one for one in found if one.address == address]

    def _overview(self, session: Session, chat_id: str) -> Any:
        last = self._told(session, session.chats[chat_id][-1])
        return shapes.overview(session, chat_id, self.world.people, last)

    def _name(self, chat_id: str) -> str:
        person = self.world.people.behind(chat_id)
        return person.name if person else chat_id

    def _told(self, session: Session, one: Message) -> dict[str, Any]:
        own = self.world.own_address(session)
        return shapes.message(one, engine=self.world.engine, own=own, is_event=False)


def _latest_first(session: Session) -> list[tuple[str, float]]:
    ends = ((chat_id, chat[-1].timestamp) for chat_id, chat in session.chats.items())
    return sorted(ends, key=lambda end: end[1], reverse=True)


def _page(rows: list[Any], call: Call, *, usual: int) -> list[Any]:
    first = call.whole("offset", 0)
    return rows[first : first + call.whole("limit", usual)]


def _is_wanted(one: Message, query: Mapping[str, str]) -> bool:
    return all(_answers(one, query))


def _answers(one: Message, query: Mapping[str, str]) -> Iterator[bool]:
    """Whether a message passes each filter of the query."""
    at = int(one.timestamp)
    if "filter.timestamp.gte" in query:
        yield at >= float(query["filter.timestamp.gte"])
    if "filter.timestamp.lte" in query:
        yield at <= float(query["filter.timestamp.lte"])
    if "filter.fromMe" in query:
        yield one.from_me == (query["filter.fromMe"] == "true")
    if "filter.ack" in query:
        yield Ack(one.ack).name == query["filter.ack"]
