"""Whatever products there are, the document parses and obeys the rules."""

import string
from datetime import date
from typing import Any
from xml.etree import ElementTree as ET

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cube_demper.kernel.money import Money
from kaspi.ports import Point
from kaspi.price_list import write
from kaspi.price_list.model import Entry, Head
from kaspi.price_list.read import read_entries
from kaspi.price_list.rules import check
from kaspi.price_list.understand import once_encoded, understand

pytestmark = pytest.mark.unit

MERCHANT_ID = "12345678"
PREFIX = f"{MERCHANT_ID}_"
NS = "{kaspiShopping}"
prices = st.integers(10, 10**9).map(Money.tenge)
points = st.builds(
    Point,
    point_id=st.integers(1, 40).map("PP{}".format),
    is_available=st.booleans(),
    stock_count=st.none() | st.integers(0, 10**6),
    preorder_days=st.none() | st.integers(-1, 60),
)
entries = st.builds(
    Entry,
    sku=st.text(string.ascii_letters + string.digits + "_-", min_size=1, max_size=20),
    model=st.text(max_size=40),
    brand=st.text(max_size=10),
    points=st.lists(points, min_size=1, unique_by=lambda point: point.point_id).map(tuple),
    price=prices,
    city_prices=st.dictionaries(st.integers(10**8, 10**9 - 1).map(str), prices, max_size=4),
)
lists = st.lists(entries, max_size=5, unique_by=lambda entry: entry.sku)


def document(of: list[Entry], *, prefix: str = "", company: str = "My Shop") -> bytes:
    head = write.head(Head(company, MERCHANT_ID), on=date(2026, 9, 1))
    return "".join([head, *(write.entry(one, prefix=prefix) for one in of), write.TAIL]).encode()


@given(of=lists, prefix=st.sampled_from(["", PREFIX]))
def test_a_document_obeys_the_rules(of, prefix):
    text = document(of, prefix=prefix)

    assert list(check([text], merchant_id=MERCHANT_ID)) == []


@given(of=lists, company=st.text(min_size=1))
def test_a_document_parses_by_a_strangers_eyes(of, company):
    root = ET.fromstring(document(of, company=company))  # noqa: S314 -- a second opinion, on what we wrote

    offers = root.findall(f"{NS}offers/{NS}offer")
    assert root.tag == f"{NS}kaspi_catalog"
    assert [child.tag for child in root] == [
        f"{NS}{n}" for n in ("company", "merchantid", "offers")
    ]
    assert [offer.get("sku") for offer in offers] == [entry.sku for entry in of]
    assert [price_of(offer) for offer in offers] == [
        {city: price.whole_tenge for city, price in entry.city_prices.items()}
        or entry.price.whole_tenge
        for entry in of
    ]


def price_of(offer: Any) -> int | dict[str, int]:
    price, cities = offer.find(f"{NS}price"), offer.find(f"{NS}cityprices")
    assert (price is None) != (cities is None)
    if cities is None:
        return int(price.text)
    return {city.get("cityId"): int(city.text) for city in cities}


@given(of=entries, prefix=st.sampled_from(["", PREFIX]))
def test_what_was_written_is_understood_as_it_was_meant(of, prefix):
    [raw] = read_entries([document([of], prefix=prefix)])

    entry, notes = understand(raw, merchant_id=MERCHANT_ID)

    assert entry is not None
    assert notes == []
    assert (entry.sku, entry.city_prices) == (of.sku, of.city_prices)
    assert entry.price == (None if of.city_prices else of.price)
    assert [(p.point_id, p.is_available) for p in entry.points] == [
        (p.point_id, p.is_available) for p in of.points
    ]


@given(st.text())
def test_a_text_never_stays_encoded_twice(text):
    single = once_encoded(text)

    assert once_encoded(single) == single


def test_a_document_looks_as_it_is_documented():
    entry = Entry(
        sku="CHAIR-77",
        model="Стул «Тест» & <Ко>",
        brand="Example",
        points=(
            Point("PP1", is_available=True, stock_count=4, preorder_days=0),
            Point("PP2", is_available=True, preorder_days=7),
            Point("PP3", is_available=False, stock_count=2, preorder_days=7),
        ),
        price=None,
        city_prices={"750000000": Money.tenge(24990)},
    )

    assert document([entry]).decode() == (
        '<?xml version="1.0" encoding="utf-8"?>\n'
        '<kaspi_catalog date="2026-09-01" xmlns="kaspiShopping"\n'
        '    xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"\n'
        '    xsi:schemaLocation="kaspiShopping http://kaspi.kz/kaspishopping.xsd">\n'
        "  <company>My Shop</company>\n"
        "  <merchantid>12345678</merchantid>\n"
        "  <offers>\n"
        '    <offer sku="CHAIR-77"><model>Стул «Тест» &amp; &lt;Ко&gt;</model>'
        "<brand>Example</brand><availabilities>"
        '<availability available="yes" storeId="PP1" stockCount="4"/>'
        '<availability available="yes" storeId="PP2" preOrder="7"/>'
        '<availability available="no" storeId="PP3"/>'
        "</availabilities><cityprices>"
        '<cityprice cityId="750000000">24990</cityprice>'
        "</cityprices></offer>\n"
        "  </offers>\n"
        "</kaspi_catalog>\n"
    )


@pytest.mark.parametrize("tiyn", [0, -100, 1_250], ids=["nothing", "below", "a fraction"])
def test_what_is_no_price_is_not_written(tiyn):
    entry = Entry("A", "A", "", (Point("PP1", is_available=True),), Money(tiyn), {})

    with pytest.raises(ValueError, match=r"no price|not a whole"):
        write.entry(entry, prefix="")


def test_an_entry_without_a_price_is_not_written():
    entry = Entry("A", "A", "", (Point("PP1", is_available=True),), None, {})

    with pytest.raises(ValueError, match="without a price"):
        write.entry(entry, prefix="")
