from datetime import timedelta

import pytest

from kaspi.models import Channel, Store
from news.models import Event
from preorders.models import Preorder
from preorders.services import keeping
from preorders.services.keeping import Terms
from preorders.services.steering import steer, steer_due
from products.models import ChangeState, PreorderChange, Product
from products.services.channels import choose_channel
from products.services.removals import remove_store
from tests.factories import NOW
from tests.preorders.pushing import days_ordered, lose, refuse, send, show

pytestmark = pytest.mark.db
HOUR = timedelta(hours=1)


def begin(product, point_id="PP1", *, now=NOW, **terms):
    preorder = keeping.begin(
        user=product.store.user,
        product_id=product.pk,
        point_id=point_id,
        terms=Terms(**{"days": 14, **terms}),
        now=now,
    )
    steer(product.pk, now=now)
    return preorder


def begun(product, point_id="PP1", **terms):
    preorder = begin(product, point_id, **terms)
    show(send(product.store))
    steer(product.pk, now=NOW)
    return preorder


def end(preorder, *, now=NOW):
    keeping.end(user=preorder.product.store.user, preorder_id=preorder.pk, now=now)
    steer(preorder.product_id, now=now)


def read_catalogue(product, points, *, now):
    """A sync has written what Kaspi shows of the product."""
    Product.rows.filter(pk=product.pk).update(points=points, listed_at=now)


def standing(preorder):
    preorder.refresh_from_db()
    return preorder.state, preorder.reason, preorder.shown_days


def test_a_preorder_is_active_once_kaspi_shows_it(product):
    preorder = begin(product)
    ordered = days_ordered(product)
    sent = send(product.store)
    before = standing(preorder)

    show(sent)

    product.refresh_from_db()
    assert (ordered, before) == ({"PP1": 14}, ("PENDING", "", 0))
    assert standing(preorder) == ("ACTIVE", "", 14)
    assert product.points[0] == {"id": "PP1", "yes": True, "preorder": 14}
    assert days_ordered(product) is None


def test_several_points_of_a_product_go_with_one_statement(product):
    begin(product, "PP1", days=14)
    begin(product, "PP2", days=3)

    [order] = send(product.store)

    assert order.days == {"PP1": 14, "PP2": 3}


def test_what_is_wanted_while_a_statement_is_under_way_goes_after_it(product):
    begin(product, "PP1")
    sent = send(product.store)
    begin(product, "PP2", days=3)
    meanwhile = PreorderChange.rows.count()

    show(sent)
    steer(product.pk, now=NOW)

    assert meanwhile == 1
    assert days_ordered(product) == {"PP2": 3}


def test_a_preorder_starts_at_its_time_and_ends_at_its_time(product):
    preorder = begin(product, starts_at=NOW + HOUR, ends_at=NOW + 3 * HOUR)
    too_early = steer_due(now=NOW), days_ordered(product)

    steer_due(now=NOW + HOUR)
    show(send(product.store, now=NOW + HOUR), now=NOW + HOUR)
    active = standing(preorder)
    steer_due(now=NOW + 3 * HOUR)
    ending = days_ordered(product)
    show(send(product.store, now=NOW + 3 * HOUR), now=NOW + 3 * HOUR)

    assert too_early == (0, None)
    assert active == ("ACTIVE", "", 14)
    assert ending == {"PP1": 0}
    assert standing(preorder) == ("ENDED", "at-its-end", 0)


def test_one_that_never_started_is_over_at_its_time_without_a_word_to_kaspi(product):
    preorder = begin(product, ends_at=NOW + HOUR)

    steer_due(now=NOW + 2 * HOUR)

    assert standing(preorder) == ("ENDED", "at-its-end", 0)
    assert days_ordered(product) is None


def test_one_that_is_ended_while_it_is_on_its_way_is_taken_back_afterwards(product):
    preorder = begin(product)
    sent = send(product.store)

    end(preorder)
    show(sent)
    steer(product.pk, now=NOW)
    taken_back = days_ordered(product)
    show(send(product.store))

    assert taken_back == {"PP1": 0}
    assert standing(preorder) == ("ENDED", "by-seller", 0)


@pytest.mark.parametrize(
    ("trouble", "reason"),
    [
        (lambda orders: refuse(orders, "point-has-stock"), "point-has-stock"),
        (lose, "never-shown"),
    ],
)
def test_one_that_kaspi_refuses_has_failed_and_may_be_tried_again(product, trouble, reason):
    preorder = begin(product)

    trouble(send(product.store))
    failed = standing(preorder)
    keeping.change(
        user=product.store.user, preorder_id=preorder.pk, changes={"state": "PENDING"}, now=NOW
    )
    steer(product.pk, now=NOW)

    assert failed == ("FAILED", reason, 0)
    assert standing(preorder) == ("PENDING", "", 0)
    assert days_ordered(product) == {"PP1": 14}


def test_days_that_kaspi_refuses_leave_an_active_one_as_it_was(product):
    preorder = begun(product)
    keeping.change(user=product.store.user, preorder_id=preorder.pk, changes={"days": 3}, now=NOW)
    steer(product.pk, now=NOW)

    refuse(send(product.store), "push-rejected")

    assert standing(preorder) == ("ACTIVE", "push-rejected", 14)
    assert preorder.days == 14
    assert steer_due(now=NOW) == 0


def test_an_end_that_kaspi_refuses_is_tried_again_after_a_while(product):
    preorder = begun(product)
    end(preorder)

    refuse(send(product.store), "push-rejected")
    at_once = steer_due(now=NOW)
    later = steer_due(now=NOW + HOUR)

    assert standing(preorder) == ("ACTIVE", "push-rejected", 14)
    assert (at_once, later) == (0, 1)
    assert days_ordered(product) == {"PP1": 0}


