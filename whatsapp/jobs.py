"""The work that may be ordered here. Done in ``tasks.py``."""

from uuid import UUID

from cube_demper.kernel.jobs import Job, enqueue

PREPARE = Job("whatsapp.prepare")
TAKE_EVENTS = Job("whatsapp.take_events")
_PATIENCE_S = 60.0  # the clock orders it anew

WHATSAPP = "whatsapp"


def prepare(*, connection_id: UUID) -> None:
    """Bring a connection whose gateway answers to where its seller can scan a code."""
    enqueue(PREPARE, queue=WHATSAPP, expires_s=_PATIENCE_S, connection_id=str(connection_id))


def take_events(*, connection_id: UUID) -> None:
    """Take up what a connection's gateway has told us."""
    enqueue(TAKE_EVENTS, queue=WHATSAPP, expires_s=_PATIENCE_S, connection_id=str(connection_id))
