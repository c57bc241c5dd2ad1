"""Sellers' gateways on a real engine: made, looked after, and gone without a trace."""

import os
import signal
from datetime import timedelta
from typing import Any
from uuid import UUID

import httpx
import pytest
from django.utils import timezone
from typing_extensions import override

from tests.containers.gateways import Gateways, installation, order, scan
from tests.factories import make_user
from tests.flows.patience import until
from tests.products.cutting import By, cut_off
from whatsapp.clients.docker_host import DockerHost
from whatsapp.models import Connection, Phase, Wish
from whatsapp.services import connections, sessions
from whatsapp.services.hearing import hear_engine

pytestmark = [
    pytest.mark.containers,
    pytest.mark.flow,
    pytest.mark.django_db(transaction=True),
]
OURS = "77017654321"


@pytest.fixture
def gateways(engine, waha_image, settings, broker):
    with installation(engine) as made:
        settings.WAHA_LAYOUT = "containers"
        settings.WAHA_BASE_IMAGE = waha_image
        settings.WAHA_REACH = "loopback"
        settings.WAHA_MEMORY_MB = 128
        settings.WAHA_NETWORK = made.names.deployment
        yield made


def connected(user) -> Connection:
    return connections.connect(user=user, now=timezone.now())


def logged_in(gateways: Gateways, connection: Connection) -> Connection:
    """A connection whose phone has scanned the code."""
    gateways.ready(connection)
    until(lambda: status(connection), lambda said: said == "SCAN_QR_CODE")
    scan(connection, phone=OURS)
    until(lambda: status(connection), lambda said: said == "WORKING")
    return connection


def status(connection: Connection) -> str:
    """What the gateway itself says now."""
    connection.refresh_from_db()
    try:
        return str(connections.gateway_of(connection).session().status)
    except Exception as error:  # noqa: BLE001 -- it is told, and asked again
        return repr(error)


def test_a_seller_asks_and_scans_the_code_of_a_container_of_their_own(gateways, api, seller):
    asked = api.post("/whatsapp/session/create").json()
    connection = gateways.ready(Connection.rows.get())

    code = api.get("/whatsapp/session/qr?format=png")
    made = gateways.container(connection).attrs

    host = made["HostConfig"]
    assert (asked["state"], code.headers["Content-Type"]) == ("connecting", "image/png")
    assert made["Name"] == f"/{gateways.names.deployment}-waha-{connection.pk.hex}"
    assert [(one["Name"], one["Destination"]) for one in made["Mounts"]] == [
        (made["Name"][1:], "/app/.sessions")
    ]
    assert (host["Memory"], host["MemorySwap"]) == (128 << 20, 128 << 20)
    assert (host["NanoCpus"], host["PidsLimit"]) == (10**9, 256)
    assert (host["CapDrop"], host["CapAdd"], host["Privileged"]) == (["ALL"], None, False)
    assert (host["SecurityOpt"], host["ReadonlyRootfs"]) == (["no-new-privileges"], True)
    assert host["RestartPolicy"]["Name"] == "unless-stopped"
    assert host["LogConfig"]["Config"] == {"max-size": "10m", "max-file": "3"}
    assert [one["HostIp"] for one in made["NetworkSettings"]["Ports"]["3000/tcp"]] == ["127.0.0.1"]
    assert connection.api_key.reveal() not in str(made)
    assert connection.hook_key.reveal() not in str(made)
    assert made["Config"]["Labels"]["tenant"] == str(seller.pk)


class DiesBeforeStart(DockerHost):
    @override
    def start(self, connection_id: UUID) -> None:
        os.kill(os.getpid(), signal.SIGKILL)


class DiesAfterStart(DockerHost):
    @override
    def start(self, connection_id: UUID) -> None:
        super().start(connection_id)
        os.kill(os.getpid(), signal.SIGKILL)


@pytest.mark.parametrize("kind", [DiesBeforeStart, DiesAfterStart])
def test_a_process_that_dies_in_the_midst_of_it_leaves_what_the_next_one_takes_up(
    gateways, seller, kind
):
    connection = connected(seller)

    def life() -> None:
        gateways.host = gateways.opened(kind)
        gateways.round()

    was_cut = cut_off(life, step=10**6, by=By.WORKER)
    cut = (Connection.rows.get().phase, gateways.left(connection))
    left = gateways.container(connection).id
    gateways.ready(connection)

    assert (was_cut, *cut) == (True, Phase.WAITING, ["container", "volume"])
    assert gateways.container(connection).id == left
    assert gateways.left(connection) == ["container", "volume"]


