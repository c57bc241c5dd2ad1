"""The stand-in's own API for tests and trials, under `/_control/`: phones, clock, mishaps."""

import os
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any, Final, NoReturn

from sandbox.waha.control_orders import BadOrder, Order
from sandbox.waha.faults import BadFault, read_fault
from sandbox.waha.hooks import EVENTS, KINDS, Mishap
from sandbox.waha.inbox import Inbox
from sandbox.waha.lives import CannotScan, Lives
from sandbox.waha.people import Person, whole_address
from sandbox.waha.routes import Call, Handler, Route
from sandbox.waha.session import Ack, Message, Session, Status, fresh_id
from sandbox.waha.switches import BadSwitch
from sandbox.waha.wire import Answer, json_answer
from sandbox.waha.world import World

_REQUESTS_MOST: Final = 5_000
_CAPPINGS: Final = ("NONE", "FIRST_WARNING", "SECOND_WARNING", "CAPPED")


@dataclass(frozen=True, slots=True)
class Control:
    """The stand-in itself: clock, switches, faults, and what it heard and told."""

    world: World
    endpoints: frozenset[str]

    def routes(self) -> list[Route]:
        return _ours(
            ("GET", "health", self.health),
            ("GET", "clock", self.clock),
            ("POST", "clock", self.change_clock),
            ("GET", "settings", self.settings),
            ("POST", "settings", self.change_settings),
            ("GET", "faults", self.faults),
            ("POST", "faults", self.order_fault),
            ("DELETE", "faults", self.clear_faults),
            ("GET", "requests", self.requests),
            ("DELETE", "requests", self.forget_requests),
            ("POST", "memory", self.take_memory),
            ("POST", "crash", self.crash),
            ("GET", "hooks", self.hooks),
            ("POST", "hooks", self.spoil_hooks),
            ("DELETE", "hooks", self.forget_hooks),
        )

    async def health(self, _order: Order) -> Any:
        world = self.world
        return {
            "ok": True,
            "pid": os.getpid(),
            "now": world.clock.now(),
            "engine": world.engine,
            "sessions": len(world.sessions),
            "working": sum(one.status is Status.WORKING for one in world.sessions.values()),
            "requests": world.journal.latest,
            "hooks_under_way": world.hooks.under_way,
        }

    async def clock(self, _order: Order) -> Any:
        return {"now": self.world.clock.now(), "scale": self.world.clock.scale}

    async def change_clock(self, order: Order) -> Any:
        """Jump ahead and do what fell due, or run at another pace."""
        scale = order.amount("scale")
        if scale:
            self.world.clock.run_at(scale)
        self.world.clock.advance(order.amount("advance_s"))
        self.world.agenda.settle()
        return await self.clock(order)

    async def settings(self, _order: Order) -> Any:
        return self.world.switches.as_dict()

    async def change_settings(self, order: Order) -> Any:
        """Change settings; with `keep` they hold for the next container on this volume too."""
        wanted = dict(order.body)
        keeps = wanted.pop("keep", False) is True
        self.world.switches.change(wanted)
        self.world.agenda.settle()
        if keeps:
            self.world.store.keep_switches(self.world.switches.as_dict())
        return self.world.switches.as_dict()

    async def faults(self, _order: Order) -> Any:
        return {"faults": self.world.faults.listed(), "endpoints": sorted(self.endpoints)}

    async def order_fault(self, order: Order) -> Any:
        self.world.faults.ordered.append(read_fault(order.body, endpoints=self.endpoints))
        return await self.faults(order)

    async def clear_faults(self, order: Order) -> Any:
        self.world.faults.clear(order.query.get("endpoint"))
        return await self.faults(order)

    async def requests(self, order: Order) -> Any:
        """Requests after `since`, oldest first; `next` asks for the rest."""
        found = self.world.journal.since(
            order.call.whole("since", 0),
            endpoint=order.query.get("endpoint"),
            session=order.query.get("session"),
        )
        shown = [entry for _, entry in zip(range(_REQUESTS_MOST), found, strict=False)]
        complete = len(shown) < _REQUESTS_MOST
        return {
            "requests": shown,
            "next": self.world.journal.latest if complete else shown[-1]["seq"],
        }

    async def forget_requests(self, _order: Order) -> Any:
        self.world.journal.forget()
        return {"next": self.world.journal.latest}

    async def take_memory(self, order: Order) -> Any:
        """Take so much memory and keep it: more than a container may have ends it."""
        self.world.ballast.append(b"\x01" * int(order.amount("megabytes") * 2**20))
        return {"megabytes": sum(map(len, self.world.ballast)) / 2**20}

    async def crash(self, order: Order) -> NoReturn:
        """End here and now, with nothing put in order."""
        os._exit(int(order.amount("code", usual=1)))

    async def hooks(self, _order: Order) -> Any:
        return {"tries": self.world.hooks.listed(), "under_way": self.world.hooks.under_way}

    async def spoil_hooks(self, order: Order) -> Any:
        """Lose the next events of a name, or send them twice."""
        kind = order.one_of("kind", KINDS)
        event = order.one_of("event", ("*", *EVENTS), usual="*")
        count = int(order.amount("count", usual=1))
        self.world.hooks.mishaps.append(Mishap(kind, event, count))
        return {"mishaps": len(self.world.hooks.mishaps)}

    async def forget_hooks(self, _order: Order) -> Any:
        self.world.hooks.tries.clear()
        self.world.hooks.mishaps.clear()
        return {"tries": [], "under_way": self.world.hooks.under_way}


