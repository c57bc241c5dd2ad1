"""Writing: texts, ticks, the dots of somebody who types, and who is online."""

from dataclasses import dataclass

from sandbox.waha import replies, shapes
from sandbox.waha.keys import Action
from sandbox.waha.people import whole_address
from sandbox.waha.replies import Thrown
from sandbox.waha.routes import Call, Route
from sandbox.waha.sending import Draft, Sending
from sandbox.waha.session import Ack, Message, Session, fresh_id
from sandbox.waha.wire import Answer, json_answer
from sandbox.waha.world import World


@dataclass(frozen=True, slots=True)
class MessageCalls:
    world: World
    sending: Sending

    def routes(self) -> list[Route]:
        own, send = "/api/{session}", Action.SEND
        return [
            Route("POST", "/api/sendText", "send_text", self.send_text, send),
            Route("POST", "/api/sendSeen", "send_seen", self.send_seen, send),
            Route("POST", "/api/startTyping", "start_typing", self.start_typing, send),
            Route("POST", "/api/stopTyping", "stop_typing", self.stop_typing, send),
            Route("GET", f"{own}/new-message-id", "new_message_id", self.new_message_id, send),
            Route("POST", f"{own}/presence", "set_presence", self.set_presence, send),
            Route("GET", f"{own}/presence/{{chatId}}", "presence", self.presence),
        ]

    async def send_text(self, call: Call) -> Answer:
        """Send, and answer in the shape of the engine. Nothing of the body is checked."""
        session, wanted = await call.working(), call.body()
        draft = Draft(
            address=_address(call),
            text=str(wanted.get("text") or ""),
            id=wanted.get("id") or None,
            reply_to=wanted.get("reply_to") or None,
        )
        message = self.sending.send(session, draft)
        own = self.world.own_address(session)
        return json_answer(shapes.sent(message, engine=self.world.engine, own=own), status=201)

    async def send_seen(self, call: Call) -> Answer:
        """Put the two blue ticks on what the other side wrote."""
        session = await call.working()
        for message in self._chat(session, call):
            if not message.from_me:
                message.ack = Ack.READ
        return json_answer({}, status=201)

    async def start_typing(self, call: Call) -> Answer:
        session = await call.working()
        session.typing.add(self.world.people.chat_of(_address(call)))
        return Answer(201)

    async def stop_typing(self, call: Call) -> Answer:
        session = await call.working()
        session.typing.discard(self.world.people.chat_of(_address(call)))
        return Answer(201)

    async def new_message_id(self, call: Call) -> Answer:
        if self.world.engine == "WEBJS":
            raise replies.not_by_this_engine(self.world.engine)
        await call.working()
        return json_answer({"id": fresh_id()})

    async def set_presence(self, call: Call) -> Answer:
        """Be shown as online or not; nobody here looks."""
        await call.working()
        return Answer(201)

    async def presence(self, call: Call) -> Answer:
        await call.working()
        address = whole_address(call.steps["chatId"])
        person = self.world.people.behind(address)
        known = "online" if person and person.is_online else "offline"
        told = {"participant": address, "lastSeen": None, "lastKnownPresence": known}
        return json_answer({"id": address, "presences": [told]})

    def _chat(self, session: Session, call: Call) -> list[Message]:
        return session.chats.get(self.world.people.chat_of(_address(call)), [])


def _address(call: Call) -> str:
    chat_id = call.body().get("chatId")
    if not isinstance(chat_id, str):
        raise Thrown("Cannot read properties of undefined (reading 'includes')")
    return whole_address(chat_id)