def test_another_spec_makes_the_container_anew_and_keeps_the_login(gateways, seller, settings):
    connection = logged_in(gateways, connected(seller))
    before = gateways.container(connection).id
    settings.WAHA_MEMORY_MB = 160

    gateways.round()
    gateways.ready(connection)

    assert gateways.container(connection).id != before
    assert gateways.container(connection).attrs["HostConfig"]["Memory"] == 160 << 20
    assert until(lambda: status(connection), lambda said: said == "WORKING")


@pytest.mark.parametrize("how", ["killed", "removed", "crashed"])
def test_one_that_a_hand_or_a_fault_ended_comes_back_logged_in(gateways, seller, how):
    connection = logged_in(gateways, connected(seller))
    container = gateways.container(connection)

    match how:
        case "killed":
            container.kill()
        case "removed":
            container.remove(force=True)
        case "crashed":
            with pytest.raises(httpx.TransportError):
                order(connection, "crash", code=7)

    def comes_back() -> str:
        gateways.round()
        return status(gateways.ready(connection))

    assert until(comes_back, lambda said: said == "WORKING")


def test_one_that_takes_more_memory_than_it_may_is_ended_told_and_brought_back(gateways, seller):
    connection = logged_in(gateways, connected(seller))
    began = timezone.now()

    with pytest.raises(httpx.TransportError):
        order(connection, "memory", megabytes=400)
    hear_engine(host=gateways.host, since=began, until=timezone.now() + timedelta(seconds=1))
    connection.refresh_from_db()
    told = connection.error

    def comes_back() -> str:
        gateways.round()
        return status(gateways.ready(connection))

    assert told == "gateway-out-of-memory"
    assert until(comes_back, lambda said: said == "WORKING")


def test_one_that_boots_slowly_is_waited_for(gateways, seller):
    connection = logged_in(gateways, connected(seller))
    order(connection, "settings", boot_s=2.0, keep=True)
    gateways.container(connection).kill()

    gateways.round()
    early = sessions.standing_of(Connection.rows.get(), now=timezone.now()).state
    gateways.ready(connection)

    assert early == "connecting"
    assert gateways.container(connection).attrs["RestartCount"] == 0


def test_two_installations_on_one_engine_leave_each_other_alone(gateways, engine):
    mine, theirs = connected(make_user()), connected(make_user())

    def wish(**wishes: Wish) -> None:
        Connection.rows.filter(pk=mine.pk).update(wish=wishes["mine"])
        Connection.rows.filter(pk=theirs.pk).update(wish=wishes["theirs"])

    wish(mine=Wish.RUNNING, theirs=Wish.RESTING)
    gateways.round()
    with installation(engine) as others:
        wish(mine=Wish.RESTING, theirs=Wish.RUNNING)
        others.round()
        before = gateways.container(mine).id, others.container(theirs).id

        # To either, the other's is no row's, or one that is to be forgotten.
        wish(mine=Wish.RUNNING, theirs=Wish.DELETED)
        gateways.round()
        after = gateways.container(mine).id, others.container(theirs).id
        left = others.left(theirs)

    assert (after, left) == (before, ["container", "volume"])


def test_of_a_seller_who_leaves_nothing_is_left(gateways, seller):
    connection = logged_in(gateways, connected(seller))
    before = gateways.left(connection)

    connections.disconnect(user=seller, now=timezone.now())
    gateways.round()

    connection.refresh_from_db()
    assert before == ["container", "volume"]
    assert (gateways.left(connection), connection.phase) == ([], Phase.GONE)


def test_of_a_seller_who_is_erased_nothing_is_left_either(gateways, seller):
    connection = gateways.ready(connected(seller))
    made: Any = gateways.left(connection)

    seller.delete()
    gateways.round()

    assert made == ["container", "volume"]
    assert gateways.left(connection) == []


def test_a_connection_that_rests_comes_back_on_demand(gateways, seller):
    connection = logged_in(gateways, connected(seller))
    Connection.rows.update(wish=Wish.RESTING)
    gateways.round()
    resting = (gateways.container(connection).status, Connection.rows.get().phase)

    connections.wake(Connection.rows.get(), now=timezone.now())
    gateways.ready(connection)

    assert resting == ("exited", Phase.RESTING)
    assert until(lambda: status(connection), lambda said: said == "WORKING")
