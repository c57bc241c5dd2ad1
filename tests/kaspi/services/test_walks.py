"""A login's walk whose browser is lost while it waits for a person."""

import signal
from threading import Thread

import pytest
from django.db import connection
from django.utils import timezone

from kaspi.models import Login, LoginState
from kaspi.services import logins, walks
from tests.flows.patience import until
from tests.kaspi.clients.processes import signal_browsers
from tests.kaspi.clients.stand_ins import PASSWORD

pytestmark = pytest.mark.flow

EMAIL = "code@demo.kz"


def state_of(login):
    login.refresh_from_db()
    return login.state


def test_a_login_ends_with_its_browser_and_the_next_may_begin(
    transactional_db, seller, marketplace, broker
):
    def start():
        return logins.start_login(user=seller, account=EMAIL, password=PASSWORD, now=timezone.now())

    def walk():
        walks.walk_login(login_id=login.pk, clock=timezone.now)
        connection.close()

    login = start()
    worker = Thread(target=walk)
    worker.start()
    until(lambda: state_of(login), lambda state: state == LoginState.CODE_NEEDED)

    signal_browsers(signal.SIGKILL)
    worker.join()

    assert (state_of(login), login.reason) == (LoginState.FAILED, "browser-gone")
    assert login.detail == "The browser that held the login is gone: start again."
    assert start().state == LoginState.WORKING
    assert Login.rows.count() == 2
