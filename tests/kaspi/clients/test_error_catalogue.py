"""The catalogue of what Kaspi does when things go wrong, row by row, over real HTTP.

The rows are those of the reference's error catalogue (its §6). Each test says what our client makes
of one of them: a value, or one of our errors, and how many requests it took.
"""

import gzip
from typing import Any

import brotli
import orjson
import pytest

from cube_demper.kernel.money import Money
from kaspi.clients.answers import Answer
from kaspi.clients.login_answers import Ahead, read_login
from kaspi.errors import (
    CodesFlooded,
    CodeWrong,
    KaspiUnavailable,
    ListingMissing,
    LoginRefused,
    OrdersAddressForeign,
    PayloadUnreadable,
    PushBanned,
    PushUnanswered,
    RequestRefused,
    SessionDead,
    WalledOff,
    WrongPassword,
)
from kaspi.ports import Merchant, OffersPage, PushReceipt
from tests.kaspi.clients.stand_ins import (
    hangs_up,
    says,
    stalls,
)
from tests.kaspi.clients.talk import Talk

pytestmark = pytest.mark.flow

PAGE = b"<html><body>Access denied</body></html>"
LOGIN_PAGE = b'<html><input id="user_email_field"></html>'
JOB = {"id": "65f0c0ffee00112233445566"}
POINT = {"storeId": "12345678_PP1", "available": "yes", "preOrder": 0}
ROW = {
    "sku": "CHAIR-77",
    "masterSku": "100200301",
    "title": "Chair",
    "price": 24990,
    "available": True,
    "availabilities": [POINT],
}
OFFER = {"merchantId": "12345678", "merchantName": "My Shop", "price": 24990}


def page(*rows: Any, **more: Any) -> dict[str, Any]:
    return {"data": list(rows), "total": len(rows)} | more


def offers(*rows: Any, **more: Any) -> dict[str, Any]:
    return {"offers": list(rows), "total": len(rows)} | more


def html(body: bytes = PAGE, status: int = 403) -> Any:
    return says(body, status=status, Content_Type="text/html; charset=utf-8")


def login(body: Any, status: int = 401, *, is_code_step: bool = False) -> Any:
    answer = Answer(status, {"content-type": "application/json"}, orjson.dumps(body))
    try:
        return read_login(answer, wall_s=10, is_code_step=is_code_step)
    except Exception as error:  # noqa: BLE001 -- the outcome under test
        return error


def test_row_01_401_with_an_empty_body_ends_the_session_and_is_not_repeated():
    talk = Talk(says(b"", status=401))

    assert (talk.listings(), talk.requests, talk.frozen) == (SessionDead, 1, [])


def test_row_02_403_with_a_page_is_a_wall_for_everyone_behind_the_address():
    talk = Talk(html())

    assert (talk.offers(), talk.requests) == (WalledOff, 1)
    assert talk.frozen == [("kaspi:offers:direct", 10.0)]


def test_row_02_a_wall_before_the_cabinet_is_not_a_dead_session():
    talk = Talk(html())

    assert (talk.listings(), talk.frozen) == (WalledOff, [("kaspi:cabinet:direct", 10.0)])


@pytest.mark.parametrize("body", [b"", b'{"message": "denied"}'], ids=["empty", "json"])
def test_row_03_403_without_a_page_ends_the_session(body):
    assert Talk(says(body, status=403)).listings() == SessionDead


def test_row_04_405_is_a_wall():
    talk = Talk(says(b"", status=405))

    assert (talk.offers(), talk.requests) == (WalledOff, 1)


def test_row_05_429_on_a_push_bans_that_shop_for_half_an_hour_and_nobody_else():
    talk = Talk(says(page(ROW)), says(b"", status=429))

    assert (talk.push(), talk.requests) == (PushBanned, 2)
    assert talk.frozen == [("kaspi:push:12345678", 1800.0)]


def test_row_05_a_ban_lasts_as_long_as_it_says():
    talk = Talk(says(page(ROW)), says(b"", status=429, Retry_After="600"))

    assert (talk.push(), talk.frozen) == (PushBanned, [("kaspi:push:12345678", 600.0)])


def test_row_06_429_on_a_read_is_a_wall():
    talk = Talk(says(b"", status=429, Retry_After="30"))

    assert (talk.offers(), talk.frozen) == (WalledOff, [("kaspi:offers:direct", 30.0)])


@pytest.mark.parametrize(
    ("call", "outcome"), [("offers", KaspiUnavailable), ("listings", KaspiUnavailable)]
)
def test_row_07_a_page_with_200_is_never_an_empty_answer(call, outcome):
    talk = Talk(html(status=200))

    assert (getattr(talk, call)(), talk.requests) == (outcome, 3)


def test_row_07_the_login_page_with_200_ends_the_session():
    assert Talk(html(LOGIN_PAGE, 200)).listings() == SessionDead


def test_row_08_200_with_errors_is_not_an_empty_list():
    assert Talk(says({"errors": [{"message": "Bad Request"}]})).listings() == PayloadUnreadable


