import pytest

from cube_demper.kernel.money import Money
from products.models import DecisionRecord, Product
from products.pricing.model import Rival
from products.pricing.record import unpack
from tests.factories import make_decision, make_market, make_product, make_store
from tests.products.verdicts import recorded

pytestmark = pytest.mark.db


@pytest.fixture
def product(seller):
    return make_product(store=make_store(user=seller), market=make_market())


@pytest.fixture
def decided(product):
    """The product, after a decision among rivals at 990 and 950 ₸, and one that is absurd."""
    recorded(product, 990, 950, 12)
    return product


def preview(api, product, **body):
    return api.post(f"/products/{product.pk}/preview", body)


def test_a_decision_is_told_with_all_it_was_made_of(api, decided):
    record = DecisionRecord.rows.get()

    document = api.get(f"/products/{decided.pk}/history/{record.pk}").json()

    assert document["decision"]["id"] == record.pk
    reasoning = document["reasoning"]
    assert reasoning["price_tiyn"] == record.wanted_price.tiyn == 94_900
    assert (reasoning["aim_tiyn"], reasoning["position"]) == (94_900, 2)
    assert (reasoning["floor_tiyn"], reasoning["ceiling_tiyn"]) == (90_000, 150_000)
    assert [one["price_tiyn"] for one in reasoning["rivals"]] == [95_000, 99_000]
    assert [(one["offer"]["price_tiyn"], one["why"]) for one in reasoning["left_out"]] == [
        (1_200, "absurd")
    ]
    assert (
        reasoning["explanation"]
        == document["decision"]["explanation"]
        == {
            "ru": "Соперник Rival 950\u00a0₸ − шаг 1\u00a0₸ = 949\u00a0₸; минимум 900\u00a0₸.",
            "kk": "Бәсекелес Rival 950\u00a0₸ − қадам 1\u00a0₸ = 949\u00a0₸; минимум 900\u00a0₸.",
            "en": "Rival Rival 950\u00a0₸ − step 1\u00a0₸ = 949\u00a0₸; floor 900\u00a0₸.",
        }
    )


def test_a_decision_is_made_again_by_the_rules_of_its_time(api, decided):
    record = DecisionRecord.rows.get()
    Product.rows.update(floor=Money.tenge(980))

    document = api.get(f"/products/{decided.pk}/history/{record.pk}").json()

    assert document["reasoning"]["price_tiyn"] == 94_900


def test_a_decision_that_a_bound_moved_tells_from_where_to_where(api, product):
    recorded(product, 800)
    record = DecisionRecord.rows.get()

    reasoning = api.get(f"/products/{product.pk}/history/{record.pk}").json()["reasoning"]

    assert reasoning["clamps"] == [{"bound": "floor", "before_tiyn": 79_900, "after_tiyn": 90_000}]
    assert (reasoning["reason"], reasoning["position"]) == ("at_floor", 2)


def test_a_price_by_hand_has_no_situation_to_be_made_from_again(api, product):
    record = make_decision(product=product)

    document = api.get(f"/products/{product.pk}/history/{record.pk}").json()

    assert document["reasoning"] is None


def test_decisions_of_others_are_not_to_be_found(api, stranger, product):
    foreign = make_product(store=make_store(user=stranger), market=make_market())
    theirs = make_decision(product=foreign)
    ours = make_decision(product=product)

    for path in (
        f"/products/{foreign.pk}/history/{theirs.pk}",
        f"/products/{product.pk}/history/{theirs.pk}",
        f"/products/{foreign.pk}/history/{ours.pk}",
    ):
        response = api.get(path)
        assert response.status_code == 404
        assert response.json()["type"].endswith("decision-missing")


def test_a_preview_says_what_would_be_and_writes_nothing(api, decided):
    document = preview(
        api, decided, floor_tiyn=97_000, rules={"strategy": "match_first", "at_floor": "best_place"}
    ).json()

    assert (document["price_tiyn"], document["reason"]) == (98_900, "best_place")
    kept = Product.rows.get()
    assert (kept.floor, kept.rules, kept.wanted_price) == (Money.tenge(900), {}, Money.tenge(949))
    assert DecisionRecord.rows.count() == 1


def test_a_preview_of_nothing_else_is_the_decision_that_holds(api, decided):
    assert preview(api, decided).json()["price_tiyn"] == 94_900


def test_a_preview_sees_what_another_sellers_record_saw_on_the_same_card(api, stranger, product):
    theirs = make_product(store=make_store(user=stranger), market=product.market)
    recorded(theirs, 1234)

    document = preview(api, product).json()

    assert document["price_tiyn"] == 123_300


@pytest.mark.parametrize(
    ("body", "problem"),
    [
        ({"floor_tiyn": 160_000}, "floor-above-ceiling"),
        ({"rules": {"strategy": "fixed"}}, "rules-clash"),
        ({"rules": {"strategy": "cheapest"}}, "invalid"),
        ({"price_tiyn": 1}, "unknown-field"),
    ],
)
def test_a_preview_of_nonsense_is_refused(api, decided, body, problem):
    response = preview(api, decided, **body)

    assert response.status_code == 422
    assert response.json()["type"].endswith(problem)


def test_before_the_first_look_there_is_nothing_to_preview(api, product):
    response = preview(api, product)

    assert response.status_code == 409
    assert response.json()["type"].endswith("offers-unknown")


def test_a_foreign_product_has_no_preview(api, stranger):
    foreign = make_product(store=make_store(user=stranger), market=make_market())

    assert preview(api, foreign).status_code == 404


def test_a_record_holds_every_offer_of_the_look(decided):
    [record] = DecisionRecord.rows.all()

    offers = [unpack(Rival, one) for one in record.situation["offers"]]

    assert [offer.price for offer in offers] == [Money.tenge(n) for n in (990, 950, 12)]