@dataclass(frozen=True, slots=True)
class Phones:
    """What people do with their phones: scan, unlink, write, read, go offline."""

    world: World
    lives: Lives
    inbox: Inbox

    def routes(self) -> list[Route]:
        return _ours(
            ("GET", "sessions", self.sessions),
            ("POST", "sessions/scan", self.scan),
            ("POST", "sessions/passkey", self.finish_passkey),
            ("POST", "sessions/unlink", self.unlink),
            ("POST", "sessions/fail", self.fail),
            ("POST", "sessions/silence", self.silence),
            ("GET", "people", self.person),
            ("POST", "people", self.change_person),
            ("POST", "accounts", self.change_account),
            ("GET", "messages", self.messages),
            ("POST", "messages", self.write),
            ("POST", "messages/own", self.write_own),
            ("POST", "messages/ack", self.acknowledge),
        )

    async def sessions(self, _order: Order) -> Any:
        return {"sessions": [_inside(one) for one in self.world.sessions.values()]}

    async def scan(self, order: Order) -> Any:
        """Scan with a phone; with `code` only that one will do, as it was on the screen."""
        session, phone = self._session(order), order.text("phone")
        person = self.world.people.of(phone)
        name = order.text("name", usual=person.name)
        self.lives.scan(session, phone=phone, name=name, code=order.text("code", usual="") or None)
        return _inside(session)

    async def finish_passkey(self, order: Order) -> Any:
        """Do in one step what a person does in the browser and on the phone."""
        session = self._session(order)
        if session.status is Status.PASSKEY_REQUIRED:
            self.lives.sign(session)
        if session.status is not Status.PASSKEY_CONFIRMATION_REQUIRED:
            raise BadOrder(f"{session.name} is {session.status}: it asks for no passkey.")
        self.lives.log_in(session)
        return _inside(session)

    async def unlink(self, order: Order) -> Any:
        session = self._session(order)
        self.lives.unlink(session)
        return _inside(session)

    async def fail(self, order: Order) -> Any:
        session = self._session(order)
        self.lives.wear_out(session)
        return _inside(session)

    async def silence(self, order: Order) -> Any:
        """Let a session work without a word, or speak again; a restart makes it speak too."""
        session = self._session(order)
        session.is_silent = order.body.get("silent", True) is True
        return _inside(session)

    async def person(self, order: Order) -> Any:
        return _person(self.world.people.of(order.query.get("phone", "")), self.world)

    async def change_person(self, order: Order) -> Any:
        """Change who somebody is; who comes online gets what waits."""
        person = self.world.people.of(order.text("phone"))
        for name in ("on_whatsapp", "is_online", "reads", "hides_number"):
            if isinstance(order.body.get(name), bool):
                setattr(person, name, order.body[name])
        person.name = order.text("name", usual=person.name)
        if person.is_online:
            self.inbox.resume(person.phone)
        return _person(person, self.world)

    async def change_account(self, order: Order) -> Any:
        """Set what WhatsApp lets an account do: a lock in seconds from now, 0 opens it; a quota."""
        person = self.world.people.of(order.text("phone"))
        account = person.account
        if "locked_s" in order.body:
            account.locked_until = self.world.clock.now() + order.amount("locked_s")
            account.firsts.clear()
            for session in self.world.sessions.values():
                if session.login is not None and session.login.phone == person.phone:
                    self.lives.tell_lock(session)
        account.capping = order.one_of("capping", _CAPPINGS, usual=account.capping)
        for name in ("quota", "used"):
            if type(order.body.get(name)) is int:
                setattr(account, name, order.body[name])
        return _person(person, self.world)

    async def messages(self, order: Order) -> Any:
        """What was written in the chats of a session, oldest first: of one chat, or of all."""
        session = self._session(order)
        chat_id = whole_address(order.query["chat"]) if "chat" in order.query else None
        shown = [
            message
            for key, chat in session.chats.items()
            if chat_id in (None, key)
            for message in chat
        ]
        shown.sort(key=lambda message: message.timestamp)
        return {"messages": [_told(message) for message in shown]}

    async def write(self, order: Order) -> Any:
        """Somebody writes to the account of a session: a person, or somebody in a group."""
        session, sender = self._session(order), whole_address(order.text("from"))
        person = self.world.people.behind(sender)
        known_as = order.one_of("as", ("lid", "number"), usual=self.world.switches.inbound_from)
        message = self._message(order, address=sender, from_me=False)
        if person is not None:
            message.chat_id = person.address
            message.address = person.lid if known_as == "lid" else person.address
        message.participant = order.text("participant", usual="") or None
        self.inbox.arrive(session, message)
        return _told(message)

    async def write_own(self, order: Order) -> Any:
        """The owner of the account writes to somebody in the app on the phone."""
        session, address = self._session(order), whole_address(order.text("to"))
        message = self._message(order, address=address, from_me=True)
        message.source, message.ack = "app", Ack.SERVER
        self.inbox.write_on_phone(session, message)
        return _told(message)

    async def acknowledge(self, order: Order) -> Any:
        """Move a message of ours to a state by hand: ERROR, SERVER, DEVICE, READ, PLAYED."""
        session, wanted = self._session(order), order.text("id")
        ack = Ack[order.one_of("ack", tuple(one.name for one in Ack))]
        for chat in session.chats.values():
            for message in chat:
                if message.from_me and wanted in (message.id, message.serialized):
                    self.inbox.acknowledge(session, message, ack)
                    return _told(message)
        raise BadOrder(f"There is no message {wanted!r} of ours.")

    def _session(self, order: Order) -> Session:
        name = order.body.get("session") or order.query.get("session") or "default"
        session = self.world.sessions.get(name)
        if session is None:
            raise BadOrder(f"There is no session {name!r}.")
        return session

    def _message(self, order: Order, *, address: str, from_me: bool) -> Message:
        return Message(
            id=order.text("id", usual=fresh_id()),
            chat_id=self.world.people.chat_of(address),
            address=address,
            body=order.text("text"),
            timestamp=self.world.clock.now(),
            from_me=from_me,
            ack=Ack.DEVICE,
        )


