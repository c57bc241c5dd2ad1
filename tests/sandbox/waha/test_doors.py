"""Keys, faults, odd requests, the journal: what all endpoints share."""

import asyncio

import aiohttp
import pytest

from sandbox.waha.environment import read_environment
from tests.sandbox.waha.visitor import KEY

pytestmark = pytest.mark.flow

VERSION = "/api/server/version"


@pytest.mark.parametrize("given", ["", "wrong", KEY + " x"])
async def test_without_the_key_nothing_is_answered(visitor, given):
    status, answer = await visitor.ask("GET", VERSION, X_Api_Key=given)

    assert (status, answer) == (401, {"message": "Unauthorized", "statusCode": 401})


async def test_the_key_may_stand_in_the_address(visitor):
    status, _ = await visitor.ask("GET", f"{VERSION}?x-api-key={KEY}", X_Api_Key="")

    assert status == 200


async def test_pinging_needs_no_key_and_health_does_unless_it_is_opened(visit):
    async with visit() as closed, visit(open_paths=frozenset({"health"})) as opened:
        told = [
            (await visitor.ask("GET", path, X_Api_Key=""))[0]
            for visitor in (closed, opened)
            for path in ("/ping", "/health")
        ]

    assert told == [200, 401, 200, 200]


async def test_a_weak_key_is_good_for_nothing(visit):
    weak = read_environment({"WAHA_API_KEY": "admin"})
    async with visit(key_hash=weak.key_hash) as visitor:
        status, _ = await visitor.ask("GET", VERSION, X_Api_Key="admin")

    assert status == 401


async def test_without_keys_everybody_may_come_in(visit):
    async with visit(key_hash=None) as visitor:
        status, _ = await visitor.ask("GET", VERSION, X_Api_Key="")

    assert status == 200


async def test_a_key_of_one_session_is_good_for_it_alone_and_for_what_it_says(visitor):
    await visitor.log_in("mine")
    await visitor.log_in("yours", phone="77019999998")
    _, made = await visitor.post(
        "/api/keys", isAdmin=False, session="mine", isActive=True, actions={"read": True}
    )

    told = [
        (await visitor.ask(method, path, X_Api_Key=made["key"]))[0]
        for method, path in (
            ("GET", "/api/sessions/mine"),
            ("GET", "/api/sessions/yours"),
            ("POST", "/api/sessions/mine/stop"),
            ("GET", VERSION),
        )
    ]

    assert told == [200, 403, 403, 403]


async def test_a_key_that_is_changed_or_deleted_stops_working(visitor):
    _, made = await visitor.post("/api/keys", isAdmin=True, session=None, isActive=True)
    fresh, _ = await visitor.ask("GET", VERSION, X_Api_Key=made["key"])
    off = {"isAdmin": True, "session": None, "isActive": False}
    await visitor.ask("PUT", f"/api/keys/{made['id']}", off)
    inactive, _ = await visitor.ask("GET", VERSION, X_Api_Key=made["key"])
    _, before = await visitor.get("/api/keys")
    await visitor.ask("DELETE", f"/api/keys/{made['id']}")
    _, after = await visitor.get("/api/keys")

    assert (fresh, inactive, len(before), after) == (200, 401, 1, [])


@pytest.mark.parametrize("kind", ["media", "control"])
async def test_a_narrow_key_of_a_session_is_made_once(visitor, kind):
    _, first = await visitor.post(f"/api/keys/{kind}", session="default")
    _, again = await visitor.post(f"/api/keys/{kind}", session="default")

    assert (first, first["isAdmin"]) == (again, False)


async def test_an_answer_bears_the_number_of_its_request(visitor):
    headers = {"X-Api-Key": KEY, "X-Request-Id": "abc-1"}
    async with visitor.client.get(VERSION, headers=headers) as answer:
        number = answer.headers["X-Request-Id"]
    noted = (await visitor.order("GET", "requests"))["requests"]

    assert number == "abc-1"
    assert [(one["endpoint"], one["request_id"], one["status"]) for one in noted] == [
        ("version", "abc-1", 200)
    ]


