"""Conversations as sellers keep them: begun, asked in, renamed, judged, deleted, forgotten."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.db import IntegrityError, transaction
from django.db.models import Q

from accounts.models import User
from accounts.services import audit
from ai.errors import AnswerRunning, AssistantsOff, NothingRunning, OtherAssistant
from ai.models import Author, Conversation, Message, MessageState, Opinion
from ai.prompts.reading import prompt_of
from ai.selectors import conversation_of, message_of
from ai.words import Assistant, Language
from billing.services.entitlements import check_feature
from billing.terms import Feature

_TITLE = 60
_KAZAKH = re.compile("[әғқңөұүһіӘҒҚҢӨҰҮҺІ]")
_CYRILLIC = re.compile("[а-яА-ЯёЁ]")
# An answer that runs so long belongs to a process that is no more.
_DEAD = timedelta(minutes=15)
_AT_ONCE = 500


@dataclass(frozen=True, slots=True)
class Asked:
    """A question that is written down, and the answer that is to be written."""

    user: User
    conversation: Conversation
    question: Message
    answer: Message


def ask(
    *,
    user: User,
    assistant: Assistant,
    conversation_id: int | None,
    text: str,
    attachments: Sequence[Mapping[str, str]],
    language: Language | None,
    is_with_buyer: bool = False,
    now: datetime,
) -> Asked:
    """Write a question down, in a new conversation or one that goes on.

    Raises AssistantsOff, FeatureNotInPlan, ConversationMissing, OtherAssistant, and AnswerRunning.
    """
    if not settings.OPENAI_API_KEY or not settings.AI_MODELS.get(assistant):
        raise AssistantsOff
    feature = Feature.AI_SALESMAN if is_with_buyer else Feature.ASSISTANTS
    check_feature(user.pk, feature, now=now)
    with transaction.atomic():
        if conversation_id is None:
            conversation = Conversation.rows.create(
                user=user,
                assistant=assistant,
                language=language or language_of(text),
                title="WhatsApp" if is_with_buyer else _title(text),
                is_with_buyer=is_with_buyer,
                begun_at=now,
                used_at=now,
            )
        else:
            conversation = _goes_on(user, assistant, conversation_id, language, now)
            if conversation.is_with_buyer != is_with_buyer:
                raise OtherAssistant
        question = Message.rows.create(
            conversation=conversation,
            author=Author.SELLER,
            text=text,
            attachments=[dict(one) for one in attachments],
            written_at=now,
            finished_at=now,
        )
        answer = _begun(conversation, now)
    return Asked(user, conversation, question, answer)


def language_of(text: str) -> Language:
    """The language a text is most likely in."""
    if _KAZAKH.search(text):
        return Language.KK
    return Language.RU if _CYRILLIC.search(text) else Language.EN


def rename(*, user: User, conversation_id: int, title: str, now: datetime) -> Conversation:
    """Give a conversation another title. Raises ConversationMissing."""
    with transaction.atomic():
        conversation = conversation_of(user, conversation_id=conversation_id)
        conversation.title = title
        conversation.save(update_fields=("title",))
        _record(user, "conversation.renamed", conversation, now)
    return conversation


def delete(*, user: User, conversation_id: int, now: datetime) -> None:
    """Erase a conversation and all that was said in it. Raises ConversationMissing.

    What its answers cost is kept.
    """
    with transaction.atomic():
        conversation = conversation_of(user, conversation_id=conversation_id)
        _record(user, "conversation.deleted", conversation, now)
        conversation.delete()


def stop(*, user: User, conversation_id: int, now: datetime) -> None:
    """Have the running answer end where it is. Raises ConversationMissing and NothingRunning."""
    with transaction.atomic():
        conversation = conversation_of(user, conversation_id=conversation_id)
        running = Message.rows.filter(conversation=conversation, state=MessageState.RUNNING)
        if not running.update(stop_asked_at=now):
            raise NothingRunning
        _record(user, "conversation.stopped", conversation, now)


def judge(
    *,
    user: User,
    conversation_id: int,
    message_id: int,
    opinion: Opinion,
    remark: str,
    now: datetime,
) -> Message:
    """Say whether an answer helped. Raises ConversationMissing and MessageMissing."""
    with transaction.atomic():
        message = message_of(user, conversation_id=conversation_id, message_id=message_id)
        message.opinion, message.remark = opinion, remark
        message.save(update_fields=("opinion", "remark"))
        conversation = conversation_of(user, conversation_id=conversation_id)
        _record(user, "conversation.judged", conversation, now)
    return message


def abandon(asked: Asked, *, now: datetime) -> None:
    """Note that nobody reads an answer that was never begun; one that ended is left as it is."""
    if asked.answer.state == MessageState.RUNNING:
        Message.rows.filter(pk=asked.answer.pk, state=MessageState.RUNNING).update(
            state=MessageState.STOPPED, error="left", finished_at=now
        )


def forget_unused(*, now: datetime) -> int:
    """Erase conversations that nobody used for long; say how many."""
    unused = Conversation.objects.across_users(reason="conversations are kept so long")
    before = now - timedelta(days=settings.AI_KEPT_DAYS)
    ids = list(unused.filter(used_at__lt=before).values_list("pk", flat=True)[:_AT_ONCE])
    Conversation.rows.filter(pk__in=ids).delete()
    return len(ids)


def _record(user: User, action: str, conversation: Conversation, now: datetime) -> None:
    audit.record(
        seller=user,
        action=action,
        subject="conversation",
        subject_id=conversation.pk,
        now=now,
    )


def _goes_on(
    user: User,
    assistant: Assistant,
    conversation_id: int,
    language: Language | None,
    now: datetime,
) -> Conversation:
    conversation = conversation_of(user, conversation_id=conversation_id)
    if conversation.assistant != assistant:
        raise OtherAssistant
    conversation.language = language or conversation.language
    conversation.used_at = now
    conversation.save(update_fields=("language", "used_at"))
    is_dead = Q(state=MessageState.RUNNING, written_at__lt=now - _DEAD)
    Message.rows.filter(is_dead, conversation=conversation).update(
        state=MessageState.FAILED, error="interrupted", finished_at=now
    )
    return conversation


def _begun(conversation: Conversation, now: datetime) -> Message:
    assistant, language = Assistant(conversation.assistant), Language(conversation.language)
    try:
        with transaction.atomic():
            answer: Message = Message.rows.create(
                conversation=conversation,
                author=Author.ASSISTANT,
                state=MessageState.RUNNING,
                prompt=prompt_of(assistant, language).name,
                written_at=now,
            )
    except IntegrityError:
        raise AnswerRunning from None
    return answer


def _title(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= _TITLE else f"{line[: _TITLE - 1].rstrip()}…"
