"""A session renewed in a real browser before the sandbox: by whom, how often, and if one dies."""

from datetime import timedelta

import pytest
from django.utils import timezone

from cube_demper.kernel.sealing import Secret
from kaspi import runtime
from kaspi.models import Attention, Login, LoginState, Session, SessionState
from kaspi.ports import CookieJar
from kaspi.services import logins, sessions
from kaspi.services.renewals import renew_session
from tests.factories import NOW, make_store
from tests.flows.patience import until
from tests.kaspi.clients.stand_ins import PASSWORD, Sandbox
from tests.kaspi.services.renewing import a_worker

pytestmark = pytest.mark.flow

EMAIL, AIGERIM = "aigerim@demo.kz", "30112233"
HANGS_S = 20.0


@pytest.fixture(scope="module")
def marketplace():
    sandbox = Sandbox.start()
    yield sandbox
    sandbox.stop()


@pytest.fixture
def sandbox(marketplace, settings, chromium_path):
    """The sandbox with nothing broken, where this process's gateway looks for Kaspi."""
    settings.KASPI_IDENTITY_URL = marketplace.identity_url
    settings.KASPI_CABINET_URL = marketplace.cabinet_url
    settings.KASPI_SHOP_URL = marketplace.shop_url
    runtime.close()
    yield marketplace
    runtime.close()


@pytest.fixture
def ended(seller, sandbox, transactional_db):
    """End a session, of which Kaspi's sign-on may still live and a password may be kept."""

    def end(*, password="", keeps_sign_on=False):
        jar = sandbox.log_in(EMAIL)
        session = Session.rows.create(
            user=seller,
            account=EMAIL,
            jar=Secret(jar.to_json()),
            password=Secret(password),
            connected_at=NOW,
            renewed_at=NOW,
        )
        store = make_store(user=seller, session=session, merchant_id=AIGERIM, synced_at=NOW)
        sandbox.expire_sessions(merchant_id=AIGERIM, sso=not keeps_sign_on)
        sessions.end_session(ticket=sessions.ticket_for(store), now=timezone.now())
        sandbox.calm()
        return store

    return end


def renew(store, *, later=timedelta(0)):
    """Renew in this process, and return the store as it is then."""
    renew_session(session_id=store.session_id, clock=lambda: timezone.now() + later)
    return refreshed(store)


def refreshed(store):
    store.refresh_from_db()
    store.session.refresh_from_db()
    return store


def jar_of(store):
    return CookieJar.from_json(store.session.jar.reveal())


def sids(jar):
    return [cookie.value for cookie in jar.cookies if cookie.name == "mc-sid"]


@pytest.mark.parametrize(
    ("kept", "typed"),
    [({"password": PASSWORD}, [200]), ({"keeps_sign_on": True}, [])],
    ids=["by the kept password", "by the sign-on"],
)
def test_a_session_is_renewed_in_silence(ended, sandbox, kept, typed):
    store = ended(**kept)
    before = jar_of(store)

    renewed = renew(store)

    assert (renewed.session.state, renewed.attention) == (SessionState.LIVE, Attention.NONE)
    assert [one["status"] for one in sandbox.requests("login")] == typed
    assert sids(jar_of(renewed)) != sids(before)
    assert renewed.session.password == Secret(kept.get("password", ""))
    login = Login.rows.get()
    assert (login.state, login.is_renewal, bool(login.password)) == (
        LoginState.CONNECTED,
        True,
        False,
    )


def test_a_wrong_kept_password_is_typed_once_in_its_life(ended, sandbox):
    store = ended(password="Kaspi-2025")

    renew(store)
    again = renew(store, later=timedelta(hours=1))

    assert (again.session.state, again.attention) == (
        SessionState.NEEDS_REAUTH,
        Attention.WRONG_PASSWORD,
    )
    assert [one["status"] for one in sandbox.requests("login")] == [401]
    assert not again.session.password


def test_a_worker_killed_within_a_renewal_loses_nothing_and_the_next_one_renews(ended, sandbox):
    # Given a worker that is killed after Kaspi let it in and before it heard so.
    store = ended(password=PASSWORD)
    before = jar_of(store)
    sandbox.break_("login", "timeout", after=True, timeout_s=HANGS_S, count=1)
    with a_worker(session_id=store.session_id, sandbox=sandbox) as worker:
        worker.begin()
        until(sandbox.faults, lambda faults: faults == [])
        worker.kill()

    # When others try at once, and when its time is over.
    at_once = renew(store)
    kept = (at_once.session.state, jar_of(at_once), at_once.session.password)
    walks_at_once = Login.rows.count()
    logins.expire_logins(now=timezone.now() + logins.LIFETIME)
    renewed = renew(store, later=logins.LIFETIME)

    # Then nothing was lost meanwhile, nobody walked beside the dead one, and the next one renewed.
    assert kept == (SessionState.RENEWING, before, Secret(PASSWORD))
    assert walks_at_once == 1
    assert (renewed.session.state, renewed.attention) == (SessionState.LIVE, Attention.NONE)
    ends = Login.rows.order_by("started_at").values_list("state", "reason")
    assert [*ends] == [(LoginState.FAILED, "login-expired"), (LoginState.CONNECTED, "")]


def test_two_processes_renew_a_session_once(ended, sandbox):
    store = ended(password=PASSWORD)

    with (
        a_worker(session_id=store.session_id, sandbox=sandbox) as first,
        a_worker(session_id=store.session_id, sandbox=sandbox) as second,
    ):
        for worker in (first, second):
            worker.begin()
        logged = [worker.end() for worker in (first, second)]

    renewed = refreshed(store)
    assert renewed.session.state == SessionState.LIVE
    assert [one["status"] for one in sandbox.requests("login")] == [200]
    assert Login.rows.count() == 1
    assert sum("kaspi.session.renewed" in lines for lines in logged) == 1
