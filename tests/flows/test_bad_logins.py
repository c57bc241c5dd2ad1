"""Logins that do not come through: what the seller is told, and what the marketplace saw."""

from datetime import UTC, datetime

import pytest
from cryptography.fernet import Fernet
from redis import Redis

from cube_demper.kernel.limiting.desk import Desk
from kaspi.ports import CookieJar
from tests.flows.patience import until
from tests.flows.seller import AT_KASPI

CODE, WRONG = "123456", "Kaspi-2031"


@pytest.fixture
def wall_taken_down(house):
    """Let nobody after this wait for the end of a wall's ten seconds."""
    yield
    with Redis.from_url(house.address_of("REDIS_URL")) as redis:
        Desk(redis).lift("kaspi:cabinet:direct")


@pytest.mark.usefixtures("wall_taken_down")
@pytest.mark.parametrize(
    ("email", "password", "reason", "detail"),
    [
        ("seller3@sandbox.kz", "Kaspi-2025", "wrong-password", "password"),
        ("nobody@demo.kz", AT_KASPI, "no-merchant", "no shop"),
        ("wall@demo.kz", AT_KASPI, "walled-off", "address"),
    ],
)
def test_a_failed_login_says_why_and_what_to_do(newcomer, email, password, reason, detail):
    login = newcomer.log_in_at_kaspi(email, password=password)

    assert (login["state"], login["reason"]) == ("failed", reason)
    assert detail in login["detail"]
    assert newcomer.get("/kaspi/stores")["results"] == []


def test_a_flooded_login_says_when_to_come_back_and_is_not_tried_before(newcomer):
    login = newcomer.log_in_at_kaspi("flood@demo.kz")
    again = newcomer.http.post("/kaspi/auth", json={"email": "flood@demo.kz", "password": AT_KASPI})

    assert (login["state"], login["reason"]) == ("failed", "codes-flooded")
    assert datetime.fromisoformat(login["retry_at"]) > datetime.now(UTC)
    assert (again.status_code, again.json()["code"]) == (503, "codes-flooded")


def test_a_wrong_password_is_typed_exactly_once(newcomer, market):
    before = market.now()

    newcomer.log_in_at_kaspi("seller3@sandbox.kz", password="Kaspi-2025")

    assert [one["status"] for one in market.requests("login", since=before)] == [401]


def test_a_code_lets_the_login_through_though_web_was_killed_meanwhile(newcomer, house):
    login = newcomer.log_in_at_kaspi("code@demo.kz")
    house.kill("web")
    newcomer.post(f"/kaspi/auth/{login['id']}/code", {"code": CODE})

    ended = newcomer.follow_login(login["id"])

    assert login["state"] == "code_needed"
    assert (ended["state"], ended["reason"]) == ("connected", "")
    assert newcomer.store()["is_connected"] is True


def test_a_login_to_two_shops_opens_both_once_one_is_chosen(newcomer):
    login = newcomer.log_in_at_kaspi("two@demo.kz")
    chosen = login["choices"][1]
    newcomer.post(f"/kaspi/auth/{login['id']}/merchant", {"merchant_id": chosen["merchant_id"]})

    ended = newcomer.follow_login(login["id"])

    assert login["state"] == "choose_merchant"
    assert ended["state"] == "connected"
    stores = newcomer.get("/kaspi/stores")["results"]
    assert {store["merchant_id"] for store in stores} == {
        choice["merchant_id"] for choice in login["choices"]
    }


def test_a_kept_password_brings_an_ended_session_back_and_nobody_is_asked(newcomer, market):
    newcomer.log_in_at_kaspi("seller4@sandbox.kz", keep_password=True)
    store = until(newcomer.store, lambda store: store["synced_at"] is not None)
    market.expire(store["merchant_id"])
    before = market.now()

    newcomer.post("/kaspi/stores/sync", {"store_id": store["id"]})
    until(lambda: market.requests("login", since=before), bool)
    renewed = until(newcomer.store, lambda store: store["attention"] == "")

    assert (renewed["session_state"], renewed["keeps_password"]) == ("live", True)
    assert [one["status"] for one in market.requests("login", since=before)] == [200]


def test_no_process_of_the_house_says_what_was_typed_or_any_cookie(newcomer, house, ledger):
    login = newcomer.post("/kaspi/auth", {"phone": "+77010000001"})
    newcomer.follow_login(login["id"])
    newcomer.post(f"/kaspi/auth/{login['id']}/code", {"code": CODE})
    ended = newcomer.follow_login(login["id"])
    newcomer.log_in_at_kaspi("seller6@sandbox.kz", password=WRONG)

    key = Fernet(house.address_of("ENCRYPTION_KEY"))
    jars = [CookieJar.from_json(key.decrypt(jar.encode()).decode()) for jar in ledger.jars()]
    typed = {AT_KASPI, WRONG, f'"{CODE}"', f"'{CODE}'", f"={CODE}"}
    cookies = {one.value for jar in jars for one in jar.cookies if len(one.value) > len(CODE)}
    said = "\n".join(line for line in house.lines if " | " in line)

    assert ended["state"] == "connected"
    assert len(cookies) > 3
    assert "kaspi.login.connected" in said
    assert [secret for secret in typed | cookies if secret in said] == []


def test_a_store_whose_session_ended_says_so_and_then_that_the_password_is_wrong(newcomer, market):
    # Given a connected store whose session the marketplace has ended.
    newcomer.log_in_at_kaspi("seller2@sandbox.kz")
    store = until(newcomer.store, lambda store: store["synced_at"] is not None)
    market.expire(store["merchant_id"])

    # When the session is used, and then the seller logs in with an old password.
    ordered = newcomer.post("/kaspi/stores/sync", {"store_id": store["id"]})
    job = newcomer.follow_sync(ordered["id"])
    dead = until(newcomer.store, lambda store: store["attention"] not in {"", "renewing"})
    before = market.now()
    newcomer.log_in_at_kaspi("seller2@sandbox.kz", password="Kaspi-2025")

    # Then the store says what a person can do, and nobody tried again meanwhile.
    refused = newcomer.store()
    assert (job["state"], job["reason"]) == ("failed", "session-dead")
    assert (dead["is_connected"], dead["attention"]) == (False, "session-dead")
    assert (refused["is_connected"], refused["attention"]) == (False, "wrong-password")
    assert "log in" in refused["attention_detail"]
    assert [one["status"] for one in market.requests("login", since=before)] == [401]
