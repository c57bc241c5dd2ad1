"""A store that its seller takes away: nothing goes out, nothing opens it, and it may return."""

from datetime import timedelta

import pytest
from django.apps import apps

from cube_demper.kernel.money import Money
from cube_demper.kernel.sealing import SealedField, Secret
from kaspi.errors import LoginExpired, StoreMissing
from kaspi.login_ports import Connected
from kaspi.models import (
    Channel,
    Job,
    JobState,
    Login,
    LoginState,
    Order,
    OrdersAccess,
    Session,
    SessionState,
    Store,
)
from kaspi.ports import Cookie, CookieJar, Merchant
from kaspi.services import walks
from kaspi.services.price_lists import claim_store, find_price_list, rotate_price_list
from kaspi.services.sessions import open_session
from products.engine.model import PushReport, Ready, Sent
from products.models import Change, ChangeState, DecisionRecord, Product, RuleSheet
from products.services.lines import lend_lines
from products.services.outcomes import record_report
from products.services.removals import erase_removed, remove_store
from products.services.waves import begin_sending, claim_wave, orders_of
from tests.factories import (
    NOW,
    make_change,
    make_claimed_store,
    make_decision,
    make_entry,
    make_job,
    make_line,
    make_login,
    make_market,
    make_product,
    make_session,
    make_store,
)
from tests.products.engine.fakes import a_listing

pytestmark = pytest.mark.db
SHOP = "30112233"
JAR = CookieJar((Cookie("mc-sid", "the jar", ".kaspi.kz"),)).to_json()
SECRETS = {JAR, "the password", "the token", "the device"}


@pytest.fixture
def store(seller):
    session = make_session(user=seller, jar=Secret(JAR), password=Secret("the password"))
    return make_store(user=seller, session=session, merchant_id=SHOP)


def a_change(store, state=ChangeState.PENDING, **fields):
    product = make_product(store=store, market=make_market(), sku=f"SKU-{state}")
    make_entry(product=product, stated_price=Money.tenge(950))
    return make_change(decision=make_decision(product=product), state=state, **fields)


def remove(store, *, now=NOW):
    return remove_store(user=store.user, store_id=store.pk, now=now)


def log_in(user, *, brings_back=True):
    connected = Connected(jar=CookieJar(), merchants=(Merchant(SHOP, "Electronics"),))
    return open_session(
        user=user,
        account="shop@example.kz",
        connected=connected,
        now=NOW + timedelta(days=1),
        brings_back=brings_back,
    )


def sealed():
    """Everything that is sealed anywhere, opened."""
    return {
        value.reveal()
        for model in apps.get_models()
        for field in model._meta.fields
        if isinstance(field, SealedField)
        for value in model._default_manager.values_list(field.name, flat=True)
    }


@pytest.mark.parametrize(
    ("state", "ends"),
    [
        (ChangeState.PROPOSED, ChangeState.SUPERSEDED),
        (ChangeState.PENDING, ChangeState.SUPERSEDED),
        (ChangeState.PUBLISHED, ChangeState.SUPERSEDED),
        (ChangeState.SENDING, ChangeState.LOST),
        (ChangeState.SENT, ChangeState.LOST),
        (ChangeState.APPLIED, ChangeState.APPLIED),
    ],
)
def test_every_change_on_its_way_ends(store, state, ends):
    change = a_change(store, state)

    remove(store)

    change.refresh_from_db()
    assert change.state == ends


def test_what_waited_never_goes_out_though_its_line_was_lent(store):
    a_change(store)
    make_line(store=store, lease="mine", leased_until=NOW + timedelta(minutes=1), due_at=None)

    remove(store)

    assert claim_wave(store_id=store.pk, lease="mine", now=NOW).orders == []


def test_what_is_decided_in_the_same_moment_does_not_go_out_either(store, broker):
    remove(store)
    change = a_change(store)
    make_line(store=store)

    lend_lines(now=NOW)
    wave = claim_wave(store_id=store.pk, lease="mine", now=NOW)

    change.refresh_from_db()
    assert (broker.take(), wave.orders) == ([], [])
    assert change.state == ChangeState.SUPERSEDED


def test_a_wave_whose_listings_were_being_read_is_not_sent(store):
    make_line(store=store, lease="mine", leased_until=NOW + timedelta(minutes=1))
    a_change(store)
    [order] = claim_wave(store_id=store.pk, lease="mine", now=NOW).orders

    remove(store)
    ready = [Ready(order.change_id, a_listing(order.sku))]
    sending = begin_sending(ready, store_id=store.pk, lease="mine", now=NOW)

    assert sending == []
    assert Change.rows.get(pk=order.change_id).state == ChangeState.SUPERSEDED


def test_an_answer_that_comes_too_late_revives_nothing(store):
    change = a_change(store, ChangeState.SENDING)
    orders = orders_of([Change.rows.select_related("product__store__session").get()])

    remove(store)
    record_report(orders=orders, report=PushReport((Sent(change.pk, "job"),), {}), now=NOW)

    change.refresh_from_db()
    assert (change.state, change.failure, change.lease) == (ChangeState.LOST, "store-removed", "")


