"""Connections that nobody needs rest, and come back when somebody does."""

from datetime import datetime, timedelta
from typing import Any

import pytest

from tests.factories import NOW
from tests.whatsapp.connecting import make_waiting
from tests.whatsapp.memory_host import MemoryHost
from whatsapp.models import (
    AlertKind,
    Connection,
    Contact,
    Message,
    MessageKind,
    MessageState,
    OrderEvent,
    Phase,
    Preferences,
    Wish,
)
from whatsapp.services.reconciler import reconcile

pytestmark = pytest.mark.db
SECOND, HOUR = timedelta(seconds=1), timedelta(hours=1)


@pytest.fixture(autouse=True)
def _layout(db, settings, broker):
    settings.WAHA_LAYOUT = "containers"


@pytest.fixture
def host():
    return MemoryHost()


def said(row: Connection, state: MessageState, *, at: datetime) -> None:
    contact = Contact.rows.create(user=row.user, phone="77010000000", created_at=NOW)
    Message.rows.create(
        user=row.user,
        contact=contact,
        kind=MessageKind.BY_HAND,
        text="x",
        state=state,
        state_at=at,
        due_at=at,
        said_at=None if state == MessageState.WAITING else at,
        created_at=at,
    )


def long_unused(**fields: Any) -> Connection:
    return make_waiting(used_at=NOW - 73 * HOUR, **fields)


def test_who_was_not_needed_for_long_rests(host, settings):
    settings.WAHA_IDLE_HOURS = 72
    silent, used = long_unused(), make_waiting(used_at=NOW - 71 * HOUR)
    said(silent, MessageState.RECEIVED, at=NOW - 73 * HOUR)

    reconcile(host=host, now=NOW)

    assert list(Connection.rows.filter(wish=Wish.RESTING)) == [silent]
    assert used.wish == Wish.RUNNING


@pytest.mark.parametrize(
    ("state", "hours_ago"),
    [(MessageState.RECEIVED, 71), (MessageState.READ, 71), (MessageState.WAITING, 100)],
)
def test_one_by_which_something_came_went_or_waits_does_not_rest(host, settings, state, hours_ago):
    settings.WAHA_IDLE_HOURS = 72
    row = long_unused()
    said(row, state, at=NOW - hours_ago * HOUR)

    reconcile(host=host, now=NOW)

    row.refresh_from_db()
    assert row.wish == Wish.RUNNING


@pytest.mark.parametrize(
    "promises", [{"alerts": [AlertKind.PRICE_WAR]}, {"order_events": [OrderEvent.SHIPPED]}]
)
def test_one_by_which_somebody_is_told_things_does_not_rest(host, settings, promises):
    settings.WAHA_IDLE_HOURS = 72
    row, another = long_unused(), long_unused()
    Preferences.rows.create(user=row.user, **promises)
    Preferences.rows.create(user=another.user)

    reconcile(host=host, now=NOW)

    assert list(Connection.rows.filter(wish=Wish.RUNNING)) == [row]


def test_one_that_rests_wakes_when_something_is_to_be_sent_by_it(host):
    row, later, silent = (
        make_waiting(wish=Wish.RESTING, phase=Phase.RESTING, used_at=NOW - HOUR) for _ in range(3)
    )
    said(row, MessageState.WAITING, at=NOW)
    said(later, MessageState.WAITING, at=NOW + SECOND)
    said(silent, MessageState.FAILED, at=NOW)

    reconcile(host=host, now=NOW)

    woken = Connection.rows.get(wish=Wish.RUNNING)
    assert (woken, woken.phase, woken.used_at) == (row, Phase.STARTING, NOW)


def test_where_nobody_is_to_rest_nobody_does(host, settings):
    settings.WAHA_IDLE_HOURS = 0
    make_waiting(used_at=NOW - 10_000 * HOUR)

    reconcile(host=host, now=NOW)

    assert Connection.rows.get().wish == Wish.RUNNING
