"""Sellers' WhatsApp: connections, people, and what is said."""

from whatsapp.models.broadcasts import Broadcast, BroadcastState
from whatsapp.models.connections import Connection, Phase, Remnant, Wish
from whatsapp.models.contacts import Contact
from whatsapp.models.hooks import HookEvent
from whatsapp.models.messages import OPEN, WAY, Message, MessageKind, MessageState
from whatsapp.models.preferences import AlertKind, Language, OrderEvent, Preferences
from whatsapp.models.templates import Template

__all__ = [
    "OPEN",
    "WAY",
    "AlertKind",
    "Broadcast",
    "BroadcastState",
    "Connection",
    "Contact",
    "HookEvent",
    "Language",
    "Message",
    "MessageKind",
    "MessageState",
    "OrderEvent",
    "Phase",
    "Preferences",
    "Remnant",
    "Template",
    "Wish",
]
