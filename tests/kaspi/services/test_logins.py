from datetime import timedelta

import pytest
from celery import Celery

from cube_demper.celery import app
from cube_demper.kernel.jobs import QueueUnavailable
from cube_demper.kernel.sealing import Secret
from kaspi.errors import CodesFlooded, LoginMissing, LoginNotAsking, LoginUnderWay, WrongPassword
from kaspi.models import Attention, Login, LoginState, SessionState
from kaspi.ports import Cookie, CookieJar
from kaspi.services import logins
from tests.factories import NOW, make_login, make_session, make_store

pytestmark = pytest.mark.db
EMAIL = "shop@example.kz"


def cookie(name, value, *, lasts=True):
    return Cookie(name, value, "idmc.shop.kaspi.kz", expires_at=2e9 if lasts else None)


def start(user, *, account=EMAIL, now=NOW):
    return logins.start_login(user=user, account=account, password="Kaspi-2026", now=now)


def test_a_login_is_ordered_after_commit_with_nothing_but_its_id(
    seller, broker, django_capture_on_commit_callbacks
):
    with django_capture_on_commit_callbacks(execute=True):
        login = start(seller)

    [order] = broker.take()
    assert (order.task, order.queue) == ("kaspi.walk_login", "default")
    assert order.arguments == {"login_id": str(login.pk)}


def test_the_password_lies_sealed_in_the_row(seller):
    login = start(seller)

    stored = Login.rows.extra(select={"raw": "password"}).values_list("raw", flat=True).get()
    assert "Kaspi-2026" not in stored
    login.refresh_from_db()
    assert login.password == Secret("Kaspi-2026")


def test_one_login_at_a_time_for_an_account_whoever_asks(seller, stranger):
    start(seller)

    with pytest.raises(LoginUnderWay):
        start(stranger, account=EMAIL)

    assert Login.rows.count() == 1


def test_a_login_that_ran_out_makes_room_for_the_next(seller):
    old = start(seller)

    start(seller, now=NOW + logins.LIFETIME)

    old.refresh_from_db()
    assert (old.state, old.reason) == (LoginState.FAILED, "login-expired")
    assert not old.password


def test_a_login_is_claimed_once_so_no_password_is_typed_twice(seller):
    login = start(seller)

    first = logins.claim_login(login_id=login.pk, now=NOW)
    second = logins.claim_login(login_id=login.pk, now=NOW)

    assert (first, second) == (login, None)


def test_a_login_whose_time_is_over_is_not_claimed(seller):
    login = start(seller)

    assert logins.claim_login(login_id=login.pk, now=NOW + logins.LIFETIME) is None


def test_a_code_is_handed_over_once_and_then_forgotten(seller):
    login = make_login(user=seller, state=LoginState.CODE_NEEDED)

    logins.enter_code(user=seller, login_id=login.pk, code="123456", now=NOW)

    assert logins.take_answer(login=login, now=NOW) == Secret("123456")
    assert logins.take_answer(login=login, now=NOW) is None


@pytest.mark.parametrize("state", [s for s in LoginState if s != LoginState.CODE_NEEDED])
def test_a_code_is_refused_when_nobody_asked_for_one(seller, state):
    login = make_login(user=seller, state=state)

    with pytest.raises(LoginNotAsking):
        logins.enter_code(user=seller, login_id=login.pk, code="123456", now=NOW)


def test_a_code_for_a_foreign_login_is_refused_and_nothing_is_written(seller, stranger):
    login = make_login(user=stranger, state=LoginState.CODE_NEEDED)

    with pytest.raises(LoginMissing):
        logins.enter_code(user=seller, login_id=login.pk, code="123456", now=NOW)

    login.refresh_from_db()
    assert (login.state, bool(login.answer)) == (LoginState.CODE_NEEDED, False)


