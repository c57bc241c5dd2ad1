"""Each rule of the documentation, broken once."""

import pytest

from kaspi.price_list.rules import check

pytestmark = pytest.mark.unit

GOOD = """<?xml version="1.0" encoding="utf-8"?>
<kaspi_catalog date="2026-09-01" xmlns="kaspiShopping">
  <company>My Shop</company>
  <merchantid>12345678</merchantid>
  <offers>
    <offer sku="CHAIR-77">
      <model>Стул тестовый</model>
      <brand>Example</brand>
      <availabilities>
        <availability available="yes" storeId="PP1" preOrder="0" stockCount="4"/>
        <availability available="no" storeId="PP2"/>
      </availabilities>
      <cityprices>
        <cityprice cityId="750000000">24990</cityprice>
      </cityprices>
    </offer>
    <offer sku="TABLE-1">
      <model>Стол</model>
      <availabilities><availability available="yes" storeId="12345678_PP1"/></availabilities>
      <price>9990</price>
    </offer>
  </offers>
</kaspi_catalog>
"""


def problems(text: str, **options: str) -> list[tuple[int, str]]:
    return [(note.line, note.problem) for note in check([text.encode()], **options)]


def test_the_documented_example_is_without_fault():
    assert problems(GOOD, merchant_id="12345678") == []


@pytest.mark.parametrize(
    ("good", "bad", "line", "problem"),
    [
        ("<company>My Shop</company>", "", 1, "the root must hold company"),
        ("My Shop", "", 1, "company is empty"),
        ('xmlns="kaspiShopping"', "", 1, "the root is not"),
        ("12345678</m", "87654321</m", 1, "merchantid is '87654321'"),
        ("<offers>", "<offers><note/>", 5, "<note> has no place there"),
        ('sku="CHAIR-77"', "", 6, "sku None is not"),
        ('sku="CHAIR-77"', 'sku="СТУЛ"', 6, "sku 'СТУЛ' is not"),
        ('sku="CHAIR-77"', f'sku="{"A" * 21}"', 6, "sku 'AAAAAAAAAAAAAAAAAAAAA' is not"),
        ('sku="TABLE-1"', 'sku="CHAIR-77"', 17, "this sku stood above already"),
        ("Стул тестовый", "", 6, "model is missing or empty"),
        ("Стул тестовый", "Ð¡Ñ‚ÑƒÐ»", 6, "model is encoded twice"),
        ("Стол", "Стол &amp;amp; стул", 17, "model is encoded twice"),
        ("<brand>Example</brand>", "<price>5000</price>", 6, "the elements are model, price"),
        ("<price>9990</price>", "", 17, "there must be either price or cityprices"),
        ("9990<", "99.90<", 17, "price '99.90' is not a whole number"),
        ("9990<", "9 990<", 17, "price '9 990' is not a whole number"),
        ("9990<", "9<", 17, "price '9' is not a whole number of tenge from 10"),
        ("750000000", "75", 6, "a cityId stands twice, or is not nine digits"),
        ('storeId="PP2"', 'storeId="PP1"', 6, "a storeId stands twice"),
        ('storeId="PP2"', 'storeId="склад"', 6, "a storeId stands twice, or is not like"),
        ('available="no"', 'available="false"', 6, "available is 'false'"),
        ('preOrder="0"', 'preOrder="31"', 6, "preOrder '31' must be 0 to 30"),
        ('available="no"', 'available="no" preOrder="3"', 6, "preOrder '3' must be"),
        ('stockCount="4"', 'stockCount="4.0"', 6, "stockCount '4.0' is not a whole number"),
        ("</offers>", "</offer>", 0, "Line 22: mismatched tag"),
        ("<kaspi_catalog ", "<!DOCTYPE a><kaspi_catalog ", 0, "Line 2: DTDForbidden"),
    ],
)
def test_a_breach_is_named_with_its_line(good, bad, line, problem):
    found = problems(GOOD.replace(good, bad, 1), merchant_id="12345678")

    assert found[0][0] == line
    assert found[0][1].startswith(problem)


def test_an_offer_without_points_or_city_prices_is_a_breach():
    text = GOOD.replace('<cityprice cityId="750000000">24990</cityprice>', "").replace(
        '<availability available="yes" storeId="12345678_PP1"/>', ""
    )

    assert problems(text) == [
        (6, "cityprices is empty"),
        (17, "availabilities is missing or empty"),
    ]


def test_a_document_comes_in_pieces_of_any_size():
    text = b"\xef\xbb\xbf \n" + GOOD.encode()

    assert list(check([text[at : at + 1] for at in range(len(text))])) == []
