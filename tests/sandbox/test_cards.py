from collections import Counter

import pytest

from sandbox.cards import RECORDED_SKU, Catalogue, slug_of
from sandbox.offers import Offer
from sandbox.people import ACCOUNTS, AIGERIM, DAULET, MERCHANTS
from sandbox.settings import Settings
from sandbox.world import World, make_world

pytestmark = pytest.mark.unit


def a_world(*, seed: int = 7, cards: int = 400) -> World:
    return make_world(seed=seed, cards=cards, settings=Settings(still=True), start=0.0)


def rivals_on(world: World, master_sku: str) -> list[Offer]:
    market = world.markets.of(master_sku)
    return [offer for offer in market.offers if offer.habit != "seller"] if market else []


def test_a_sku_leads_back_to_its_card():
    catalogue = Catalogue(seed=3, size=100_000)

    found = [catalogue.find(catalogue.at(number).master_sku) for number in (0, 1, 56_713, 99_999)]

    assert found == [catalogue.at(number) for number in (0, 1, 56_713, 99_999)]


@pytest.mark.parametrize("sku", ["", "abc", "1", "102298404_1", "999999999999", "١٠٢٢٩٨٤٠٤"])
def test_there_is_no_card_with_an_unknown_sku(sku):
    assert Catalogue(seed=3, size=1_000).find(sku) is None


def test_one_seed_makes_one_world():
    first, second = (a_world(seed=5, cards=120) for _ in range(2))

    worlds = [
        [
            (card.title, listing.sku, listing.price, listing.city_prices, listing.points)
            for card in world.catalogue
            for listing in world.listings.of(AIGERIM)
        ]
        for world in (first, second)
    ]

    assert worlds[0] == worlds[1]


def test_the_recorded_card_has_the_recorded_offers_among_twenty():
    world = a_world()

    rivals = rivals_on(world, RECORDED_SKU)

    assert len(rivals) == 20
    assert [(offer.shop.merchant_id, offer.price) for offer in rivals[:4]] == [
        ("11271005", 361_788),
        ("30463420", 361_794),
        ("12942011", 362_000),
        ("3932001", 362_000),
    ]


def test_the_demo_sellers_meet_on_at_least_twenty_five_cards():
    world = a_world()

    skus = [
        {listing.card.master_sku for listing in world.listings.of(merchant_id)}
        for merchant_id in (AIGERIM, DAULET)
    ]

    assert [len(own) for own in skus] == [54, 46]
    assert len(skus[0] & skus[1]) >= 25


def test_every_merchant_has_as_many_products_as_the_readme_says():
    world = a_world()

    merchants = [merchant for merchant in MERCHANTS.values() if merchant.at_once]

    counts = [len(world.listings.of(merchant.merchant_id)) for merchant in merchants]

    assert counts == [merchant.listings for merchant in merchants]


def test_rivals_are_few_on_most_cards_and_many_on_some():
    world = a_world()

    counts = Counter(len(rivals_on(world, card.master_sku)) for card in world.catalogue)

    assert min(counts) == 1
    assert 30 < max(counts) <= 40
    assert sum(count for rivals, count in counts.items() if rivals <= 3) > 200


def test_a_slug_is_latin_letters_digits_and_single_hyphens():
    assert slug_of("Диван «Нео» — 1.5 м, Ёж & щит") == "divan-neo-1-5-m-zh-shit"


def test_a_late_merchants_offers_join_known_cards_at_once_and_others_when_they_are_opened():
    world = a_world()
    merchant_id = ACCOUNTS["seller4999@sandbox.kz"].merchant_ids[0]
    known = set(world.markets.known)

    listings = world.listings.of(merchant_id)
    shown = {listing.card.master_sku: world.listings.shown(listing)[1] for listing in listings}

    assert len(listings) == 20 + 4_999 % 21
    assert known & set(shown)
    assert set(shown) - known
    for master_sku, offer in shown.items():
        assert world.markets.known[master_sku].of(merchant_id) == [offer]


def test_there_are_thousands_of_sellers_and_no_more():
    logins = ["seller1@sandbox.kz", "seller5000@sandbox.kz", "seller5001@sandbox.kz"]
    others = ["seller0@sandbox.kz", "seller07@sandbox.kz", "seller@sandbox.kz"]

    known = [login in ACCOUNTS for login in (*logins, *others)]

    assert known == [True, True, False, False, False, False]
    assert all(MERCHANTS[ACCOUNTS[login].merchant_ids[0]].points for login in logins[:2])


def test_two_shops_of_one_account_meet_on_a_few_cards():
    world = a_world()

    skus = [
        {listing.card.master_sku for listing in world.listings.of(merchant_id)}
        for merchant_id in ACCOUNTS["shops@demo.kz"].merchant_ids
    ]

    assert len(skus[0] & skus[1]) >= 4


def test_a_merchant_may_have_several_points_in_a_city():
    cities = Counter(point.city_id for point in MERCHANTS["30700077"].points)

    assert (sum(cities.values()), max(cities.values())) == (9, 2)
