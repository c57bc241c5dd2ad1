"""A shop without a login: from Kaspi's own export to a price that buyers see, over real HTTP."""

import io
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from django.db import transaction

from kaspi.models import Channel, JobState
from kaspi.services.imports import order_import
from kaspi.services.price_lists import claim_store
from products.models import Change, ChangeState, Product
from products.services.corridors import change_product
from products.services.imports import import_catalogue
from products.services.verdicts import record_verdicts
from tests.factories import NOW
from tests.flows.market import Market, all_but_the_price
from tests.flows.patience import until
from tests.products.verdicts import a_verdict
from tests.sandbox.processes import Process

pytestmark = pytest.mark.flow

MERCHANT_ID = "30112233"


@pytest.fixture
def shop(tmp_path) -> Iterator[httpx.Client]:
    """The sandbox's control API, in a quiet market."""
    process = Process(state=tmp_path / "state.json")
    try:
        process.start()
        shop_url = process.urls["shop_url"]
        market = Market(shop_url=shop_url)
        market.be_quiet()
        market.close()
        with httpx.Client(base_url=f"{shop_url}/_sandbox", timeout=20) as client:
            yield client
    finally:
        process.kill()


def offered(shop: httpx.Client, master_sku: str) -> int:
    """What a buyer sees our shop ask."""
    root = str(shop.base_url).removesuffix("/_sandbox/")
    answer = httpx.post(
        f"{root}/yml/offer-view/offers/{master_sku}",
        json={"cityId": "750000000", "limit": 50},
        headers={"User-Agent": "Mozilla/5.0", "Referer": f"{root}/shop/"},
    )
    offers: list[dict[str, Any]] = answer.raise_for_status().json()["offers"]
    return next(int(offer["price"]) for offer in offers if offer["merchantId"] == MERCHANT_ID)


def listings(shop: httpx.Client) -> list[dict[str, Any]]:
    answer = shop.get("/listings", params={"merchant_id": MERCHANT_ID}).raise_for_status()
    found: list[dict[str, Any]] = answer.json()["listings"]
    return found


def imported(shop: httpx.Client, user):
    export = shop.get("/price-lists/export", params={"merchant_id": MERCHANT_ID}).read()
    store = claim_store(user=user, merchant_id=MERCHANT_ID, name="Shop", now=NOW)
    file = io.BytesIO(export)
    job = order_import(
        user=user, store_id=store.pk, file=file, is_archive=False, is_whole=True, now=NOW
    )
    import_catalogue(job_id=job.pk, clock=lambda: NOW)
    job.refresh_from_db()
    return store, job


def test_from_an_export_to_a_price_that_buyers_see(shop, live_server, seller, transactional_db):
    # given a catalogue built from Kaspi's own export, and its list at an address of ours
    store, job = imported(shop, seller)
    product = Product.rows.filter(store=store, market__isnull=False, is_on_sale=True).first()
    assert (job.state, store.channel) == (JobState.DONE, Channel.PRICE_LIST)
    assert product is not None
    assert product.market is not None
    assert product.price is not None
    master_sku, old = product.market.card.master_sku, product.price.whole_tenge
    corridor = {"floor": product.price, "ceiling": product.price + product.price}
    product = change_product(user=seller, product_id=product.pk, changes=corridor, now=NOW)
    address = f"{live_server.url}/kaspi/feed/{store.price_list.secret.reveal()}.xml"

    # when a price is decided, and Kaspi fetches the list
    with transaction.atomic():
        record_verdicts([a_verdict(product, old + 101, shown=old)], now=NOW)
    shop.post("/price-lists", json={"merchant_id": MERCHANT_ID, "url": address})
    before = offered(shop, master_sku)
    stood = {one["sku"]: one for one in listings(shop)}
    report = shop.post("/price-lists/fetch", json={"merchant_id": MERCHANT_ID}).json()

    # then it takes the whole list, changes that one price, and the next look ends the change
    shown = until(lambda: offered(shop, master_sku), lambda price: price != before)
    with transaction.atomic():
        record_verdicts([a_verdict(product, old + 101, shown=shown)], now=NOW)
    change = Change.rows.get()
    store.price_list.refresh_from_db()
    assert (report["status"], report["errors"], report["unknown"]) == ("APPLIED", [], [])
    assert report["offers"] == job.done
    stands = {one["sku"]: one for one in listings(shop)}
    assert {sku for sku in stands if stands[sku]["price"] != stood[sku]["price"]} == {product.sku}
    assert list(map(all_but_the_price, stands.values())) == list(
        map(all_but_the_price, stood.values())
    )
    assert (before, shown) == (old, old + 100)
    assert (change.state, change.price.whole_tenge) == (ChangeState.APPLIED, old + 100)
    assert store.price_list.fetched_at is not None