@pytest.mark.parametrize(
    ("body", "ahead"),
    [
        ({"email": "a@b.kz"}, Ahead.CODE),
        ({"phone": "+7"}, Ahead.CODE),
        ({"su": [{"merchantId": "1", "name": "One"}]}, Ahead.MERCHANTS),
        ({"redirectUrl": "/"}, Ahead.CABINET),
    ],
)
def test_row_09_a_login_without_a_redirect_asks_for_a_code_or_a_choice(body, ahead):
    assert login(body, 200).ahead is ahead


@pytest.mark.parametrize(
    ("body", "is_code_step", "error", "wait_s"),
    [
        ({"error": "FAILED"}, True, CodeWrong, None),
        ({"error": "FAILED"}, False, LoginRefused, None),
        ({"errorCode": "INVALID_CREDENTIALS"}, False, WrongPassword, None),
        ({"code": "MFA_SEND_FLOOD", "breakTimeSeconds": 120}, False, CodesFlooded, 130.0),
        (
            {"error": {"code": "MFA_CODE_TOO_MANY_SEND"}, "errorData": {"breakTimeSeconds": 50}},
            False,
            CodesFlooded,
            60.0,
        ),
        ({"error": "SECURITY_CODE_SMS_FLOOD"}, False, CodesFlooded, 60.0),
    ],
)
def test_row_10_a_refused_login_says_why_and_how_long_to_wait(body, is_code_step, error, wait_s):
    refusal = login(body, is_code_step=is_code_step)

    assert (type(refusal), refusal.wait_s) == (error, wait_s)


def test_row_11_no_offers_is_a_fact():
    talk = Talk(says(offers()))

    assert (talk.offers(), talk.requests) == (OffersPage((), 0), 1)


def test_row_12_an_accepted_push_is_only_a_job():
    assert Talk(says(page(ROW)), says(JOB)).push() == PushReceipt(JOB["id"])


def test_row_13_a_withdrawn_offer_is_read_as_withdrawn():
    talk = Talk(says(page()), says(page(ROW | {"available": False})))

    assert talk.listing().is_on_sale is False


def test_row_14_a_push_states_every_point_it_has_read():
    points = [POINT | {"storeId": f"12345678_PP{n}", "preOrder": n} for n in (1, 2, 3)]
    stated: list[Any] = []

    async def takes(request: Any) -> Any:
        stated.append(orjson.loads(await request.read()))
        return await says(JOB)(request)

    Talk(says(page(ROW | {"availabilities": points})), takes).push()

    assert [(p["storeId"], p.get("preOrder", 0)) for p in stated[0]["availabilities"]] == [
        ("12345678_PP1", 1),
        ("12345678_PP2", 2),
        ("12345678_PP3", 3),
    ]


def order(code: str, **attributes: Any) -> dict[str, Any]:
    known = {"code": code, "state": "NEW", "status": "APPROVED_BY_BANK", "totalPrice": 1200.0}
    placed = {"creationDate": 1_788_000_000_000}
    return {"id": f"id-{code}", "attributes": known | placed | attributes}


def orders(*rows: Any, pages: int = 1) -> Any:
    return says({"data": list(rows), "meta": {"pageCount": pages, "totalCount": len(rows)}})


def test_row_16_a_refused_question_about_orders_is_not_repeated():
    talk = Talk(says({"errors": [{"detail": "creationDate is empty"}]}, status=400))

    assert (talk.orders(), talk.requests) == (RequestRefused, 1)


def test_row_17_an_api_that_refuses_nonsense_but_is_silent_takes_us_for_foreign():
    async def abroad(request: Any) -> Any:
        silent = "filter" in request.query_string
        return await (stalls if silent else says({"errors": []}, status=400))(request)

    assert Talk(abroad).orders() == OrdersAddressForeign


def test_row_18_pages_end_by_page_count_and_by_nothing_else():
    talk = Talk(orders(order("A"), pages=2), orders(order("B"), pages=2))

    assert [one.code for one in talk.orders()] == ["A", "B"]
    assert Talk(says({"data": [], "meta": {"totalPages": 1}})).orders() == PayloadUnreadable


def test_row_19_an_order_may_have_no_lines():
    assert Talk(says({"data": [], "included": []})).entries() == ()


@pytest.mark.parametrize("phone", ["0000000000", "705******7", None])
def test_row_30_a_masked_phone_is_no_phone(phone):
    customer = {"firstName": "Dana", "cellPhone": phone}

    [one] = Talk(orders(order("A", customer=customer))).orders()

    assert (one.buyer_name, one.buyer_phone) == ("Dana", "")


def test_row_32_an_unknown_state_is_kept_as_it_came():
    [one] = Talk(orders(order("A", state="ON_THE_MOON", status="FLYING"))).orders()

    assert (one.state, one.status) == ("ON_THE_MOON", "FLYING")


