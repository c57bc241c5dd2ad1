"""What can go wrong with news."""

from cube_demper.kernel.errors import Conflict, Invalid, NotFound, RateExceeded, Unavailable


class EventIdUnreadable(Invalid):
    """This is not the id of an event."""

    code = "event-id-unreadable"


class TooManyStreams(RateExceeded):
    """You follow the events often enough already."""

    code = "too-many-streams"


class StreamsFull(Unavailable):
    """All places at the stream of events are taken."""

    code = "streams-full"


class WebhookMissing(NotFound):
    """You have no such webhook."""

    code = "webhook-missing"


class TooManyWebhooks(Conflict):
    """You have as many webhooks as one may have."""

    code = "too-many-webhooks"


class WebhookStopped(Conflict):
    """This webhook is stopped: let it go on first."""

    code = "webhook-stopped"


class AddressRefused(Invalid):
    """Nothing is sent to this address."""

    code = "address-refused"


class ReceiverSilent(Unavailable):
    """The receiver of a webhook does not answer."""

    code = "receiver-silent"
