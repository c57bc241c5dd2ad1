"""Sending a text: what WhatsApp lets through, and how each engine says when it does not."""

from dataclasses import dataclass
from typing import Final

from sandbox.waha.inbox import Inbox
from sandbox.waha.lives import Lives
from sandbox.waha.people import RAW, Person
from sandbox.waha.replies import Thrown
from sandbox.waha.session import Message, Session, fresh_id
from sandbox.waha.world import World

LONGEST_TEXT: Final = 65_536
_GRPC_UNKNOWN: Final = 2
_LOCKED: Final = "2 UNKNOWN: server returned error 463"


@dataclass(frozen=True, slots=True)
class Draft:
    """A text on its way: to whom, and under which id, where one was asked for before."""

    address: str
    text: str
    id: str | None = None
    reply_to: str | None = None


@dataclass(frozen=True, slots=True)
class Sending:
    world: World
    inbox: Inbox
    lives: Lives

    def send(self, session: Session, draft: Draft) -> Message:
        """Send, or raise Thrown as the engine does. A refusal may also come later, as an ack."""
        chat_id = self.world.people.chat_of(draft.address)
        known = self._sent_before(session, chat_id, draft.id)
        if known is not None:
            return known
        message = self._message(draft, chat_id)
        session.typing.discard(chat_id)
        if self._is_let_through(session, draft, chat_id):
            self.inbox.sent(session, message)
        else:
            self.inbox.refused(session, message)
        return message

    def _sent_before(
        self, session: Session, chat_id: str, message_id: str | None
    ) -> Message | None:
        """What was sent under the same id, where that makes it the same message."""
        if message_id is None or self.world.switches.duplicate_id == "second":
            return None
        return session.find(chat_id, message_id)

    def _message(self, draft: Draft, chat_id: str) -> Message:
        is_asked = draft.id is not None and self.world.engine != "WEBJS"
        return Message(
            id=draft.id if draft.id and is_asked else fresh_id(),
            chat_id=chat_id,
            address=draft.address,
            body=draft.text,
            timestamp=self.world.clock.now(),
            from_me=True,
            source="api",
            reply_to=draft.reply_to,
        )

    def _is_let_through(self, session: Session, draft: Draft, chat_id: str) -> bool:
        """Say whether it arrives. Raises Thrown on the engines that know at once that it won't."""
        person = self.world.people.behind(chat_id)
        if person is None:
            return len(draft.text) <= LONGEST_TEXT
        chat = session.chats.get(chat_id, [])
        is_first = all(message.from_me for message in chat)
        if is_first and not self._may_begin(session, is_new=not chat):
            self._throw_on("GOWS", _LOCKED)
            return False
        if is_first:
            self._count_first(session, is_new=not chat)
        if not person.on_whatsapp:
            self._throw_unknown(person)
            return False
        return len(draft.text) <= LONGEST_TEXT

    def _may_begin(self, session: Session, *, is_new: bool) -> bool:
        """Ask the account's limits about a message to somebody who never wrote."""
        account, now = self.world.account_of(session).account, self.world.clock.now()
        if account.is_locked(now):
            account.locked_until += self.world.switches.lock_grows_s
            self.lives.tell_lock(session)
            return False
        return not (is_new and account.is_capped)

    def _count_first(self, session: Session, *, is_new: bool) -> None:
        account, switches = self.world.account_of(session).account, self.world.switches
        account.used += is_new
        until = account.locked_until
        account.count_first(
            self.world.clock.now(), lock_after=switches.lock_after, lock_s=switches.lock_s
        )
        if account.locked_until != until:
            self.lives.tell_lock(session)

    def _throw_unknown(self, person: Person) -> None:
        self._throw_on("GOWS", f"2 UNKNOWN: no LID found for {person.phone}{RAW} from server")
        self._throw_on("WEBJS", "No LID for user")

    def _throw_on(self, engine: str, message: str) -> None:
        if self.world.engine == engine:
            raise Thrown(message, code=_GRPC_UNKNOWN if engine == "GOWS" else None)
