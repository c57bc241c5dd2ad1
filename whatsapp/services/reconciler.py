"""Makes containers follow rows, round by round. Only the worker of ``containers`` runs this.

A round reads what stands, then the rows, and does what is missing; no transaction is open while
the engine works. Whatever cuts it off, the next round finds a container that is known by its name
and a row that still says what is wanted.
"""

from collections import Counter
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import datetime
from uuid import UUID

import structlog
from django.db.models import Q

from cube_demper.kernel.errors import DomainError, Unavailable
from whatsapp.clients.waha import WahaClient
from whatsapp.host_ports import Belongings, Blueprint, ContainerHost
from whatsapp.models import Connection, Phase, Remnant, Wish
from whatsapp.ports import SessionStatus
from whatsapp.services import outcomes
from whatsapp.services.blueprints import blueprint_of
from whatsapp.services.connections import endpoint_of
from whatsapp.services.idling import rest_idle, wake_needed
from whatsapp.services.outcomes import Done
from whatsapp.services.planning import STARTS_AT_ONCE, Act, Aim, Order, Plan, Wanted, plan
from whatsapp.services.turns import next_in_turn

logger = structlog.get_logger("whatsapp.containers")
_LOCK = "whatsapp: containers"


def reconcile(*, host: ContainerHost, now: datetime) -> Plan:
    """Bring the engine's containers nearer to what rows wish; return what was to be done.

    One round at a time in all processes: who comes while one waits already does nothing. Without
    an engine, rows that need it say so, and nothing else happens.
    """
    with next_in_turn(_LOCK) as is_mine:
        if not is_mine:
            return Plan(())
        rest_idle(now=now)
        wake_needed(now=now)
        try:
            # Before the rows: one that is made meanwhile has no container yet, not the reverse.
            found = host.belongings()
        except Unavailable as error:
            outcomes.note_engine_gone(error, now=now)
            return Plan(())
        return _round(host, found, now)


def _round(host: ContainerHost, found: Belongings, now: datetime) -> Plan:
    rows = _rows(found)
    blueprints = {row.pk: blueprint_of(row) for row in rows.values()}
    wanted = [_wanted(row, blueprints[row.pk]) for row in rows.values()]
    wanted += [_leaving(remnant) for remnant in Remnant.objects.all()]
    planned = plan(wanted, found, now=now)
    outcomes.note_addresses(found)
    _remove_strays(host, planned.strays)
    with ThreadPoolExecutor(max_workers=STARTS_AT_ONCE) as pool:
        carried = pool.map(lambda order: _carry_out(host, order, rows, blueprints), planned.orders)
        for done in carried:
            outcomes.note(done, now=now)
    if any(order.is_start for order in planned.orders):
        with suppress(Unavailable):  # the next round reads them as well
            outcomes.note_addresses(host.belongings())
    _tell(planned)
    return planned


def _rows(found: Belongings) -> dict[UUID, Connection]:
    """All connections that wish something, or have something on the engine."""
    there = {one.connection_id for one in found.containers if one.connection_id} | found.logins
    gone = Q(wish=Wish.DELETED, phase=Phase.GONE)
    return Connection.rows.filter(~gone | Q(pk__in=there)).in_bulk()


def _wanted(row: Connection, blueprint: Blueprint) -> Wanted:
    is_starting = row.status == SessionStatus.STARTING
    return Wanted(
        connection_id=row.pk,
        wish=Wish(row.wish),
        phase=Phase(row.phase),
        spec=blueprint.spec,
        asked_at=row.connecting_since or row.created_at,
        failures=row.failures,
        retry_at=row.retry_at,
        started_at=row.started_at,
        stuck_since=row.session_status_since if is_starting else None,
        stuck_at=row.session_status_at if is_starting else None,
        is_to_restart=row.restart_asked_at is not None,
    )


def _leaving(remnant: Remnant) -> Wanted:
    return Wanted(
        connection_id=remnant.connection_id,
        wish=Wish.DELETED,
        phase=Phase.WAITING,
        spec="",
        asked_at=remnant.left_at,
    )


def _carry_out(
    host: ContainerHost,
    order: Order,
    rows: dict[UUID, Connection],
    blueprints: dict[UUID, Blueprint],
) -> Done:
    """Do one order, act by act. Runs beside others, and asks the database nothing."""
    container_id, connection_id = order.container_id, order.connection_id
    try:
        for act in order.acts:
            match act:
                case Act.CREATE:
                    container_id = host.create(blueprints[connection_id])
                case Act.START:
                    host.start(connection_id)
                case Act.RESTART:
                    host.restart(connection_id)
                case Act.STOP:
                    host.stop(connection_id)
                case Act.REMOVE:
                    host.remove(container_id)
                case Act.REMOVE_LOGIN:
                    host.remove_login(connection_id)
                case Act.LOG_OUT:
                    _log_out(rows[connection_id])
    except DomainError as error:
        return Done(order, container_id, error)
    return Done(order, container_id)


def _log_out(row: Connection) -> None:
    """Have the phone forget us. It is a courtesy: the login goes with its volume anyway."""
    with suppress(DomainError):
        WahaClient(endpoint_of(row)).delete()


def _remove_strays(host: ContainerHost, strays: Iterable[str]) -> None:
    """Containers of no row of ours: nobody could reach them. Their logins are left alone."""
    for container_id in strays:
        with suppress(DomainError):
            host.remove(container_id)


def _tell(planned: Plan) -> None:
    aims = Counter(order.aim for order in planned.orders if order.aim != Aim.GREETED)
    if aims or planned.strays:
        told = {aim.name.lower(): number for aim, number in aims.items()}
        logger.info("whatsapp.containers.reconciled", **told, strays=len(planned.strays))
