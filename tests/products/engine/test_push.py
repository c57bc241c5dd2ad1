import asyncio

import pytest

from cube_demper.kernel.money import Money
from kaspi.errors import (
    KaspiUnavailable,
    PushBanned,
    PushRejected,
    PushUnanswered,
    RequestRefused,
    SessionDead,
)
from kaspi.ports import Cookie, CookieJar
from products.engine.model import Postponed, Refused, Sent, Shown, Unanswered, Unread
from products.engine.push import push_all, read_back_all
from tests.products.engine.fakes import FakeCabinet, a_listing, an_order, opening

pytestmark = pytest.mark.unit


def push(orders, cabinets):
    return asyncio.run(push_all(orders, open_cabinet=opening(cabinets), batch_s=5.0))


def read_back(orders, cabinets):
    return asyncio.run(read_back_all(orders, open_cabinet=opening(cabinets), batch_s=5.0))


def test_a_change_is_read_sent_and_answered_with_kaspis_job():
    cabinet = FakeCabinet([a_listing(price=1300)])

    report = push([an_order(7, price=1199)], {1: cabinet})

    assert report.outcomes == (Sent(7, "job-1"),)
    assert cabinet.pushed == [("CHAIR-77", Money.tenge(1199))]


def test_a_price_outside_the_corridor_is_stopped_at_the_gate():
    cabinet = FakeCabinet([a_listing(price=1300)])

    report = push([an_order(7, price=899)], {1: cabinet})

    assert report.outcomes == (Refused(7, "outside-corridor"),)
    assert cabinet.pushed == []


def test_a_price_that_kaspi_shows_already_is_not_sent_again():
    cabinet = FakeCabinet([a_listing(price=1199)])

    report = push([an_order(7, price=1199)], {1: cabinet})

    assert report.outcomes == (Shown(7, Money.tenge(1199), is_settled=True),)
    assert cabinet.pushed == []


def test_nothing_is_sent_while_kaspi_still_applies_an_earlier_change():
    cabinet = FakeCabinet([a_listing(price=1300, is_settled=False)])

    report = push([an_order(7)], {1: cabinet})

    assert report.outcomes == (Postponed(7, "listing-unsettled", wait_s=5),)
    assert cabinet.pushed == []


@pytest.mark.parametrize(
    ("trouble", "outcome"),
    [
        pytest.param(PushUnanswered(), Unanswered(7, "push-unanswered"), id="no answer"),
        pytest.param(PushRejected(), Refused(7, "push-rejected"), id="malformed"),
        pytest.param(SessionDead(), Postponed(7, "session-dead", None), id="session dead"),
    ],
)
def test_trouble_while_sending_becomes_an_outcome(trouble, outcome):
    cabinet = FakeCabinet([a_listing()], on_push=trouble)

    report = push([an_order(7)], {1: cabinet})

    assert report.outcomes == (outcome,)


def test_a_ban_says_how_long_it_lasts():
    cabinet = FakeCabinet([a_listing()], on_push=PushBanned(wait_s=1800))

    [outcome] = push([an_order(7)], {1: cabinet}).outcomes

    assert (outcome.code, round(outcome.wait_s, -1)) == ("pushes-banned", 1800)


def test_a_listing_that_is_gone_is_refused():
    report = push([an_order(7, sku="GONE")], {1: FakeCabinet([])})

    assert report.outcomes == (Refused(7, "listing-missing"),)


def test_the_trouble_of_one_store_leaves_the_others_alone():
    cabinets = {
        1: FakeCabinet([a_listing()], on_read=SessionDead()),
        2: FakeCabinet([a_listing()]),
    }

    report = push([an_order(1, store_id=1), an_order(2, store_id=2)], cabinets)

    assert report.outcomes == (Postponed(1, "session-dead", None), Sent(2, "job-1"))


def test_a_renewed_jar_comes_back_under_its_own_session():
    jar = CookieJar((Cookie("mc-sid", "new", "127.0.0.1"),))
    cabinets = {1: FakeCabinet([a_listing()], renewed=jar), 2: FakeCabinet([a_listing()])}

    report = push([an_order(1, store_id=1), an_order(2, store_id=2)], cabinets)

    assert report.renewed == {10: jar}


@pytest.mark.parametrize(
    "trouble", [KaspiUnavailable(), SessionDead(), RequestRefused()], ids=lambda error: error.code
)
def test_trouble_while_reading_back_leaves_the_change_unread(trouble):
    report = read_back([an_order(7)], {1: FakeCabinet([], on_read=trouble)})

    assert report.outcomes == (Unread(7, trouble.code, None),)


def test_reading_back_a_listing_that_is_gone_settles_the_change():
    report = read_back([an_order(7, sku="GONE")], {1: FakeCabinet([])})

    assert report.outcomes == (Refused(7, "listing-missing"),)


def test_reading_back_says_what_kaspi_shows_and_whether_that_is_final():
    cabinet = FakeCabinet([a_listing(price=1300, is_settled=False)])

    report = read_back([an_order(7)], {1: cabinet})

    assert report.outcomes == (Shown(7, Money.tenge(1300), is_settled=False),)
    assert cabinet.pushed == []
