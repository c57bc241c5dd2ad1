"""The published description: everything in it is there, and answers as it says."""

import jsonschema
import pytest

from sandbox.waha.environment import Environment
from sandbox.waha.run import serving
from tests.sandbox.waha.visitor import BUYER, SELLER

pytestmark = pytest.mark.flow

PASSKEY = {"clientDataJSON": "x", "authenticatorData": "x", "signature": "x"}


async def go_through_a_login(visitor) -> None:
    await visitor.order("POST", "settings", passkey=True)
    await visitor.create()
    await visitor.get("/api/default/auth/qr")
    await visitor.post("/api/default/auth/request-code", phoneNumber=SELLER)
    await visitor.order("POST", "sessions/scan", phone=SELLER)
    await visitor.get("/api/default/auth/passkey/challenge")
    await visitor.post(
        "/api/default/auth/passkey", id="x", rawId="x", type="public-key", response=PASSKEY
    )
    await visitor.get("/api/default/auth/passkey/confirmation")
    await visitor.post("/api/default/auth/passkey/confirm")


async def write_and_read(visitor) -> None:
    chat = {"session": "default", "chatId": f"{BUYER}@c.us"}
    for path in ("sendSeen", "startTyping", "stopTyping"):
        await visitor.post(f"/api/{path}", **chat)
    _, told = await visitor.get("/api/default/new-message-id")
    await visitor.send(id=told["id"])
    for path in (
        f"/api/default/chats/{BUYER}@c.us/messages/{told['id']}",
        f"/api/contacts/check-exists?session=default&phone={BUYER}",
        f"/api/default/lids/pn/{BUYER}",
        "/api/default/lids/1%40lid",
    ):
        await visitor.get(path)


async def look_after_sessions(visitor) -> None:
    for path in ("", "/default", "/default/me", "/default/capping", "/default/timelock"):
        await visitor.get(f"/api/sessions{path}")
    await visitor.ask("PUT", "/api/sessions/default", {"config": {}})
    for call in ("start", "stop", "restart", "logout"):
        await visitor.post(f"/api/sessions/default/{call}")
    await visitor.ask("DELETE", "/api/sessions/default")


async def look_after_the_server(visitor) -> None:
    for path in ("/ping", "/health", "/api/server/version", "/api/server/status", "/api/keys"):
        await visitor.get(path)
    terms = {"isAdmin": False, "session": "default", "isActive": True}
    _, key = await visitor.post("/api/keys", **terms)
    await visitor.ask("PUT", f"/api/keys/{key['id']}", terms)
    await visitor.ask("DELETE", f"/api/keys/{key['id']}")
    for kind in ("media", "control"):
        await visitor.post(f"/api/keys/{kind}", session="default")
    await visitor.post("/api/server/stop", force=False)


async def test_every_published_call_is_answered_as_described(description, visitor):
    await go_through_a_login(visitor)
    await write_and_read(visitor)
    await look_after_sessions(visitor)
    await look_after_the_server(visitor)

    assert visitor.asked == description.operations


def test_the_judge_refuses_what_is_not_as_described(description):
    with pytest.raises(jsonschema.ValidationError):
        description.judge_answer("GET", "/ping", 200, "application/json", b'{"msg": "pong"}')
    with pytest.raises(AssertionError):
        description.judge_answer("GET", "/ping", 418, "application/json", b"{}")
    with pytest.raises(jsonschema.ValidationError):
        description.judge_event({"event": "message", "id": "evt_1"})


async def test_two_stand_ins_in_one_process_know_nothing_of_each_other():
    alone = Environment(host="127.0.0.1", port=0, start_sessions=("default",))
    empty = Environment(host="127.0.0.1", port=0)

    async with serving(alone) as (one, _), serving(empty) as (other, _):
        known = (list(one.sessions), list(other.sessions))

    assert known == (["default"], [])
