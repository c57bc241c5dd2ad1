"""The engine itself: away, back again, and reached by the names of its own network."""

import pytest
from django.utils import timezone

from sandbox.waha.image import import_image
from tests.containers.engine import NoEngineError
from tests.containers.gateways import Gateways, installation
from tests.containers.small_engine import a_small_engine
from tests.factories import make_user
from tests.flows.patience import until
from whatsapp.clients.docker_host import DockerHost, HostConfig
from whatsapp.clients.engine_words import Names
from whatsapp.errors import EngineGone, EngineRefused, ImageMissing, NameTaken
from whatsapp.models import Connection, Phase
from whatsapp.services import connections, sessions
from whatsapp.services.blueprints import blueprint_of
from whatsapp.services.reconciler import reconcile

pytestmark = [
    pytest.mark.containers,
    pytest.mark.flow,
    pytest.mark.django_db(transaction=True),
]


@pytest.fixture(autouse=True)
def _layout(settings, broker):
    settings.WAHA_LAYOUT = "containers"
    settings.WAHA_REACH = "loopback"
    settings.WAHA_MEMORY_MB = 128


@pytest.fixture
def small_engine(engine):
    if not engine.environment:
        pytest.skip("beside an engine that is not of these tests, none can be started and stopped")
    try:
        with a_small_engine() as small:
            yield small
    except NoEngineError as error:
        pytest.skip(str(error))


def connected(user) -> Connection:
    return connections.connect(user=user, now=timezone.now())


def test_an_engine_that_restarts_gives_everything_back(small_engine, settings, seller):
    settings.WAHA_NETWORK = "gateways"
    with small_engine.lent() as engine:
        settings.WAHA_BASE_IMAGE = import_image(engine.client, tag="waha:latest")
        gateways = Gateways(engine, "restarted")
        connection = gateways.ready(connected(seller))
        before = gateways.container(connection).id
    small_engine.stop()
    gateways.round()
    while_away = sessions.standing_of(Connection.rows.get(), now=timezone.now())
    waiting = connected(make_user())
    gateways.round()
    told = sessions.standing_of(Connection.rows.get(pk=waiting.pk), now=timezone.now())

    small_engine.start()
    with small_engine.lent() as engine:
        gateways.engine = engine
        gateways.ready(waiting)
        back = until(lambda: look(gateways, connection), lambda said: said != "")
        after = gateways.container(connection).id
        gateways.clear()

    assert (while_away.state, while_away.error) == ("connecting", "")
    assert (told.state, told.error) == ("unavailable", "engine-gone")
    assert (after, back) == (before, "SCAN_QR_CODE")


def look(gateways: Gateways, connection: Connection) -> str:
    """The session's state as its gateway tells it; empty while it does not."""
    gateways.round()
    connection.refresh_from_db()
    try:
        said = connections.gateway_of(connection).session().status
    except Exception:  # noqa: BLE001 -- it is asked again
        return ""
    return str(said) if said == "SCAN_QR_CODE" else ""


def test_by_name_a_gateway_is_reached_from_its_network_and_from_nowhere_else(
    engine, waha_image, settings
):
    settings.WAHA_BASE_IMAGE, settings.WAHA_REACH = waha_image, "network"
    with installation(engine) as gateways:
        settings.WAHA_NETWORK = gateways.names.deployment
        gateways.host = DockerHost(
            HostConfig(
                url=gateways.address, names=gateways.names, port=3000, is_published=False, stop_s=5
            )
        )
        asked, asking = connected(make_user()), connected(make_user())
        gateways.round()
        asked.refresh_from_db()
        neighbour = gateways.container(asking)
        script = (
            f"from urllib.request import urlopen; print(urlopen('{asked.address}/ping').read())"
        )

        said = until(
            lambda: neighbour.exec_run(["python3", "-c", script]), lambda done: done.exit_code == 0
        )
        published = gateways.container(asked).attrs["NetworkSettings"]["Ports"]

    assert asked.address == f"http://{gateways.names.of(asked.pk)}:3000"
    assert b"pong" in said.output
    assert published == {"3000/tcp": None}


def test_without_an_engine_there_is_a_clear_word_for_it(seller, tmp_path):
    host = DockerHost(
        HostConfig(url=f"unix://{tmp_path}/s", names=Names("x"), port=3000, is_published=True)
    )
    connection = connected(seller)

    reconcile(host=host, now=timezone.now())

    connection.refresh_from_db()
    with pytest.raises(EngineGone):
        host.belongings()
    assert (connection.phase, connection.error) == (Phase.FAILED, "engine-gone")


def test_what_an_engine_says_no_to_is_told_in_our_words(engine, waha_image, settings, seller):
    settings.WAHA_BASE_IMAGE = "127.0.0.1:9/nobody/has:this"
    connection = connected(seller)
    with installation(engine) as gateways:
        settings.WAHA_NETWORK = gateways.names.deployment
        with pytest.raises(ImageMissing):
            gateways.host.create(blueprint_of(connection))
        with pytest.raises((ImageMissing, EngineRefused)):
            gateways.host.fetch_image(settings.WAHA_BASE_IMAGE)
        with pytest.raises(EngineRefused):
            gateways.host.start(connection.pk)
        has_it = gateways.host.has_image(waha_image), gateways.host.has_image("nobody/has:this")

        # What is not there is as good as removed.
        gateways.host.stop(connection.pk)
        gateways.host.remove("nothing")
        gateways.host.remove_login(connection.pk)
        gateways.host.remove_login(connection.pk)

    assert has_it == (True, False)


def test_what_is_made_twice_is_one(engine, waha_image, settings, seller):
    settings.WAHA_BASE_IMAGE = waha_image
    connection = connected(seller)
    with installation(engine) as gateways:
        settings.WAHA_NETWORK = gateways.names.deployment
        first = gateways.host.create(blueprint_of(connection))

        again = gateways.opened().create(blueprint_of(connection))

        left = gateways.left(connection)
    assert (again, left) == (first, ["container", "volume"])


@pytest.mark.parametrize("what", ["container", "volume"])
def test_what_somebody_else_has_under_our_name_is_left_alone(
    engine, waha_image, settings, seller, what
):
    settings.WAHA_BASE_IMAGE = waha_image
    connection = connected(seller)
    with installation(engine) as gateways:
        settings.WAHA_NETWORK = gateways.names.deployment
        name = gateways.names.of(connection.pk)
        if what == "container":
            theirs = engine.client.containers.create(waha_image, name=name)
        else:
            theirs = engine.client.volumes.create(name)
        with pytest.raises(NameTaken):
            gateways.host.create(blueprint_of(connection))

        gateways.round()

        connection.refresh_from_db()
        theirs.reload()
        theirs.remove()
    assert connection.error == "name-taken"
