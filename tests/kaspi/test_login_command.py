"""`manage.py kaspi_login`, as an operator types it."""

import getpass
import io
import time
from datetime import timedelta
from threading import Thread

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError
from django.db import connection
from django.utils import timezone

from kaspi.models import Login, LoginState
from kaspi.services import logins, walks
from tests.factories import NOW, make_login
from tests.flows.patience import until
from tests.kaspi.clients.stand_ins import PASSWORD

LATE = NOW.replace(year=2099)


@pytest.fixture
def answers(monkeypatch):
    """What the person types, in order; an error is what a key like Ctrl-C does."""

    def type_in(*typed):
        waiting = iter(typed)

        def answer(*_):
            word = next(waiting)
            if isinstance(word, str):
                return word
            raise word

        monkeypatch.setattr("builtins.input", answer)
        monkeypatch.setattr(getpass, "getpass", answer)

    return type_in


def log_in(*words):
    out = io.StringIO()
    call_command("kaspi_login", *words, stdout=out)
    return out.getvalue().splitlines()


@pytest.mark.db
def test_nobody_is_logged_in_who_has_no_account_here(seller):
    with pytest.raises(CommandError, match="There is no seller"):
        log_in("nobody@example.kz", "+7 701 000 00 01")


@pytest.mark.db
@pytest.mark.parametrize(
    ("account", "sentence"),
    [("12345", "no Kazakh mobile number"), ("shop@", "shop@ is no e-mail address")],
)
def test_what_is_no_account_is_refused_before_anything_begins(seller, account, sentence):
    with pytest.raises(CommandError, match=sentence):
        log_in(seller.email, account)

    assert not Login.rows.exists()


@pytest.mark.db
@pytest.mark.parametrize("typed", ["", KeyboardInterrupt(), EOFError()], ids=repr)
def test_without_a_password_nothing_is_begun(seller, answers, typed):
    answers(typed)

    with pytest.raises(CommandError, match="Nothing was begun"):
        log_in(seller.email, "shop@example.kz")

    assert not Login.rows.exists()


@pytest.mark.db
def test_an_account_that_is_being_logged_in_to_is_refused_by_its_one_name(seller):
    make_login(user=seller, account="+77010000001", expires_at=LATE)

    with pytest.raises(CommandError, match="under way"):
        log_in(seller.email, "8 (701) 000-00-01")


@pytest.mark.db
def test_a_flood_is_told_with_its_end(seller):
    until_at = timezone.now() + timedelta(minutes=2)
    make_login(
        user=seller,
        account="+77010000001",
        state=LoginState.FAILED,
        reason="codes-flooded",
        retry_at=until_at,
    )

    with pytest.raises(CommandError, match=f"Not before {until_at:%H:%M:%S} UTC"):
        log_in(seller.email, "8 (701) 000-00-01")


@pytest.mark.db
def test_a_login_that_is_given_up_leaves_its_account_free(seller, broker, answers, monkeypatch):
    def walk_to_the_code(_):
        logins.ask(login=Login.rows.get(), state=LoginState.CODE_NEEDED)

    monkeypatch.setattr(time, "sleep", walk_to_the_code)
    answers(KeyboardInterrupt())

    with pytest.raises(CommandError, match="free for another login"):
        log_in(seller.email, "8 (701) 000-00-01")

    login = Login.rows.get()
    assert (login.state, login.reason) == (LoginState.FAILED, "login-expired")


@pytest.mark.flow
def test_a_slip_of_the_finger_costs_no_login(
    transactional_db, seller, marketplace, broker, answers
):
    def work():
        [login_id] = until(lambda: list(Login.rows.values_list("pk", flat=True)), bool)
        walks.walk_login(login_id=login_id, clock=timezone.now)
        connection.close()

    answers(PASSWORD, "12", "123456")
    worker = Thread(target=work)
    worker.start()

    lines = log_in(seller.email, "code@demo.kz")
    worker.join()

    [store] = seller.stores.all()
    assert lines == [
        "code@demo.kz is connected. It opens:",
        f"30700011  Кодовый магазин, store {store.pk} here",
    ]
