from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from accounts.models import AuditEntry, TeamRole
from tests.factories import NOW, make_helper, make_user
from tests.flows.patience import until
from tests.whatsapp.connecting import make_connection
from whatsapp.models import Connection, HookEvent, Phase, Wish
from whatsapp.services.hooks import take_events
from whatsapp.services.sessions import order_due, prepare, standing_of

MINUTE = timedelta(minutes=1)
OURS = "77017654321"


@pytest.mark.unit
@pytest.mark.parametrize(
    ("fields", "state"),
    [
        ({"wish": Wish.DELETED}, "not-connected"),
        ({"phase": Phase.WAITING}, "connecting"),
        ({"phase": Phase.STARTING}, "connecting"),
        ({"phase": Phase.STARTING, "connecting_since": NOW - 2 * MINUTE}, "unavailable"),
        ({"phase": Phase.FAILED}, "unavailable"),
        ({"phase": Phase.RESTING, "wish": Wish.RESTING}, "resting"),
        ({"session_status": "STARTING"}, "connecting"),
        ({"session_status": ""}, "connecting"),
        ({"session_status": "STOPPED"}, "connecting"),
        ({"session_status": "SCAN_QR_CODE"}, "scan-code"),
        ({"session_status": "PASSKEY_REQUIRED"}, "finish-in-browser"),
        ({"session_status": "PASSKEY_CONFIRMATION_REQUIRED"}, "finish-in-browser"),
        ({"session_status": "WORKING"}, "connected"),
        ({"session_status": "WORKING", "locked_until": NOW - MINUTE}, "connected"),
        ({"session_status": "WORKING", "locked_until": NOW + MINUTE}, "replies-only"),
        ({"session_status": "WORKING", "is_capped": True}, "replies-only"),
        ({"session_status": "FAILED"}, "connection-lost"),
    ],
)
def test_a_seller_is_told_one_word(fields, state):
    usual = {"phase": Phase.READY, "created_at": NOW, "connecting_since": NOW, "used_at": NOW}

    assert standing_of(Connection(**{**usual, **fields}), now=NOW).state == state


@pytest.fixture
def connected_house(gateway, settings, live_server):
    """A house that WAHA can tell what happens."""
    settings.WAHA_HOOKS_URL = live_server.url
    return gateway


def name_of(connection):
    return f"demper-{connection.pk.hex}"


def hear(kind):
    """Wait until WAHA has told something, and take it up."""

    def heard():
        for connection in Connection.rows.all():
            take_events(connection_id=connection.pk, now=timezone.now())
        return HookEvent.rows.filter(kind=kind).count()

    return heard


def state(api):
    return api.get("/whatsapp/session").json()["state"]


@pytest.mark.flow
@pytest.mark.django_db(transaction=True)
def test_a_seller_connects_scans_and_leaves(api, seller, connected_house, broker):
    gateway = connected_house
    before = api.get("/whatsapp/session").json()
    asked = api.post("/whatsapp/session/create")
    connection = Connection.rows.get()
    early = api.get("/whatsapp/session/qr")
    prepare(connection_id=connection.pk, now=timezone.now())
    until(lambda: hear("session.status")() and state(api), lambda said: said == "scan-code")
    picture = api.get("/whatsapp/session/qr?format=png")
    text = api.get("/whatsapp/session/qr?format=raw")
    as_json = api.get("/whatsapp/session/qr?format=json")
    typed = api.post("/whatsapp/session/pairing-code", {"phone": "+77017654321"})
    gateway.order("sessions/scan", session=name_of(connection), phone=OURS, name="Shop")
    until(lambda: hear("session.status")() and state(api), lambda said: said == "connected")
    connected = api.get("/whatsapp/session").json()
    too_late = api.get("/whatsapp/session/qr")
    left = api.delete("/whatsapp/session")
    prepare(connection_id=connection.pk, now=timezone.now())

    assert (before["state"], asked.status_code, asked.json()["state"]) == (
        "not-connected",
        202,
        "connecting",
    )
    assert (early.status_code, early.json()["code"]) == (409, "connection-not-ready")
    assert (picture.headers["Content-Type"], picture.content[:4]) == ("image/png", b"\x89PNG")
    assert picture.headers["Cache-Control"] == "no-store, private"
    assert as_json.json()["value"] == text.content.decode()
    assert len(typed.json()["code"]) == len("ABCD-EFGH")
    assert (connected["phone"], connected["name"]) == (OURS, "Shop")
    assert (too_late.status_code, too_late.json()["code"]) == (409, "whatsapp-session-not-ready")
    assert left.status_code == 204
    assert state(api) == "not-connected"
    assert gateway.ask("sessions")["sessions"] == []
    connection.refresh_from_db()
    assert (connection.phase, connection.phone) == (Phase.GONE, "")


