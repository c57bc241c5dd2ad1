"""What sellers are told of, and where else it is sent."""

from news.models.events import Event, EventKind

__all__ = ["Event", "EventKind"]
