"""Modes, leaps, jumps, the brake: what stands between a decision and everybody's prices."""

from dataclasses import replace
from datetime import timedelta

import pytest
from django.db import transaction

from cube_demper.kernel.money import Money
from kaspi.models import Attention, Store
from products.engine.model import Ready
from products.models import Brake, Change, ChangeState, DecisionRecord, Hold, Product
from products.pricing.modes import Mode
from products.services.brakes import brake_is_on, pull_brake, release_brake
from products.services.corridors import change_product
from products.services.proposals import LASTS, approve, expire_proposals, reject
from products.services.sheets import change_sheet
from products.services.verdicts import record_verdicts
from products.services.waves import begin_sending, claim_wave
from tests.factories import (
    NOW,
    make_change,
    make_claimed_store,
    make_decision,
    make_entry,
    make_line,
    make_market,
    make_product,
    make_store,
    make_user,
)
from tests.products.engine.fakes import a_listing
from tests.products.verdicts import a_verdict

pytestmark = pytest.mark.db
LATER = NOW + timedelta(minutes=1)


@pytest.fixture
def store(seller):
    return make_store(user=seller)


@pytest.fixture
def product(store):
    return make_product(store=store, market=make_market(), anchor=Money.tenge(1000))


def in_mode(mode, verdict):
    return replace(verdict, product=replace(verdict.product, mode=mode))


def record(*verdicts, now=NOW):
    with transaction.atomic():
        return record_verdicts(verdicts, now=now)


def test_in_the_shadow_is_decided_and_nothing_else(product):
    recorded = record(in_mode(Mode.SHADOW, a_verdict(product, 990)))

    product.refresh_from_db()
    assert recorded.change_ids == []
    assert not Change.rows.exists()
    assert product.wanted_price == DecisionRecord.rows.get().wanted_price == Money.tenge(989)


def test_the_shadow_leaves_what_is_on_its_way_alone(product):
    change = make_change(decision=make_decision(product=product))

    record(in_mode(Mode.SHADOW, a_verdict(product, 950)))

    change.refresh_from_db()
    assert change.state == ChangeState.PENDING


def test_a_seller_who_wants_to_be_asked_is_asked(product):
    recorded = record(in_mode(Mode.APPROVE, a_verdict(product, 990)))

    change = Change.rows.get()
    assert recorded.change_ids == []
    assert (change.state, change.hold, change.price) == (
        ChangeState.PROPOSED,
        Hold.APPROVE,
        Money.tenge(989),
    )
    assert change.next_step_at == NOW + LASTS


def test_a_proposal_that_was_overtaken_makes_room_for_the_next(product):
    record(in_mode(Mode.APPROVE, a_verdict(product, 990)))
    product.refresh_from_db()

    record(in_mode(Mode.APPROVE, a_verdict(product, 980)))

    first, second = Change.rows.order_by("pk")
    assert (first.state, second.state) == (ChangeState.SUPERSEDED, ChangeState.PROPOSED)
    assert second.price == Money.tenge(979)


def test_the_same_proposal_is_made_once(product):
    record(in_mode(Mode.APPROVE, a_verdict(product, 990)))
    product.refresh_from_db()

    record(in_mode(Mode.APPROVE, a_verdict(product, 990)), now=LATER)

    assert Change.rows.count() == 1


def test_a_price_that_would_leap_waits_and_the_next_look_does_not_wear_it_down(product):
    for place in range(3):
        record(a_verdict(product, 1400), now=NOW + timedelta(minutes=place))
        product.refresh_from_db()

    change = Change.rows.get()
    assert (change.state, change.hold) == (ChangeState.PROPOSED, Hold.LEAP)
    assert product.anchor == Money.tenge(1000)


def test_a_leap_that_is_not_wanted_any_more_is_dropped(product):
    record(a_verdict(product, 1400))
    product.refresh_from_db()

    record(a_verdict(product, 1010))

    first, second = Change.rows.order_by("pk")
    assert (first.state, second.state, second.price) == (
        ChangeState.SUPERSEDED,
        ChangeState.PENDING,
        Money.tenge(1009),
    )


def test_an_illegal_price_is_repaired_however_far(product):
    Product.rows.update(floor=Money.tenge(1300), ceiling=Money.tenge(2000))
    product.refresh_from_db()

    recorded = record(a_verdict(product, 1200))

    change = Change.rows.get()
    assert (change.price, change.state, change.is_jump) == (
        Money.tenge(1300),
        ChangeState.PENDING,
        False,
    )
    assert recorded.change_ids == [change.pk]


def test_where_a_seller_has_just_set_something_no_move_is_a_leap(seller, product):
    change_product(
        user=seller, product_id=product.pk, changes={"ceiling": Money.tenge(3000)}, now=NOW
    )
    product.refresh_from_db()

    record(a_verdict(product, 2500))

    assert Change.rows.get().state == ChangeState.PENDING


def test_a_leap_in_a_price_list_is_not_stated_before_its_yes(seller):
    store = make_claimed_store(user=seller)
    product = make_product(store=store, market=make_market(), anchor=Money.tenge(1000))
    entry = make_entry(product=product)

    record(a_verdict(product, 1400))
    entry.refresh_from_db()
    before = entry.stated_price
    approve(user=seller, product_id=product.pk, now=LATER)
    entry.refresh_from_db()

    assert (before, entry.stated_price) == (None, Money.tenge(1399))
    assert Change.rows.get().state == ChangeState.PUBLISHED


