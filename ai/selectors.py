"""Reads of conversations, behind their seller's door."""

from django.db.models import QuerySet

from accounts.models import User
from ai.errors import ConversationMissing, MessageMissing
from ai.models import Conversation, Message, Suggestion


def conversations_of(user: User) -> "QuerySet[Conversation]":
    """The seller's conversations."""
    rows: QuerySet[Conversation] = Conversation.objects.for_user(user)
    return rows


def conversation_of(user: User, *, conversation_id: int) -> Conversation:
    """One of the seller's. Raises ConversationMissing, also for somebody else's."""
    row = conversations_of(user).filter(pk=conversation_id).first()
    if row is None:
        raise ConversationMissing
    return row


def messages_of(user: User, *, conversation_id: int) -> "QuerySet[Message]":
    """What was said in one. Raises ConversationMissing."""
    conversation_of(user, conversation_id=conversation_id)
    rows: QuerySet[Message] = Message.objects.for_user(user)
    return rows.filter(conversation=conversation_id)


def message_of(user: User, *, conversation_id: int, message_id: int) -> Message:
    """One message. Raises ConversationMissing and MessageMissing."""
    row = messages_of(user, conversation_id=conversation_id).filter(pk=message_id).first()
    if row is None:
        raise MessageMissing
    return row


def suggestions_of(user: User) -> "QuerySet[Suggestion]":
    """What assistants suggested to the seller."""
    rows: QuerySet[Suggestion] = Suggestion.objects.for_user(user)
    return rows
