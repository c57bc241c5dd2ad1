from ai.models.conversations import (
    Author,
    Conversation,
    Message,
    MessageState,
    Opinion,
    Suggestion,
    SuggestionState,
)
from ai.models.knowledge import Document, Passage
from ai.models.salesmen import BuyerTalk, Salesman, Tone
from ai.models.usage import CallState, DaySpending, ModelCall, MonthSpending

__all__ = [
    "Author",
    "BuyerTalk",
    "CallState",
    "Conversation",
    "DaySpending",
    "Document",
    "Message",
    "MessageState",
    "ModelCall",
    "MonthSpending",
    "Opinion",
    "Passage",
    "Salesman",
    "Suggestion",
    "SuggestionState",
    "Tone",
]