def test_only_a_shop_that_was_offered_can_be_chosen(seller):
    choices = [{"merchant_id": "30000001", "name": "One"}, {"merchant_id": "30000002", "name": "2"}]
    login = make_login(user=seller, state=LoginState.CHOOSE_MERCHANT, choices=choices)

    with pytest.raises(LoginNotAsking):
        logins.choose_merchant(user=seller, login_id=login.pk, merchant_id="39999999", now=NOW)
    logins.choose_merchant(user=seller, login_id=login.pk, merchant_id="30000002", now=NOW)

    assert logins.take_answer(login=login, now=NOW) == Secret("30000002")


def test_a_walk_that_outlives_its_login_hears_so(seller):
    login = make_login(user=seller, expires_at=NOW)

    with pytest.raises(LoginNotAsking):
        logins.take_answer(login=login, now=NOW)


@pytest.mark.parametrize(
    ("error", "attention"),
    [
        (WrongPassword(), Attention.WRONG_PASSWORD),
        (CodesFlooded(retry_at=NOW + timedelta(seconds=130)), Attention.CODES_FLOODED),
    ],
    ids=["wrong password", "flood"],
)
def test_a_failed_login_says_why_on_itself_and_on_the_store_it_was_to_reopen(
    seller, error, attention
):
    session = make_session(user=seller, account=EMAIL, state=SessionState.NEEDS_REAUTH)
    store = make_store(user=seller, session=session)
    login = make_login(user=seller)

    logins.fail_login(login=login, error=error, now=NOW)

    login.refresh_from_db()
    store.refresh_from_db()
    assert (login.state, login.reason, login.retry_at) == (
        LoginState.FAILED,
        error.code,
        error.retry_at,
    )
    assert (store.attention, store.attention_until) == (attention, error.retry_at)
    assert not login.password


def test_a_failed_login_leaves_a_live_store_alone(seller):
    store = make_store(user=seller, session=make_session(user=seller, account=EMAIL))
    login = make_login(user=seller)

    logins.fail_login(login=login, error=WrongPassword(), now=NOW)

    store.refresh_from_db()
    assert store.attention == Attention.NONE


def test_the_next_walk_begins_with_what_a_failed_one_left(seller):
    old = CookieJar((cookie("MS_AUTH_DEVICE", "known"), cookie("mc-sid", "dead", lasts=False)))
    make_session(user=seller, account=EMAIL, jar=Secret(old.to_json()))
    for left in ("first", "second"):
        failed = make_login(user=seller, state=LoginState.FAILED)
        logins.keep_device(login=failed, jar=CookieJar((cookie("MS_AUTH_DEVICE", left),)))
    ended_badly = make_login(user=seller, state=LoginState.FAILED)
    logins.keep_device(login=ended_badly, jar=CookieJar())

    jar = logins.jar_for(make_login(user=seller))

    values = {one.name: one.value for one in jar.cookies}
    assert values == {"MS_AUTH_DEVICE": "second", "mc-sid": "dead"}
    assert Login.rows.exclude(device=Secret("")).count() == 1


def test_what_a_failed_walk_left_is_nobody_elses(seller, stranger):
    failed = make_login(user=seller, state=LoginState.FAILED)
    logins.keep_device(login=failed, jar=CookieJar((cookie("MS_AUTH_DEVICE", "known"),)))

    assert logins.jar_for(make_login(user=stranger)) == CookieJar()


def test_a_login_that_came_through_leaves_its_cookies_to_the_session_alone(seller):
    failed = make_login(user=seller, state=LoginState.FAILED)
    logins.keep_device(login=failed, jar=CookieJar((cookie("MS_AUTH_DEVICE", "known"),)))

    logins.close_connected(login=make_login(user=seller), now=NOW)

    failed.refresh_from_db()
    assert failed.device == Secret("")


@pytest.mark.django_db(transaction=True)
def test_a_login_that_could_not_be_ordered_may_be_started_again(seller):
    Celery("gone", broker="redis+socket:///nonexistent/valkey.sock").set_current()

    with pytest.raises(QueueUnavailable):
        start(seller)
    app.set_current()

    login = Login.rows.get()
    assert (login.state, login.reason) == (LoginState.FAILED, "queue-unavailable")
    assert start(seller).state == LoginState.WORKING
