"""What sellers are told of, and where else it is sent."""

from news.models.events import Event, EventKind
from news.models.webhooks import Delivery, DeliveryState, Webhook

__all__ = ["Delivery", "DeliveryState", "Event", "EventKind", "Webhook"]
