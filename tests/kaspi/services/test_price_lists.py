"""Stores that are claimed, and who loses them."""

from datetime import timedelta

import pytest

from kaspi.errors import StoreMissing, StoreNotConnected, StoreTaken, SyncUnderWay
from kaspi.login_ports import Connected
from kaspi.models import Attention, Channel, PriceList, Store
from kaspi.ports import CookieJar, Merchant
from kaspi.services.price_lists import (
    claim_store,
    find_price_list,
    note_fetch,
    rotate_price_list,
)
from kaspi.services.sessions import open_session, ticket_for
from kaspi.services.syncs import begin_sync, finish_sync, order_sync
from tests.factories import NOW, make_claimed_store, make_job, make_store

pytestmark = pytest.mark.db


def log_in(user, merchant_id="30112233") -> list[Store]:
    connected = Connected(jar=CookieJar(), merchants=(Merchant(merchant_id, "Electronics"),))
    return open_session(user=user, account="shop@example.kz", connected=connected, now=NOW)


def test_a_claimed_store_goes_by_price_list_and_has_one(seller):
    store = claim_store(user=seller, merchant_id="30112233", name="Electronics", now=NOW)

    assert (store.channel, store.session, store.is_connected, store.may_push) == (
        Channel.PRICE_LIST,
        None,
        False,
        False,
    )
    assert (store.price_list.company, store.price_list.stated_at) == ("Electronics", None)


def test_a_shop_is_claimed_once(seller, stranger):
    make_claimed_store(user=seller, merchant_id="30112233")

    with pytest.raises(StoreTaken):
        claim_store(user=stranger, merchant_id="30112233", name="Mine", now=NOW)

    assert [store.user for store in Store.rows.all()] == [seller]


def test_a_claim_is_worth_less_than_a_session(seller, stranger):
    claimed = make_claimed_store(user=seller, merchant_id="30112233")
    key = claimed.price_list.secret.reveal()

    [proven] = log_in(stranger)

    claimed.refresh_from_db()
    assert (claimed.user, claimed.released_at, claimed.attention) == (
        seller,
        NOW,
        Attention.CLAIM_LOST,
    )
    assert (proven.user, proven.channel, proven.is_connected) == (stranger, Channel.CABINET, True)
    assert list(Store.objects.across_users(reason="a test").live()) == [proven]
    assert find_price_list(key) is None


def test_who_lost_a_claim_can_not_go_on_with_it(seller, stranger):
    claimed = make_claimed_store(user=seller, merchant_id="30112233")
    log_in(stranger)

    with pytest.raises(StoreMissing):
        rotate_price_list(user=seller, store_id=claimed.pk, now=NOW)
    with pytest.raises(StoreTaken):
        claim_store(user=seller, merchant_id="30112233", name="Mine", now=NOW)


def test_a_session_is_not_taken_by_another(seller, stranger):
    proven = make_store(user=seller, merchant_id="30112233")

    with pytest.raises(StoreTaken):
        log_in(stranger)

    proven.refresh_from_db()
    assert (proven.user, proven.released_at) == (seller, None)


def test_who_logs_in_to_a_shop_they_claimed_keeps_it_and_its_channel(seller):
    claimed = make_claimed_store(user=seller, merchant_id="30112233")

    [store] = log_in(seller)

    assert (store.pk, store.channel, store.is_connected) == (
        claimed.pk,
        Channel.PRICE_LIST,
        True,
    )


def test_a_store_without_a_session_has_no_cabinet_to_read(seller):
    store = make_claimed_store(user=seller)

    with pytest.raises(StoreNotConnected):
        ticket_for(store)
    with pytest.raises(StoreNotConnected):
        order_sync(user=seller, store_id=store.pk, now=NOW)


def test_the_old_address_is_dead_at_once(seller):
    store = make_claimed_store(user=seller)
    old = store.price_list.secret.reveal()

    rotated = rotate_price_list(user=seller, store_id=store.pk, now=NOW)

    assert find_price_list(old) is None
    assert find_price_list(rotated.secret.reveal()) == rotated
    assert rotated.secret.reveal() not in repr(PriceList.rows.values_list("secret", "secret_hash"))


def test_an_address_is_of_256_bits_for_an_address_bar(seller):
    keys = {make_claimed_store(user=seller).price_list.secret.reveal() for _ in range(3)}

    assert [len(key) for key in keys] == [43, 43, 43]
    assert all(key.replace("-", "").replace("_", "").isalnum() for key in keys)


def test_nobody_rotates_a_strangers_list(seller, stranger):
    store = make_claimed_store(user=stranger)
    key = store.price_list.secret.reveal()

    with pytest.raises(StoreMissing):
        rotate_price_list(user=seller, store_id=store.pk, now=NOW)

    assert find_price_list(key) == store.price_list


def test_a_list_is_not_there_while_prices_go_by_the_cabinet(seller):
    store = make_store(user=seller)
    rotate_price_list(user=seller, store_id=store.pk, now=NOW)

    assert find_price_list(store.price_list.secret.reveal()) is None


def test_a_fetch_is_remembered_and_ends_the_worry_about_it(seller):
    store = make_claimed_store(user=seller, attention=Attention.PRICE_LIST_UNREAD)

    note_fetch(price_list=store.price_list, fetched_by="Kaspi/1.0 " + "x" * 300, now=NOW)

    store = Store.rows.select_related("price_list").get()
    assert (store.attention, store.price_list.fetched_at) == (Attention.NONE, NOW)
    assert len(store.price_list.fetched_by) == 200


def test_a_sync_counts_for_the_list_only_where_prices_go_by_it(seller):
    by_cabinet = make_store(user=seller)
    rotate_price_list(user=seller, store_id=by_cabinet.pk, now=NOW)
    by_list = make_store(user=seller, channel=Channel.PRICE_LIST)
    rotate_price_list(user=seller, store_id=by_list.pk, now=NOW)

    for store in (by_cabinet, by_list):
        finish_sync(job=make_job(store=store, state="RUNNING"), now=NOW + timedelta(minutes=1))

    assert [PriceList.rows.get(store=store).stated_at for store in (by_cabinet, by_list)] == [
        None,
        NOW + timedelta(minutes=1),
    ]


def test_one_reading_of_a_catalogue_at_a_time(seller):
    store = make_store(user=seller)
    make_job(store=store, kind="IMPORT")

    with pytest.raises(SyncUnderWay):
        begin_sync(store=store, now=NOW)
