"""Public reads that say little: a card, its reviews, the search."""

from typing import Any

import pytest

from sandbox.cards import RECORDED_SKU
from sandbox.people import AIGERIM
from tests.sandbox.visitor import LIST, Visitor

pytestmark = pytest.mark.flow

RESULTS = "/yml/product-view/pl/results"


async def read(visitor: Visitor, path: str, **query: Any) -> tuple[int, Any]:
    answer = await visitor.client.get(f"{visitor.shop}{path}", params=query)
    return answer.status, await answer.json()


async def test_a_card_is_told_with_its_pictures_and_its_lowest_price(visitor):
    _, offers = await visitor.offers(RECORDED_SKU, sortOption="PRICE")

    status, answer = await read(visitor, f"/yml/product-view/pl/{RECORDED_SKU}")

    card = answer["data"]["card"]
    assert (status, card["id"], card["price"]) == (200, RECORDED_SKU, offers["offers"][0]["price"])
    assert list(answer["data"]["galleryImages"][0]) == ["small", "medium", "large"]


async def test_a_card_that_is_not_there_is_not_found(visitor):
    assert (await read(visitor, "/yml/product-view/pl/1"))[0] == 404


async def test_reviews_come_in_pages_and_are_always_the_same(visitor):
    path = f"/yml/review-view/api/v1/reviews/product/{RECORDED_SKU}"
    _, whole = await read(visitor, path, limit=100)

    pages = [(await read(visitor, path, limit=2, page=number))[1]["data"] for number in range(2)]
    _, nobody = await read(visitor, "/yml/review-view/api/v1/reviews/product/1")

    assert pages[0] + pages[1] == whole["data"][:4]
    assert whole["summary"]["reviewsCount"] == len(whole["data"])
    assert nobody == {"data": [], "summary": {"reviewsCount": 0, "global": 0}}


async def test_a_merchants_products_are_found_by_its_number(aigerim):
    listed = await aigerim.read(LIST, m=AIGERIM, a="true", l=100)
    query = f":allMerchants:{AIGERIM}:availableInZones:Magnum_ZONE1"

    _, answer = await read(aigerim, RESULTS, q=query, limit=100)

    found = {row["id"] for row in answer["data"]}
    assert found == {row["masterSku"] for row in listed["data"]}
    assert answer["total"] == len(listed["data"])


async def test_a_search_looks_for_words_and_for_numbers(visitor):
    _, by_words = await read(visitor, RESULTS, text="iphone 13 128gb midnight")
    _, by_number = await read(visitor, RESULTS, text=RECORDED_SKU)

    assert RECORDED_SKU in [row["id"] for row in by_words["data"]]
    assert [row["id"] for row in by_number["data"]] == [RECORDED_SKU]


async def test_a_category_is_a_search_and_has_filters(visitor):
    query = {"q": ":category:Smartphones"}

    _, page = await read(visitor, RESULTS, page=0, limit=3, **query)
    _, filters = await read(visitor, "/yml/product-view/pl/filters", **query)

    assert (len(page["data"]), filters["total"]) == (3, page["total"])
    assert filters["data"][0] == {"id": "category", "rows": [{"id": "Smartphones"}]}


async def test_machines_meet_the_wall(visitor):
    answer = await visitor.client.get(f"{visitor.shop}{RESULTS}", headers={"User-Agent": "python"})

    assert answer.status == 403
