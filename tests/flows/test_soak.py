"""Rivals move, and one request in twenty goes wrong: what must never happen, does not.

Half a minute in the suite; ``SOAK_S=600 pytest tests/flows/test_soak.py`` for the ten minutes.
"""

import os
import random
import re
import time
from collections import defaultdict
from dataclasses import dataclass
from typing import Any

import pytest

from tests.flows.market import Document, Market, all_but_the_price, doubled
from tests.flows.patience import until
from tests.flows.shelf import DEMO_MERCHANTS, STEP, Article

SOAK_S = float(os.environ.get("SOAK_S", "30"))
MOVE_EVERY_S = 1.0
LOST_BY_S = 240.0  # what went out and is nowhere to be seen is called lost after two minutes
pytestmark = pytest.mark.timeout(SOAK_S + 4 * LOST_BY_S)
ARTICLES = 4
BAN_S = 3
SHARE = 0.05
# What ends a session is left out: only a person, or a stored password, could go on after it.
FAULTS: list[tuple[str, str, Document]] = [
    ("*", "500", {}),
    ("*", "503", {}),
    ("*", "reset", {}),
    ("*", "timeout", {"timeout_s": 1}),
    ("*", "cut", {}),
    ("*", "slow", {"timeout_s": 1}),
    ("*", "truncated", {}),
    ("*", "empty", {}),
    ("*", "bom", {}),
    ("*", "zstd", {}),
    ("*", "floats", {}),
    ("*", "renamed", {}),
    ("list", "duplicates", {}),
    ("list", "drift", {}),
    ("offers", "403html", {"retry_after_s": 1}),
    ("push", "429", {"retry_after_s": BAN_S}),
    ("push", "reset", {"after": True}),
    ("push", "timeout", {"after": True, "timeout_s": 1}),
    ("push", "500", {"after": True}),
]
_PUSH = re.compile(r"push (\d+) (\S+) (\d+) tenge")
_BANNED = 429


@dataclass(frozen=True, slots=True)
class Soaked:
    """What was seen: every request, every accepted price, and the listings before and after."""

    requests: list[Document]
    accepted: dict[tuple[str, str], list[int]]
    before: dict[str, Document]
    after: dict[str, Document]
    wanted: dict[int, int]
    shown: dict[int, int]
    faults: set[str]


def stated(market: Market, merchants: set[str]) -> dict[str, Document]:
    """What is stated of every listing besides its price and what is under way."""
    return {
        f"{merchant} {one['sku']}": {**all_but_the_price(one), "pending": None}
        for merchant in sorted(merchants)
        for one in market.listings(merchant)
    }


def stir(articles: list[Article], dice: random.Random) -> None:
    """Move one rival after another until the time is up."""
    ends_at = time.monotonic() + SOAK_S
    while time.monotonic() < ends_at:
        article = dice.choice(articles)
        article.move_rival(dice.randint(article.floor + 2 * STEP, article.lowest))
        time.sleep(MOVE_EVERY_S)  # the pace of the rivals; nothing is waited for


def order_faults(market: Market) -> None:
    for endpoint, kind, more in FAULTS:
        of_its_own = [one for one in FAULTS if one[0] in {endpoint, "*"}]
        market.order_fault(endpoint, kind, probability=SHARE / len(of_its_own), **more)


@pytest.fixture(scope="module")
def soaked(house: Any, market: Market, shelf: Any) -> Soaked:
    dice = random.Random(21)
    articles = [shelf.take() for _ in range(ARTICLES)]
    # The rivals here move further at once than a seller would follow without being asked.
    articles[0].seller.patch("/products/rules", {"leap_percent": 1000})
    for article in articles:
        article.until_settled()
    merchants = {articles[0].merchant_id, *DEMO_MERCHANTS}
    before, since, mark = stated(market, merchants), market.now(), len(house.lines)

    order_faults(market)
    try:
        stir(articles, dice)
    finally:
        market.clear_faults()

    wanted = {}
    for number, article in enumerate(articles):
        wanted[article.product_id] = article.lowest - 100 - number - STEP
        article.move_rival(article.lowest - 100 - number)
    for article in articles:
        article.until_priced(wanted[article.product_id], patience_s=LOST_BY_S)
    requests = [
        one
        for endpoint in ("list", "details", "push", "batch", "protocol", "merchants", "offers")
        for one in market.requests(endpoint, since=since)
    ]
    return Soaked(
        requests=requests,
        accepted=accepted(house.lines[mark:]),
        before=before,
        after=stated(market, merchants),
        wanted=wanted,
        shown={one.product_id: one.listing()["price"] for one in articles},
        faults={one["fault"] for one in requests if one["fault"]},
    )


def accepted(lines: list[str]) -> dict[tuple[str, str], list[int]]:
    prices = defaultdict(list)
    for line in lines:
        if "| push " in line and (push := _PUSH.search(line)):
            merchant_id, sku, price = push.groups()
            prices[merchant_id, sku].append(int(price))
    return prices


def test_much_went_wrong(soaked: Soaked) -> None:
    struck = sum(1 for one in soaked.requests if one["fault"])

    assert struck > SOAK_S / 10
    assert len(soaked.faults) > 1


def test_no_session_was_used_for_another_sellers_shop(soaked: Soaked) -> None:
    with_session = [one for one in soaked.requests if one["session_merchant_ids"]]
    crossed = [
        one
        for one in with_session
        if one["merchant_id"] is not None and one["merchant_id"] not in one["session_merchant_ids"]
    ]

    assert len(with_session) > 1
    assert crossed == []


def test_every_last_price_came_through(soaked: Soaked) -> None:
    assert soaked.shown == soaked.wanted


def test_no_accepted_price_was_sent_twice_in_a_row(soaked: Soaked) -> None:
    twice = {offer: doubled(prices) for offer, prices in soaked.accepted.items()}

    assert soaked.accepted
    assert {offer: prices for offer, prices in twice.items() if prices} == {}


def test_no_push_was_sent_into_a_ban(soaked: Soaked) -> None:
    pushes = [one for one in soaked.requests if one["endpoint"] in {"push", "batch"}]
    bans = [one for one in pushes if one["status"] == _BANNED]

    into = [
        (ban["seq"], push["seq"])
        for ban in bans
        for push in pushes
        if push["merchant_id"] == ban["merchant_id"]
        and ban["time"] < push["time"] < ban["time"] + BAN_S
    ]
    assert into == []


def test_nothing_but_prices_changed_on_any_listing(soaked: Soaked) -> None:
    assert len(soaked.before) > ARTICLES
    assert soaked.after == soaked.before


def test_no_change_stays_open_when_all_is_well_again(soaked: Soaked, ledger: Any) -> None:
    then = {change["id"] for change in ledger.open_changes()}

    left = until(
        lambda: then & {change["id"] for change in ledger.open_changes()},
        lambda some: not some,
        patience_s=LOST_BY_S,
    )

    assert left == set()
