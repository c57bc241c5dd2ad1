"""Bundles of statements and the protocol, over both wires, against scripted answers."""

from dataclasses import replace

import orjson
import pytest

from cube_demper.kernel.money import Money
from kaspi.clients.cabinet import KaspiCabinet
from kaspi.clients.config import QuotaCounts
from kaspi.errors import PushBanned, PushUnanswered, SessionDead
from kaspi.ports import Listing, Point
from kaspi.push_ports import Declined, Fate, NewPrice, ProtocolRow, Taken
from tests.kaspi.clients.lines import JAR
from tests.kaspi.clients.stand_ins import Unlimited, cuts, hangs_up, says, scripted, stalls

pytestmark = pytest.mark.flow

JOB = "65f0c0ffee00112233445566"
QUOTA = "kaspi:changes:12345678"
BATCH = "/pricefeed/upload/merchant/process/process/batch"
PROTOCOL = "/pricefeed/protocol/merchant/offer/list/s"


def a_listing(sku, *, points=("PP1",), cities=()):
    return Listing(
        sku=sku,
        master_sku="1",
        title=f"Стул {sku}",
        card_title="",
        brand="",
        category="",
        category_codes=(),
        price=Money.tenge(900),
        city_prices=dict.fromkeys(cities, Money.tenge(900)),
        points=tuple(Point(f"12345678_{point}", is_available=True) for point in points),
        is_on_sale=True,
        is_settled=True,
        shop_link="",
    )


def changes(*skus, tenge=800, **more):
    return [NewPrice(a_listing(sku, **more), Money.tenge(tenge)) for sku in skus]


@pytest.fixture
def meet(line):
    """Use a cabinet over the wire: what came of it, the requests made, whose turns were taken."""

    def run(use, *answers, **config):
        limiter = line.transport.limiter = Unlimited()

        async def used():
            async with scripted(*answers) as script, line.transport.session(JAR) as session:
                urls = dict.fromkeys(("cabinet_url", "shop_url"), script.url)
                there = replace(line.config, **urls, **config)
                cabinet = KaspiCabinet(session=session, config=there, merchant_id="12345678")
                try:
                    return await use(cabinet), script.requests, limiter
                except Exception as error:  # noqa: BLE001 -- the outcome under test
                    return type(error), script.requests, limiter

        return line.loop.run(used())

    return run


def test_a_bundle_is_a_list_of_whole_statements_in_one_request(meet):
    two = [*changes("A", points=("PP1", "PP2")), *changes("B", tenge=700, cities=["750000000"])]

    answers, [(path, headers, body)], limiter = meet(
        lambda cabinet: cabinet.push_bundle(two), says({"id": JOB})
    )

    points = [{"storeId": f"12345678_PP{number}", "available": "yes"} for number in (1, 2)]
    assert answers == (Taken("A", JOB), Taken("B", JOB))
    assert (path, headers["x-auth-version"], headers["content-type"]) == (
        BATCH,
        "3",
        "application/json",
    )
    common = {"merchantUid": "12345678", "sku": "A", "model": "Стул A", "availabilities": points}
    assert orjson.loads(body) == [
        common | {"price": 800},
        common
        | {"sku": "B", "model": "Стул B", "availabilities": points[:1], "price": 700}
        | {"cityPrices": [{"cityId": "750000000", "value": 700}]},
    ]
    assert limiter.writes == 1


@pytest.mark.parametrize(
    ("counts", "uses"),
    [(QuotaCounts.STATEMENTS, 3), (QuotaCounts.CITIES, 4), (QuotaCounts.CALLS, 1)],
)
def test_a_bundle_takes_from_the_quota_what_the_switch_says(meet, counts, uses):
    _, _, limiter = meet(
        lambda cabinet: cabinet.push_bundle(
            [*changes("A", cities=["750000000", "710000000"]), *changes("B", "C")]
        ),
        says({"id": JOB}),
        quota_counts=counts,
    )

    [turn] = limiter.turns
    assert (turn.count(QUOTA), turn.count("kaspi:push:12345678")) == (uses, 1)


@pytest.mark.parametrize(("counts", "uses"), [(QuotaCounts.STATEMENTS, 1), (QuotaCounts.CITIES, 2)])
def test_a_push_alone_is_counted_by_the_same_switch(meet, counts, uses):
    listing = a_listing("A", cities=["750000000", "710000000", "511010000"])

    _, _, limiter = meet(
        lambda cabinet: cabinet.push(listing, Money.tenge(800)),
        says({"id": JOB}),
        quota_counts=counts,
        changes_quota=2,
    )

    assert limiter.turns[0].count(QUOTA) == uses


