"""The work that may be ordered here. Done in ``tasks.py``."""

from uuid import UUID

from cube_demper.kernel.jobs import Job, enqueue

PREPARE = Job("whatsapp.prepare")
TAKE_EVENTS = Job("whatsapp.take_events")
RECONCILE = Job("whatsapp.reconcile")
GREET = Job("whatsapp.greet")
HEAR_ENGINE = Job("whatsapp.hear_engine")
FETCH_IMAGE = Job("whatsapp.fetch_image")
DELIVER = Job("whatsapp.deliver")
READ_MISSED = Job("whatsapp.read_missed")
NAME_CONTACT = Job("whatsapp.name_contact")
TELL_BUYER = Job("whatsapp.tell_buyer")
_PATIENCE_S = 60.0  # the clock orders it anew

_UNTIL_NEXT_S = 10.0  # the same, every five seconds

WHATSAPP = "whatsapp"
CONTAINERS = "containers"  # its worker alone may speak to the engine


def prepare(*, connection_id: UUID) -> None:
    """Bring a connection whose gateway answers to where its seller can scan a code."""
    enqueue(PREPARE, queue=WHATSAPP, expires_s=_PATIENCE_S, connection_id=str(connection_id))


def take_events(*, connection_id: UUID) -> None:
    """Take up what a connection's gateway has told us."""
    enqueue(TAKE_EVENTS, queue=WHATSAPP, expires_s=_PATIENCE_S, connection_id=str(connection_id))


def reconcile() -> None:
    """Make containers follow rows."""
    enqueue(RECONCILE, queue=CONTAINERS, expires_s=_UNTIL_NEXT_S)


def greet(*, connection_id: UUID) -> None:
    """Wait until a connection's gateway answers, and prepare its session."""
    enqueue(GREET, queue=CONTAINERS, expires_s=_UNTIL_NEXT_S, connection_id=str(connection_id))


def hear_engine(*, since: float | None) -> None:
    """Listen to the engine for a while, from that Unix time on, or from now."""
    enqueue(HEAR_ENGINE, queue=CONTAINERS, expires_s=_UNTIL_NEXT_S, since=since)


def fetch_image() -> None:
    """Have the engine fetch the image of gateways."""
    enqueue(FETCH_IMAGE, queue=CONTAINERS, expires_s=_PATIENCE_S)


def deliver(*, connection_id: UUID, delay_s: float | None = None) -> None:
    """Do the next step of what a connection has in its outbox."""
    patience_s = _PATIENCE_S + (delay_s or 0.0)
    enqueue(
        DELIVER,
        queue=WHATSAPP,
        expires_s=patience_s,
        delay_s=delay_s,
        connection_id=str(connection_id),
    )


def read_missed(*, connection_id: UUID) -> None:
    """Read what a connection's gateway could not tell us."""
    enqueue(READ_MISSED, queue=WHATSAPP, expires_s=_PATIENCE_S, connection_id=str(connection_id))


def name_contact(*, contact_id: int) -> None:
    """Ask whose number is behind a linked id."""
    enqueue(NAME_CONTACT, queue=WHATSAPP, expires_s=_PATIENCE_S, contact_id=contact_id)


def tell_buyer(*, order_id: int, is_new: bool) -> None:
    """Tell an order's buyer what became of it, if its seller wants that."""
    enqueue(TELL_BUYER, queue=WHATSAPP, order_id=order_id, is_new=is_new)
