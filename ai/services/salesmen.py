"""The salesman in WhatsApp: what buyers write is gathered, answered through the outbox, or left.

Strangers hold our purse here, so it is quick to keep silent: outside its hours, over its number of
answers, where a person of the shop writes, and where it has answered many times in a row.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from contextlib import closing
from datetime import datetime, time, timedelta
from typing import Any

import structlog
from django.db import transaction

from accounts.models import User
from accounts.services import audit
from ai import jobs
from ai.errors import AnswerRunning, SalesmanHoursUpsideDown
from ai.models import BuyerTalk, Conversation, Salesman, Tone
from ai.models import Message as Turn
from ai.services import conversations
from ai.services.answering import answer
from ai.services.conversations import Asked
from ai.tools.kit import Hands
from ai.words import Assistant, Language
from billing.services.entitlements import entitlement_of
from billing.terms import Feature
from cube_demper.kernel.errors import DomainError
from kaspi.selectors import store_of
from products.pricing.hours import ALMATY
from whatsapp.models import Message, MessageKind, MessageState
from whatsapp.services.outbox import LONGEST_TEXT, put

logger = structlog.get_logger("ai.salesman")
MOST_IN_A_ROW = 8
_PERSON_KEEPS = timedelta(hours=1)  # after a person of the shop wrote
_HANDED_OVER_FOR = timedelta(days=1)
_LEASE = timedelta(minutes=4)
_GOOD_FOR = timedelta(minutes=15)  # an answer that waits longer is not sent any more
_READ_MOST, _LONGEST = 20, 4_000
_AT_ONCE = 50
_AMOUNT = re.compile(
    r"(\d[\d\s\u00a0]*)(?:[.,]\d+)?\s*(?:₸|тг|тенге|теңге|tenge|kzt)", re.IGNORECASE
)
_TONES: Mapping[Tone, str] = {
    Tone.FRIENDLY: "Tone: friendly and simple.\n\n",
    Tone.FORMAL: "Tone: formal and polite.\n\n",
}
_PERSON: Mapping[Language, str] = {
    Language.RU: "Уточню у коллеги: вам ответит сотрудник магазина.",
    Language.KK: "Әріптесімнен нақтылаймын: сізге дүкен қызметкері жауап береді.",
    Language.EN: "Let me check: somebody of the shop will answer you.",
}


def salesman_of(*, user: User, store_id: int) -> Salesman:
    """How the salesman of a store is set. Raises StoreMissing."""
    store = store_of(user, store_id=store_id)
    return Salesman.rows.filter(store=store).first() or Salesman(store=store)


def change(*, user: User, store_id: int, changes: Mapping[str, Any], now: datetime) -> Salesman:
    """Set what is named. Raises StoreMissing and SalesmanHoursUpsideDown."""
    with transaction.atomic():
        salesman = salesman_of(user=user, store_id=store_id)
        differing = {name: (getattr(salesman, name), value) for name, value in changes.items()}
        for name, value in changes.items():
            setattr(salesman, name, value)
        if salesman.opens_at >= salesman.closes_at:
            raise SalesmanHoursUpsideDown
        salesman.save()
        audit.record(
            seller=user,
            action="salesman.changed",
            subject="store",
            subject_id=store_id,
            changes=differing,
            now=now,
        )
    return salesman


def gather(*, message_id: int, now: datetime) -> None:
    """Note that a buyer wrote; wait whether they go on. Nothing where no salesman is on."""
    message = Message.rows.filter(pk=message_id).select_related("contact__user").first()
    if message is None:
        return
    user = message.contact.user
    on = _on(user)
    if not on or not entitlement_of(user.pk, now=now).terms.has(Feature.AI_SALESMAN):
        return
    BuyerTalk.rows.get_or_create(contact=message.contact)
    due_at = now + timedelta(seconds=on[0].delay_s)
    BuyerTalk.rows.filter(contact=message.contact).update(due_at=due_at)


def order_due(*, now: datetime) -> int:
    """Order the answers that are due, each under a lease; say how many."""
    talks = BuyerTalk.objects.across_users(reason="buyers of every shop are answered")
    with transaction.atomic():
        due = talks.filter(due_at__lte=now).select_for_update(skip_locked=True)
        ids = list(due.order_by("due_at").values_list("pk", flat=True)[:_AT_ONCE])
        BuyerTalk.rows.filter(pk__in=ids).update(due_at=now + _LEASE)
        for talk_id in ids:
            jobs.answer_buyer(talk_id=talk_id)
    return len(ids)


def answer_buyer(*, talk_id: int, clock: Callable[[], datetime]) -> None:
    """Answer what a buyer wrote since the last answer, or leave it to a person."""
    talk = BuyerTalk.rows.select_related("contact__user").filter(pk=talk_id).first()
    if talk is None or talk.due_at is None:
        return
    now, lease = clock(), talk.due_at
    written = list(
        Message.rows.filter(
            contact=talk.contact, state=MessageState.RECEIVED, pk__gt=talk.read_to
        ).order_by("pk")[:_READ_MOST]
    )
    on = _on(talk.contact.user)
    if not written or not on or _is_left_alone(talk, on[0], now):
        _close(talk, lease, read_to=written[-1].pk if written else talk.read_to)
        return
    try:
        said, hands, asked = _answered(talk, on, written, clock)
    except AnswerRunning:
        return  # its lease brings it back
    except DomainError as trouble:
        logger.warning("ai.salesman.silent", talk_id=talk.pk, code=trouble.code)
        _close(talk, lease, read_to=written[-1].pk)
        return
    _send(talk, lease, written, said, hands=hands, asked=asked, now=clock())


def _on(user: User) -> list[Salesman]:
    """The seller's salesmen that are switched on; the first one's manner holds for a talk."""
    own = Salesman.objects.for_user(user).filter(is_on=True)
    return list(own.order_by("store"))


def _is_left_alone(talk: BuyerTalk, salesman: Salesman, now: datetime) -> bool:
    local = now.astimezone(ALMATY)
    if not salesman.opens_at <= local.hour * 60 + local.minute < salesman.closes_at:
        return True
    if not talk.contact.may_be_written:
        return True
    if talk.handed_over_at is not None and now - talk.handed_over_at < _HANDED_OVER_FOR:
        return True
    to_them = Message.rows.filter(contact=talk.contact, kind=MessageKind.BY_HAND)
    if to_them.filter(created_at__gt=now - _PERSON_KEEPS).exists():
        return True
    if talk.in_a_row >= MOST_IN_A_ROW and not _is_rested(talk, now):
        return True
    midnight = datetime.combine(local.date(), time(), tzinfo=ALMATY)
    own = Message.objects.for_user(talk.contact.user).filter(kind=MessageKind.ASSISTANT)
    return bool(own.filter(created_at__gte=midnight).count() >= salesman.most_a_day)


def _is_rested(talk: BuyerTalk, now: datetime) -> bool:
    return talk.answered_at is None or now - talk.answered_at >= _HANDED_OVER_FOR


def _answered(
    talk: BuyerTalk,
    on: Sequence[Salesman],
    written: Sequence[Message],
    clock: Callable[[], datetime],
) -> tuple[str, Hands, Asked]:
    """What the assistant says. Raises as ``answer`` and ``ask``."""
    contact = talk.contact
    text = "\n".join(message.text for message in written)[-_LONGEST:]
    asked = conversations.ask(
        user=contact.user,
        assistant=Assistant.SALESMAN,
        conversation_id=talk.conversation_id,
        text=text,
        attachments=(),
        language=conversations.language_of(text),
        is_with_buyer=True,
        now=clock(),
    )
    BuyerTalk.rows.filter(pk=talk.pk).update(conversation=asked.conversation)
    hands = Hands(
        contact.user,
        asked.conversation.pk,
        Language(asked.conversation.language),
        clock(),
        is_with_buyer=True,
        buyer_phone=contact.phone,
        store_ids=tuple(one.store_id for one in on),
    )
    with closing(answer(asked, clock=clock, hands=hands, note=_TONES[Tone(on[0].tone)])) as pieces:
        for _ in pieces:
            pass
    return asked.answer.text.strip()[:LONGEST_TEXT], hands, asked


def _send(
    talk: BuyerTalk,
    lease: datetime,
    written: Sequence[Message],
    said: str,
    *,
    hands: Hands,
    asked: Asked,
    now: datetime,
) -> None:
    """Put the answer into the outbox; one with an amount that no tool told is a person's matter."""
    told = hands.amounts | _told_before(asked)
    if not said or not amounts_in(said) <= told:
        said, hands.is_handed_over = _PERSON[hands.language], True
        Turn.rows.filter(pk=asked.answer.pk).update(text=said)
        logger.info("ai.salesman.unsure", talk_id=talk.pk)
    in_a_row = 0 if _is_rested(talk, now) else talk.in_a_row
    with transaction.atomic():
        put(
            user=talk.contact.user,
            contact=talk.contact,
            text=said,
            kind=MessageKind.ASSISTANT,
            cause=f"salesman:{written[-1].pk}",
            expires_at=now + _GOOD_FOR,
            now=now,
        )
        _close(
            talk,
            lease,
            read_to=written[-1].pk,
            answered_at=now,
            in_a_row=in_a_row + 1,
            **({"handed_over_at": now} if hands.is_handed_over else {}),
        )


def amounts_in(text: str) -> set[int]:
    """The amounts of tenge that a text names."""
    return {int("".join(filter(str.isdigit, found))) for found in _AMOUNT.findall(text)}


def _told_before(asked: Asked) -> set[int]:
    """The amounts of earlier answers, which were checked when they were sent."""
    own: Conversation = asked.conversation
    texts = Turn.rows.filter(conversation=own, author="ASSISTANT", pk__lt=asked.answer.pk)
    return {amount for text in texts.values_list("text", flat=True) for amount in amounts_in(text)}


def _close(talk: BuyerTalk, lease: datetime, **told: Any) -> None:
    """Note how a talk stands; what was written meanwhile keeps its own time."""
    BuyerTalk.rows.filter(pk=talk.pk).update(**told)
    BuyerTalk.rows.filter(pk=talk.pk, due_at=lease).update(due_at=None)
