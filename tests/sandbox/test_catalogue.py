"""What a seller reads of its own products."""

import pytest

from sandbox.people import AIGERIM, DAULET
from tests.sandbox.visitor import LIST

pytestmark = pytest.mark.flow


async def skus(visitor, **query) -> list[str]:
    page = await visitor.read(LIST, m=AIGERIM, **query)
    return [item["sku"] for item in page["data"]]


async def test_the_two_modes_together_are_everything(aigerim):
    totals = [
        (await aigerim.read(LIST, m=AIGERIM, **mode))["total"]
        for mode in ({"a": "true"}, {"a": "false"}, {})
    ]

    assert totals[0] + totals[1] == totals[2] == 54
    assert totals[1] > 0


async def test_pages_follow_one_another_without_gaps(aigerim):
    whole = await skus(aigerim, l=100)

    pages = [await skus(aigerim, l=25, p=number) for number in range(4)]

    assert [len(page) for page in pages] == [25, 25, 4, 0]
    assert [sku for page in pages for sku in page] == whole


async def test_a_page_has_ten_products_unless_asked_and_a_hundred_at_most(aigerim):
    aigerim.world.listings.by_merchant[AIGERIM].update(
        {
            f"{sku}-{copy}": listing
            for sku, listing in list(aigerim.world.listings.by_merchant[AIGERIM].items())
            for copy in "ab"
        }
    )

    sizes = [len(await skus(aigerim)), len(await skus(aigerim, l=5_000))]

    assert sizes == [10, 100]


async def test_search_finds_parts_of_both_skus(aigerim):
    first = (await aigerim.read(LIST, m=AIGERIM))["data"][0]

    by_sku = await skus(aigerim, t=first["sku"][1:])
    by_master_sku = await skus(aigerim, t=first["masterSku"][:-1])
    by_nothing = await skus(aigerim, t="no such thing")

    assert by_sku == [first["sku"]]
    assert first["sku"] in by_master_sku
    assert by_nothing == []


async def test_an_item_has_the_types_of_the_real_one(aigerim):
    page = await aigerim.read(LIST, m=AIGERIM, a="true", l=100)

    kinds = {name: type(value) for name, value in page["data"][0].items()}

    assert {name: kinds[name] for name in ("sku", "price", "points", "allCityPrices")} == {
        "sku": str,
        "price": int,
        "points": list,
        "allCityPrices": dict,
    }
    assert page["data"][0]["availabilities"][0].keys() == {
        "storeId",
        "available",
        "stockCount",
        "stockEnabled",
        "stockSpecified",
        "preOrder",
    }


async def test_the_catalogue_has_every_kind_of_product(aigerim):
    page = await aigerim.read(LIST, m=AIGERIM, l=100)
    items = page["data"]
    sold = [at for item in items for at in item["availabilities"] if at["available"] == "yes"]

    kinds = {
        "several points": any(len(item["points"]) > 1 for item in items),
        "preorder": any(at["preOrder"] for at in sold),
        "stock specified": any(at["stockSpecified"] for at in sold),
        "stock not specified": any(at["stockCount"] is None for at in sold),
        "no own city prices": any(not item["cityPrices"] for item in items),
        "crossed-out price": any(
            city["oldPrice"] for item in items for city in item["allCityPrices"].values()
        ),
        "no barcode": any(item["barcode"] is None for item in items),
        "own article": any(item["sku"].startswith("ART-") for item in items),
        "withdrawn": any(not item["available"] for item in items),
        "price of zero": any(item["price"] == 0 and item["minPrice"] > 0 for item in items),
    }

    assert [kind for kind, is_there in kinds.items() if not is_there] == []


async def test_a_discount_is_a_whole_percent_of_the_old_price(aigerim):
    page = await aigerim.read(LIST, m=AIGERIM, l=100)

    cities = [
        city for item in page["data"] for city in item["allCityPrices"].values() if city["oldPrice"]
    ]

    assert [city["discount"] for city in cities] == [
        round((city["oldPrice"] - city["price"]) / city["oldPrice"] * 100) for city in cities
    ]


async def test_details_name_the_price_in_each_city(aigerim):
    item = (await aigerim.read(LIST, m=AIGERIM, a="true"))["data"][0]

    details = await aigerim.read("/bff/offer-view/details", m=AIGERIM, s=item["sku"])

    assert details["masterSku"] == item["masterSku"]
    assert {city["id"]: city["price"] for city in details["cityInfo"]}["750000000"] == (
        item["allCityPrices"]["750000000"]["price"]
    )


