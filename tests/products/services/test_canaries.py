"""A canary that is quiet goes live by itself; one that hurts goes back into the shadow."""

from datetime import timedelta

import pytest

from cube_demper.kernel.money import Money
from kaspi.models import Attention, Store
from products.models import Change, ChangeState, Market, Product, RuleSheet
from products.pricing.model import Reason
from products.services.brakes import pull_brake, release_brake
from products.services.canaries import judge_canaries, judge_canary
from products.services.sheets import change_sheet
from tests.factories import (
    NOW,
    make_change,
    make_decision,
    make_market,
    make_product,
    make_store,
    make_user,
)

pytestmark = pytest.mark.db
HOUR = timedelta(hours=1)
BEGUN = NOW - timedelta(days=2)
CANARY = {"mode": "CANARY", "canary_quiet_s": 86_400}


@pytest.fixture
def store(seller):
    return make_store(user=seller)


@pytest.fixture
def product(store):
    return make_product(store=store, market=make_market(next_look_at=NOW + HOUR))


@pytest.fixture
def sheet(seller, store, product):
    """The store's, a canary since two days."""
    change_sheet(user=seller, store_id=store.pk, changes=CANARY, now=BEGUN)
    Market.objects.update(next_look_at=NOW + HOUR)
    return RuleSheet.rows.get()


def sent(product, price, *, at, reason=Reason.UNDERCUT, **facts):
    decision = make_decision(
        product=product, wanted_price=Money.tenge(price), decided_at=at, reason=reason
    )
    defaults = {"state": ChangeState.APPLIED, "sent_at": at, "settled_at": at}
    return make_change(decision=decision, **{**defaults, **facts})


def judged(sheet, *, now=NOW):
    judge_canaries(now=now)
    sheet.refresh_from_db()
    return sheet.rules["mode"]


def test_a_quiet_canary_goes_live(sheet, product, caplog):
    sent(product, 990, at=NOW - 30 * HOUR)

    assert judged(sheet) == "LIVE"

    product.refresh_from_db()
    product.market.refresh_from_db()
    assert (product.anchor, product.market.next_look_at) == (Money.tenge(1000), NOW)
    assert (sheet.changed_at, sheet.rules["canary_quiet_s"]) == (NOW, 86_400)
    assert "products.canary.promoted" in caplog.text


def test_one_that_did_nothing_has_proved_nothing(sheet, product):
    sent(product, 990, at=NOW - 30 * HOUR, state=ChangeState.REFUSED)

    assert judged(sheet) == "CANARY"


def test_before_its_time_it_sings_on(seller, store, sheet, product):
    sent(product, 990, at=NOW - 30 * HOUR)
    change_sheet(user=seller, store_id=store.pk, changes={"position": 3}, now=NOW - 23 * HOUR)
    sent(product, 991, at=NOW - 20 * HOUR)

    assert judged(sheet) == "CANARY"


def test_a_jump_begins_the_quiet_anew(sheet, product):
    sent(product, 1060, at=NOW - HOUR)
    for hours in (0, 2, 4):
        judge_canaries(now=NOW + hours * HOUR)

    before = judged(sheet, now=NOW + 22 * HOUR)
    after = judged(sheet, now=NOW + 23 * HOUR)

    assert (before, after) == ("CANARY", "LIVE")


@pytest.mark.parametrize(
    ("facts", "cause"),
    [
        pytest.param({"price": 840}, "leap", id="leap"),
        pytest.param({"price": 999, "losses": "stock"}, "loss", id="loss"),
        pytest.param({"price": 999, "mended_at": NOW}, "loss", id="loss that was mended"),
        pytest.param({"price": 999, "reason": Reason.UNDONE}, "undone", id="undo"),
    ],
)
def test_one_that_hurts_goes_back_into_the_shadow(sheet, product, caplog, facts, cause):
    Product.rows.update(floor=Money.tenge(500))
    product.refresh_from_db()
    sent(product, at=NOW - HOUR, **facts)
    waiting = make_change(decision=make_decision(product=product))

    assert judged(sheet) == "SHADOW"

    waiting.refresh_from_db()
    assert waiting.state == ChangeState.SUPERSEDED
    assert f"'cause': '{cause}'" in caplog.text


def test_how_far_is_a_leap_stands_on_the_sheets(seller, sheet, product):
    change_sheet(user=seller, store_id=None, changes={"leap_percent": 30}, now=BEGUN)
    sent(product, 1290, at=NOW - 30 * HOUR)

    assert judged(sheet) == "LIVE"


def test_a_repair_and_a_leap_with_a_yes_are_no_leaps(sheet, product):
    sent(product, 1400, at=NOW - 30 * HOUR, old_price=Money.tenge(700))
    sent(product, 1400, at=NOW - 29 * HOUR, approved_at=NOW)

    assert judged(sheet) == "LIVE"


def test_the_services_brake_stops_it_and_a_persons_makes_it_wait(sheet, product):
    sent(product, 990, at=NOW - 30 * HOUR)
    pull_brake(reason="a bad day", by="aliya", now=NOW - HOUR)
    release = judged(sheet)
    release_brake(by="aliya", now=NOW)
    pull_brake(reason="Too many prices fell at once", now=NOW)

    assert (release, judged(sheet, now=NOW + HOUR)) == ("CANARY", "SHADOW")


def test_a_store_that_was_stopped_does_not_go_live(sheet, product):
    sent(product, 990, at=NOW - 30 * HOUR)
    Store.rows.update(is_paused=True, attention=Attention.PRICES_JUMPED)

    assert judged(sheet) == "CANARY"


def test_what_others_do_and_what_has_a_mode_of_its_own_is_no_trial(sheet, store, product):
    sent(product, 990, at=NOW - 30 * HOUR)
    live = make_product(store=store, market=make_market(), sku="2", rules={"mode": "LIVE"})
    sent(live, 1400, at=NOW - HOUR)
    city = make_product(
        store=store, market=make_market(), sku="2", listing=live, city_id="710000000"
    )
    sent(city, 1400, at=NOW - HOUR)
    foreign = make_product(store=make_store(user=make_user()), market=make_market())
    sent(foreign, 1400, at=NOW - HOUR)
    by_hand = sent(product, 1400, at=NOW - HOUR, reason=Reason.BY_HAND)
    sent(product, 1400, at=NOW - HOUR, decided_at=BEGUN)

    assert judged(sheet) == "LIVE"

    live.refresh_from_db()
    assert (live.anchor, by_hand.store_id) == (None, store.pk)


def test_an_accounts_canary_is_not_tried_where_a_store_says_its_mode(seller, store, product):
    other = make_product(store=make_store(user=seller), market=make_market())
    change_sheet(user=seller, store_id=None, changes=CANARY, now=BEGUN)
    change_sheet(user=seller, store_id=store.pk, changes={"mode": "LIVE"}, now=BEGUN)
    sent(product, 1400, at=NOW - HOUR)
    account = RuleSheet.rows.get(store=None)

    before = judged(account)
    sent(other, 990, at=NOW - HOUR)

    assert (before, judged(account)) == ("CANARY", "LIVE")
    assert Change.rows.count() == 2


def test_whoever_wrote_on_the_sheet_meanwhile_has_the_last_word(seller, store, sheet, product):
    sent(product, 990, at=NOW - 30 * HOUR)
    stale = RuleSheet.rows.get()
    change_sheet(user=seller, store_id=store.pk, changes={"mode": "APPROVE"}, now=NOW)

    judge_canary(stale, now=NOW)

    sheet.refresh_from_db()
    assert (sheet.rules["mode"], sheet.quiet_since) == ("APPROVE", None)