def test_what_cannot_be_stated_is_declined_and_the_rest_is_sent(meet):
    odd = [*changes("A", points=()), *changes("B"), *changes("C", tenge=9)]

    answers, [(_, _, body)], limiter = meet(
        lambda cabinet: cabinet.push_bundle(odd), says({"id": JOB})
    )

    assert answers == (
        Declined(
            "A",
            "listing-without-points",
            "The listing names no point of sale, so a push could take it off sale.",
        ),
        Taken("B", JOB),
        Declined("C", "push-rejected", "Kaspi takes no price below 10 tenge."),
    )
    assert [row["sku"] for row in orjson.loads(body)] == ["B"]
    assert limiter.turns[0].count(QUOTA) == 1


@pytest.mark.parametrize("odd", [[], changes("A", points=())], ids=["nothing", "nothing to state"])
def test_an_empty_bundle_is_not_sent(meet, odd):
    answers, requests, limiter = meet(lambda cabinet: cabinet.push_bundle(odd), says({"id": JOB}))

    assert (len(answers), requests, limiter.turns) == (len(odd), [], [])


@pytest.mark.parametrize("odd", [("A", "A"), ("A", "B", "C")], ids=["a sku twice", "too many"])
def test_what_is_no_bundle_is_not_sent(meet, odd):
    outcome, requests, _ = meet(
        lambda cabinet: cabinet.push_bundle(changes(*odd)), says({"id": JOB}), bundle_most=2
    )

    assert (outcome, requests) == (ValueError, [])


@pytest.mark.parametrize(("counts", "most"), [(QuotaCounts.STATEMENTS, 2), (QuotaCounts.CALLS, 3)])
def test_a_bundle_never_needs_more_than_the_whole_quota(meet, counts, most):
    async def asked(cabinet):
        return cabinet.bundle_most

    found, _, _ = meet(asked, says({}), quota_counts=counts, changes_quota=2, bundle_most=3)

    assert found == most


@pytest.mark.parametrize(
    "trouble",
    [hangs_up, stalls, cuts, says(b"", status=502), says(b"")],
    ids=["reset", "stalled", "cut short", "502", "empty"],
)
def test_a_bundle_is_sent_once_and_doubt_is_called_doubt(meet, trouble):
    outcome, requests, _ = meet(
        lambda cabinet: cabinet.push_bundle(changes("A", "B")), trouble, says({"id": JOB})
    )

    assert (outcome, len(requests)) == (PushUnanswered, 1)


def test_a_ban_that_a_bundle_meets_closes_the_shops_pushes(meet):
    outcome, _, limiter = meet(
        lambda cabinet: cabinet.push_bundle(changes("A")), says(b"", status=429)
    )

    assert (outcome, limiter.frozen) == (PushBanned, [("kaspi:push:12345678", 1800.0)])


def test_the_protocol_is_asked_for_the_stores_skus(meet):
    rows, [(path, headers, body)], limiter = meet(
        lambda cabinet: cabinet.protocol(["A", "B"]),
        says([{"sku": "A", "status": "PROCESSED"}, {"sku": "C", "status": "ERROR"}]),
    )

    assert rows == {"A": ProtocolRow("A", Fate.DONE, "PROCESSED")}
    assert (path, headers["content-type"]) == (PROTOCOL, "application/json")
    assert orjson.loads(body) == {"merchantUid": "12345678", "skuList": ["A", "B"]}
    assert limiter.turns == [("kaspi:cabinet:direct", "fleet")]


def test_many_skus_are_asked_for_in_parts(meet):
    async def tells(request):
        skus = orjson.loads(await request.read())["skuList"]
        return await says([{"sku": sku, "status": "ERROR"} for sku in skus])(request)

    rows, requests, _ = meet(
        lambda cabinet: cabinet.protocol(["A", "B", "C"]), tells, protocol_most=2
    )

    assert ({*rows}, len(requests)) == ({"A", "B", "C"}, 2)


def test_the_protocol_is_a_read_and_forgives_trouble(meet):
    rows, requests, _ = meet(
        lambda cabinet: cabinet.protocol(["A"]), hangs_up, says([{"sku": "A"}])
    )

    assert (rows, len(requests)) == ({"A": ProtocolRow("A", Fate.UNKNOWN)}, 2)


def test_a_protocol_that_meets_a_dead_session_says_so(meet):
    outcome, requests, _ = meet(lambda cabinet: cabinet.protocol(["A"]), says(b"", status=401))

    assert (outcome, len(requests)) == (SessionDead, 1)
