"""A seller's session that works, and time that passes only when a test says so."""

import json
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from random import Random

from django.utils import timezone

from accounts.models import User
from tests.flows.patience import until
from tests.whatsapp.gateway import Gateway
from whatsapp.clients.waha import WahaClient
from whatsapp.models import Connection, Message, Phase
from whatsapp.ports import SessionStatus
from whatsapp.services.connections import connect, endpoint_of
from whatsapp.services.sending import deliver

OURS, BUYER = "77017654321", "77011112233"
NOON = timezone.now().replace(hour=7, minute=0, second=0, microsecond=0)  # 12:00 in Almaty


@dataclass
class Chat:
    """A working session, and the clock of whoever sends by it."""

    gateway: Gateway
    connection: Connection
    now: datetime = NOON
    dice: Random = field(default_factory=lambda: Random(1))

    @property
    def name(self) -> str:
        return f"demper-{self.connection.pk.hex}"

    def step(self) -> None:
        """Do what is due now."""
        deliver(connection_id=self.connection.pk, clock=lambda: self.now, dice=self.dice)
        self.connection.refresh_from_db()

    def run(self, *, steps: int = 40, until_at: datetime | None = None) -> None:
        """Do step after step, each as soon as it may be done, until nothing is due for long."""
        for _ in range(steps):
            self.step()
            self.connection.refresh_from_db()
            opens = Message.rows.filter(state__in=("WAITING", "TYPING", "SENDING", "UNKNOWN"))
            due_at = opens.order_by("due_at").values_list("due_at", flat=True).first()
            if due_at is None or due_at > (until_at or self.now + timedelta(minutes=5)):
                return
            rests_until = self.connection.sends_next_at or self.now
            self.now = max(self.now, due_at, rests_until)

    def texts(self, phone: str = BUYER) -> list[str]:
        """What stands in a chat on the phones, ours and theirs."""
        told = self.gateway.ask("messages", session=self.name, chat=f"{phone}@c.us")["messages"]
        return [one["text"] for one in told]

    def sent(self) -> list[str]:
        """The texts that were handed over, in their order."""
        asked = self.gateway.ask("requests", endpoint="send_text")["requests"]
        return [json.loads(one["body"])["text"] for one in asked]

    def client(self) -> WahaClient:
        return WahaClient(endpoint_of(self.connection))


def make_chat(*, user: User, gateway: Gateway, phone: str = OURS) -> Chat:
    """Connect a seller's phone."""
    connection = connect(user=user, now=NOON)
    chat = Chat(gateway, connection)
    client = chat.client()
    client.create({"metadata": {"config": "1"}})
    until(client.session, lambda facts: facts.status == SessionStatus.SCAN_QR_CODE)
    gateway.order("sessions/scan", session=chat.name, phone=phone, name="Shop")
    until(client.session, lambda facts: facts.status == SessionStatus.WORKING)
    Connection.rows.filter(pk=connection.pk).update(
        phase=Phase.READY, session_status="WORKING", session_status_at=NOON, phone=phone
    )
    connection.refresh_from_db()
    return chat
