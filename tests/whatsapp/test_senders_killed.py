"""A sender that is cut off after any of its writes, against the stand-in's own chats."""

from datetime import timedelta
from itertools import count

import pytest

from tests.products.cutting import By, cut_everywhere
from tests.whatsapp.chatting import NOON, make_chat
from whatsapp.clients import waha
from whatsapp.models import Contact, Message
from whatsapp.services import outbox

pytestmark = [pytest.mark.flow, pytest.mark.django_db(transaction=True)]


class Written:
    """A message in the outbox, and a sender who takes it all the way."""

    numbers = count()

    def __init__(self, chat):
        self.chat = chat
        number = next(self.numbers)
        phone = f"7701222{number:04}"
        chat.gateway.order("messages", session=chat.name, **{"from": phone}, text="Есть?")
        user = chat.connection.user
        Contact.rows.create(
            user=user, phone=phone, chat_id=f"{phone}@c.us", wrote_at=NOON, created_at=NOON
        )
        self.phone, self.text = phone, f"Ответ {number}"
        self.message = outbox.write(user=user, to=phone, text=self.text, now=chat.now)

    def begin(self):
        waha._pool.cache_clear()  # in the child: the parent's connections stay the parent's
        self.chat.run()

    def go_on(self):
        """Whoever comes next, when nobody works on the session any more."""
        self.chat.now += timedelta(minutes=5)
        self.chat.run()

    def ends(self):
        """How the row ended, and how often the buyer has the text."""
        self.message.refresh_from_db()
        return self.message.state, self.chat.texts(self.phone).count(self.text)


@pytest.mark.parametrize("by", By)
def test_whoever_is_killed_at_any_step_has_the_text_sent_once_or_not_at_all(
    gateway, seller, broker, by
):
    chat = make_chat(user=seller, gateway=gateway)
    whole = Written(chat)
    chat.run()

    ends = []
    for life in cut_everywhere(lambda: Written(chat), by=by):
        life.go_on()
        ends.append(life.ends())

    assert whole.ends() == ("SENT", 1)
    assert len(ends) > 10
    assert set(ends) <= {("SENT", 1), ("FAILED", 0)}
    assert ends.count(("FAILED", 0)) <= 2  # between what was written down and what was sent
    assert Message.rows.exclude(state__in=("SENT", "FAILED")).count() == 0
