"""What can go wrong with news."""

from cube_demper.kernel.errors import Invalid, RateExceeded, Unavailable


class EventIdUnreadable(Invalid):
    """This is not the id of an event."""

    code = "event-id-unreadable"


class TooManyStreams(RateExceeded):
    """You follow the events often enough already."""

    code = "too-many-streams"


class StreamsFull(Unavailable):
    """All places at the stream of events are taken."""

    code = "streams-full"
