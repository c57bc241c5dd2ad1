"""What no client should send: the stand-in lives on."""

import asyncio

import pytest

from sandbox.waha.post import post
from tests.sandbox.waha.visitor import BUYER, KEY, SELLER

pytestmark = pytest.mark.flow

HEAD = f"GET /ping HTTP/1.1\r\nHost: x\r\nX-Api-Key: {KEY}\r\n"


async def say(visitor, text: str) -> bytes:
    """Send bytes as they are, and hear all that comes back."""
    url = visitor.client._base_url
    reader, writer = await asyncio.open_connection(url.host, url.port)
    writer.write(text.encode())
    writer.write_eof()
    try:
        return await reader.read()
    except ConnectionResetError:
        return b""
    finally:
        writer.close()


@pytest.mark.parametrize(
    "text",
    [
        "nonsense\r\n\r\n",
        "GET /ping HTTP/1.1\r\nno colon\r\n\r\n",
        f"{HEAD}Content-Length: -1\r\n\r\n",
        f"{HEAD}Content-Length: 99\r\n\r\nshort",
        f"{HEAD}Content-Length: 99999999\r\n\r\n",
        f"{HEAD}Transfer-Encoding: chunked\r\n\r\n",
        "GET /ping HTTP/1.1\r\nHost",
        "x" * 70_000,
    ],
    ids=lambda text: f"{text[:4]}-{len(text)}",
)
async def test_what_is_no_request_ends_the_connection_and_nothing_else(visitor, text):
    heard = await say(visitor, text)
    status, _ = await visitor.get("/ping")

    assert (heard, status) == (b"", 200)


async def test_several_requests_come_over_one_connection_until_one_says_so(visitor):
    closing = f"{HEAD}Connection: close\r\n\r\n"

    heard = await say(visitor, f"{HEAD}\r\n{HEAD}\r\n{closing}{HEAD}\r\n")

    assert heard.count(b'{"message": "pong"}') == 3


async def test_what_breaks_inside_is_500_with_the_request_echoed(visitor):
    await visitor.log_in()
    await visitor.send()

    status, answer = await visitor.get(
        f"/api/default/chats/{BUYER}@c.us/messages?limit=1&filter.timestamp.gte=yesterday"
    )

    assert (status, answer["request"]["query"]["filter.timestamp.gte"]) == (500, "yesterday")


async def test_a_body_that_is_no_object_is_an_empty_one(visitor):
    status, answer = await visitor.ask("POST", "/api/sessions", ["name"])

    assert (status, answer["name"][:8]) == (201, "session_")


async def test_a_config_that_is_no_object_is_refused(visitor):
    status, _ = await visitor.post("/api/sessions", name="default", config="x")

    assert status == 400


async def test_half_an_answer_may_come(visitor):
    await visitor.order("POST", "faults", endpoint="version", kind="truncated", count=1)
    await visitor.order("POST", "faults", endpoint="status", kind="slow", timeout_s=0.01, count=1)
    await visitor.order("POST", "faults", endpoint="keys", kind="500", count=1)

    async with visitor.client.get("/api/server/version", headers={"X-Api-Key": KEY}) as answer:
        half = await answer.read()
    slow, _ = await visitor.get("/api/server/status")
    broken, told = await visitor.get("/api/keys")

    assert (half[:1], half[-1:] == b"}", slow) == (b"{", False, 200)
    assert (broken, told["exception"]["message"]) == (500, "Protocol error: Target closed.")


async def test_a_stop_may_take_its_time(visitor):
    await visitor.log_in()
    await visitor.order("POST", "settings", stop_s=3)
    await visitor.order("POST", "clock", scale=1_000)

    _, stopped = await visitor.post("/api/sessions/default/stop")

    assert stopped["status"] == "STOPPED"


async def test_an_own_message_waits_for_the_session_too(visitor, listener):
    await visitor.log_in(webhooks=[listener.hook("message.any")])
    await visitor.post("/api/sessions/default/stop")
    await visitor.order("POST", "messages/own", to=BUYER, text="a")
    before = await visitor.chat()

    await visitor.post("/api/sessions/default/start")
    await listener.hears("message.any")

    assert (before, [one["text"] for one in await visitor.chat()]) == ([], ["a"])


async def test_a_text_that_is_too_long_is_taken_and_never_arrives(visitor):
    await visitor.log_in()

    status, _ = await visitor.send("x" * 65_537)
    await visitor.order("POST", "clock", advance_s=1)

    assert (status, [one["ack"] for one in await visitor.chat()]) == (201, ["ERROR"])


async def test_a_group_can_be_written_to(visitor):
    await visitor.log_in()

    status, _ = await visitor.post(
        "/api/sendText", session="default", chatId="120363001@g.us", text="a"
    )

    assert status == 201


@pytest.mark.parametrize(
    ("named", "told"), [(f"true_{BUYER}@c.us_3EB0", "3EB0"), ("3EB0", "3EB0"), ("a_b", "a_b")]
)
async def test_a_reply_names_what_it_replies_to(visitor, named, told):
    await visitor.log_in()

    _, sent = await visitor.send("b", reply_to=named)
    _, read = await visitor.get(f"/api/default/chats/{BUYER}@c.us/messages/{sent['id']}")

    assert read["replyTo"]["id"] == told


async def test_what_was_heard_and_told_can_be_forgotten(visitor, listener):
    await visitor.log_in(webhooks=[listener.hook("session.status")], phone=SELLER)
    await listener.hears_status("WORKING")

    told = await visitor.order("DELETE", "hooks")
    await visitor.order("DELETE", "requests")
    left = await visitor.order("GET", "requests?since=0&endpoint=create&session=default")

    assert (told["tries"], left["requests"]) == ([], [])


@pytest.mark.parametrize("url", ["ftp://127.0.0.1/", "nonsense", "http://"])
async def test_nothing_is_posted_to_what_is_no_address(url):
    with pytest.raises(ValueError, match="not an address"):
        await post(url, headers={}, body=b"", timeout_s=1)