async def test_an_address_nobody_has_is_404(visitor):
    status, answer = await visitor.get("/api/nothing/at/all")

    assert (status, answer["message"]) == (404, "Cannot GET /api/nothing/at/all")


async def test_what_is_not_json_is_refused(visitor):
    async with visitor.client.post(
        "/api/sessions", data=b"{", headers={"X-Api-Key": KEY}
    ) as answer:
        assert answer.status == 400


async def test_a_fault_strikes_where_and_as_often_as_it_was_ordered(visitor):
    await visitor.order("POST", "faults", endpoint="version", kind="503", count=1, skip=1)

    told = [(await visitor.get(VERSION))[0] for _ in range(1)]
    async with visitor.client.get(VERSION, headers={"X-Api-Key": KEY}) as struck:
        told.append(struck.status)
    told += [(await visitor.get(VERSION))[0]]

    assert told == [200, 503, 200]


async def test_a_connection_may_break_after_the_work_is_done(visitor):
    await visitor.log_in()
    await visitor.order("POST", "faults", endpoint="send_text", kind="reset", after=True, count=1)

    with pytest.raises(aiohttp.ClientError):
        await visitor.send()

    assert len(await visitor.chat()) == 1


async def test_an_endpoint_may_hang_after_the_work_is_done(visitor, listener):
    await visitor.log_in(webhooks=[listener.hook("message.any")])
    await visitor.order("POST", "faults", endpoint="send_text", kind="hang", after=True, count=1)

    async with asyncio.TaskGroup() as group:
        hanging = group.create_task(visitor.send())
        await listener.hears("message.any")
        hanging.cancel()

    assert hanging.cancelled()
    assert len(await visitor.chat()) == 1


@pytest.mark.parametrize(
    ("path", "order"),
    [
        ("faults", {"endpoint": "nothing", "kind": "500"}),
        ("faults", {"endpoint": "*", "kind": "nothing"}),
        ("faults", {"endpoint": "*", "kind": "500", "count": 0}),
        ("faults", {"endpoint": "*", "kind": "500", "skip": -1}),
        ("faults", {"endpoint": "*", "kind": "500", "after": 1}),
        ("faults", {"endpoint": "*", "kind": "500", "timeout_s": "long"}),
        ("faults", {"endpoint": "*", "kind": "500", "colour": "red"}),
        ("settings", {"nothing": 1}),
        ("settings", {"passkey": 1}),
        ("settings", {"qr_codes": 1.5}),
        ("settings", {"duplicate_id": "third"}),
        ("clock", {"advance_s": -1}),
        ("hooks", {"kind": "blue"}),
        ("messages", {"text": "to nobody"}),
        ("messages", {"session": "nobody", "from": "1", "text": "x"}),
        ("messages/ack", {"id": "none", "ack": "READ"}),
        ("sessions/scan", {"phone": "77019999999"}),
        ("sessions/passkey", {}),
        ("sessions/unlink", {}),
    ],
    ids=lambda value: str(value) if isinstance(value, str) else "",
)
async def test_an_order_without_sense_is_answered_with_a_sentence(visitor, path, order):
    await visitor.post("/api/sessions", name="default", start=False)

    answer = await visitor.order("POST", path, **order)

    assert answer["error"].endswith(".")


async def test_what_ails_the_folders_shows_in_health(visitor):
    well, _ = await visitor.get("/health")
    await visitor.order("POST", "settings", is_healthy=False)
    ill, _ = await visitor.get("/health")

    assert (well, ill) == (200, 503)


async def test_the_server_can_be_told_to_stop(visitor):
    status, answer = await visitor.post("/api/server/stop", force=False)

    assert (status, answer, visitor.world.stopping.is_set()) == (201, {"stopping": True}, True)


async def test_orders_and_faults_can_be_taken_back(visitor):
    await visitor.order("POST", "faults", endpoint="version", kind="500")
    await visitor.order("POST", "faults", endpoint="ping", kind="500")

    one = await visitor.order("DELETE", "faults?endpoint=ping")
    none = await visitor.order("DELETE", "faults")

    assert ([fault["endpoint"] for fault in one["faults"]], none["faults"]) == (["version"], [])
