"""What sellers are told of their prices, products and stores."""

from dataclasses import replace
from datetime import timedelta

import pytest
from django.db import transaction

from cube_demper.kernel.money import Money
from kaspi.models import Store
from kaspi.services.sessions import ticket_for
from news.models import Event
from products.engine.model import PushReport, Shown
from products.engine.orders import ChangeOrder
from products.models import BulkEdit, ChangeState, Market, Product
from products.pricing.modes import Mode
from products.pricing.wars import War
from products.services import bulk_edits
from products.services.brakes import pull_brake, release_brake
from products.services.bulk_edits import Line, Order, carry_out, order_edit
from products.services.outcomes import record_report
from products.services.stalls import find_stalls
from products.services.verdicts import record_verdicts
from tests.factories import (
    NOW,
    make_change,
    make_claimed_store,
    make_decision,
    make_entry,
    make_market,
    make_product,
    make_store,
)
from tests.products.verdicts import a_verdict

pytestmark = pytest.mark.db


@pytest.fixture
def store(seller):
    return make_store(user=seller)


@pytest.fixture
def product(store):
    return make_product(store=store, market=make_market(), anchor=Money.tenge(1000))


def record(*verdicts, now=NOW):
    with transaction.atomic():
        record_verdicts(verdicts, now=now)


def told(user):
    return [(one.kind, one.payload) for one in Event.objects.for_user(user).order_by("pk")]


def named(product):
    return {
        "product_id": product.pk,
        "store_id": product.store_id,
        "sku": product.sku,
        "title": product.title,
    }


def shown(change, price):
    seen = Money.tenge(price)
    listed = Shown(change.pk, seen, is_settled=True, is_wanted=seen == change.price)
    order = ChangeOrder(
        change_id=change.pk,
        ticket=ticket_for(change.product.store),
        sku=change.product.sku,
        city_id=change.product.store.city_id,
        price=change.price,
        corridor=change.product.corridor,
    )
    report = PushReport(outcomes=(listed,), renewed={})
    record_report(orders=[order], report=report, now=NOW)


def test_a_seller_is_told_of_a_price_once_kaspi_shows_it(product, seller):
    change = make_change(decision=make_decision(product=product), state=ChangeState.SENT)

    shown(change, 1000)
    before = told(seller)
    shown(change, 989)

    prices = {"change_id": change.pk, "price_tiyn": 98_900, "old_price_tiyn": 100_000}
    assert before == []
    assert told(seller) == [("PRICE_APPLIED", named(product) | prices)]


def test_a_price_that_a_price_list_brought_is_told_of_too(seller):
    store = make_claimed_store(user=seller)
    product = make_product(store=store, market=make_market())
    make_entry(product=product, stated_price=Money.tenge(989))
    make_change(decision=make_decision(product=product), state=ChangeState.PUBLISHED)

    record(a_verdict(product, 990, shown=989))

    [(kind, payload)] = told(seller)
    assert (kind, payload["price_tiyn"]) == ("PRICE_APPLIED", 98_900)


def test_the_floor_is_told_of_when_it_is_reached_and_not_while_it_lasts(product, seller):
    record(a_verdict(product, 905))
    record(a_verdict(product, 850))
    record(a_verdict(product, 840))

    assert told(seller) == [("FLOOR_REACHED", named(product) | {"wanted_price_tiyn": 90_000})]


def test_a_war_is_told_of_when_it_begins_and_when_it_ends(product, seller):
    calm = a_verdict(product, 990)
    war = War("99", NOW)

    record(replace(calm, product=replace(calm.product, war=war)))
    record(replace(calm, product=replace(calm.product, war=war)))
    record(calm)

    rival = named(product) | {"wanted_price_tiyn": 98_900, "rival": "99"}
    assert told(seller) == [("WAR_BEGUN", rival), ("WAR_ENDED", rival)]


