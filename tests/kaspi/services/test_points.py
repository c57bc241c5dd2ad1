from datetime import timedelta

import pytest

from kaspi import ports
from kaspi.models import ALMATY, City, Point
from kaspi.services import points
from tests.factories import NOW, make_store

pytestmark = pytest.mark.db

ASTANA, SHYMKENT = "710000000", "511010000"


@pytest.fixture
def store(seller):
    return make_store(user=seller)


def a_point(point_id="30112233_PP1", city_id=ALMATY, **fields):
    city = ports.City(city_id, f"City {city_id}") if city_id else None
    return ports.StorePoint(
        **{
            "point_id": point_id,
            "name": "PP1",
            "city": city,
            "address": "Абая 10",
            "is_enabled": True,
        }
        | fields
    )


def test_points_are_kept_with_their_cities(store):
    points.keep_points(
        store=store, points=[a_point("30112233_PP1"), a_point("30112233_2"), a_point("X", None)]
    )

    kept = Point.rows.order_by("pk").values_list("point_id", "city__name", "address")
    assert list(kept) == [
        ("30112233_PP1", "City 750000000", "Абая 10"),
        ("30112233_2", "City 750000000", "Абая 10"),
        ("X", None, "Абая 10"),
    ]


def test_a_point_that_is_named_no_more_is_switched_off_and_comes_back(store, stranger):
    foreign = make_store(user=stranger)
    points.keep_points(store=foreign, points=[a_point("30500017_PP1")])
    points.keep_points(store=store, points=[a_point("30112233_PP1"), a_point("30112233_PP2")])

    points.keep_points(store=store, points=[a_point("30112233_PP2")])
    after = dict(Point.rows.values_list("point_id", "is_enabled"))
    points.keep_points(store=store, points=[a_point("30112233_PP1"), a_point("30112233_PP2")])

    assert after == {"30500017_PP1": True, "30112233_PP1": False, "30112233_PP2": True}
    assert Point.rows.filter(store=store, is_enabled=True).count() == 2


@pytest.mark.parametrize(
    ("cities", "city_id"),
    [
        pytest.param([ALMATY, ASTANA, ASTANA], ALMATY, id="it has a point where it prices"),
        pytest.param([SHYMKENT, ASTANA, ASTANA], ASTANA, id="most points"),
        pytest.param([SHYMKENT, ASTANA], SHYMKENT, id="a draw: the first point"),
        pytest.param([None], ALMATY, id="a point nowhere"),
        pytest.param([], ALMATY, id="no points"),
    ],
)
def test_a_store_prices_where_its_points_are(store, cities, city_id):
    there = [a_point(f"30112233_PP{number}", city) for number, city in enumerate(cities)]

    points.keep_points(store=store, points=there)

    store.refresh_from_db()
    assert store.city_id == city_id


def test_a_point_that_is_switched_off_draws_no_prices(store):
    points.keep_points(store=store, points=[a_point(city_id=ASTANA, is_enabled=False)])

    store.refresh_from_db()
    assert store.city_id == ALMATY


def test_all_cities_are_read_once_a_week(store):
    points.keep_points(store=store, points=[a_point()])
    before = points.are_cities_old(now=NOW)
    points.keep_cities(cities=[ports.City(ALMATY, "Алматы"), ports.City(ASTANA, "Астана")], now=NOW)

    assert before
    assert not points.are_cities_old(now=NOW + timedelta(days=6))
    assert points.are_cities_old(now=NOW + timedelta(days=7))
    assert list(City.objects.order_by("pk").values_list("name", flat=True)) == ["Астана", "Алматы"]
