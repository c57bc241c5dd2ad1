import pytest
from hypothesis import given
from hypothesis import strategies as st

from kaspi.clients import order_payloads
from kaspi.errors import PayloadUnreadable
from kaspi.order_ports import OrdersPage

pytestmark = pytest.mark.unit

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["data", "meta", "pageCount", "attributes", "id", "code", "customer"]),
            inner,
            max_size=4,
        )
    ),
    max_leaves=12,
)


@pytest.mark.parametrize(
    ("told", "kept"),
    [
        ("7051234567", "7051234567"),
        ("+7 (705) 123-45-67", "77051234567"),
        ("0000000000", ""),
        ("+0(000)-000-00-00", ""),
        ("705******7", ""),
        ("123", ""),
        ("", ""),
    ],
)
def test_a_masked_phone_stays_masked(told, kept):
    assert order_payloads.phone(told) == kept


@pytest.mark.parametrize("read", [order_payloads.orders, order_payloads.entries])
@given(raw=JSON)
def test_any_json_is_read_or_named_as_unreadable(read, raw):
    try:
        found = read(raw)
    except PayloadUnreadable:
        return

    assert isinstance(found, OrdersPage | tuple)


@given(raw=JSON)
def test_any_refusal_is_words(raw):
    assert isinstance(order_payloads.refusal(raw), str)


def test_a_page_without_page_count_is_unreadable_and_names_it():
    with pytest.raises(PayloadUnreadable) as error:
        order_payloads.orders({"data": [], "meta": {"totalPages": 3}})

    assert error.value.field == "meta.pageCount"


def test_an_unreadable_order_does_not_spoil_its_page():
    good = {
        "id": "a",
        "attributes": {
            "code": "1",
            "state": "NEW",
            "status": "APPROVED_BY_BANK",
            "totalPrice": 0,
            "creationDate": 1,
        },
    }

    page = order_payloads.orders({"data": [good, {"id": "b"}], "meta": {"pageCount": 1}})

    assert [order.code for order in page.orders] == ["1"]
    assert page.unreadable == ("data[1].attributes.creationDate: should be a time",)
