"""A stream as a client gets it: from the real server, over real HTTP."""

import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from urllib.parse import urlsplit

import httpx
import pytest
from django.db import connection, transaction

from accounts.models import User
from tests.factories import make_access_token, make_user
from tests.news.reading import blocks

pytestmark = [pytest.mark.flow, pytest.mark.django_db(transaction=True)]
PATIENCE_S = 30.0


@pytest.fixture
def web() -> Iterator[str]:
    """The web process, at the tests' own database."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    name = connection.settings_dict["NAME"]
    database = urlsplit(os.environ["DATABASE_URL"])._replace(path=f"/{name}")
    environment = {**os.environ, "DATABASE_URL": database.geturl(), "LOG_LEVEL": "WARNING"}
    command = (
        *(sys.executable, "-m", "granian", "--interface", "wsgi", "--blocking-threads", "4"),
        *("--host", "127.0.0.1", "--port", str(port), "cube_demper.wsgi:application"),
    )
    with subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL) as process:
        try:
            with httpx.Client(transport=httpx.HTTPTransport(retries=8)) as client:
                client.get(f"http://127.0.0.1:{port}/health/live", timeout=PATIENCE_S)
            yield f"http://127.0.0.1:{port}"
        finally:
            process.terminate()
            process.wait(timeout=PATIENCE_S)


@pytest.fixture
def seller():
    return make_user(email="seller@example.kz")


def follow(web, token, last_id=None):
    headers = {"Accept": "text/event-stream", "Authorization": f"Bearer {token}"}
    headers |= {"Last-Event-ID": last_id} if last_id else {}
    return httpx.stream("GET", f"{web}/events", headers=headers, timeout=PATIENCE_S)


def test_a_stream_tells_what_happens_goes_on_where_it_broke_off_and_ends_for_the_blocked(
    web, seller, told
):
    token = make_access_token(user=seller)
    # Two events arrive while somebody listens; the connection breaks after the first.
    with follow(web, token) as response:
        stream = blocks(response.iter_lines())
        begun = next(stream)
        with transaction.atomic():
            told(1, 2)
        first = next(stream)
    # One more happens while nobody does.
    with transaction.atomic():
        told(3)

    with follow(web, token, last_id=first["id"]) as response:
        stream = blocks(response.iter_lines())
        came = [next(stream), next(stream), next(stream)]
        User.objects.filter(pk=seller.pk).update(is_active=False)
        with transaction.atomic():
            told(4)
        after = list(stream)

    assert begun["retry"] == "3000"
    assert first["data"]["payload"] == {"price_tiyn": 1}
    assert [one["data"]["payload"]["price_tiyn"] for one in came[1:]] == [2, 3]
    assert after == []
