"""A seller's first day, through HTTP and the mailbox only."""

import re
import secrets

import httpx
import pytest

from tests.flows.house import House
from tests.flows.patience import until
from tests.flows.seller import PASSWORD, client_of, log_in
from tests.flows.shelf import STEP, Shelf


def mailed(house: House, page: str, *, after: int) -> str:
    """The newest token that was mailed for this page of the front end since that line."""
    link = re.compile(rf"/{page}#token=([\w-]+)")
    found = until(lambda: link.findall("\n".join(house.lines[after:])), bool)
    token: str = found[-1]
    return token


def come_in(house: House, email: str) -> None:
    """Register, and prove the address by the mail that came."""
    mark = len(house.lines)
    with client_of(house.web_url) as anyone:
        account = {"email": email, "password": PASSWORD}
        registered = anyone.post("/auth/register", json=account)
        token = mailed(house, "verify-email", after=mark)
        proved = anyone.post("/auth/email/verify", json={"token": token})
    assert (registered.status_code, registered.content) == (202, b"")
    assert (proved.status_code, proved.json()["email"]) == (200, email)


@pytest.fixture
def emails() -> tuple[str, str]:
    """Two addresses that nobody had before."""
    return f"{secrets.token_hex(4)}@example.kz", f"{secrets.token_hex(4)}@example.kz"


def test_a_sellers_first_day(house, market, emails):
    # Given a seller who registered, and connected the shop by the marketplace's own pages.
    email, helper_email = emails
    come_in(house, email)
    seller = log_in(house.web_url, email=email, password=PASSWORD)
    walked = seller.log_in_at_kaspi("seller9@sandbox.kz")
    store = until(seller.store, lambda one: one["synced_at"] is not None)
    shelf = Shelf(seller=seller, market=market, merchant_id=store["merchant_id"])

    # When a product gets a corridor and a rival moves, a helper is invited, and the store rests.
    article = shelf.take()
    article.move_rival(article.lowest - 31)
    decision = article.until_priced(article.lowest - 31 - STEP)
    mark = len(house.lines)
    seller.post("/auth/team", {"email": helper_email, "role": "viewer"})
    invitation = mailed(house, "join-team", after=mark)
    come_in(house, helper_email)
    helper = log_in(house.web_url, email=helper_email, password=PASSWORD)
    joined = helper.http.post("/auth/team/accept", json={"token": invitation})
    me = {"X-Seller": str(seller.get("/auth/me")["id"])}
    path = f"/products/{article.product_id}"
    seen = helper.http.get(path, headers=me)
    touched = helper.http.patch(path, json={"is_paused": True}, headers=me)
    rested = seller.patch(f"/kaspi/stores/{store['id']}", {"is_paused": True})

    # Then the price followed, the helper saw it and changed nothing, and it is known who did what.
    assert walked["state"] == "connected"
    assert (decision["reason"], decision["change"]["state"]) == ("undercut", "applied")
    assert joined.status_code == httpx.codes.OK
    assert (seen.status_code, seen.json()["id"]) == (httpx.codes.OK, article.product_id)
    assert (touched.status_code, touched.json()["code"]) == (403, "role-too-low")
    assert (rested["is_paused"], seller.store()["is_paused"]) == (True, True)
    audited = seller.get("/audit")["results"]
    assert {one["actor_email"] for one in audited if one["actor_email"]} == {email, helper_email}
    for one in (seller, helper):
        one.http.close()
