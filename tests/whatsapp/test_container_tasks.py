"""The doors of the queue ``containers``, where no engine answers."""

import pytest

from tests.whatsapp.connecting import make_connection
from whatsapp import tasks
from whatsapp.models import Phase

pytestmark = pytest.mark.db


@pytest.fixture
def waiting(seller, settings, tmp_path, broker):
    settings.WAHA_LAYOUT = "containers"
    settings.WAHA_DOCKER_URL = f"unix://{tmp_path}/none"
    settings.WAHA_IDLE_HOURS = 0  # rows of tests are from another year
    return make_connection(user=seller, phase=Phase.WAITING)


def test_a_round_says_that_there_is_no_engine(waiting):
    tasks.reconcile()

    waiting.refresh_from_db()
    assert (waiting.phase, waiting.error) == (Phase.FAILED, "engine-gone")


def test_who_listened_in_vain_is_not_sent_again(
    waiting, broker, django_capture_on_commit_callbacks
):
    with django_capture_on_commit_callbacks(execute=True):
        tasks.hear_engine(since=None)
        tasks.hear_engine(since=1.0)

    assert broker.take() == []


def test_an_image_that_nobody_can_fetch_is_asked_for_again_later(waiting, broker):
    tasks.fetch_image()

    assert broker.take() == []


def test_a_gateway_that_does_not_stand_is_not_waited_for(waiting):
    tasks.greet(connection_id=str(waiting.pk))

    waiting.refresh_from_db()
    assert waiting.phase == Phase.WAITING