def _ours(*rows: tuple[str, str, Callable[[Order], Awaitable[Any]]]) -> list[Route]:
    return [
        Route(method, f"/_control/{path}", path, answered(handler), None)
        for method, path, handler in rows
    ]


def answered(handler: Callable[[Order], Awaitable[Any]]) -> Handler:
    """Answer JSON: 400 with a sentence when the order makes no sense."""

    async def answered(call: Call) -> Answer:
        try:
            return json_answer(await handler(Order(call)))
        except (BadOrder, BadFault, BadSwitch, CannotScan) as bad:
            return json_answer({"error": str(bad)}, status=400)

    return answered


def _inside(session: Session) -> dict[str, Any]:
    return {
        "name": session.name,
        "status": session.status,
        "code": session.offer.qr if session.offer else None,
        "pairing_code": session.offer.pairing if session.offer else None,
        "phone": session.login.phone if session.login else None,
        "is_silent": session.is_silent,
        "typing": sorted(session.typing),
        "waiting": len(session.waiting),
        "config": session.config,
    }


def _person(person: Person, world: World) -> dict[str, Any]:
    account = person.account
    return {
        "phone": person.phone,
        "name": person.name,
        "lid": person.lid,
        "on_whatsapp": person.on_whatsapp,
        "is_online": person.is_online,
        "reads": person.reads,
        "hides_number": person.hides_number,
        "locked_s": max(0.0, account.locked_until - world.clock.now()),
        "capping": account.capping,
        "quota": account.quota,
        "used": account.used,
    }


def _told(message: Message) -> dict[str, Any]:
    return {
        "id": message.id,
        "serialized": message.serialized,
        "chat": message.chat_id,
        "address": message.address,
        "text": message.body,
        "from_me": message.from_me,
        "source": message.source,
        "ack": Ack(message.ack).name,
        "time": message.timestamp,
    }
