import pytest

from cube_demper.kernel.money import Money
from products.models import Market, Product, RuleSheet
from tests.factories import NOW, make_market, make_product, make_store

pytestmark = pytest.mark.db
LATER = NOW.replace(year=2099)


@pytest.fixture
def store(seller):
    return make_store(user=seller)


@pytest.fixture
def product(store):
    return make_product(store=store, market=make_market(next_look_at=LATER))


@pytest.fixture
def foreign(stranger):
    return make_product(store=make_store(user=stranger), market=make_market(next_look_at=LATER))


def test_a_product_without_rules_of_its_own_follows_the_wider_sheets(api, product):
    api.patch("/products/rules", {"strategy": "match_first", "position": 4})
    api.patch(f"/kaspi/stores/{product.store_id}/rules", {"strategy": "creep"})

    document = api.get(f"/products/{product.pk}/rules").json()

    assert document == {
        "rules": {},
        "in_effect": {"strategy": "creep", "position": 4},
        "margin_floor": None,
        "is_unpayable": False,
    }


def test_rules_are_kept_as_they_were_sent_and_the_market_is_looked_at_at_once(api, product):
    sent = {
        "strategy": "premium",
        "premium_percent": 1.5,
        "excluded_merchants": ["30000009"],
        "working_hours": [{"begins": "21:00", "ends": "03:00", "weekdays": [4, 5]}],
        "corridors": [
            {"begins": "00:00", "ends": "06:00", "floor_tiyn": 95_000, "ceiling_tiyn": 99_000}
        ],
        "least_rating": 4.5,
        "ending": "990",
        "with_preorders": False,
    }

    document = api.patch(f"/products/{product.pk}/rules", sent).json()

    assert document["rules"] == sent
    assert api.get(f"/products/{product.pk}/rules").json() == document
    assert Market.objects.get().next_look_at.year < 2099


def test_an_entry_that_is_sent_as_null_is_taken_off(api, product):
    api.patch(f"/products/{product.pk}/rules", {"strategy": "creep", "position": 3})

    document = api.patch(f"/products/{product.pk}/rules", {"strategy": None}).json()

    assert document["rules"] == {"position": 3}


def test_costs_are_shown_as_a_floor_with_its_arithmetic(api, product):
    sent = {"cost_tiyn": 80_050, "delivery_tiyn": 9_950, "margin_percent": 2.5}

    document = api.patch(f"/products/{product.pk}/rules", sent).json()

    floor = document["margin_floor"]
    assert floor == {
        "price_tiyn": 105_900,  # 900 ₸ / (1 − 12.5 % − 2.5 %), up to a whole tenge
        "commission_tiyn": 13_237,
        "tax_tiyn": 0,
        "returns_tiyn": 0,
        "margin_tiyn": 2_647,
        "rounding_tiyn": 16,
        "cost_tiyn": 80_050,
        "delivery_tiyn": 9_950,
        "packing_tiyn": 0,
        "other_costs_tiyn": 0,
    }
    assert floor["price_tiyn"] == sum(tiyn for name, tiyn in floor.items() if name != "price_tiyn")


def test_costs_that_no_price_pays_for_are_told(api, product):
    document = api.patch(
        f"/products/{product.pk}/rules", {"cost_tiyn": 1, "margin_percent": 95}
    ).json()

    assert (document["margin_floor"], document["is_unpayable"]) == (None, True)


@pytest.mark.parametrize(
    ("entry", "value"),
    [
        ("strategy", "cheapest"),
        ("strategy", 5),
        ("position", 1),
        ("position", "2"),
        ("premium_percent", "1"),
        ("premium_percent", 0.001),
        ("premium_percent", 100),
        ("premium_percent", True),
        ("fixed_tiyn", 50),
        ("fixed_tiyn", 0),
        ("ending", "99999"),
        ("ending", "9a"),
        ("climb_every_s", 0),
        ("least_rating", 6),
        ("excluded_merchants", "30000009"),
        ("with_preorders", "yes"),
        ("working_hours", [{"begins": "25:00", "ends": "03:00"}]),
        ("working_hours", [{"begins": "21:00"}]),
        ("working_hours", [{"begins": "21:00", "ends": "22:00", "weekdays": [7]}]),
        ("corridors", [{"begins": "00:00", "ends": "06:00", "floor_tiyn": 2, "ceiling_tiyn": 1}]),
        ("cost_tiyn", -1),
        ("tax_percent", 100),
        ("surprise", 1),
    ],
)
def test_nonsense_is_refused_by_its_name_and_nothing_is_written(api, product, entry, value):
    response = api.patch(f"/products/{product.pk}/rules", {entry: value, "alone": "keep"})

    assert response.status_code == 422
    assert any(error["field"].startswith(entry) for error in response.json()["errors"])
    assert Product.rows.get().rules == {}


@pytest.mark.parametrize("path", ["/products/rules", "/kaspi/stores/{store}/rules"])
def test_wide_rules_that_leave_a_product_without_any_are_refused_whole(api, product, path):
    response = api.patch(path.format(store=product.store_id), {"strategy": "fixed"})

    assert response.status_code == 422
    assert response.json()["type"].endswith("rules-clash")
    assert product.sku in response.json()["detail"]
    assert not RuleSheet.rows.exists()
    assert Market.objects.get().next_look_at == LATER


def test_a_products_own_rules_that_clash_are_refused(api, product):
    response = api.patch(f"/products/{product.pk}/rules", {"war_policy": "sit_out"})

    assert response.status_code == 422
    assert Product.rows.get().rules == {}


def test_wide_rules_have_the_markets_of_their_products_looked_at(api, product, foreign):
    api.patch(f"/kaspi/stores/{product.store_id}/rules", {"strategy": "creep"})

    assert Market.objects.get(pk=product.market_id).next_look_at.year < 2099
    assert Market.objects.get(pk=foreign.market_id).next_look_at == LATER


def test_somebody_elses_rules_are_not_to_be_found(api, foreign):
    for path in (f"/products/{foreign.pk}/rules", f"/kaspi/stores/{foreign.store_id}/rules"):
        assert api.get(path).status_code == 404
        assert api.patch(path, {"strategy": "creep"}).status_code == 404
    assert Product.rows.get().rules == {}
    assert not RuleSheet.rows.exists()


def test_rules_of_the_account_hold_for_its_own_products_only(api, seller, foreign):
    api.patch("/products/rules", {"strategy": "creep"})

    sheet = RuleSheet.rows.get()
    assert (sheet.user, sheet.store, sheet.rules) == (seller, None, {"strategy": "CREEP"})


def test_a_pause_may_have_an_end_and_a_product_may_go_first(api, product):
    document = api.patch(
        f"/products/{product.pk}",
        {"paused_until": "2026-12-31T23:00:00+05:00", "is_priority": True},
    ).json()

    assert (document["paused_until"], document["is_priority"]) == ("2026-12-31T18:00:00Z", True)


def test_the_floor_stays_what_it_was_when_rules_change(api, product):
    api.patch(f"/products/{product.pk}/rules", {"strategy": "creep"})

    assert Product.rows.get().floor == Money.tenge(900)
