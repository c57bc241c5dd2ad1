from datetime import timedelta

import pytest

from tests.factories import NOW
from tests.whatsapp.connecting import make_connection
from whatsapp.models import Connection, Phase, Wish
from whatsapp.services.connections import disconnect, wake

pytestmark = pytest.mark.db
MINUTE = timedelta(minutes=1)


def test_one_that_rests_runs_again_for_whoever_needs_it(seller):
    connection = make_connection(user=seller, wish=Wish.RESTING, phase=Phase.RESTING)

    wake(connection, now=NOW + MINUTE)

    row = Connection.rows.get()
    assert (row.wish, row.used_at) == (Wish.RUNNING, NOW + MINUTE)
    assert row.connecting_since == NOW + MINUTE


def test_one_that_was_forgotten_meanwhile_stays_so(seller):
    connection = make_connection(user=seller, wish=Wish.RESTING, phase=Phase.RESTING)
    disconnect(user=seller, now=NOW)

    wake(connection, now=NOW + MINUTE)

    assert Connection.rows.get().wish == Wish.DELETED


def test_somebody_who_looks_on_writes_once_a_minute(seller, django_assert_num_queries):
    connection = make_connection(user=seller, session_status="WORKING")

    with django_assert_num_queries(0):
        wake(connection, now=NOW + MINUTE / 2)
    wake(connection, now=NOW + MINUTE)

    assert Connection.rows.get().used_at == NOW + MINUTE


def test_waking_does_not_hurry_what_failed_just_now(seller):
    connection = make_connection(user=seller, phase=Phase.WAITING, retry_at=NOW + MINUTE)

    wake(connection, now=NOW + MINUTE / 2)

    assert Connection.rows.get().retry_at == NOW + MINUTE