@pytest.mark.parametrize(
    ("points", "found"),
    [
        pytest.param(
            [{"id": "PP1", "yes": True, "preorder": 14, "stock": 3}],
            ("ACTIVE", "", 14, {"PP1": 0}),
            id="stock has arrived: it is taken back",
        ),
        pytest.param(
            [{"id": "PP1", "yes": True}],
            ("ENDED", "withdrawn-at-kaspi", 0, None),
            id="somebody took it back in the cabinet",
        ),
        pytest.param([], ("ENDED", "point-missing", 0, None), id="the point is gone"),
        pytest.param(
            [{"id": "PP1", "yes": True, "preorder": 5}],
            ("ACTIVE", "", 5, None),
            id="somebody chose other days in the cabinet",
        ),
        pytest.param(
            [{"id": "PP1", "yes": True, "preorder": 14}], ("ACTIVE", "", 14, None), id="as it was"
        ),
    ],
)
def test_what_the_catalogue_says_later_is_taken_up(product, points, found):
    preorder = begun(product)

    read_catalogue(product, points, now=NOW + HOUR)
    steer_due(now=NOW + HOUR)

    assert (*standing(preorder), days_ordered(product)) == found
    assert steer_due(now=NOW + HOUR) == 0


def test_one_whose_stock_arrived_ends_when_kaspi_shows_it_no_more(product):
    preorder = begun(product)
    points = [{"id": "PP1", "yes": True, "preorder": 14, "stock": 3}]
    read_catalogue(product, points, now=NOW + HOUR)
    steer_due(now=NOW + HOUR)

    show(send(product.store, now=NOW + HOUR), now=NOW + HOUR)

    assert standing(preorder) == ("ENDED", "stock-arrived", 0)


def test_a_catalogue_that_was_read_before_kaspi_showed_it_ends_nothing(product):
    preorder = begun(product)

    read_catalogue(product, [{"id": "PP1", "yes": True}], now=NOW + timedelta(minutes=1))
    steer_due(now=NOW + timedelta(minutes=1))

    assert standing(preorder) == ("ACTIVE", "", 14)


def test_a_product_that_leaves_the_catalogue_ends_its_preorders(product):
    preorders = [begun(product), begin(product, "PP2")]

    Product.rows.update(missing_since=NOW)
    steer_due(now=NOW)

    assert {standing(one) for one in preorders} == {("ENDED", "listing-missing", 0)}


def test_what_waits_when_its_store_is_removed_fails(product, seller):
    preorder = begin(product)

    remove_store(user=seller, store_id=product.store_id, now=NOW)

    assert standing(preorder) == ("FAILED", "store-removed", 0)
    assert PreorderChange.rows.get().state == ChangeState.SUPERSEDED


def test_what_waits_when_its_store_goes_over_to_a_price_list_fails(product, seller):
    preorder = begin(product)

    choose_channel(user=seller, store_id=product.store_id, channel=Channel.PRICE_LIST, now=NOW)

    assert standing(preorder) == ("FAILED", "cabinet-needed", 0)


def test_what_waits_for_a_paused_store_goes_when_it_goes_on(product):
    preorder = begin(product)
    Store.rows.update(is_paused=True)
    meanwhile = send(product.store)

    Store.rows.update(is_paused=False)
    show(send(product.store))

    assert meanwhile == []
    assert standing(preorder) == ("ACTIVE", "", 14)


def test_repricing_rests_while_the_last_of_the_preorders_that_ask_for_it_is_active(product):
    first = begun(product, "PP1", pauses_repricing=True)
    second = begun(product, "PP2", pauses_repricing=True)
    seen = []
    for preorder in (first, second):
        product.refresh_from_db()
        seen.append(product.is_paused)
        end(preorder)
        show(send(product.store))
        steer(product.pk, now=NOW)
        seen.append(steer_due(now=NOW))
    product.refresh_from_db()

    assert [*seen, product.is_paused] == [True, 0, True, 0, False]
    assert not Preorder.rows.filter(has_paused=True).exists()


def test_a_pause_is_its_sellers_whatever_preorders_ask_for(product):
    Product.rows.update(is_paused=True)
    preorder = begun(product, pauses_repricing=True)

    end(preorder)
    show(send(product.store))
    steer(product.pk, now=NOW)
    product.refresh_from_db()

    assert product.is_paused


def test_a_seller_who_resumes_repricing_is_not_contradicted(product):
    begun(product, pauses_repricing=True)

    Product.rows.update(is_paused=False)
    steer_due(now=NOW + HOUR)
    product.refresh_from_db()

    assert not product.is_paused


def test_sellers_are_told_what_becomes_of_preorders(product):
    preorder = begun(product)
    end(preorder)
    show(send(product.store))
    refuse([*begin_and_send(product, "PP2")], "push-rejected")

    told = Event.rows.order_by("pk").values_list("kind", "payload__point_id", "payload__reason")
    assert list(told) == [
        ("PREORDER_ACTIVE", "PP1", ""),
        ("PREORDER_ENDED", "PP1", "by-seller"),
        ("PREORDER_FAILED", "PP2", "push-rejected"),
    ]


def begin_and_send(product, point_id):
    begin(product, point_id)
    return send(product.store)


def test_a_clock_that_has_nothing_to_do_asks_twice(product, django_assert_num_queries):
    begun(product)

    with django_assert_num_queries(2):
        steer_due(now=NOW)
