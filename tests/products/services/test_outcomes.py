from dataclasses import replace
from datetime import timedelta

import pytest

from cube_demper.kernel.money import Money
from cube_demper.kernel.sealing import Secret
from kaspi.models import Attention, SessionState
from kaspi.ports import Cookie, CookieJar
from kaspi.services.sessions import ticket_for
from products.engine.losses import Loss
from products.engine.model import (
    Postponed,
    PushReport,
    Refused,
    Sent,
    Shown,
    Unanswered,
    Unread,
)
from products.engine.orders import ChangeOrder
from products.models import ChangeState
from products.services.outcomes import record_report
from tests.factories import (
    NOW,
    make_change,
    make_decision,
    make_market,
    make_product,
    make_store,
)
from tests.products.engine.fakes import a_listing

pytestmark = pytest.mark.db


@pytest.fixture
def product(seller):
    market = make_market(next_look_at=NOW + timedelta(hours=1))
    return make_product(store=make_store(user=seller), market=market)


@pytest.fixture
def change(product):
    product.wanted_price = Money.tenge(989)
    product.save()
    decision = make_decision(product=product)
    return make_change(decision=decision, state=ChangeState.SENDING, lease="mine", leased_until=NOW)


def an_order(change, ticket):
    product = change.product
    return ChangeOrder(
        change_id=change.pk,
        ticket=ticket,
        sku=product.sku,
        city_id=product.store.city_id,
        price=change.price,
        corridor=product.corridor,
    )


def record(change, outcome, *, now=NOW, renewed=None):
    product = change.product
    order = an_order(change, ticket_for(product.store))
    report = PushReport(outcomes=(outcome,), renewed=renewed or {})
    record_report(orders=[order], report=report, now=now)
    for row in (change, product, product.market, product.store, product.store.session):
        row.refresh_from_db()


def a_showing(change, price, *, is_settled=True, **facts):
    return Shown(change.pk, price, is_settled, is_wanted=price == change.price, **facts)


def test_an_accepted_change_is_sent_and_not_yet_applied(change, product):
    record(change, Sent(change.pk, "65f0c0ffee00112233445566"))

    assert (change.state, change.job_id) == (ChangeState.SENT, "65f0c0ffee00112233445566")
    assert (change.sent_at, change.lease, change.leased_until) == (NOW, "", None)
    assert change.next_step_at > NOW
    assert product.price == Money.tenge(1000)


@pytest.mark.parametrize("state", [ChangeState.SENDING, ChangeState.SENT])
def test_a_change_that_kaspi_shows_is_applied(change, product, state):
    change.state = state
    change.save()

    record(change, a_showing(change, Money.tenge(989)))

    assert (change.state, change.settled_at) == (ChangeState.APPLIED, NOW)
    assert product.price == Money.tenge(989)


@pytest.mark.parametrize(
    "shown",
    [
        pytest.param((Money.tenge(989), False), id="right, but still being applied"),
        pytest.param((Money.tenge(1000), False), id="old, and something is under way"),
        pytest.param((Money.tenge(1000), True), id="old, and the list may lag"),
    ],
)
def test_a_change_that_kaspi_does_not_show_yet_is_read_again_later_each_time(change, shown):
    price, is_settled = shown
    record(change, a_showing(change, price, is_settled=is_settled))
    first_pause = change.next_step_at - NOW

    record(change, a_showing(change, price, is_settled=is_settled))

    assert (change.state, change.checks) == (ChangeState.SENDING, 2)
    assert change.next_step_at - NOW > first_pause


def test_a_change_that_kaspi_never_shows_is_lost_and_decided_anew(change, product):
    record(change, a_showing(change, Money.tenge(1000)), now=NOW + timedelta(minutes=3))

    assert (change.state, change.failure) == (ChangeState.LOST, "never-shown")
    assert product.price == Money.tenge(1000)
    assert product.market.next_look_at == NOW + timedelta(minutes=3)


def test_a_push_that_was_not_answered_is_read_and_never_sent_again(change):
    record(change, Unanswered(change.pk, "push-unanswered"))

    assert (change.state, change.failure) == (ChangeState.SENDING, "push-unanswered")
    assert change.next_step_at > NOW


def test_trouble_before_anything_was_sent_makes_it_pending_again(change):
    record(change, Postponed(change.pk, "kaspi-unavailable", wait_s=None))

    assert (change.state, change.failure) == (ChangeState.PENDING, "kaspi-unavailable")