def test_no_secret_of_it_is_left_anywhere(store, seller):
    rotate_price_list(user=seller, store_id=store.pk, now=NOW)
    address = store.price_list.secret.reveal()
    OrdersAccess.rows.create(store=store, token=Secret("the token"), set_at=NOW, next_read_at=NOW)
    make_login(user=seller, state=LoginState.FAILED, device=Secret("the device"))
    assert sealed() > SECRETS | {address}

    remove(store)

    assert sealed() & (SECRETS | {address}) == set()
    assert find_price_list(address) is None
    assert not Session.rows.exists()


def test_a_session_that_opens_another_store_stays(store, seller):
    other = make_store(user=seller, session=store.session)

    remove(store)

    other.refresh_from_db()
    assert other.is_connected
    assert Session.rows.get().password.reveal() == "the password"


def test_the_same_account_of_another_seller_stays(store, stranger):
    theirs = make_store(user=stranger, session=make_session(user=stranger, jar=Secret('["its"]')))
    make_login(user=stranger, device=Secret("its device"))

    remove(store)

    theirs.refresh_from_db()
    assert theirs.is_connected
    assert sealed() >= {'["its"]', "its device", "Kaspi-2026"}


def test_a_walk_under_way_ends_and_opens_nothing(store, seller):
    login = make_login(user=seller, is_renewal=True)
    connected = Connected(jar=CookieJar(), merchants=(Merchant(SHOP, "Electronics"),))

    remove(store)
    with pytest.raises(LoginExpired):
        walks._accept(login, connected, now=NOW)

    login.refresh_from_db()
    assert (login.state, login.reason) == (LoginState.FAILED, "store-removed")
    assert not Store.rows.filter(released_at=None).exists()
    assert not Session.rows.exists()


def test_a_reading_under_way_is_given_up_and_its_markets_are_let_go(store):
    job = make_job(store=store, state=JobState.RUNNING)
    market = make_market()
    make_product(store=store, market=market)

    remove(store)

    market.refresh_from_db()
    assert Job.rows.get(pk=job.pk).state == JobState.FAILED
    assert not market.is_watched


def test_a_market_that_another_seller_needs_stays_watched(store, stranger):
    market = make_market()
    make_product(store=store, market=market)
    make_product(store=make_store(user=stranger), market=market)

    remove(store)

    market.refresh_from_db()
    assert market.is_watched


def test_nobody_sees_it_any_more(store, seller):
    change = a_change(store)

    remove(store)

    for model in (Store, Product, Change, DecisionRecord):
        assert not model.objects.for_user(seller).exists()
    assert Change.rows.get() == change
    with pytest.raises(StoreMissing):
        remove(store)


def test_a_foreign_store_is_not_to_be_found(store, stranger):
    make_store(user=stranger)

    with pytest.raises(StoreMissing):
        remove_store(user=stranger, store_id=store.pk, now=NOW)

    store.refresh_from_db()
    assert (store.removed_at, store.is_connected) == (None, True)


def test_a_login_of_its_seller_brings_it_back_as_it_was(store, seller):
    product = make_product(store=store, market=make_market(), rules={"position": 2})
    RuleSheet.rows.create(user=seller, store=store, rules={"mode": "SHADOW"}, changed_at=NOW)
    remove(store)

    [back] = log_in(seller)

    assert (back.pk, back.channel, back.is_connected) == (store.pk, Channel.CABINET, True)
    assert Product.objects.for_user(seller).get() == product
    assert RuleSheet.objects.for_user(seller).get().rules == {"mode": "SHADOW"}


def test_a_machine_that_logs_in_does_not_bring_it_back(store, seller):
    remove(store)

    assert log_in(seller, brings_back=False) == []

    assert not Store.objects.for_user(seller).exists()


def test_a_claim_of_its_seller_brings_it_back_with_a_new_address(seller):
    store = make_claimed_store(user=seller, merchant_id=SHOP)
    old = store.price_list.secret.reveal()
    remove(store)

    back = claim_store(user=seller, merchant_id=SHOP, name="Anew", now=NOW)

    assert (back.pk, back.name, back.price_list.stated_at) == (store.pk, "Anew", None)
    assert back.price_list.secret.reveal() != old


def test_another_seller_may_have_the_shop_and_gets_nothing_of_the_first(store, stranger):
    make_product(store=store, market=make_market())
    remove(store)

    [theirs] = log_in(stranger)

    assert theirs.pk != store.pk
    assert not Product.objects.for_user(stranger).exists()


def test_it_is_erased_when_its_time_is_over_and_not_before(store, seller, stranger):
    a_change(store)
    Order.rows.create(
        store=store,
        kaspi_id="1",
        buyer_phone=Secret(""),
        code="1",
        total=Money.tenge(1),
        delivery_cost=Money.tenge(0),
        placed_at=NOW,
        first_read_at=NOW,
        read_at=NOW,
        changed_at=NOW,
    )
    other = a_change(make_store(user=stranger))
    make_store(user=seller, session=make_session(user=seller, account="2", state=SessionState.LIVE))
    remove(store)
    kept = timedelta(days=90)

    early = erase_removed(now=NOW + kept - timedelta(seconds=1), kept=kept)
    late = erase_removed(now=NOW + kept, kept=kept)

    assert (early, late) == (0, 1)
    assert not Store.rows.filter(pk=store.pk).exists()
    assert (Store.rows.count(), list(Change.rows.all()), Order.rows.count()) == (2, [other], 0)


def test_what_came_back_is_not_erased(store, seller):
    remove(store)
    log_in(seller)

    assert erase_removed(now=NOW + timedelta(days=900), kept=timedelta(days=1)) == 0
    assert Login.rows.count() == 0
