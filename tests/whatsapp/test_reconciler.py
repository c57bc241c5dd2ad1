"""Rounds over real rows and an engine in memory."""

from datetime import timedelta

import pytest

from tests.factories import NOW
from tests.whatsapp.connecting import make_waiting
from tests.whatsapp.memory_host import MemoryHost
from whatsapp.errors import EngineRefused, ImageMissing
from whatsapp.host_ports import ContainerState, Happening, HostEvent
from whatsapp.models import (
    Connection,
    Phase,
    Remnant,
    Wish,
)
from whatsapp.services import connections, sessions
from whatsapp.services.hearing import hear_engine
from whatsapp.services.images import fetch_image
from whatsapp.services.planning import Plan
from whatsapp.services.reconciler import reconcile

pytestmark = pytest.mark.db
SECOND, HOUR = timedelta(seconds=1), timedelta(hours=1)


@pytest.fixture(autouse=True)
def _layout(db, settings, broker):
    settings.WAHA_LAYOUT = "containers"


@pytest.fixture
def host():
    return MemoryHost()


def a_standing(host: MemoryHost, **fields) -> Connection:
    """One whose container runs and answers."""
    row = make_waiting(**fields)
    reconcile(host=host, now=NOW)
    Connection.rows.filter(pk=row.pk).update(phase=Phase.READY)
    row.refresh_from_db()
    return row


def test_one_that_is_asked_for_is_made_started_and_greeted(
    host, broker, django_capture_on_commit_callbacks
):
    row = make_waiting(error="engine-gone", failures=2)

    with django_capture_on_commit_callbacks(execute=True):
        reconcile(host=host, now=NOW)

    row.refresh_from_db()
    made = host.of(row.pk)
    orders = [(one.task, one.queue, one.arguments) for one in broker.take()]
    assert made.state == ContainerState.RUNNING
    assert (row.phase, row.started_at, row.error) == (Phase.STARTING, NOW, "")
    assert (row.container_id, row.address) == (made.container_id, made.address)
    assert orders == [("whatsapp.greet", "containers", {"connection_id": str(row.pk)})]


def test_without_an_engine_those_that_need_it_say_so_and_all_else_is_as_before(host):
    ready, resting = a_standing(host), make_waiting(wish=Wish.RESTING, phase=Phase.RESTING)
    waiting = make_waiting()
    host.is_gone = True

    reconcile(host=host, now=NOW)

    rows = {row.pk: row for row in Connection.rows.all()}
    told = sessions.standing_of(rows[waiting.pk], now=NOW)
    assert (told.state, told.error) == ("unavailable", "engine-gone")
    assert (rows[ready.pk].phase, rows[ready.pk].error) == (Phase.READY, "")
    assert (rows[resting.pk].phase, rows[resting.pk].error) == (Phase.RESTING, "")


def test_an_engine_that_can_not_list_is_as_good_as_gone(host):
    row = make_waiting()
    host.broken["belongings"] = EngineRefused("out of order")

    reconcile(host=host, now=NOW)

    row.refresh_from_db()
    assert (row.phase, row.error) == (Phase.FAILED, "engine-refused")


def test_when_the_engine_is_back_they_are_brought_up_at_once(host):
    row = make_waiting()
    host.is_gone = True
    reconcile(host=host, now=NOW)
    host.is_gone = False

    reconcile(host=host, now=NOW + SECOND)

    row.refresh_from_db()
    assert (row.phase, row.error) == (Phase.STARTING, "")


def test_a_step_that_fails_is_told_and_tried_again_later_each_time(host):
    row = make_waiting()
    host.broken["start"] = EngineRefused("no room")
    pauses, now = [], NOW
    for _ in range(3):
        reconcile(host=host, now=now)
        reconcile(host=host, now=now)  # too early: nothing is done
        row.refresh_from_db()
        retry_at = row.retry_at or NOW
        pauses.append((retry_at - now).total_seconds())
        now = retry_at

    assert pauses == [15, 30, 60]
    assert host.calls.count("start") == 3
    assert (row.phase, row.error, row.failures) == (Phase.FAILED, "engine-refused", 3)


def test_one_that_fails_does_not_keep_others_from_starting(host):
    host.broken["remove_login"] = EngineRefused("in use")
    leaving = a_standing(host)
    Connection.rows.filter(pk=leaving.pk).update(wish=Wish.DELETED)
    coming = make_waiting()

    reconcile(host=host, now=NOW)

    coming.refresh_from_db()
    assert coming.phase == Phase.STARTING


def test_a_missing_image_is_fetched_and_who_waited_for_it_goes_on(
    host, broker, django_capture_on_commit_callbacks
):
    row = make_waiting()
    host.broken["create"] = ImageMissing()
    with django_capture_on_commit_callbacks(execute=True):
        reconcile(host=host, now=NOW)
    ordered = {order.task for order in broker.take()}
    del host.broken["create"]

    was_fetched = fetch_image(host=host), fetch_image(host=host)
    reconcile(host=host, now=NOW)

    row.refresh_from_db()
    assert ordered == {"whatsapp.fetch_image"}
    assert was_fetched == (True, False)
    assert row.phase == Phase.STARTING


def test_no_image_is_pulled_for_a_container_that_is_made(host):
    a_standing(host)
    a_standing(host)

    assert "fetch_image" not in host.calls


