"""Listens to the engine, so that rounds come when something happened and not only by the clock."""

from contextlib import suppress
from datetime import datetime

import structlog

from whatsapp import jobs
from whatsapp.errors import EngineGone, GatewayOutOfMemory
from whatsapp.host_ports import ContainerHost, Happening, HostEvent
from whatsapp.models import Connection
from whatsapp.services.turns import alone

logger = structlog.get_logger("whatsapp.containers")


def hear_engine(*, host: ContainerHost, since: datetime, until: datetime) -> bool:
    """Take up what the engine tells from then until then; say whether it is to be heard on.

    What is missed, because nobody listened, the next round sees anyway.
    """
    with alone("whatsapp: hearing") as is_mine:
        if not is_mine:
            return False
        with suppress(EngineGone):
            for event in host.events(since=since, until=until):
                _take(event, until)
            return True
    return False


def _take(event: HostEvent, now: datetime) -> None:
    connection_id = str(event.connection_id)
    match event.what:
        case Happening.OUT_OF_MEMORY:
            logger.warning("whatsapp.container.out_of_memory", connection_id=connection_id)
            Connection.rows.filter(pk=event.connection_id).update(
                error=GatewayOutOfMemory.code, error_at=now
            )
        case Happening.ENDED:
            logger.info(
                "whatsapp.container.ended",
                connection_id=connection_id,
                exit_code=event.exit_code,
            )
            jobs.reconcile()
        case Happening.STARTED:
            jobs.reconcile()
            jobs.greet(connection_id=event.connection_id)
        case Happening.REMOVED:
            jobs.reconcile()
