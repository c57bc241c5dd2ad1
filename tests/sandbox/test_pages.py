"""The market page a person looks at and moves rivals on."""

from xml.etree import ElementTree as ET

import pytest

from sandbox.cards import RECORDED_SKU
from sandbox.chart import NARROW, Trail, draw, trails_of
from sandbox.offers import Offer, Shop
from sandbox.people import AIGERIM, DAULET
from tests.sandbox.visitor import Visitor

pytestmark = pytest.mark.flow

RIVAL = "11271005"


async def page(visitor: Visitor, path: str) -> str:
    answer = await visitor.client.get(f"{visitor.shop}{path}")
    answer.raise_for_status()
    return await answer.text()


async def move(visitor: Visitor, action: str, **form: str) -> tuple[int, str]:
    answer = await visitor.client.post(
        f"{visitor.shop}/market/{RECORDED_SKU}/{action}", data=form, allow_redirects=False
    )
    return answer.status, answer.headers.get("Location", "")


async def test_the_list_shows_the_demo_sellers_cards_first(visitor):
    text = await page(visitor, "/")

    rows = text.split("<tr class")[1:]
    with_sellers = ["chip" in row for row in rows]

    assert with_sellers == sorted(with_sellers, reverse=True)
    assert with_sellers[0] is True


async def test_the_latest_movement_comes_first(visitor):
    await visitor.order(
        "POST", "offers", {"master_sku": RECORDED_SKU, "merchant_id": RIVAL, "price": 300_000}
    )

    text = await page(visitor, "/")

    assert text.split("<tr class")[1].count(RECORDED_SKU) == 2
    assert "300\u00a0000\u00a0₸" in text.split("<tr class")[1]


async def test_cards_are_found_by_name_and_by_code(visitor):
    by_name = await page(visitor, "/?q=iphone 13 128gb midnight")
    by_code = await page(visitor, f"/?q={RECORDED_SKU}")
    by_nothing = await page(visitor, "/?q=такого нет")

    assert [text.count("<tr class") for text in (by_name, by_code, by_nothing)] == [1, 1, 0]


async def test_a_search_text_cannot_break_out_of_the_page(visitor):
    text = await page(visitor, '/?q="><script>alert(1)</script>')

    assert "<script>alert(1)" not in text
    assert "&quot;&gt;&lt;script&gt;" in text


async def test_a_shops_name_cannot_break_out_of_the_page(visitor):
    market = visitor.world.markets.of(RECORDED_SKU)
    market.offers[0].shop = Shop("11271005", "<b>Shop</b> & Co", 4.8, 231)

    text = await page(visitor, f"/market/{RECORDED_SKU}")

    assert "<b>Shop</b>" not in text
    assert "&lt;b&gt;Shop&lt;/b&gt; &amp; Co" in text


async def test_a_rival_is_moved_by_hand(visitor):
    status, location = await move(visitor, "price", merchant_id=RIVAL, price="355000")

    assert (status, location) == (303, f"/market/{RECORDED_SKU}")
    assert await visitor.shown_price(RECORDED_SKU, RIVAL) == 355_000.0


async def test_a_rival_is_removed_and_brought_back_by_hand(visitor):
    await move(visitor, "presence", merchant_id=RIVAL, present="no")
    gone = await visitor.shown_price(RECORDED_SKU, RIVAL)
    await move(visitor, "presence", merchant_id=RIVAL, present="yes")
    back = await visitor.shown_price(RECORDED_SKU, RIVAL)

    assert (gone, back) == (None, 361_788.0)


@pytest.mark.parametrize("price", ["", "9", "-5", "100.5", "много", "1" * 30])
async def test_a_price_that_makes_no_sense_moves_nobody_and_is_explained(visitor, price):
    _, location = await move(visitor, "price", merchant_id=RIVAL, price=price)

    text = await page(visitor, location)

    assert "Цена — целое число тенге" in text
    assert await visitor.shown_price(RECORDED_SKU, RIVAL) == 361_788.0


@pytest.mark.parametrize("merchant_id", ["1", AIGERIM], ids=["unknown", "a seller, not a rival"])
async def test_only_rivals_are_moved_by_hand(visitor, merchant_id):
    before = await visitor.shown_price(RECORDED_SKU, AIGERIM)

    status, location = await move(visitor, "price", merchant_id=merchant_id, price="355000")

    assert (status, "oops=" in location) == (302, True)
    assert await visitor.shown_price(RECORDED_SKU, AIGERIM) == before


async def test_there_is_no_page_of_an_unknown_card(visitor):
    answer = await visitor.client.get(f"{visitor.shop}/market/1")

    assert answer.status == 404


async def test_the_chart_draws_the_sellers_last_and_breaks_where_one_was_away(visitor):
    world = visitor.world
    market = world.markets.of(RECORDED_SKU)
    rival = market.of(RIVAL)[0]
    world.rivals.set_presence(market, rival, present=False)
    world.rivals.set_presence(market, rival, present=True)
    now = world.clock.now()

    trails = trails_of(market, sellers=(AIGERIM, DAULET), now=now)
    svg = ET.fromstring(draw(trails, opened_at=market.opened_at, now=now))  # noqa: S314 -- ours

    paths = svg.findall("path")
    assert [path.get("class", "").split() for path in paths[-2:]] == [
        ["trail", "second"],
        ["trail", "first"],
    ]
    rivals = {path.findtext("title"): path.get("d", "") for path in paths}
    assert rivals["Tehno Trade"].count("M") == 2


@pytest.mark.parametrize(
    ("prices", "labels"),
    [
        ((100_000, 104_000), ["100 000 ₸", "102 000 ₸", "104 000 ₸"]),
        ((500, 500), ["499 ₸", "500 ₸", "501 ₸"]),
    ],
    ids=str,
)
def test_a_chart_is_ruled_at_round_prices(prices, labels):
    offers = [Offer(Shop(str(price), "Shop"), "A", "A", price) for price in prices]
    trails = [Trail(offer, "#000", "", ((0.0, offer.price),)) for offer in offers]

    svg = ET.fromstring(draw(trails, opened_at=0, now=600, canvas=NARROW))  # noqa: S314 -- ours

    shown = [str(text.text).replace("\u00a0", " ") for text in svg.findall("text")]
    assert [text for text in shown if "₸" in text] == labels
    assert shown[-3:] == ["05:00", "05:05", "05:10"]
