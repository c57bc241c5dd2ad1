"""Many sellers at one marketplace: one look for all on a card, and nobody suffers for another."""

from datetime import timedelta

import pytest
from django.conf import settings
from django.utils import timezone
from redis import Redis

from cube_demper.kernel.limiting.desk import Desk
from cube_demper.kernel.money import Money
from cube_demper.kernel.sealing import Secret
from kaspi import runtime
from kaspi.models import Attention, Store
from products.models import Change, ChangeState, Market, PushLine, Round
from products.services.changes import push_changes
from products.services.reprice import reprice_batch
from tests.factories import (
    make_card,
    make_market,
    make_product,
    make_session,
    make_store,
    make_user,
)
from tests.products.pushing import AIGERIM, LEASE, a_change, lent, push, pushes

pytestmark = pytest.mark.flow
DAULET = "30445566"


@pytest.fixture
def neighbours_store(stranger, sandbox):
    jar = sandbox.log_in("daulet@demo.kz")
    session = make_session(user=stranger, jar=Secret(jar.to_json()))
    runtime.run(lambda gateway: gateway.remember_changes(DAULET, used_at=[]), timeout_s=5)
    return make_store(user=stranger, session=session, merchant_id=DAULET)


@pytest.fixture
def banned(sandbox):
    """Her pushes meet a ban of half an hour; the limiter forgets it when the test is over."""
    sandbox.break_("push", "429", retry_after_s=1800, merchant_id=AIGERIM)
    yield
    with Redis.from_url(settings.REDIS_URL) as redis:
        Desk(redis).lift(f"kaspi:push:{AIGERIM}")


def on_sale(sandbox, merchant_id):
    return [one for one in sandbox.listings(merchant_id) if one["on_sale"]]


def look_at(market):
    Market.objects.filter(pk=market.pk).update(**lent())
    reprice_batch(shard=market.shard, market_ids=[market.pk], lease=LEASE, clock=timezone.now)


def test_one_look_decides_for_every_seller_on_a_card(store, shelf, sandbox, broker):
    listing = shelf[0]
    market = make_market(card=make_card(master_sku=listing["master_sku"]))
    stores = [store, *(make_store(user=make_user()) for _ in range(2))]
    for one in stores:
        make_product(
            store=one,
            market=market,
            price=Money.tenge(listing["price"]),
            floor=Money.tenge(10),
            ceiling=Money.tenge(10_000_000),
        )

    look_at(market)

    [seen] = Round.objects.all()
    assert len(sandbox.requests("offers")) == 1
    assert (seen.looks, seen.decisions) == (1, 3)
    assert set(PushLine.rows.values_list("store", flat=True)) == {one.pk for one in stores}


def test_a_banned_shop_stands_still_and_nobody_else_does(
    store, neighbours_store, shelf, sandbox, banned
):
    ours = a_change(store, shelf[0])
    theirs = a_change(neighbours_store, on_sale(sandbox, DAULET)[0])

    push(store)
    push(neighbours_store)
    push(store, later=timedelta(minutes=20))

    ours.refresh_from_db()
    theirs.refresh_from_db()
    told = dict(Store.rows.values_list("merchant_id", "attention"))
    assert (ours.state, ours.failure) == (ChangeState.PENDING, "pushes-banned")
    assert theirs.state == ChangeState.SENT
    assert told == {AIGERIM: Attention.PUSHES_BANNED, DAULET: Attention.NONE}
    assert [one["merchant_id"] for one in pushes(sandbox)] == [AIGERIM, DAULET]


def test_a_banned_shop_is_decided_for_all_the_same(store, shelf, banned):
    change = a_change(store, shelf[0])
    push(store)
    product, sku = change.product, shelf[0]["master_sku"]
    type(product.market.card).objects.filter(pk=product.market.card_id).update(master_sku=sku)

    look_at(product.market)

    [seen] = Round.objects.all()
    assert (seen.looks, seen.failures, seen.decisions) == (1, 0, 1)


def test_a_store_with_much_to_send_gives_way_after_a_turn_of_four_seconds(
    store, neighbours_store, shelf, sandbox, monkeypatch, broker, django_capture_on_commit_callbacks
):
    monkeypatch.setattr(settings, "KASPI_BUNDLE_MOST", 3)  # and so many are a wave
    runtime.close()  # the next gateway reads it
    for listing in shelf[:7]:
        a_change(store, listing)
    began = timezone.now()
    PushLine.rows.create(store=store, **lent())
    PushLine.rows.create(store=neighbours_store, due_at=began)

    def clock():
        """Each request that pushes takes two and a half seconds."""
        return began + timedelta(seconds=2.5 * len(pushes(sandbox)))

    with django_capture_on_commit_callbacks(execute=True):
        push_changes(store_id=store.pk, lease=LEASE, clock=clock)

    states = [*Change.rows.order_by("state").values_list("state", flat=True)]
    served_next = [order.arguments["store_id"] for order in broker.take()]
    assert states == [ChangeState.PENDING, *[ChangeState.SENT] * 6]
    assert served_next == [neighbours_store.pk, store.pk]