@pytest.mark.flow
@pytest.mark.django_db(transaction=True)
def test_a_session_that_gave_up_begins_again_when_its_seller_looks(api, connected_house, broker):
    gateway = connected_house
    api.post("/whatsapp/session/create")
    connection = Connection.rows.get()
    prepare(connection_id=connection.pk, now=timezone.now())
    until(lambda: hear("session.status")() and state(api), lambda said: said == "scan-code")
    gateway.order("sessions/fail", session=name_of(connection))
    until(lambda: hear("session.status")() and state(api), lambda said: said == "connection-lost")
    prepare(connection_id=connection.pk, now=timezone.now())
    by_itself = state(api)

    code = api.get("/whatsapp/session/qr?format=png")

    assert by_itself == "connection-lost"
    assert code.headers["Content-Type"] == "image/png"


@pytest.mark.db
def test_a_gateway_that_is_away_is_tried_again_later_each_time(seller, settings, broker):
    settings.WAHA_LAYOUT, settings.WAHA_SHARED_URL = "shared", "http://127.0.0.1:9"
    connection = make_connection(user=seller, phase=Phase.WAITING, session_status="")
    pauses = []
    now = NOW
    for _ in range(3):
        prepare(connection_id=connection.pk, now=now)
        connection.refresh_from_db()
        retry_at = connection.retry_at or NOW
        pauses.append((retry_at - now).total_seconds())
        prepare(connection_id=connection.pk, now=now)  # too early
        now = retry_at

    assert pauses == [15, 30, 60]
    assert (connection.failures, connection.error, connection.phase) == (3, "waha-gone", "WAITING")


@pytest.mark.db
def test_what_is_not_as_wished_is_ordered_by_the_clock(
    db, settings, broker, django_capture_on_commit_callbacks
):
    settings.WAHA_LAYOUT = "shared"
    rows: dict[str, dict[str, Any]] = {
        "unready": {"phase": Phase.WAITING},
        "resting": {"phase": Phase.WAITING, "retry_at": NOW + MINUTE},
        "fine": {"session_status_at": NOW},
        "unheard": {"session_status_at": NOW - timedelta(hours=1)},
        "starting": {
            "session_status": "STARTING",
            "session_status_at": NOW - timedelta(seconds=21),
        },
        "leaving": {"wish": Wish.DELETED},
        "gone": {"wish": Wish.DELETED, "phase": Phase.GONE},
    }
    made = {name: make_connection(user=make_user(), **fields).pk for name, fields in rows.items()}

    with django_capture_on_commit_callbacks(execute=True):
        order_due(now=NOW)

    ordered = {order.arguments["connection_id"] for order in broker.take()}
    assert ordered == {str(made[name]) for name in ("unready", "unheard", "starting", "leaving")}


@pytest.mark.db
def test_without_a_gateway_nobody_is_connected(api, settings):
    settings.WAHA_LAYOUT = "off"

    answer = api.post("/whatsapp/session/create")

    assert (answer.status_code, answer.json()["code"]) == (503, "whatsapp-off")
    assert not Connection.rows.exists()


@pytest.mark.db
def test_connecting_twice_is_one_connection_and_both_are_audited(api, seller, settings):
    settings.WAHA_LAYOUT = "shared"

    for _ in range(2):
        api.post("/whatsapp/session/create")

    assert Connection.rows.filter(user=seller).count() == 1
    assert AuditEntry.rows.filter(action="whatsapp.connected").count() == 2


@pytest.mark.db
@pytest.mark.parametrize("role", [TeamRole.MANAGER, TeamRole.VIEWER])
def test_the_code_is_for_owners_because_it_is_a_login(seller, client_of, role):
    make_connection(user=seller)
    helper = make_helper(seller=seller, role=role).helper

    answer = client_of(helper).get("/whatsapp/session/qr", headers={"X-Seller": str(seller.pk)})

    assert (answer.status_code, answer.json()["code"]) == (403, "role-too-low")
