"""What Kaspi's own exports look like, and what is made of each row."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cube_demper.kernel.money import Money
from kaspi.errors import FileUnreadable
from kaspi.ports import Point
from kaspi.price_list.model import RawEntry
from kaspi.price_list.read import read_entries
from kaspi.price_list.understand import master_sku_of, once_encoded, understand

pytestmark = pytest.mark.unit

MERCHANT_ID = "12345678"


def a_row(**fields) -> RawEntry:
    row = RawEntry(
        7,
        sku="100200300_123456789",
        texts={"model": "Стул", "brand": "Acme", "price": "24990"},
        availabilities=[{"available": "yes", "storeId": "12345678_PP1", "stockCount": "5.0"}],
    )
    for name, value in fields.items():
        setattr(row, name, value)
    return row


def test_a_row_of_an_export_is_understood():
    entry, notes = understand(a_row(), merchant_id=MERCHANT_ID)

    assert entry is not None
    assert notes == []
    assert (entry.sku, entry.model, entry.brand) == ("100200300_123456789", "Стул", "Acme")
    assert entry.points == (Point("PP1", is_available=True, stock_count=5),)
    assert (entry.price, entry.city_prices) == (Money.tenge(24990), {})


@pytest.mark.parametrize(
    ("fields", "problem"),
    [
        ({"texts": {"model": "", "price": "10"}}, "no model: the sku stands for it"),
        ({"texts": {"model": "Ð¡Ñ‚ÑƒÐ»", "price": "10"}}, "model was encoded twice; undone"),
        ({"availabilities": []}, "no point of sale: it can't be stated as available"),
        ({"sku": "A" * 21}, "the sku is not 1 to 20 Latin letters and digits; Kaspi may refuse it"),
        (
            {"availabilities": [{"available": "да", "storeId": "PP1"}]},
            "available='да' is read as no",
        ),
        (
            {"availabilities": [{"available": "yes", "storeId": "PP1", "preOrder": "99"}]},
            "preOrder='99' is left out",
        ),
        (
            {"availabilities": [{"available": "yes", "storeId": "PP1", "stockCount": "-1"}]},
            "stockCount='-1' is left out",
        ),
    ],
)
def test_an_odd_row_is_kept_and_spoken_of(fields, problem):
    entry, notes = understand(a_row(**fields), merchant_id=MERCHANT_ID)

    assert entry is not None
    assert [(note.line, note.problem, note.is_left_out) for note in notes] == [(7, problem, False)]


@pytest.mark.parametrize(
    ("fields", "problems"),
    [
        ({"sku": ""}, ["no sku, or one of more than 64 characters"]),
        ({"sku": None}, ["no sku, or one of more than 64 characters"]),
        ({"sku": "A" * 65}, ["no sku, or one of more than 64 characters"]),
        ({"texts": {"model": "Стул", "price": "0"}}, ["no price"]),
        ({"texts": {"model": "Стул"}}, ["no price"]),
        ({"texts": {"price": "99.5"}}, ["99.5 is no price in whole tenge", "no price"]),
        ({"texts": {"price": "NaN"}}, ["'NaN' is no price", "no price"]),
        ({"texts": {"price": "1e99"}}, ["'1e99' is no price", "no price"]),
    ],
)
def test_a_row_that_can_not_be_is_left_out_and_spoken_of(fields, problems):
    entry, notes = understand(a_row(**fields), merchant_id=MERCHANT_ID)

    assert entry is None
    assert [note.problem for note in notes] == problems
    assert [note.is_left_out for note in notes][-1] is True


def test_a_point_of_another_shop_is_not_ours():
    row = a_row(availabilities=[{"available": "yes", "storeId": "99999999_PP1"}])

    entry, notes = understand(row, merchant_id=MERCHANT_ID)

    assert entry is not None
    assert entry.points == ()
    assert notes[0].problem == "99999999_PP1 is a point of another shop"


def test_prices_of_cities_win_over_the_common_one():
    row = a_row(city_prices=[("750000000", "24990.0"), ("710000000", "0"), ("", "5")])

    entry, _ = understand(row, merchant_id=MERCHANT_ID)

    assert entry is not None
    assert (entry.price, entry.city_prices) == (None, {"750000000": Money.tenge(24990)})


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("Стул", "Стул"),
        ("Стул".encode().decode("latin-1"), "Стул"),
        ("Ключ".encode().decode("cp1252"), "Ключ"),
        ("A &amp;amp; B", "A & B"),
        ("café", "café"),
        ("Ð¡\x85", "С"),
        ("Tom & Jerry", "Tom & Jerry"),
    ],
)
def test_a_second_encoding_is_undone(text, meant):
    assert once_encoded(text) == meant


@pytest.mark.parametrize(
    ("sku", "card"),
    [
        ("100200300_123456789", "100200300"),
        ("100200300", ""),
        ("CHAIR_77", ""),
        ("12_34", ""),
        ("100200300_12_34", ""),
    ],
)
def test_a_sku_that_kaspi_made_names_its_card(sku, card):
    assert master_sku_of(sku) == card


@given(
    st.builds(
        RawEntry,
        line=st.integers(1),
        sku=st.none() | st.text(),
        texts=st.dictionaries(st.sampled_from(["model", "brand", "price"]), st.text()),
        availabilities=st.lists(
            st.dictionaries(
                st.sampled_from(["available", "storeId", "preOrder", "stockCount"]), st.text()
            ),
            max_size=3,
        ),
        city_prices=st.lists(st.tuples(st.text(), st.text()), max_size=3),
    )
)
def test_no_row_is_ever_fatal(row):
    entry, notes = understand(row, merchant_id=MERCHANT_ID)

    assert (entry is None) == any(note.is_left_out for note in notes)


@given(st.lists(st.binary(max_size=60), max_size=4))
def test_nonsense_ends_in_one_error_of_ours(blocks):
    with pytest.raises(FileUnreadable):
        list(read_entries(blocks))


def test_a_document_that_never_ends_inside_is_refused():
    deep = b"<kaspi_catalog>" + b"<a>" * 100

    with pytest.raises(FileUnreadable, match="there is more inside"):
        list(read_entries([deep]))


def test_a_text_without_end_is_refused():
    text = b"<kaspi_catalog><company>" + b"A" * 20_000

    with pytest.raises(FileUnreadable, match="a text has no end"):
        list(read_entries([text]))
