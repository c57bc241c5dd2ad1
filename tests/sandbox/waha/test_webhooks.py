"""Webhooks: what is told, how it is signed, and how often it comes."""

import hashlib
import hmac
from random import Random

import pytest

from sandbox.waha.hooks import pause_s, signed_headers
from tests.sandbox.waha.visitor import BUYER, HMAC_KEY, SELLER

pytestmark = pytest.mark.flow

FROM_BUYER = {"from": BUYER, "text": "Бар ма?"}


def signed(raw: bytes) -> str:
    return hmac.new(HMAC_KEY.encode(), raw, hashlib.sha512).hexdigest()


def vector(key: str, body: str) -> str:
    return signed_headers({"hmac": {"key": key}}, body.encode(), now=0.0)["X-Webhook-Hmac"]


@pytest.mark.parametrize(
    ("key", "body", "start"),
    [
        (
            "my-secret-key",
            '{"event":"message","session":"default","engine":"WEBJS"}',
            "208f8a55dde9e055",
        ),
        (
            "demo-hook-key",
            (
                '{"id":"evt_demo","event":"session.status","session":"default",'
                '"payload":{"name":"default","status":"WORKING"}}'
            ),
            "b00b2a62a8e1ff73",
        ),
    ],
    ids=["published", "own"],
)
def test_signatures_are_those_of_the_original(key, body, start):
    assert vector(key, body)[:16] == start


@pytest.mark.parametrize(
    ("policy", "pauses"),
    [("constant", [2, 2, 2, 2]), ("linear", [2, 4, 6, 8]), ("exponential", [2, 4, 8, 16])],
)
def test_pauses_grow_by_the_policy(policy, pauses):
    retries = {"policy": policy, "delaySeconds": 2}
    chance = Random(1)

    waited = [pause_s(retries, attempt, chance) for attempt in range(1, 5)]

    assert waited == [pytest.approx(pause, rel=0.2) for pause in pauses]


async def test_a_buyers_message_is_told_with_all_that_belongs_to_it(visitor, listener):
    hook = listener.hook(
        "message", hmac={"key": HMAC_KEY}, customHeaders=[{"name": "X-Tenant", "value": "7"}]
    )
    await visitor.log_in(webhooks=[hook], metadata={"tenant": "7"})

    written = await visitor.order("POST", "messages", **FROM_BUYER)

    (told,) = await listener.hears("message")
    ((headers, raw),) = listener.deliveries
    assert headers["x-webhook-hmac"] == signed(raw)
    assert (headers["x-webhook-hmac-algorithm"], headers["x-tenant"]) == ("sha512", "7")
    assert int(headers["x-webhook-timestamp"]) == pytest.approx(told["timestamp"], abs=5_000)
    assert (told["id"][:4], told["engine"], told["metadata"]) == ("evt_", "GOWS", {"tenant": "7"})
    assert told["me"]["id"] == f"{SELLER}@c.us"
    assert (told["payload"]["id"], told["payload"]["body"]) == (written["serialized"], "Бар ма?")


@pytest.mark.parametrize(("known_as", "end"), [("lid", "@lid"), ("number", "@c.us")])
async def test_who_writes_is_named_by_linked_id_or_number(visitor, listener, known_as, end):
    await visitor.log_in(webhooks=[listener.hook("message")])

    await visitor.order("POST", "messages", **FROM_BUYER, **{"as": known_as})

    (told,) = await listener.hears("message")
    assert told["payload"]["from"].endswith(end)


async def test_our_own_messages_come_back_as_a_separate_event(visitor, listener):
    await visitor.log_in(webhooks=[listener.hook("message", "message.any")])

    await visitor.send("Сәлем")
    await visitor.order("POST", "messages/own", to=BUYER, text="Қолдан")
    told = await listener.hears("message.any", 2)

    assert {one["payload"]["source"] for one in told} == {"api", "app"}
    assert listener.of("message") == []


async def test_a_message_that_is_sent_is_followed_to_the_readers_eyes(visitor, listener):
    await visitor.log_in(webhooks=[listener.hook("message.ack")])

    _, sent = await visitor.send()

    told = await listener.hears("message.ack", 3)
    assert {one["payload"]["id"] for one in told} == {sent["id"]}
    assert sorted(one["payload"]["ack"] for one in told) == [1, 2, 3]
    assert [one["ack"] for one in await visitor.chat()] == ["READ"]


async def test_a_phone_that_is_off_gets_its_message_when_it_is_on_again(visitor, listener):
    await visitor.log_in(webhooks=[listener.hook("message.ack")])
    await visitor.order("POST", "people", phone=BUYER, is_online=False)
    await visitor.send()
    await listener.hears("message.ack", 1)
    off = await visitor.chat()

    await visitor.order("POST", "people", phone=BUYER, is_online=True, reads=False)
    await listener.hears("message.ack", 2)

    assert [one["ack"] for one in (*off, *await visitor.chat())] == ["SERVER", "DEVICE"]


