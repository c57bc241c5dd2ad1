"""``kill -9`` of the marketplace, before and while it is talked to; and it comes back."""

import threading
from datetime import timedelta

import pytest
from django.utils import timezone

from cube_demper.kernel.sealing import Secret
from kaspi import runtime
from products.models import ChangeState, Market
from products.services.reprice import reprice_batch
from tests.factories import make_session, make_store
from tests.flows.patience import until
from tests.kaspi.clients.stand_ins import Sandbox
from tests.products.pushing import AIGERIM, LEASE, a_change, lent, push, pushes, settle, shown

pytestmark = pytest.mark.flow
UNAVAILABLE = "kaspi-unavailable"
LATER = timedelta(minutes=1)
CALLED_LOST = timedelta(minutes=4)


class Marketplace:
    """One of our own, that keeps what it knows in a file; to be killed."""

    def __init__(self, state):
        self.state = state
        self.now = Sandbox.start(state=state)

    def until_kept(self, known):
        until(self.state.read_text, lambda text: known in text)

    def fall(self):
        self.now.process.kill()
        self.now.process.communicate()

    def fall_within_a_request(self):
        """Fall as soon as the one request is held back that a fault was ordered for."""
        until(self.now.faults, lambda faults: faults == [])
        self.fall()

    def come_back(self):
        self.now = self.now.again(state=self.state)


@pytest.fixture
def marketplace(tmp_path, settings):
    market = Marketplace(tmp_path / "state.json")
    for name, url in market.now.settings.items():
        setattr(settings, name, url)
    runtime.close()
    yield market
    runtime.close()
    market.now.stop()


@pytest.fixture
def store(seller, marketplace):
    jar = marketplace.now.log_in("aigerim@demo.kz")
    marketplace.until_kept(next(cookie.value for cookie in jar.cookies if cookie.name == "mc-sid"))
    session = make_session(user=seller, jar=Secret(jar.to_json()))
    runtime.run(lambda gateway: gateway.remember_changes(AIGERIM, used_at=[]), timeout_s=5)
    return make_store(user=seller, session=session, merchant_id=AIGERIM)


@pytest.fixture
def listing(marketplace):
    return next(one for one in marketplace.now.listings(AIGERIM) if one["on_sale"])


@pytest.fixture
def change(store, listing):
    return a_change(store, listing)


def test_a_change_waits_while_the_marketplace_is_dead_and_goes_when_it_is_back(
    store, change, listing, marketplace
):
    marketplace.fall()
    push(store)
    change.refresh_from_db()
    meanwhile = (change.state, change.failure)

    marketplace.come_back()
    push(store, later=LATER)
    settle(change, marketplace.now, listing, later=LATER)

    assert meanwhile == (ChangeState.PENDING, UNAVAILABLE)
    assert change.state == ChangeState.APPLIED
    assert shown(marketplace.now, listing)["price"] == change.price.whole_tenge


def test_a_push_in_which_the_marketplace_died_is_read_and_not_sent_again(
    store, change, listing, marketplace
):
    marketplace.now.break_("push", "timeout", timeout_s=9, count=1)
    killer = threading.Thread(target=marketplace.fall_within_a_request)
    killer.start()
    push(store)
    killer.join()
    change.refresh_from_db()
    meanwhile = change.state

    marketplace.come_back()
    push(store, later=LATER)
    settle(change, marketplace.now, listing, later=CALLED_LOST)

    assert meanwhile == ChangeState.SENDING
    assert change.state == ChangeState.LOST
    assert pushes(marketplace.now) == []


def test_a_look_at_a_dead_marketplace_fails_by_itself_and_comes_again(store, change, marketplace):
    market = change.product.market
    marketplace.fall()

    Market.objects.filter(pk=market.pk).update(**lent())
    reprice_batch(shard=1, market_ids=[market.pk], lease=LEASE, clock=timezone.now)

    market.refresh_from_db()
    assert (market.failure, market.failures, market.lease) == (UNAVAILABLE, 1, "")
    assert market.next_look_at > timezone.now()
