"""What rows say of their containers, after each step and each look."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, assert_never

import structlog

from cube_demper.kernel.errors import DomainError
from whatsapp import jobs
from whatsapp.errors import GatewaySilent, ImageMissing
from whatsapp.host_ports import Belongings
from whatsapp.models import Connection, Phase, Remnant, Wish
from whatsapp.services.planning import Aim, Order
from whatsapp.services.sessions import pause_after

logger = structlog.get_logger("whatsapp.containers")


@dataclass(frozen=True, slots=True)
class Done:
    """What became of an order. ``container_id`` is its container's now."""

    order: Order
    container_id: str
    error: DomainError | None = None


def note(done: Done, *, now: datetime) -> None:
    """Write down what became of an order, unless its row wishes something else by now."""
    if done.error is not None:
        _note_failure(done, done.error, now)
        return
    match done.order.aim:
        case Aim.STARTED:
            _note_start(done, now)
        case Aim.GREETED:
            _note_greeting(done, now)
        case Aim.GIVEN_UP:
            _note_failure(done, GatewaySilent(), now)
        case Aim.RESTED:
            _update(done, Wish.RESTING, phase=Phase.RESTING, address="", retry_at=None, failures=0)
        case Aim.FORGOTTEN:
            _update(done, Wish.DELETED, phase=Phase.GONE, address="", container_id="", error="")
            Remnant.objects.filter(pk=done.order.connection_id).delete()
        case _:
            assert_never(done.order.aim)


def note_addresses(found: Belongings) -> None:
    """Correct where gateways are reached: a port may be another one after each start."""
    there = {
        one.connection_id: one.address
        for one in found.containers
        if one.connection_id and one.is_namesake and one.address
    }
    known = Connection.rows.filter(pk__in=there, wish=Wish.RUNNING).values_list("pk", "address")
    for pk, address in known:
        if address != there[pk]:
            Connection.rows.filter(pk=pk).update(address=there[pk])


def note_engine_gone(error: DomainError, *, now: datetime) -> None:
    """Let all that need the engine say that it is gone. What runs is left as it is known."""
    waiting = Connection.rows.filter(wish=Wish.RUNNING).exclude(phase=Phase.READY)
    number = waiting.update(phase=Phase.FAILED, error=error.code, error_at=now)
    logger.warning("whatsapp.engine.gone", waiting=number, detail=error.detail)


def _note_start(done: Done, now: datetime) -> None:
    changes: dict[str, Any] = {"error": ""}
    if done.order.failures is not None:
        changes = {
            "failures": done.order.failures,
            "error": GatewaySilent.code,
            "error_at": now,
        }
        logger.warning(
            "whatsapp.gateway.silent",
            connection_id=str(done.order.connection_id),
            failures=done.order.failures,
        )
    _update(
        done,
        Wish.RUNNING,
        phase=Phase.STARTING,
        started_at=now,
        container_id=done.container_id,
        address="",
        restart_asked_at=None,
        retry_at=None,
        **changes,
    )
    jobs.greet(connection_id=done.order.connection_id)


def _note_greeting(done: Done, now: datetime) -> None:
    row = Connection.rows.filter(pk=done.order.connection_id, wish=Wish.RUNNING)
    row.exclude(phase=Phase.STARTING, started_at__isnull=False).update(
        phase=Phase.STARTING, started_at=now, container_id=done.container_id
    )
    jobs.greet(connection_id=done.order.connection_id)


def _note_failure(done: Done, error: DomainError, now: datetime) -> None:
    row = Connection.rows.filter(pk=done.order.connection_id).first()
    if row is None:
        return  # a remnant: the next round tries again
    failures = row.failures + 1 if done.order.failures is None else done.order.failures
    Connection.rows.filter(pk=row.pk).update(
        failures=failures,
        retry_at=now + pause_after(failures - 1),
        error=error.code,
        error_at=now,
        **({"phase": Phase.FAILED} if row.wish == Wish.RUNNING else {}),
    )
    logger.warning(
        "whatsapp.connection.trouble",
        connection_id=str(row.pk),
        code=error.code,
        detail=error.detail,
    )
    if isinstance(error, ImageMissing):
        jobs.fetch_image()


def _update(done: Done, wish: Wish, **changes: Any) -> None:
    Connection.rows.filter(pk=done.order.connection_id, wish=wish).update(**changes)
