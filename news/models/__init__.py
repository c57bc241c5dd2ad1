"""What sellers are told of, and where else it is sent."""

from news.models.events import ABOUT_WEBHOOKS, Event, EventKind
from news.models.webhooks import Delivery, DeliveryState, Webhook

__all__ = ["ABOUT_WEBHOOKS", "Delivery", "DeliveryState", "Event", "EventKind", "Webhook"]