def test_what_was_overtaken_while_its_listing_was_read_stays_so(change, product):
    change.state = ChangeState.SUPERSEDED
    change.save()
    make_change(decision=make_decision(product=product))

    record(change, Postponed(change.pk, "listing-unsettled", wait_s=5))

    assert (change.state, change.failure) == (ChangeState.SUPERSEDED, "")


@pytest.mark.parametrize("state", [ChangeState.SENDING, ChangeState.SENT])
def test_trouble_while_reading_back_never_leads_to_sending_again(change, state):
    change.state = state
    change.save()

    record(change, Unread(change.pk, "kaspi-unavailable", wait_s=None))

    assert (change.state, change.failure) == (state, "kaspi-unavailable")
    assert change.next_step_at > NOW


def test_a_refusal_rests_the_product(change, product):
    record(change, Refused(change.pk, "push-rejected"))

    assert (change.state, change.failure) == (ChangeState.REFUSED, "push-rejected")
    assert product.push_after == NOW + timedelta(minutes=30)


def test_a_listing_that_is_gone_marks_the_product(change, product):
    record(change, Refused(change.pk, "listing-missing"))

    assert product.missing_since == NOW


def test_a_dead_session_stops_the_store_and_says_so(change, product):
    record(change, Postponed(change.pk, "session-dead", wait_s=None))

    assert product.store.session.state == SessionState.RENEWING
    assert product.store.attention == Attention.RENEWING
    assert change.state == ChangeState.PENDING


def test_the_end_of_an_old_session_does_not_touch_the_new_one(change, product):
    ticket = ticket_for(product.store)
    product.store.session.version += 1  # somebody logged in meanwhile
    product.store.session.save()
    order = an_order(change, ticket)

    record_report(
        orders=[order],
        report=PushReport((Postponed(change.pk, "session-dead", None),), {}),
        now=NOW,
    )

    product.store.session.refresh_from_db()
    assert product.store.session.state == SessionState.LIVE


def test_a_ban_stops_pushes_until_its_end_and_is_shown_on_the_store(change, product):
    record(change, Postponed(change.pk, "pushes-banned", wait_s=1800))

    ends_at = NOW + timedelta(seconds=1800)
    assert (product.store.attention, product.store.attention_until) == (
        Attention.PUSHES_BANNED,
        ends_at,
    )
    assert (change.state, change.next_step_at) == (ChangeState.PENDING, ends_at)


def test_a_jar_that_kaspi_renewed_is_sealed_into_its_own_session(change, product):
    session = product.store.session
    jar = CookieJar((Cookie("mc-sid", "renewed", "127.0.0.1"),))

    record(change, Sent(change.pk, "job"), renewed={session.pk: jar})

    assert product.store.session.jar == Secret(jar.to_json())
    assert product.store.session.version == 2


def test_a_change_that_kaspi_still_applies_is_waited_for_as_long_as_it_promised(change):
    promised = NOW + timedelta(hours=1)
    applying = a_showing(change, Money.tenge(1000), is_settled=False, promised_by=promised)

    record(change, applying)
    record(change, replace(applying, promised_by=None), now=promised + timedelta(minutes=10))
    before = (change.state, change.promised_by)
    record(change, applying, now=promised + timedelta(minutes=16))

    assert before == (ChangeState.SENDING, promised)
    assert (change.state, change.failure) == (ChangeState.OVERDUE, "never-applied")
    assert change.product.push_after == promised + timedelta(minutes=46)


def test_what_got_lost_is_noted_and_stated_again_before_the_change_ends(change):
    change.state, change.listing = ChangeState.SENT, a_listing().to_json()
    change.save()
    lacking = a_showing(change, change.price, losses=(Loss.POINT, Loss.STOCK), mend=a_listing())

    record(change, lacking)
    at_first = (change.state, change.losses, change.mended_at)
    record(change, lacking, now=NOW + timedelta(minutes=1))

    assert at_first == (ChangeState.SENT, "point stock", NOW)
    # It did not help: what was there before is kept for whoever looks into it, and nothing is sent.
    assert (change.state, change.losses) == (ChangeState.APPLIED, "point stock")
    assert change.listing is not None
    assert change.product.push_after == NOW + timedelta(minutes=31)


def test_what_comes_back_is_forgotten(change):
    change.state, change.listing = ChangeState.SENT, a_listing().to_json()
    change.save()
    lacking = a_showing(change, change.price, losses=(Loss.POINT,))

    record(change, lacking)
    record(change, replace(lacking, losses=()), now=NOW + timedelta(minutes=1))

    assert (change.state, change.losses, change.listing) == (ChangeState.APPLIED, "", None)
    assert change.product.push_after is None
