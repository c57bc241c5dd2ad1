"""One channel at a time."""

from datetime import timedelta

import pytest

from cube_demper.kernel.money import Money
from kaspi.errors import StoreMissing, StoreNotConnected, SyncUnderWay
from kaspi.models import Channel, Job, PriceList, SessionState, Store
from kaspi.services.price_lists import find_price_list, rotate_price_list
from products.models import Change, ChangeState, PriceListEntry
from products.services.channels import choose_channel
from products.services.dispatch import tick
from products.services.waves import claim_wave
from tests.factories import (
    NOW,
    make_change,
    make_claimed_store,
    make_decision,
    make_entry,
    make_job,
    make_line,
    make_market,
    make_product,
    make_session,
    make_store,
)

pytestmark = pytest.mark.db


def choose(store, channel):
    return choose_channel(user=store.user, store_id=store.pk, channel=channel, now=NOW)


def a_change(store, state=ChangeState.PENDING):
    product = make_product(store=store, market=make_market())
    make_entry(product=product, stated_price=Money.tenge(950))
    return make_change(decision=make_decision(product=product), state=state)


def test_to_the_price_list_and_its_catalogue_is_read_anew(seller):
    store = make_store(user=seller)
    rotate_price_list(user=seller, store_id=store.pk, now=NOW)
    PriceList.rows.update(stated_at=NOW - timedelta(days=30))
    change = a_change(store)

    choose(store, Channel.PRICE_LIST)

    change.refresh_from_db()
    assert Store.rows.get().channel == Channel.PRICE_LIST
    assert change.state == ChangeState.SUPERSEDED
    assert PriceList.rows.get().stated_at is None
    assert PriceListEntry.rows.get().stated_price is None
    assert Job.rows.get().store == store


def test_back_to_the_cabinet_and_the_list_is_gone(seller):
    store = make_store(user=seller, channel=Channel.PRICE_LIST)
    key = rotate_price_list(user=seller, store_id=store.pk, now=NOW).secret.reveal()
    change = a_change(store, ChangeState.PUBLISHED)

    choose(store, Channel.CABINET)

    change.refresh_from_db()
    assert find_price_list(key) is None
    assert change.state == ChangeState.SUPERSEDED


def test_the_channel_that_is_chosen_already_changes_nothing(seller):
    store = make_store(user=seller)
    change = a_change(store)

    choose(store, Channel.CABINET)

    change.refresh_from_db()
    assert change.state == ChangeState.PENDING
    assert not Job.rows.exists()


def test_a_cabinet_that_can_not_be_entered_is_no_choice(seller):
    claimed = make_claimed_store(user=seller)
    session = make_session(user=seller, state=SessionState.NEEDS_REAUTH)
    asleep = make_store(user=seller, session=session, channel=Channel.PRICE_LIST)

    for store in (claimed, asleep):
        with pytest.raises(StoreNotConnected):
            choose(store, Channel.CABINET)

    assert set(Store.rows.values_list("channel", flat=True)) == {Channel.PRICE_LIST}


def test_not_while_the_catalogue_is_read_for_the_other_channel(seller):
    store = make_store(user=seller)
    make_job(store=store)

    with pytest.raises(SyncUnderWay):
        choose(store, Channel.PRICE_LIST)

    assert Store.rows.get().channel == Channel.CABINET


def test_nobody_chooses_for_a_stranger(seller, stranger):
    store = make_store(user=stranger)

    with pytest.raises(StoreMissing):
        choose_channel(user=seller, store_id=store.pk, channel=Channel.PRICE_LIST, now=NOW)

    assert Store.rows.get().channel == Channel.CABINET


def test_a_store_that_goes_by_list_is_never_pushed(
    seller, broker, django_capture_on_commit_callbacks
):
    store = make_store(user=seller, channel=Channel.PRICE_LIST)
    a_change(store)
    make_line(store=store)

    with django_capture_on_commit_callbacks(execute=True):
        tick(now=NOW)
    wave = claim_wave(store_id=store.pk, lease="mine", now=NOW)

    assert [order.task for order in broker.take()] == ["products.reprice_batch"]
    assert wave.orders == []
    assert Change.rows.get().state == ChangeState.SUPERSEDED


def test_the_api_speaks_channels_in_lower_case(api, seller):
    store = make_store(user=seller)

    chosen = api.post(f"/kaspi/stores/{store.pk}/channel", {"channel": "price_list"})
    senseless = api.post(f"/kaspi/stores/{store.pk}/channel", {"channel": "PIGEON"})

    assert (chosen.status_code, chosen.json()["channel"]) == (200, "price_list")
    assert senseless.status_code == 422