def test_row_20_our_own_offer_may_be_on_a_later_page_or_nowhere():
    others = [OFFER | {"merchantId": str(n)} for n in range(50)]
    talk = Talk(says(offers(*others, total=51)), says(offers(OFFER, total=51)))

    found = talk.offers(own_merchant_ids=frozenset({"12345678"}))

    assert ([offer.merchant_id for offer in found.offers][-1], talk.requests) == ("12345678", 2)
    assert Talk(says(offers(*others[:2]))).offers(own_merchant_ids=frozenset({"x"})).total == 2


def test_row_21_several_own_shops_are_read_until_all_are_met():
    talk = Talk(says(offers(OFFER, total=2)), says(offers(OFFER | {"merchantId": "99"}, total=2)))

    found = talk.offers(own_merchant_ids=frozenset({"12345678", "99"}))

    assert [offer.merchant_id for offer in found.offers] == ["12345678", "99"]


def test_row_22_a_merchant_who_comes_twice_on_a_card_is_told_twice():
    found = Talk(says(offers(OFFER, OFFER | {"price": 25000}))).offers()

    assert [offer.price for offer in found.offers] == [Money.tenge(24990), Money.tenge(25000)]


def test_row_23_rows_that_come_again_are_one_and_a_drifting_total_ends():
    full = [ROW | {"sku": f"S-{n}"} for n in range(100)]
    talk = Talk(
        says(page(*full, total=150)),
        says(page(*full[50:], ROW, total=140)),
        says(page(total=90)),
    )

    skus = talk.listings()

    assert (len(skus), len(set(skus))) == (101, 101)


@pytest.mark.parametrize(
    ("price", "tenge"),
    [
        ({"price": 24990.0}, 24990),
        ({"price": 0, "minPrice": 700.0}, 700),
        ({"price": "24 990"}, 24990),
    ],
)
def test_row_24_a_price_is_read_however_it_comes(price, tenge):
    assert Talk(says(page(ROW | price))).listing().price == Money.tenge(tenge)


@pytest.mark.parametrize("said", [None, "missing"])
def test_row_25_what_is_optional_may_be_null_or_missing(said):
    optional = ("merchantRating", "deliveryDuration", "merchantReviewsQuantity", "offerId")
    row = OFFER | (dict.fromkeys(optional) if said is None else {})

    [offer] = Talk(says(offers(row))).offers().offers

    assert (offer.rating, offer.delivery_duration, offer.reviews) == (None, None, 0)


@pytest.mark.parametrize(
    ("said", "days"), [({"preOrder": 7}, 7), ({"preorder": 7.0}, 7), ({"preOrder": True}, 1)]
)
def test_row_26_a_preorder_is_read_in_every_spelling(said, days):
    point = {"storeId": "12345678_PP1", "available": "yes"} | said

    [read] = Talk(says(page(ROW | {"availabilities": [point]}))).listing().points

    assert read.preorder_days == days


@pytest.mark.parametrize("name", ["data", "content", "items", "offers"])
def test_row_27_the_list_is_found_under_every_name(name):
    assert Talk(says({name: [ROW], "total": 1})).listings() == ["CHAIR-77"]


@pytest.mark.parametrize(
    ("pack", "named"),
    [
        pytest.param(gzip.compress, {"Content_Encoding": "gzip"}, id="gzip"),
        pytest.param(brotli.compress, {"Content_Encoding": "br"}, id="br"),
        pytest.param(lambda body: b"\xef\xbb\xbf" + body, {}, id="bom"),
    ],
)
def test_row_28_a_body_is_read_however_it_is_packed(pack, named):
    packed = pack(orjson.dumps(offers(OFFER)))

    assert Talk(says(packed, **named)).offers().total == 1


@pytest.mark.parametrize(
    "broken", [hangs_up, stalls, says(b"", status=502)], ids=["reset", "slow body", "5xx"]
)
def test_row_29_a_read_is_repeated_and_a_push_never(broken):
    read, push = Talk(broken), Talk(says(page(ROW)), broken)

    assert issubclass(read.offers(), KaspiUnavailable)
    assert read.requests == 3
    assert (push.push(), push.requests) == (PushUnanswered, 2)


def test_row_31_a_merchant_may_be_a_word():
    [offer] = Talk(says(offers(OFFER | {"merchantId": "Magnum"}))).offers().offers

    assert offer.merchant_id == "Magnum"


def test_row_33_a_session_may_open_other_shops_than_before_or_none():
    assert Talk(says({"merchants": [{"uid": "2"}]})).merchants() == (Merchant("2"),)
    assert Talk(says({"merchants": []})).merchants() == ()


def test_every_row_of_the_catalogue_has_its_test():
    named = {name.split("_")[2] for name in globals() if name.startswith("test_row_")}

    # Row 15 is of the upload of files, which is not a channel of ours.
    assert {f"{row:02}" for row in range(1, 34)} - named == {"15"}


def test_a_request_that_is_refused_is_not_repeated():
    talk = Talk(says({"message": "bad"}, status=400))

    assert (talk.listings(), talk.requests) == (RequestRefused, 1)


def test_a_sku_that_is_nowhere_is_missing():
    assert Talk(says(page())).listing() == ListingMissing
