"""What is typed at Kaspi and what Kaspi gives for it is nowhere but under its seal."""

import logging
import re
from threading import Thread

import pytest
from django.db import connection
from django.utils import timezone

from cube_demper.kernel.sealing import Secret
from kaspi.models import Login, LoginState, OrdersAccess, OrdersState, Session
from kaspi.ports import CookieJar
from kaspi.services import orders_access, orders_reading, sessions, walks
from kaspi.services.renewals import renew_session
from tests.flows.patience import until
from tests.kaspi.clients.stand_ins import PASSWORD

pytestmark = pytest.mark.flow

EMAIL, CODE = "code@demo.kz", "123456"
THE_CODE = re.compile(rf"(?<![\w.]){CODE}(?!\w)")  # not six digits of an id or of a moment
WRONG = "Zhasyryn-2031"
TOKEN = "a-token-that-kaspi-has-never-seen"


class Person:
    """A seller at the API, beside the worker that walks; every answer is remembered."""

    def __init__(self, api):
        self._api = api
        self.answers = []

    def ask(self, method, path, body=None):
        answer = getattr(self._api, method)(path, body, format="json")
        self.answers.append(f"{answer.headers}{answer.content.decode()}")
        return answer.json() if answer.content else None

    def log_in(self, *, password=PASSWORD, code=CODE):
        """Log in, entering a code where one is asked for, and return how it ended."""
        begun = self.ask(
            "post", "/kaspi/auth", {"email": EMAIL, "password": password, "keep_password": True}
        )
        worker = Thread(target=_walk, args=(begun["id"],))
        worker.start()
        path = f"/kaspi/auth/{begun['id']}"
        asked = until(lambda: self.ask("get", path), lambda login: login["state"] != "working")
        if asked["state"] == "code_needed":
            self.ask("post", f"{path}/code", {"code": code})
        worker.join()
        return self.ask("get", path)["state"]


def _walk(login_id):
    walks.walk_login(login_id=login_id, clock=timezone.now)
    connection.close()


def cookies_of(text):
    """The values that open something: flags and empty ones would be found everywhere."""
    return {one.value for one in CookieJar.from_json(text).cookies if len(one.value) > len(CODE)}


def at_rest():
    """Everything of ours that lies in the database, as it lies there."""
    with connection.cursor() as cursor:
        for model in (Login, Session, OrdersAccess):
            cursor.execute(f"SELECT * FROM {model._meta.db_table}")  # noqa: S608 -- our names
            yield str(cursor.fetchall())


def test_no_secret_of_a_login_is_ever_logged_answered_queued_or_stored_openly(
    transactional_db, seller, api, admin_site, marketplace, broker, caplog, capfd
):
    # Given a seller who is refused, comes in by a code, is renewed, and has a token refused.
    person = Person(api)
    secrets = {PASSWORD, WRONG, TOKEN}
    with caplog.at_level(logging.DEBUG):
        ends = [person.log_in(password=WRONG), person.log_in(code="000000"), person.log_in()]
        session = Session.rows.get()
        secrets |= cookies_of(session.jar.reveal())
        [store] = seller.stores.all()
        marketplace.expire_sessions(merchant_id=store.merchant_id, sso=True)
        marketplace.break_("callback", "500", count=1)
        sessions.end_session(ticket=sessions.ticket_for(store), now=timezone.now())
        renew_session(session_id=session.pk, clock=timezone.now)
        left = Login.rows.exclude(device=Secret("")).get()
        secrets |= cookies_of(left.device.reveal())
        Session.rows.update(renew_at=timezone.now())
        renew_session(session_id=session.pk, clock=timezone.now)
        session.refresh_from_db()
        secrets |= cookies_of(session.jar.reveal())
        orders_access.set_token(user=seller, store_id=store.pk, token=TOKEN, now=timezone.now())
        orders_reading.read_store(store_id=store.pk, clock=timezone.now)

    # When everything that anybody could read is put together.
    for path in ("/kaspi/stores", f"/kaspi/stores/{store.pk}/orders-token"):
        person.ask("get", path)
    pages = [admin_site.get(f"/admin/kaspi/{one}/") for one in ("login", "session", "store")]
    pages += [
        admin_site.get(f"/admin/kaspi/{row._meta.model_name}/{row.pk}/change/")
        for row in (session, store, *Login.rows.all())
    ]
    printed = capfd.readouterr()
    read = {
        "log": f"{caplog.text}{[vars(record) for record in caplog.records]}",
        "terminal": f"{printed.out}{printed.err}",
        "answers": "".join(person.answers),
        "admin": "".join(page.content.decode() for page in pages),
        "queues": str(broker.take()),
        "rows": "".join(at_rest()),
    }

    # Then it tells what happened, and no secret of it.
    assert ends == ["failed", "failed", "connected"]
    assert session.state == "LIVE"
    assert OrdersAccess.rows.get().state == OrdersState.REFUSED
    assert Login.rows.filter(state=LoginState.CONNECTED).count() == 2
    assert len(secrets) > 8
    assert "kaspi.session.renewed" in read["log"]
    assert {page.status_code for page in pages} == {200}
    leaks = [(where, one) for where, text in read.items() for one in secrets if one in text]
    assert leaks == []
    assert [where for where, text in read.items() if THE_CODE.search(text)] == []