def test_a_price_that_waits_for_a_yes_is_told_of(product, seller):
    verdict = a_verdict(product, 990)

    record(replace(verdict, product=replace(verdict.product, mode=Mode.APPROVE)))

    [(kind, payload)] = told(seller)
    assert (kind, payload["price_tiyn"]) == ("PROPOSAL_WAITING", 98_900)


def test_each_seller_is_told_of_their_own_alone(product, seller, stranger):
    other = make_product(store=make_store(user=stranger), market=product.market)

    record(a_verdict(product, 850), a_verdict(other, 990))

    assert [kind for kind, _ in told(seller)] == ["FLOOR_REACHED"]
    assert told(stranger) == []


def test_a_store_that_stops_because_prices_would_jump_is_told_of(
    store, seller, django_capture_on_commit_callbacks
):
    products = [
        make_product(
            store=store, market=make_market(), sku=f"SKU-{place}", anchor=Money.tenge(1000)
        )
        for place in range(12)
    ]

    with django_capture_on_commit_callbacks(execute=True):
        record(*[a_verdict(product, 1100) for product in products])

    stop = {"store_id": store.pk, "attention": "prices-jumped", "cause": "", "until": None}
    assert told(seller) == [("STORE_STOPPED", stop)]


def test_a_store_that_stands_still_is_told_of_once(store, product, seller):
    Store.rows.update(connected_at=NOW - timedelta(days=1))

    find_stalls(now=NOW, promised=timedelta(minutes=10))
    find_stalls(now=NOW, promised=timedelta(minutes=10))

    Market.objects.filter(pk=product.market_id).update(looked_at=NOW)
    for _ in range(2):
        find_stalls(now=NOW, promised=timedelta(minutes=10))

    stop = {"store_id": store.pk, "attention": "stalled", "cause": "not-looked-at", "until": None}
    assert told(seller) == [
        ("STORE_STOPPED", stop),
        ("STORE_GOES_ON", stop | {"attention": "", "cause": ""}),
    ]
    assert Product.rows.count() == 1


def test_everybody_with_a_live_store_is_told_of_the_brake_and_nobody_why(store, seller, stranger):
    make_store(user=seller)
    make_store(user=stranger, is_paused=True)

    for _ in range(2):
        pull_brake(reason="of no concern to sellers", now=NOW)
    for _ in range(2):
        release_brake(by="operator", now=NOW)

    assert told(seller) == [("PUSHES_STOPPED", {}), ("PUSHES_GO_ON", {})]
    assert told(stranger) == []


def test_a_bulk_edit_of_a_worker_is_told_of_as_it_goes(seller, store, monkeypatch):
    monkeypatch.setattr(bulk_edits, "AT_ONCE", 1)
    monkeypatch.setattr(bulk_edits, "_ROWS_AT_ONCE", 2)
    products = [make_product(store=store, sku=f"{n}", market=make_market()) for n in range(5)]
    order = Order([Line(one.pk, one.sku) for one in products], {"is_paused": True}, is_whole=False)

    edit = order_edit(user=seller, order=order, clock=lambda: NOW)
    carry_out(edit_id=edit.pk, clock=lambda: NOW)

    assert [
        (kind, payload.get("done"), payload.get("total")) for kind, payload in told(seller)
    ] == [
        ("JOB_PROGRESS", 2, 5),
        ("JOB_PROGRESS", 4, 5),
        ("JOB_ENDED", None, None),
    ]


def test_a_bulk_edit_is_told_of_when_it_ends(seller):
    edit = BulkEdit.rows.create(user=seller, total=0, ordered_at=NOW, touched_at=NOW)

    for _ in range(2):
        carry_out(edit_id=edit.pk, clock=lambda: NOW)

    ended = {"bulk_edit_id": edit.pk, "job_kind": "bulk_edit", "state": "done"}
    assert told(seller) == [("JOB_ENDED", ended | {"changed": 0, "refused": 0})]
