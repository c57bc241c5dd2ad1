"""Rows of assistants for tests."""

from typing import Any

from accounts.models import User
from ai.models import Author, Conversation, Message, MessageState, Suggestion
from ai.words import Assistant, Language
from products.models import Product
from tests.factories import NOW


def make_conversation(*, user: User, **fields: Any) -> Conversation:
    """Make a conversation with the lawyer in which nothing was said."""
    defaults = {
        "assistant": Assistant.LAWYER,
        "language": Language.RU,
        "title": "О возврате",
        "begun_at": NOW,
        "used_at": NOW,
    }
    return Conversation.rows.create(user=user, **{**defaults, **fields})


def make_answer(*, conversation: Conversation, **fields: Any) -> Message:
    """Make an answer that is being written."""
    defaults = {
        "author": Author.ASSISTANT,
        "state": MessageState.RUNNING,
        "prompt": "lawyer.ru@1",
        "written_at": NOW,
    }
    return Message.rows.create(conversation=conversation, **{**defaults, **fields})


def make_suggestion(*, conversation: Conversation, product: Product, **fields: Any) -> Suggestion:
    """Make a suggestion to pause a product."""
    defaults = {"changes": {"is_paused": True}, "before": {"is_paused": False}, "made_at": NOW}
    return Suggestion.rows.create(
        user=conversation.user,
        conversation=conversation,
        product=product,
        **{**defaults, **fields},
    )
