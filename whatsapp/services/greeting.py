"""Waits until a gateway that was just started answers, and has its session prepared."""

import time
from datetime import datetime
from uuid import UUID

from whatsapp import jobs
from whatsapp.clients.waha import WahaClient
from whatsapp.errors import WahaBroken, WahaGone
from whatsapp.models import Connection
from whatsapp.services import sessions
from whatsapp.services.connections import endpoint_of, has_container
from whatsapp.services.turns import alone

_ASK_EVERY_S = 0.1


def greet(*, connection_id: UUID, patience_s: float, now: datetime) -> bool:
    """Ask a gateway again and again whether it answers; then prepare its session.

    Say whether it answered. One that did not is greeted again in the next round.
    """
    with alone(f"whatsapp: greeting {connection_id}") as is_mine:
        if not is_mine:
            return False
        give_up_at = time.monotonic() + patience_s
        while not (is_there := _answers(connection_id)) and time.monotonic() < give_up_at:
            time.sleep(_ASK_EVERY_S)  # nothing tells when it begins to listen
        if is_there:
            sessions.prepare(connection_id=connection_id, now=now)
            jobs.reconcile()  # there is room for the next start
        return is_there


def _answers(connection_id: UUID) -> bool:
    """Read the row each time: its address is corrected meanwhile."""
    connection = Connection.rows.filter(pk=connection_id).first()
    if connection is None or not has_container(connection):
        return False
    try:
        WahaClient(endpoint_of(connection)).ping()
    except (WahaGone, WahaBroken):
        return False
    return True
