from datetime import timedelta

import pytest

from cube_demper.kernel.sealing import Secret
from kaspi.errors import BrowserGone, CodeRequired, SessionDead, WalledOff, WrongPassword
from kaspi.models import Attention, Login, LoginState, Session, SessionState
from kaspi.services import logins, renewals, sessions
from kaspi.signals import login_needed
from tests.factories import NOW, make_login, make_session, make_store

pytestmark = pytest.mark.db
LATER = NOW + timedelta(minutes=30)


@pytest.fixture
def told():
    """Everybody who was told to log in."""
    heard = []

    def hear(**news):
        heard.append((news["session_id"], news["user_id"], news["reason"]))

    login_needed.connect(hear)
    yield heard
    login_needed.disconnect(hear)


@pytest.fixture
def store(seller):
    return make_store(user=seller, session=ended(seller))


def ended(user, **fields):
    return make_session(
        user=user,
        **{"state": SessionState.RENEWING, "renew_at": NOW, "password": Secret("p"), **fields},
    )


def begun(store, *, now=NOW):
    """Begin the renewal of this store's session, and have its login."""
    login = renewals.begin_renewal(session_id=store.session_id, now=now)
    assert login is not None
    return login


def judged(session, error, *, renewals_begun=1):
    """Judge a renewal that failed so."""
    Session.rows.filter(pk=session.pk).update(renewals=renewals_begun)
    session.refresh_from_db()
    login = make_login(user=session.user, is_renewal=True)
    logins.fail_login(login=login, error=error, now=NOW)
    login.refresh_from_db()
    renewals.judge_renewal(session=session, login=login, now=NOW)
    session.refresh_from_db()


def test_two_who_notice_an_end_order_one_renewal(
    seller, broker, django_capture_on_commit_callbacks
):
    ticket = sessions.ticket_for(make_store(user=seller))

    with django_capture_on_commit_callbacks(execute=True):
        for _ in range(2):
            sessions.end_session(ticket=ticket, now=NOW)
        renewals.order_renewals(now=NOW)

    [order] = broker.take()
    assert (order.task, order.queue) == ("kaspi.renew_session", "default")
    assert order.arguments == {"session_id": ticket.session_id}


def test_a_renewal_is_begun_once_however_often_it_is_ordered(store):
    first = renewals.begin_renewal(session_id=store.session_id, now=NOW)
    second = renewals.begin_renewal(session_id=store.session_id, now=NOW)

    assert first is not None
    assert (first.is_renewal, first.password, second) == (True, Secret("p"), None)


def test_a_renewal_waits_while_somebody_else_logs_in_to_the_account(store, stranger):
    make_login(user=stranger)

    waiting = renewals.begin_renewal(session_id=store.session_id, now=NOW)

    store.session.refresh_from_db()
    assert (waiting, store.session.renewals, store.session.renew_at) == (None, 0, NOW)


def test_a_renewal_waits_until_kaspi_sends_codes_to_its_account_again(store, stranger):
    make_login(user=stranger, state=LoginState.FAILED, reason="codes-flooded", retry_at=LATER)

    waiting = renewals.begin_renewal(session_id=store.session_id, now=NOW)

    store.session.refresh_from_db()
    assert (waiting, store.session.renewals, store.session.renew_at) == (None, 0, LATER)


def test_a_renewal_whose_worker_was_killed_is_begun_again(store):
    first = begun(store)
    later = NOW + logins.LIFETIME

    logins.expire_logins(now=later)
    second = begun(store, now=later)

    first.refresh_from_db()
    assert (first.reason, second.state) == ("login-expired", LoginState.WORKING)


def test_a_refused_password_is_not_typed_again_though_the_worker_died_on_it(store, told):
    login = begun(store)
    logins.fail_login(login=login, error=WrongPassword(), now=NOW)

    again = renewals.begin_renewal(session_id=store.session_id, now=LATER)

    store.session.refresh_from_db()
    assert again is None
    assert (store.session.state, store.session.password) == (
        SessionState.NEEDS_REAUTH,
        Secret(""),
    )
    assert told == [(store.session_id, store.user_id, "wrong-password")]


@pytest.mark.parametrize(
    ("error", "attention", "password"),
    [
        (WrongPassword(), Attention.WRONG_PASSWORD, Secret("")),
        (CodeRequired(), Attention.CODE_NEEDED, Secret("p")),
        (SessionDead(), Attention.SESSION_DEAD, Secret("p")),
    ],
    ids=["wrong password", "code", "no sign-on"],
)
def test_a_renewal_that_needs_a_person_tells_its_seller_once(
    store, stranger, told, error, attention, password
):
    other = make_store(user=stranger)

    judged(store.session, error)
    sessions.need_login(session=store.session, reason=error.code, retry_at=None, now=LATER)

    store.refresh_from_db()
    other.refresh_from_db()
    session = store.session
    assert (session.state, session.reason) == (SessionState.NEEDS_REAUTH, error.code)
    assert (session.password, session.told_at) == (password, NOW)
    assert (store.attention, other.attention) == (attention, Attention.NONE)
    assert told == [(session.pk, store.user_id, error.code)]


@pytest.mark.parametrize(
    ("error", "again_at"),
    [
        (BrowserGone(), NOW + timedelta(minutes=1)),
        (WalledOff(retry_at=LATER), LATER),
    ],
    ids=["browser", "wall"],
)
def test_a_walk_that_got_nowhere_says_nothing_of_the_session(store, told, error, again_at):
    judged(store.session, error)

    assert (store.session.state, store.session.renew_at) == (SessionState.RENEWING, again_at)
    assert told == []


def test_walks_that_get_nowhere_again_and_again_end_with_the_seller(store, told):
    judged(store.session, BrowserGone(), renewals_begun=renewals.MOST_WALKS)

    assert store.session.state == SessionState.NEEDS_REAUTH
    assert told == [(store.session_id, store.user_id, "browser-gone")]


def test_a_password_is_forgotten_when_its_seller_says_so(store, seller):
    login = begun(store)

    sessions.forget_password(user=seller, store_id=store.pk, now=NOW)

    store.session.refresh_from_db()
    login.refresh_from_db()
    assert (store.session.password, login.keeps_password) == (Secret(""), False)


def test_a_failed_login_by_hand_leaves_the_renewal_its_turn(store, seller):
    login = make_login(user=seller)

    logins.fail_login(login=login, error=WrongPassword(), now=NOW)

    store.session.refresh_from_db()
    assert (store.session.state, store.session.renew_at) == (SessionState.RENEWING, NOW)
    assert Login.rows.get().state == LoginState.FAILED
