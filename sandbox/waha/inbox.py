"""What comes in: buyers' messages, what the seller writes on the phone, and acks."""

from dataclasses import dataclass

from sandbox.waha import shapes
from sandbox.waha.session import Ack, Message, Session, Status
from sandbox.waha.world import World

_IGNORED_BY_END = {
    "@g.us": "groups",
    "@newsletter": "channels",
    "@broadcast": "broadcast",
}
_STATUSES = "status@broadcast"


@dataclass(frozen=True, slots=True)
class Inbox:
    """Puts messages into chats and tells the webhooks."""

    world: World

    def arrive(self, session: Session, message: Message) -> None:
        """Hand over a message from somebody else, now or when the session works again."""
        if session.status is not Status.WORKING:
            session.waiting.append((message, "message"))
            return
        self._keep(session, message)
        if self._is_ignored(session, message):
            return
        self.tell(session, message, "message")
        self.tell(session, message, "message.any")

    def write_on_phone(self, session: Session, message: Message) -> None:
        """Add what the account's owner wrote in the app."""
        if session.status is not Status.WORKING:
            session.waiting.append((message, "message.any"))
            return
        self._keep(session, message)
        self.tell(session, message, "message.any")

    def deliver_waiting(self, session: Session) -> None:
        """Hand over what was written while the session did not work."""
        waiting, session.waiting = session.waiting, []
        for message, event in waiting:
            if event == "message":
                self.arrive(session, message)
            else:
                self.write_on_phone(session, message)

    def sent(self, session: Session, message: Message) -> None:
        """Add what was sent by the API, and let it travel."""
        self._keep(session, message)
        self.tell(session, message, "message.any")
        self.world.agenda.after(
            self.world.switches.ack_server_s, lambda: self._travel(session, message, Ack.SERVER)
        )

    def refused(self, session: Session, message: Message) -> None:
        """Add what was taken and will never arrive: an engine that tells by the ack only."""
        self._keep(session, message)
        self.world.agenda.after(
            self.world.switches.ack_server_s, lambda: self.acknowledge(session, message, Ack.ERROR)
        )

    def acknowledge(self, session: Session, message: Message, ack: Ack) -> None:
        """Move a message of ours to a state and tell of it, if the session still works."""
        message.ack = ack
        self.world.store.keep_message(session, message)
        if session.status is Status.WORKING and session.login is not None:
            account = self.world.account_of(session)
            payload = shapes.ack(
                message,
                engine=self.world.engine,
                own=account.address,
                lock=shapes.timelock(account, self.world.clock.now()),
            )
            self.world.announce(session, "message.ack", payload)

    def resume(self, phone: str) -> None:
        """Go on with what waits for a phone that is online again."""
        address = self.world.people.of(phone).address
        for session in self.world.sessions.values():
            for message in session.chats.get(address, ()):
                if message.from_me and Ack.SERVER <= message.ack < Ack.READ:
                    self._travel(session, message, Ack(message.ack + 1))

    def tell(self, session: Session, message: Message, event: str) -> None:
        payload = shapes.message(
            message,
            engine=self.world.engine,
            own=self.world.own_address(session),
            is_event=True,
        )
        self.world.announce(session, event, payload)

    def _travel(self, session: Session, message: Message, ack: Ack) -> None:
        """Go one step on the way from the server to the reader's eyes."""
        person = self.world.people.behind(message.chat_id)
        if person and ack is Ack.DEVICE and not person.is_online:
            return
        if person and ack is Ack.READ and not (person.is_online and person.reads):
            return
        self.acknowledge(session, message, ack)
        switches = self.world.switches
        pauses_s = {Ack.SERVER: switches.ack_device_s, Ack.DEVICE: switches.ack_read_s}
        if ack in pauses_s and person:
            step = Ack(ack + 1)
            self.world.agenda.after(pauses_s[ack], lambda: self._travel(session, message, step))

    def _keep(self, session: Session, message: Message) -> None:
        session.chats.setdefault(message.chat_id, []).append(message)
        self.world.store.keep_message(session, message)

    def _is_ignored(self, session: Session, message: Message) -> bool:
        ignore = {**self.world.environment.ignore, **(session.config.get("ignore") or {})}
        if message.chat_id == _STATUSES:
            return bool(ignore.get("status") or ignore.get("broadcast"))
        ends = (kind for end, kind in _IGNORED_BY_END.items() if message.chat_id.endswith(end))
        return bool(ignore.get(next(ends, "")))
