"""A seller's WhatsApp: the connection, and what comes and goes by it."""

from whatsapp.models.connections import Connection, Phase, Remnant, Wish
from whatsapp.models.hooks import HookEvent

__all__ = ["Connection", "HookEvent", "Phase", "Remnant", "Wish"]