def test_an_address_that_changed_is_corrected(host):
    row = a_standing(host)
    Connection.rows.update(address="http://127.0.0.1:1")

    reconcile(host=host, now=NOW)

    row.refresh_from_db()
    assert row.address == host.of(row.pk).address


def test_a_container_of_no_row_goes_and_its_login_stays(host):
    row = a_standing(host)
    Connection.rows.filter(pk=row.pk)._raw_delete("default")  # as from an older backup

    reconcile(host=host, now=NOW)

    assert (host.machine.containers, host.machine.logins) == ({}, {("ours", row.pk)})


def test_of_an_erased_seller_row_container_and_login_all_go(host):
    row = a_standing(host)
    row.user.delete()
    left = Remnant.objects.count()

    reconcile(host=host, now=NOW)

    assert left == 1
    assert (host.machine.containers, host.machine.logins) == ({}, set())
    assert not Remnant.objects.exists()


def test_one_that_cannot_be_removed_yet_is_not_gone(host):
    row = a_standing(host)
    connections.disconnect(user=row.user, now=NOW)
    host.broken["remove_login"] = EngineRefused("in use")
    reconcile(host=host, now=NOW)
    row.refresh_from_db()
    early = row.phase
    del host.broken["remove_login"]

    reconcile(host=host, now=NOW + HOUR)

    row.refresh_from_db()
    assert early != Phase.GONE
    assert (row.phase, row.address, host.machine.logins) == (Phase.GONE, "", set())


def test_what_is_gone_is_not_looked_at_again(host):
    make_waiting(wish=Wish.DELETED, phase=Phase.GONE)

    assert reconcile(host=host, now=NOW) == Plan(())


@pytest.mark.parametrize("number", [1, 3])
def test_a_quiet_round_costs_the_same_number_of_queries_whatever_stands(
    host, django_assert_num_queries, number
):
    for _ in range(number):
        a_standing(host)

    with django_assert_num_queries(11):
        made = reconcile(host=host, now=NOW)

    assert made == Plan(())


def test_a_connection_that_rests_is_started_again_when_somebody_needs_it(host):
    row = a_standing(host)
    Connection.rows.update(wish=Wish.RESTING)
    reconcile(host=host, now=NOW)
    row.refresh_from_db()
    resting = (row.phase, host.of(row.pk).state)

    connections.wake(row, now=NOW + HOUR)
    reconcile(host=host, now=NOW + HOUR)

    row.refresh_from_db()
    assert resting == (Phase.RESTING, ContainerState.EXITED)
    assert (row.wish, row.phase) == (Wish.RUNNING, Phase.STARTING)
    assert host.of(row.pk).state == ContainerState.RUNNING


# -- what the engine tells ------------------------------------------------------------------------


def test_what_the_engine_tells_hurries_a_round_and_is_remembered(
    host, broker, django_capture_on_commit_callbacks
):
    row = a_standing(host)
    broker.take()
    host.happened = [
        HostEvent(row.pk, Happening.OUT_OF_MEMORY),
        HostEvent(row.pk, Happening.ENDED, 137),
        HostEvent(row.pk, Happening.STARTED),
    ]

    with django_capture_on_commit_callbacks(execute=True):
        is_to_go_on = hear_engine(host=host, since=NOW, until=NOW + SECOND)

    row.refresh_from_db()
    tasks = [order.task for order in broker.take()]
    assert is_to_go_on
    assert row.error == "gateway-out-of-memory"
    assert tasks == ["whatsapp.reconcile", "whatsapp.reconcile", "whatsapp.greet"]


def test_an_engine_that_is_gone_is_not_heard_on(host):
    host.is_gone = True

    assert hear_engine(host=host, since=NOW, until=NOW + SECOND) is False


# -- what others order ----------------------------------------------------------------------------


def test_who_connects_wakes_or_leaves_hurries_a_round(
    seller, broker, django_capture_on_commit_callbacks
):
    with django_capture_on_commit_callbacks(execute=True):
        connections.connect(user=seller, now=NOW)
    connected = [order.task for order in broker.take()]
    with django_capture_on_commit_callbacks(execute=True):
        connections.disconnect(user=seller, now=NOW)
    left = [order.task for order in broker.take()]

    assert "whatsapp.reconcile" in connected
    assert "whatsapp.reconcile" in left


def test_the_clock_orders_a_round_and_somebody_who_listens(
    broker, django_capture_on_commit_callbacks
):
    make_waiting()

    with django_capture_on_commit_callbacks(execute=True):
        sessions.order_due(now=NOW)

    orders = [(order.task, order.queue, order.expires_s) for order in broker.take()]
    assert orders == [
        ("whatsapp.reconcile", "containers", 10),
        ("whatsapp.hear_engine", "containers", 10),
    ]


@pytest.mark.parametrize(
    "fields",
    [
        {"phase": Phase.WAITING},
        {"phase": Phase.STARTING, "address": ""},
        {"phase": Phase.READY, "address": "http://127.0.0.1:9", "wish": Wish.DELETED},
        {"phase": Phase.RESTING, "address": "http://127.0.0.1:9", "wish": Wish.RESTING},
    ],
)
def test_a_gateway_that_does_not_stand_is_not_spoken_to(fields):
    row = make_waiting(**fields)

    sessions.prepare(connection_id=row.pk, now=NOW)

    row.refresh_from_db()
    assert (row.failures, row.error, row.phase) == (0, "", fields["phase"])
