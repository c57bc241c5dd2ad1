import asyncio
from datetime import UTC, datetime, timedelta

import pytest
from structlog.testing import capture_logs

from cube_demper.kernel.money import Money
from kaspi.errors import (
    KaspiUnavailable,
    PushBanned,
    PushRejected,
    PushUnanswered,
    RequestRefused,
    SessionDead,
)
from kaspi.ports import Cookie, CookieJar, Point
from kaspi.push_ports import Declined, Fate, ProtocolRow, Unheard
from products.engine.losses import Loss
from products.engine.model import Postponed, Ready, Refused, Sent, Shown, Unanswered, Unread
from products.engine.push import read_all, read_back_all, send_all
from tests.products.engine.fakes import FakeCabinet, a_listing, an_order, opening

pytestmark = pytest.mark.unit
NOON = datetime(2026, 9, 14, 7, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
THERE = Shown(7, Money.tenge(1199), is_settled=True, is_wanted=True)
NOT_YET = Shown(7, Money.tenge(1300), is_settled=True, is_wanted=False)


def read(orders, cabinets):
    return asyncio.run(read_all(orders, open_cabinet=opening(cabinets), batch_s=5.0))


def send(orders, cabinets):
    return asyncio.run(send_all(orders, open_cabinet=opening(cabinets), batch_s=5.0))


def read_back(orders, cabinets):
    return asyncio.run(read_back_all(orders, open_cabinet=opening(cabinets), batch_s=5.0))


def to_send(change_id=7, *, sku="CHAIR-77", store_id=1, price=1199):
    return an_order(change_id, store_id=store_id, sku=sku, price=price, listing=a_listing(sku))


def test_a_listing_is_read_and_nothing_is_sent_yet():
    listing = a_listing(price=1300)
    cabinet = FakeCabinet([listing])

    report = read([an_order(7, price=1199)], {1: cabinet})

    assert report.outcomes == (Ready(7, listing),)
    assert cabinet.pushed == []


def test_a_listing_that_was_read_is_stated_again_with_the_new_price():
    cabinet = FakeCabinet([])

    report = send([to_send(price=1199)], {1: cabinet})

    assert report.outcomes == (Sent(7, "job-1"),)
    assert cabinet.pushed == [("CHAIR-77", Money.tenge(1199))]


@pytest.mark.parametrize(
    ("listing", "price", "outcome"),
    [
        pytest.param(a_listing(), 899, Refused(7, "outside-corridor"), id="the second gate"),
        pytest.param(a_listing(price=1199), 1199, THERE, id="there"),
        pytest.param(
            a_listing(is_settled=False),
            1199,
            Postponed(7, "listing-unsettled", wait_s=5),
            id="an earlier change is under way",
        ),
    ],
)
def test_what_need_not_or_may_not_be_sent_is_found_out_before(listing, price, outcome):
    report = read([an_order(7, price=price)], {1: FakeCabinet([listing])})

    assert report.outcomes == (outcome,)


@pytest.mark.parametrize(
    ("trouble", "outcome"),
    [
        pytest.param(PushUnanswered(), Unanswered(7, "push-unanswered"), id="no answer"),
        pytest.param(PushRejected(), Refused(7, "push-rejected"), id="malformed"),
        pytest.param(SessionDead(), Postponed(7, "session-dead", None), id="session dead"),
    ],
)
def test_trouble_while_sending_becomes_an_outcome(trouble, outcome):
    report = send([to_send()], {1: FakeCabinet([], on_push=trouble)})

    assert report.outcomes == (outcome,)


def test_a_ban_says_how_long_it_lasts():
    [outcome] = send([to_send()], {1: FakeCabinet([], on_push=PushBanned(wait_s=1800))}).outcomes

    assert (outcome.code, round(outcome.wait_s, -1)) == ("pushes-banned", 1800)


def test_what_nobody_foresaw_ends_its_own_change_and_leaves_a_trace():
    cabinets = {
        1: FakeCabinet([], on_push=ValueError("odd")),
        2: FakeCabinet([]),
        3: FakeCabinet([], on_read=ValueError("odd")),
    }

    with capture_logs() as lines:
        sent = send([to_send(1), to_send(2, store_id=2)], cabinets)
        seen = read([an_order(3, store_id=3)], cabinets)
        back = read_back([an_order(4, store_id=3)], cabinets)

    # One that may have left is read, never sent again; one that did not is over.
    assert sent.outcomes == (Unanswered(1, "unexpected-error"), Sent(2, "job-1"))
    assert seen.outcomes == (Refused(3, "unexpected-error"),)
    assert back.outcomes == (Unread(4, "unexpected-error", None),)
    assert [(line["event"], line["change_ids"]) for line in lines] == [
        ("products.change.broken", [1]),
        ("products.change.broken", [3]),
        ("products.change.broken", [4]),
    ]


def test_a_listing_that_is_gone_is_refused():
    report = read([an_order(7, sku="GONE")], {1: FakeCabinet([])})

    assert report.outcomes == (Refused(7, "listing-missing"),)


def test_the_trouble_of_one_store_leaves_the_others_alone():
    cabinets = {1: FakeCabinet([], on_read=SessionDead()), 2: FakeCabinet([a_listing()])}

    report = read([an_order(1, store_id=1), an_order(2, store_id=2)], cabinets)

    assert report.outcomes == (Postponed(1, "session-dead", None), Ready(2, a_listing()))


def test_a_renewed_jar_comes_back_under_its_own_session():
    jar = CookieJar((Cookie("mc-sid", "new", "127.0.0.1"),))
    cabinets = {1: FakeCabinet([a_listing()], renewed=jar), 2: FakeCabinet([a_listing()])}

    report = read([an_order(1, store_id=1), an_order(2, store_id=2)], cabinets)

    assert report.renewed == {10: jar}


def test_changes_of_one_store_go_in_bundles_as_large_as_it_takes():
    cabinet = FakeCabinet([], bundle_most=2)
    orders = [to_send(number, sku=f"SKU-{number}") for number in (1, 2, 3)]

    report = send(orders, {1: cabinet})

    assert cabinet.bundles == [["SKU-1", "SKU-2"]]
    assert cabinet.pushed == [("SKU-3", Money.tenge(1199))]
    assert report.outcomes == (Sent(1, "job-of-all"), Sent(2, "job-of-all"), Sent(3, "job-1"))


def test_each_statement_of_a_bundle_has_an_outcome_of_its_own():
    answers = {"SKU-2": Declined("SKU-2", "push-rejected"), "SKU-3": Unheard("SKU-3")}
    cabinet = FakeCabinet([], bundle_most=9, answers=answers)

    report = send([to_send(number, sku=f"SKU-{number}") for number in (1, 2, 3)], {1: cabinet})

    assert report.outcomes == (
        Sent(1, "job-of-all"),
        Refused(2, "push-rejected"),
        Unanswered(3, "push-unanswered"),
    )


@pytest.mark.parametrize(
    ("trouble", "outcomes", "pushed"),
    [
        pytest.param(
            PushRejected(), (Sent(1, "job-1"), Sent(2, "job-2")), 2, id="refused: one by one"
        ),
        pytest.param(
            PushUnanswered(),
            (Unanswered(1, "push-unanswered"), Unanswered(2, "push-unanswered")),
            0,
            id="no answer: any may have been taken",
        ),
        pytest.param(
            SessionDead(),
            (Postponed(1, "session-dead", None), Postponed(2, "session-dead", None)),
            0,
            id="session dead: none was",
        ),
    ],
)
def test_trouble_with_a_bundle_is_everybodys(trouble, outcomes, pushed):
    cabinet = FakeCabinet([], bundle_most=9, answers={"bundle": trouble})

    report = send([to_send(1, sku="SKU-1"), to_send(2, sku="SKU-2")], {1: cabinet})

    assert (report.outcomes, len(cabinet.pushed)) == (outcomes, pushed)


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

    assert report.outcomes == (Shown(7, Money.tenge(1300), is_settled=False, is_wanted=False),)
    assert cabinet.pushed == []


def test_reading_back_says_what_got_lost_and_how_to_bring_it_back():
    before = a_listing(points=(Point("1_PP1", is_available=True, preorder_days=3),))
    cabinet = FakeCabinet([a_listing(price=1199, points=())])

    [shown] = read_back([an_order(7, listing=before)], {1: cabinet}).outcomes

    assert (shown.losses, shown.mend) == ((Loss.POINT,), before)


def unseen(**facts):
    """One that was sent and that readings do not show, and the cabinet that it was sent to."""
    order = an_order(7, job_id="job-7", sent_at=NOON, is_doubtful=True, **facts)
    return order, a_listing(price=1300)


@pytest.mark.parametrize(
    ("row", "outcome"),
    [
        pytest.param(
            ProtocolRow("CHAIR-77", Fate.REFUSED, remarks="Нет остатков", job_id="job-7"),
            Refused(7, "statement-refused", "Нет остатков"),
            id="ours, refused",
        ),
        pytest.param(
            ProtocolRow("CHAIR-77", Fate.REFUSED, noted_at=NOON + MINUTE),
            Refused(7, "statement-refused"),
            id="refused since",
        ),
        pytest.param(
            ProtocolRow("CHAIR-77", Fate.PENDING, job_id="job-7", applied_before=NOON + MINUTE),
            Shown(
                7, Money.tenge(1300), is_settled=False, is_wanted=False, promised_by=NOON + MINUTE
            ),
            id="ours, still under way",
        ),
        pytest.param(
            ProtocolRow("CHAIR-77", Fate.REFUSED, job_id="job-6", noted_at=NOON + MINUTE),
            NOT_YET,
            id="another statement",
        ),
        pytest.param(
            ProtocolRow("CHAIR-77", Fate.REFUSED, noted_at=NOON - MINUTE),
            NOT_YET,
            id="an earlier one",
        ),
        pytest.param(
            ProtocolRow("CHAIR-77", Fate.UNKNOWN, job_id="job-7"),
            NOT_YET,
            id="in words that nobody knows",
        ),
        pytest.param(
            ProtocolRow("OTHER", Fate.REFUSED, job_id="job-7"),
            NOT_YET,
            id="not a word",
        ),
    ],
)
def test_the_protocol_tells_of_a_change_that_no_reading_shows(row, outcome):
    order, listing = unseen()

    report = read_back([order], {1: FakeCabinet([listing], rows={row.sku: row})})

    assert report.outcomes == (outcome,)


def test_a_protocol_that_can_not_be_read_takes_nothing_from_the_reading():
    order, listing = unseen()

    report = read_back([order], {1: FakeCabinet([listing], rows=KaspiUnavailable())})

    assert report.outcomes == (NOT_YET,)


def test_the_protocol_is_not_asked_at_once():
    cabinet = FakeCabinet([a_listing(price=1300)], rows=AssertionError("asked"))

    report = read_back([an_order(7, job_id="job-7", sent_at=NOON)], {1: cabinet})

    assert report.outcomes == (NOT_YET,)