async def test_details_of_an_unknown_sku_are_a_message(aigerim):
    answer = await aigerim.client.get(
        f"{aigerim.cabinet}/bff/offer-view/details", params={"m": AIGERIM, "s": "nothing"}
    )

    assert (answer.status, await answer.json()) == (404, {"message": "Offer not found"})


async def test_counts_agree_with_the_list(aigerim):
    on_sale = (await aigerim.read(LIST, m=AIGERIM, a="true"))["total"]

    counts = await aigerim.read("/bff/offer-view/count", m=AIGERIM)

    assert counts == {"active": on_sale, "archive": 54 - on_sale}


async def test_the_lowest_price_on_a_card_can_be_asked_for(aigerim):
    _, offers = await aigerim.offers("102298404", sortOption="PRICE")

    lowest = await aigerim.read("/offers/api/v1/price/lowest", s="102298404")

    assert lowest == {"price": offers["offers"][0]["price"]}


@pytest.mark.parametrize(("switch", "status"), [("403", 403), ("401", 401)])
async def test_a_foreign_merchants_products_are_not_shown(aigerim, switch, status):
    await aigerim.order("POST", "settings", {"foreign_merchant": switch})

    answer = await aigerim.client.get(f"{aigerim.cabinet}{LIST}", params={"m": DAULET})

    assert answer.status == status


@pytest.mark.parametrize("query", [{"p": "-1"}, {"p": "x"}, {"l": "1e3"}], ids=str)
async def test_a_page_that_makes_no_sense_is_refused(aigerim, query):
    answer = await aigerim.client.get(f"{aigerim.cabinet}{LIST}", params={"m": AIGERIM, **query})

    assert answer.status == 400


async def ask(visitor, name: str, **variables):
    body = {"operationName": name, "variables": variables, "query": ""}
    return await visitor.post(f"/mc/facade/graphql?opName={name}", body)


async def test_graphql_tells_name_points_and_cities(aigerim):
    _, merchant = await ask(aigerim, "getMerchant", id=AIGERIM)
    _, points = await ask(aigerim, "getPointList", merchantUid=AIGERIM)
    _, cities = await ask(aigerim, "getCities")

    assert merchant["data"]["merchant"]["name"] == "Aigerim Store"
    assert [
        (point["id"], point["city"]["name"]) for point in points["data"]["merchant"]["points"]
    ] == [
        ("30112233_PP1", "Алматы"),
        ("30112233_PP2", "Астана"),
        ("30112233_PP3", "Шымкент"),
    ]
    assert {"id": "750000000", "name": "Алматы"} in cities["data"]["cities"]


@pytest.mark.parametrize(
    ("name", "variables", "text"),
    [
        ("getMerchant", {"id": DAULET}, "Access denied"),
        ("getPointList", {"merchantUid": DAULET}, "Access denied"),
        ("getNothing", {}, "Bad Request"),
    ],
)
async def test_graphql_refuses_with_status_200_and_errors(aigerim, name, variables, text):
    answer = await ask(aigerim, name, **variables)

    assert answer == (200, {"errors": [{"message": text}], "data": None})


async def test_details_of_several_skus_come_by_city_and_unknown_ones_are_left_out(aigerim):
    item = next(row for row in (await aigerim.read(LIST, m=AIGERIM))["data"] if row["available"])

    status, answer = await aigerim.post(
        f"/offers/api/v1/offer/details?m={AIGERIM}", {"sku": [item["sku"], "nothing"]}
    )

    assert (status, [row["sku"] for row in answer]) == (200, [item["sku"]])
    points = [point for city in answer[0]["cities"] for point in city["points"]]
    assert {point["pointId"].split("_")[1] for point in points if point["available"]} == set(
        item["points"]
    )


async def test_bulk_changes_can_be_looked_at_before(aigerim):
    good, bad = {"sku": "A-1", "price": 1_000}, {"sku": "A-2", "price": 5}

    _, answer = await aigerim.post(
        "/offer-validation-api/merchant/offer/validate/v2",
        {"merchantUid": AIGERIM, "action": "ON_SALE__BATCH", "offers": [good, bad]},
    )

    assert answer == {
        "merchantUid": AIGERIM,
        "valid": False,
        "errorOffers": [{"sku": "A-2", "message": "A price is at least 10 tenge, not 5."}],
    }


async def test_a_session_knows_its_first_merchant(aigerim):
    assert await aigerim.read("/auth/api/oauth2") == {"merchantId": AIGERIM}