def test_a_yes_lets_it_go_and_moves_the_anchor(seller, product):
    record(a_verdict(product, 1400))

    approve(user=seller, product_id=product.pk, now=LATER)

    change = Change.rows.get()
    product.refresh_from_db()
    assert (change.state, change.approved_at, change.is_own) == (ChangeState.PENDING, LATER, True)
    assert product.anchor == Money.tenge(1399)


def test_a_no_drops_it_and_is_not_asked_again_at_once(seller, product):
    record(a_verdict(product, 1400))

    reject(user=seller, product_id=product.pk, now=NOW)
    product.refresh_from_db()
    record(a_verdict(product, 1400), now=LATER)

    change = Change.rows.get()
    assert (change.state, change.failure) == (ChangeState.SUPERSEDED, "rejected")


def test_a_proposal_lasts_a_day(product):
    record(a_verdict(product, 1400))

    expire_proposals(now=NOW + LASTS - timedelta(seconds=1))
    before = Change.rows.get().state
    expire_proposals(now=NOW + LASTS)

    assert (before, Change.rows.get().state) == (ChangeState.PROPOSED, ChangeState.SUPERSEDED)


@pytest.mark.parametrize("width", ["product", "account"])
def test_another_mode_drops_what_was_decided_in_the_old_one(seller, product, width):
    change = make_change(decision=make_decision(product=product))
    sheet = {"mode": "SHADOW"}

    if width == "product":
        change_product(user=seller, product_id=product.pk, changes={"rules": sheet}, now=NOW)
    else:
        change_sheet(user=seller, store_id=None, changes=sheet, now=NOW)

    change.refresh_from_db()
    assert change.state == ChangeState.SUPERSEDED


def many(store, number):
    return [
        make_product(
            store=store, market=make_market(), sku=f"SKU-{place}", anchor=Money.tenge(1000)
        )
        for place in range(number)
    ]


def test_a_store_whose_prices_are_about_to_jump_stops_before_they_do(
    store, django_capture_on_commit_callbacks
):
    products = many(store, 40)
    calm = many(make_store(user=make_user()), 1)

    with django_capture_on_commit_callbacks(execute=True):
        recorded = record(*[a_verdict(product, 1100) for product in products[:10] + calm])

    store.refresh_from_db()
    assert (store.is_paused, store.attention) == (True, Attention.PRICES_JUMPED)
    assert len(recorded.change_ids) == 1
    assert Change.rows.get().product == calm[0]
    assert Brake.objects.count() == 0


def test_what_came_minutes_ago_counts_towards_the_stop(store, django_capture_on_commit_callbacks):
    products = many(store, 40)
    with django_capture_on_commit_callbacks(execute=True):
        record(*[a_verdict(product, 1100) for product in products[:9]])
    before = Store.rows.get(pk=store.pk).is_paused

    with django_capture_on_commit_callbacks(execute=True):
        record(a_verdict(products[9], 1100), now=LATER)

    assert (before, Store.rows.get(pk=store.pk).is_paused) == (False, True)
    assert Change.rows.count() == 9


def test_a_fifth_of_a_store_may_jump(store, django_capture_on_commit_callbacks):
    products = many(store, 60)

    with django_capture_on_commit_callbacks(execute=True):
        record(*[a_verdict(product, 1100) for product in products[:12]])

    store.refresh_from_db()
    assert not store.is_paused


def test_small_moves_stop_nobody(store, django_capture_on_commit_callbacks):
    products = many(store, 30)

    with django_capture_on_commit_callbacks(execute=True):
        record(*[a_verdict(product, 990) for product in products])

    store.refresh_from_db()
    assert not store.is_paused
    assert Change.rows.count() == 30


def test_when_prices_fall_everywhere_everything_stops(db, django_capture_on_commit_callbacks):
    products = [product for _ in range(10) for product in many(make_store(user=make_user()), 6)]

    with django_capture_on_commit_callbacks(execute=True):
        recorded = record(*[a_verdict(product, 940) for product in products])

    assert recorded.change_ids == []
    assert brake_is_on()
    assert not Store.rows.filter(is_paused=True).exists()


def test_under_the_brake_is_decided_and_nothing_sent(store, product):
    change = make_change(decision=make_decision(product=product), lease="mine", leased_until=LATER)
    make_line(store=store)
    assert pull_brake(reason="a bad feed", by="aliya", now=NOW)

    wave = claim_wave(store_id=store.pk, lease="mine", now=NOW)
    ready = [Ready(change.pk, a_listing(product.sku))]
    sending = begin_sending(ready, store_id=store.pk, lease="mine", now=NOW)
    record(a_verdict(product, 950))

    change.refresh_from_db()
    product.refresh_from_db()
    assert (list(wave.orders), sending, change.state) == ([], [], ChangeState.PENDING)
    assert product.wanted_price == Money.tenge(949)


def test_the_brake_is_pulled_once_and_released_by_a_person(db):
    first = pull_brake(reason="a bad feed", by="aliya", now=NOW)
    second = pull_brake(reason="another", by="", now=LATER)
    released = release_brake(by="aliya", now=LATER)

    assert (first, second, released, brake_is_on()) == (True, False, True, False)
    assert Brake.objects.get().reason == "a bad feed"
    assert not release_brake(by="aliya", now=LATER)