@pytest.mark.parametrize(
    ("chat", "flag"),
    [("120363001@g.us", "groups"), ("1203@newsletter", "channels"), ("status@broadcast", "status")],
)
async def test_what_is_to_be_ignored_is_not_told(visitor, listener, chat, flag):
    await visitor.log_in(webhooks=[listener.hook("message")], ignore={flag: True})

    await visitor.order("POST", "messages", **{"from": chat, "text": "all", "participant": BUYER})
    await visitor.order("POST", "messages", **FROM_BUYER)
    told = await listener.hears("message")

    assert [one["payload"]["body"] for one in told] == ["Бар ма?"]


async def test_an_event_that_is_not_taken_comes_again_under_the_same_id(visitor, listener):
    listener.answers = [500, 503]
    retries = {"policy": "constant", "delaySeconds": 2, "attempts": 3}
    await visitor.log_in(webhooks=[listener.hook("message", retries=retries)])
    await visitor.order("POST", "clock", scale=1_000)

    await visitor.order("POST", "messages", **FROM_BUYER)

    told = await listener.hears("message", 3)
    assert len({one["id"] for one in told}) == 1
    tries = (await visitor.order("GET", "hooks"))["tries"]
    assert [(one["attempt"], one["status"]) for one in tries] == [(1, 500), (2, 503), (3, 200)]


async def test_after_the_last_attempt_an_event_is_lost_but_the_message_can_be_read(
    visitor, listener
):
    listener.answers = [500, 500]
    retries = {"policy": "constant", "delaySeconds": 0, "attempts": 1}
    await visitor.log_in(webhooks=[listener.hook("message", retries=retries)])

    await visitor.order("POST", "messages", **FROM_BUYER)
    await listener.hears("message", 2)
    await visitor.order("POST", "messages", **{**FROM_BUYER, "text": "Алло?"})
    await listener.hears("message", 3)

    _, read = await visitor.get(f"/api/default/chats/{BUYER}@c.us/messages?limit=10&sortOrder=asc")
    assert [one["body"] for one in read] == ["Бар ма?", "Алло?"]


@pytest.mark.parametrize(("kind", "count"), [("twice", 2), ("lost", 0)])
async def test_an_event_may_come_twice_or_not_at_all(visitor, listener, kind, count):
    await visitor.log_in(webhooks=[listener.hook("message")])
    await visitor.order("POST", "hooks", kind=kind, event="message")

    await visitor.order("POST", "messages", **FROM_BUYER)
    await visitor.order("POST", "messages", **{**FROM_BUYER, "text": "Алло?"})

    told = await listener.hears("message", count + 1)
    assert len(told) == count + 1
    assert len({one["id"] for one in told if one["payload"]["body"] == "Бар ма?"}) == count // 2


async def test_a_hook_of_the_container_and_one_of_the_session_both_fire(visit, listener):
    hook = {"url": listener.url, "events": ["message"]}
    async with visit(hook=hook) as visitor:
        await visitor.log_in(webhooks=[listener.hook("message")])

        await visitor.order("POST", "messages", **FROM_BUYER)

        told = await listener.hears("message", 2)
        assert len({one["id"] for one in told}) == 1
        _, session = await visitor.get("/api/sessions/default")
        assert session["config"]["webhooks"] == [listener.hook("message")]


async def test_a_session_may_work_without_a_word_until_it_is_restarted(visitor, listener):
    await visitor.log_in(webhooks=[listener.hook("message")])
    await visitor.order("POST", "sessions/silence")
    await visitor.order("POST", "messages", **FROM_BUYER)
    _, silent = await visitor.get("/api/sessions/default")

    await visitor.post("/api/sessions/default/restart")
    await visitor.until("WORKING")
    await visitor.order("POST", "messages", **{**FROM_BUYER, "text": "Алло?"})

    told = await listener.hears("message")
    assert (silent["status"], silent["timestamps"]) == ("WORKING", {"activity": None})
    assert [one["payload"]["body"] for one in told] == ["Алло?"]


async def test_what_was_written_while_a_session_was_away_comes_when_it_is_back(visitor, listener):
    await visitor.log_in(webhooks=[listener.hook("message")])
    await visitor.post("/api/sessions/default/stop")
    await visitor.order("POST", "messages", **FROM_BUYER)

    await visitor.post("/api/sessions/default/start")

    told = await listener.hears("message")
    assert [one["payload"]["body"] for one in told] == ["Бар ма?"]


async def test_nobody_at_the_address_does_no_harm(visitor):
    hook = {"url": "http://127.0.0.1:1/", "events": ["*"], "retries": {"attempts": 0}}
    await visitor.log_in(webhooks=[hook, {"url": "nonsense", "events": ["*"]}])

    status, _ = await visitor.send()

    assert status == 201
