"""Charges by the provider's own timetable."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from sandbox.tiptoppay.figures import later
from tests.sandbox.tiptoppay.visitor import NO_3DS, ONCE_ONLY

pytestmark = pytest.mark.flow


async def begin(shop, card: str = NO_3DS, **more) -> Any:
    """A schedule of a payer who paid once: every month, from tomorrow on."""
    paid = await shop.pay(card)
    tomorrow = datetime.fromtimestamp(shop.world.clock.now(), UTC) + timedelta(days=1)
    asked = {
        "Token": paid["Token"],
        "AccountId": "tenant-1",
        "Description": "plan",
        "Amount": 21990,
        "Currency": "KZT",
        "RequireConfirmation": False,
        "StartDate": tomorrow.isoformat(),
        "Interval": "Month",
        "Period": 1,
    }
    return await shop.done("/subscriptions/create", **asked | more)


async def now_is(shop, made: dict[str, Any]) -> tuple[str, int, int]:
    one = await shop.done("/subscriptions/get", Id=made["Id"])
    return (
        one["Status"],
        one["SuccessfulTransactionsNumber"],
        one["FailedTransactionsNumber"],
    )


async def test_a_schedule_charges_when_it_begins_and_every_month(shop, house):
    made = await begin(shop)
    await shop.listen(house)

    await shop.advance(days=1)
    await shop.advance(days=31)

    assert await now_is(shop, made) == ("Active", 2, 0)
    assert house.kinds == ["check", "pay"] * 2
    assert f"SubscriptionId={made['Id']}".encode() in house.heard[1][2]


async def test_several_periods_that_passed_at_once_are_all_charged(shop):
    made = await begin(shop, Interval="Week")

    await shop.advance(days=1 + 21)

    assert await now_is(shop, made) == ("Active", 4, 0)


async def test_three_failures_in_a_row_reject_a_schedule(shop, house):
    made = await begin(shop, ONCE_ONLY)
    await shop.listen(house, "fail", "recurrent")

    await shop.advance(days=1)
    first = await now_is(shop, made)
    await shop.advance(days=1)
    await shop.advance(days=1)
    await shop.advance(days=60)

    assert (first, await now_is(shop, made)) == (("PastDue", 0, 1), ("Rejected", 0, 3))
    assert sorted(house.kinds) == ["fail"] * 3 + ["recurrent"] * 2


async def test_one_that_is_paid_again_after_a_failure_is_active(shop, house):
    made = await begin(shop)
    await shop.listen(house, "recurrent")
    await shop.order("POST", "declines", code=5051, count=1)

    await shop.advance(days=1)
    await shop.advance(days=1)

    assert await now_is(shop, made) == ("Active", 1, 1)
    assert [b"Status=PastDue" in raw for _, _, raw in house.heard] == [True, False]


async def test_a_schedule_expires_after_its_last_period(shop, house):
    made = await begin(shop, MaxPeriods=1)
    await shop.listen(house, "recurrent")

    await shop.advance(days=1)
    await shop.advance(days=60)

    assert await now_is(shop, made) == ("Expired", 1, 0)
    assert house.kinds == ["recurrent"]


async def test_a_cancelled_schedule_charges_no_more(shop, house):
    made = await begin(shop)
    await shop.listen(house)

    await shop.done("/subscriptions/cancel", Id=made["Id"])
    await shop.advance(days=60)

    assert (await now_is(shop, made), house.kinds) == (("Cancelled", 0, 0), ["recurrent"])


async def test_a_change_switches_a_cancelled_one_on_again_and_says_nothing(shop, house):
    made = await begin(shop)
    await shop.done("/subscriptions/cancel", Id=made["Id"])
    await shop.listen(house, "recurrent", "pay")

    changed = await shop.done("/subscriptions/update", Id=made["Id"], Amount=100)
    await shop.advance(days=1)

    assert (changed["Status"], changed["Amount"], house.kinds) == ("Active", 100, ["pay"])
    assert b"Amount=100.00" in house.heard[0][2]


async def test_a_start_can_be_moved(shop):
    made = await begin(shop)
    in_ten_days = datetime.fromtimestamp(shop.world.clock.now(), UTC) + timedelta(days=10)
    await shop.done("/subscriptions/update", Id=made["Id"], StartDate=in_ten_days.isoformat())

    await shop.advance(days=5)
    before = await now_is(shop, made)
    await shop.advance(days=5)

    assert (before, await now_is(shop, made)) == (("Active", 0, 0), ("Active", 1, 0))


@pytest.mark.parametrize(
    ("change", "said"),
    [
        pytest.param({"StartDate": "2020-01-01"}, "StartDate must be in the future", id="past"),
        pytest.param({"Interval": "Year"}, "Interval is invalid", id="interval"),
        pytest.param({"Period": 13}, "Period is invalid", id="longer-than-a-year"),
        pytest.param({"Amount": 0}, "Amount is required", id="nothing"),
        pytest.param({"Token": ""}, "Token is required", id="no-token"),
    ],
)
async def test_a_schedule_that_makes_no_sense_is_refused(shop, change, said):
    made = await begin(shop)
    asked = {"Description": "plan", "AccountId": "tenant-1", "Currency": "KZT", "Token": "tk_1"}
    usual = {"RequireConfirmation": False, "Interval": "Month", "Period": 1, "Amount": 1}
    start = {"StartDate": made["NextTransactionDateIso"]}

    answered = await shop.refused("/subscriptions/create", **asked | usual | start | change)

    assert answered == said


async def test_a_schedule_nobody_made_is_not_found(shop):
    assert await shop.refused("/subscriptions/get", Id="sc_none") == "Not found"


async def test_addresses_are_by_get_unless_somebody_says_otherwise(shop):
    nowhere = await shop.done("/site/notifications/pay/get")
    await shop.done("/site/notifications/Pay/update", IsEnabled=True, Address="https://a.example")

    found = await shop.done("/site/notifications/pay/get")

    assert (nowhere["IsEnabled"], nowhere["HttpMethod"]) == (False, "GET")
    assert found == {
        "IsEnabled": True,
        "Address": "https://a.example",
        "HttpMethod": "GET",
        "Encoding": "UTF8",
        "Format": "CloudPayments",
    }


async def test_days_are_counted_where_the_zone_says(shop):
    paid = await shop.pay(NO_3DS)
    at = datetime.fromisoformat(paid["CreatedDateIso"]).replace(tzinfo=UTC)

    by_utc = await shop.done("/payments/list", Date=f"{at:%Y-%m-%d}", TimeZone="UTC")
    in_almaty = await shop.done(
        "/payments/list", Date=f"{at + timedelta(hours=5):%Y-%m-%d}", TimeZone="ALMT"
    )
    day_before = await shop.done("/payments/list", Date=f"{at - timedelta(days=1):%Y-%m-%d}")

    assert [[one["TransactionId"] for one in day] for day in (by_utc, in_almaty, day_before)] == [
        [paid["TransactionId"]],
        [paid["TransactionId"]],
        [],
    ]


async def test_operations_of_a_time_come_in_pages_and_by_status(shop):
    for number in range(101):
        await shop.pay(NO_3DS, widget={"externalId": f"inv-{number}"})
    bounds = {"CreatedDateGte": "2020-01-01T00:00:00+05:00", "CreatedDateLte": "2100-01-01T00:00Z"}

    pages = [
        len(await shop.done("/v2/payments/list", **bounds, PageNumber=page)) for page in (1, 2, 3)
    ]
    declined = await shop.done("/v2/payments/list", **bounds, PageNumber=1, Statuses=["Declined"])

    assert (pages, declined) == ([100, 1, 0], [])


async def test_saved_cards_are_listed_without_their_digits(shop):
    paid = await shop.pay(NO_3DS)

    found = await shop.done("/payments/tokens/list", PageNumber=1)

    assert found == [
        {
            "Token": paid["Token"],
            "AccountId": "tenant-1",
            "CardMask": "400000******3055",
            "ExpirationDateMonth": 12,
            "ExpirationDateYear": 30,
        }
    ]


@pytest.mark.parametrize(
    ("start", "interval", "period", "end"),
    [
        pytest.param("2026-01-31", "Month", 1, "2026-02-28", id="shorter-month"),
        pytest.param("2026-12-15", "Month", 2, "2027-02-15", id="over-new-year"),
        pytest.param("2026-01-01", "Week", 2, "2026-01-15", id="weeks"),
        pytest.param("2026-01-01", "Day", 3, "2026-01-04", id="days"),
    ],
)
def test_a_period_later_is_a_day_of_the_calendar(start, interval, period, end):
    begins, ends = (datetime.fromisoformat(day).replace(tzinfo=UTC) for day in (start, end))

    assert later(begins.timestamp(), interval, period) == ends.timestamp()
