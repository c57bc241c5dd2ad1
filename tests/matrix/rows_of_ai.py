"""The matrix: a seller's assistants."""

from tests.matrix.rows import Kind, Row
from tests.matrix.world import Things


def _conversation(things: Things) -> dict[str, int]:
    return {"conversation_id": things.conversation}


def _message(things: Things) -> dict[str, int]:
    return {"conversation_id": things.conversation, "message_id": things.answer}


def _suggestion(things: Things) -> dict[str, int]:
    return {"suggestion_id": things.suggestion}


ROWS = [
    # Without a provider: whoever may ask is told so.
    Row(
        *("post", "assistant-chat", Kind.WRITE),
        ok=503,
        body=lambda _: {"assistant": "lawyer", "text": "Сәлем"},
    ),
    Row("get", "assistant-allowance", Kind.READ),
    Row("get", "conversations", Kind.READ),
    Row("get", "conversation", Kind.READ, parts=_conversation),
    Row(
        *("patch", "conversation", Kind.WRITE),
        parts=_conversation,
        body=lambda _: {"title": "About returns"},
    ),
    Row("delete", "conversation", Kind.WRITE, ok=204, parts=_conversation),
    Row("get", "conversation-messages", Kind.READ, parts=_conversation),
    Row("post", "conversation-stop", Kind.WRITE, ok=202, parts=_conversation),
    Row(
        *("post", "message-feedback", Kind.WRITE),
        parts=_message,
        body=lambda _: {"opinion": "good"},
    ),
    Row("get", "salesman", Kind.READ, parts=lambda things: {"store_id": things.store}),
    Row(
        *("patch", "salesman", Kind.WRITE),
        parts=lambda things: {"store_id": things.store},
        body=lambda _: {"is_on": True},
    ),
    Row("get", "suggestions", Kind.READ),
    Row("post", "suggestion-confirm", Kind.WRITE, parts=_suggestion),
    Row("post", "suggestion-decline", Kind.WRITE, parts=_suggestion),
]
