"""Faults to order."""

import aiohttp
import orjson
import pytest

from sandbox.cards import RECORDED_SKU
from sandbox.people import AIGERIM, DAULET
from tests.sandbox.test_push import a_push, is_protocol, the_telephone
from tests.sandbox.visitor import LIST, PUSH, until

pytestmark = pytest.mark.flow


@pytest.mark.parametrize(
    ("kind", "status", "content_type"),
    [
        ("401", 401, "application/octet-stream"),
        ("403html", 403, "text/html"),
        ("403json", 403, "application/json"),
        ("405", 405, "application/octet-stream"),
        ("429", 429, "application/octet-stream"),
        ("500", 500, "application/octet-stream"),
        ("html200", 200, "text/html"),
        ("empty", 200, "application/octet-stream"),
    ],
)
async def test_an_answer_goes_wrong_as_ordered(aigerim, kind, status, content_type):
    await aigerim.spoil("list", kind)

    answer = await aigerim.client.get(f"{aigerim.cabinet}{LIST}", params={"m": AIGERIM})

    assert (answer.status, answer.content_type) == (status, content_type)


async def test_a_fault_with_a_count_strikes_that_often(aigerim):
    await aigerim.spoil("offers", "500", count=2)

    statuses = [(await aigerim.offers(RECORDED_SKU))[0] for _ in range(3)]

    assert statuses == [500, 500, 200]


async def test_a_fault_with_no_chance_never_strikes(aigerim):
    await aigerim.spoil("offers", "500", probability=0.0)

    statuses = [(await aigerim.offers(RECORDED_SKU))[0] for _ in range(3)]

    assert statuses == [200, 200, 200]


async def test_a_fault_of_one_merchant_spares_another(aigerim):
    await aigerim.spoil("list", "500", merchant_id=DAULET)

    answer = await aigerim.client.get(f"{aigerim.cabinet}{LIST}", params={"m": AIGERIM})

    assert answer.status == 200


async def test_faults_can_be_taken_back(aigerim):
    await aigerim.spoil("offers", "500")
    await aigerim.spoil("list", "500")

    await aigerim.order("DELETE", "faults?endpoint=offers")
    status, _ = await aigerim.offers(RECORDED_SKU)
    _, left = await aigerim.order("DELETE", "faults")

    assert (status, left) == (200, {"faults": []})


@pytest.mark.parametrize("kind", ["reset", "timeout"])
async def test_the_connection_breaks(aigerim, kind):
    await aigerim.spoil("offers", kind, timeout_s=0.05)

    with pytest.raises(aiohttp.ClientConnectionError):
        await aigerim.offers(RECORDED_SKU)


async def test_a_truncated_answer_is_no_longer_json(aigerim):
    await aigerim.spoil("list", "truncated")

    answer = await aigerim.client.get(f"{aigerim.cabinet}{LIST}", params={"m": AIGERIM})

    with pytest.raises(orjson.JSONDecodeError):
        orjson.loads(await answer.read())


async def test_an_answer_lost_before_takes_no_effect(aigerim):
    sku = await the_telephone(aigerim)
    await aigerim.spoil("push", "500", count=1)

    status, _ = await aigerim.post(PUSH, a_push(sku, 350_000))

    assert (status, len(aigerim.world.pushes.under_way)) == (500, 0)


async def test_an_answer_lost_after_has_taken_effect(aigerim):
    sku = await the_telephone(aigerim)
    await aigerim.spoil("push", "reset", count=1, after=True)

    with pytest.raises(aiohttp.ClientConnectionError):
        await aigerim.post(PUSH, a_push(sku, 350_000))

    assert len(aigerim.world.pushes.under_way) == 1


async def test_a_lost_job_is_accepted_and_changes_nothing(aigerim):
    sku = await the_telephone(aigerim)
    before = await aigerim.item(AIGERIM, sku)
    await aigerim.spoil("push", "lostjob", count=1)

    status, _ = await aigerim.post(PUSH, a_push(sku, 350_000))
    await until(lambda: is_protocol(aigerim, sku, "ERROR"))
    after = await aigerim.item(AIGERIM, sku)

    assert status == 200
    assert after == before


@pytest.mark.parametrize(
    "fault",
    [
        {"endpoint": "nowhere", "kind": "500"},
        {"endpoint": "list", "kind": "flood"},
        {"endpoint": "list", "kind": "500", "count": 0},
        {"endpoint": "list", "kind": "500", "probability": 2},
        {"endpoint": "list", "kind": "500", "after": "yes"},
        {"endpoint": "list", "kind": "500", "sometimes": True},
        {"endpoint": "list", "kind": "lostjob"},
        ["list"],
    ],
    ids=str,
)
async def test_a_fault_that_makes_no_sense_is_refused_with_a_sentence(visitor, fault):
    status, answer = await visitor.order("POST", "faults", fault)

    assert (status, answer["error"][-1]) == (400, ".")
    assert visitor.world.faults.by_endpoint == {}
