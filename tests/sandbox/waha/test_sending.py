"""Sending: the engines' differing answers, ids, and what WhatsApp does not let through."""

import pytest

from tests.sandbox.waha.visitor import BUYER, SELLER

pytestmark = pytest.mark.flow

NOBODY = "77010000404"
ENGINES = ["GOWS", "NOWEB", "WEBJS"]


def id_in(engine, answer):
    """Where each engine keeps the id of what was sent."""
    places = {
        "GOWS": lambda: answer["id"].rpartition("_")[2],
        "NOWEB": lambda: answer["key"]["id"],
        "WEBJS": lambda: answer["id"]["_serialized"].rpartition("_")[2],
    }
    return places[engine]()


def locked(told):
    """The events that tell of a lock, by time: they may overtake each other."""
    found = [one for one in told if one["payload"]["data"]]
    return sorted(found, key=lambda one: one["timestamp"])


@pytest.mark.parametrize("engine", ENGINES)
async def test_a_text_arrives_and_its_id_is_where_the_engine_keeps_it(visit, engine):
    async with visit(engine=engine) as visitor:
        await visitor.log_in()

        status, answer = await visitor.send("Сәлем")

        (message,) = await visitor.chat()
        assert (status, id_in(engine, answer)) == (201, message["id"])
        assert (message["text"], message["from_me"], message["source"]) == ("Сәлем", True, "api")


async def test_on_gows_the_id_is_text(visitor):
    await visitor.log_in()

    _, answer = await visitor.send()

    assert answer["id"].startswith(f"true_{BUYER}@c.us_3EB0")


@pytest.mark.parametrize(
    ("engine", "status", "is_taken"), [("GOWS", 200, True), ("NOWEB", 200, True), ("WEBJS", 501, 0)]
)
async def test_an_id_may_be_asked_for_beforehand(visit, engine, status, is_taken):
    async with visit(engine=engine) as visitor:
        await visitor.log_in()

        asked, told = await visitor.get("/api/default/new-message-id")
        _, answer = await visitor.send(id=told.get("id", "3EB0AAAA"))

        assert asked == status
        assert (id_in(engine, answer) == told.get("id", "3EB0AAAA")) == is_taken


async def test_after_a_lost_answer_the_message_is_found_by_its_id(visitor):
    await visitor.log_in()
    _, told = await visitor.get("/api/default/new-message-id")
    await visitor.order("POST", "faults", endpoint="send_text", kind="502", after=True, count=1)

    lost, _ = await visitor.ask_blindly("POST", "/api/sendText", text="?", id=told["id"])
    found, message = await visitor.get(f"/api/default/chats/{BUYER}%40c.us/messages/{told['id']}")
    missing, _ = await visitor.get(f"/api/default/chats/{BUYER}%40c.us/messages/3EB0FFFF")

    assert (lost, found, missing) == (502, 200, 404)
    assert message["body"] == "?"


@pytest.mark.parametrize(("what", "count"), [("second", 2), ("same", 1)])
async def test_sending_again_is_a_second_message_unless_told_otherwise(visitor, what, count):
    await visitor.log_in()
    await visitor.order("POST", "settings", duplicate_id=what)

    answers = [await visitor.send(id="3EB0AAAA") for _ in range(2)]

    assert [status for status, _ in answers] == [201, 201]
    assert len(await visitor.chat()) == count


async def test_a_bare_number_is_a_person(visitor):
    await visitor.log_in()

    _, answer = await visitor.post("/api/sendText", session="default", chatId=BUYER, text="Сәлем")

    assert answer["id"].startswith(f"true_{BUYER}@c.us_")


async def test_a_linked_id_leads_to_the_same_chat_as_the_number(visitor):
    await visitor.log_in()
    person = await visitor.order("GET", f"people?phone={BUYER}")

    await visitor.post("/api/sendText", session="default", chatId=person["lid"], text="a")
    await visitor.send("b")

    assert [one["text"] for one in await visitor.chat()] == ["a", "b"]


async def test_what_has_no_address_is_an_error_that_echoes_the_request(visitor):
    await visitor.log_in()

    status, answer = await visitor.post("/api/sendText", session="default", text="secret")

    assert (status, answer["request"]["path"]) == (500, "/api/sendText")
    assert "secret" in answer["request"]["body"]


async def test_sending_waits_for_a_session_that_works_and_then_tells_its_state(visitor):
    await visitor.order("POST", "settings", wait_s=0)
    await visitor.create()
    await visitor.until("SCAN_QR_CODE")

    status, answer = await visitor.send()

    assert (status, answer["status"], answer["expected"]) == (422, "SCAN_QR_CODE", ["WORKING"])


@pytest.mark.parametrize(
    ("engine", "status", "acks"),
    [("GOWS", 500, []), ("NOWEB", 201, ["ERROR"]), ("WEBJS", 201, ["ERROR"])],
)
async def test_a_locked_account_may_not_write_first(visit, listener, engine, status, acks):
    async with visit(engine=engine) as visitor:
        await visitor.log_in(webhooks=[listener.hook("message.ack")])
        await visitor.order("POST", "accounts", phone=SELLER, locked_s=600)

        code, answer = await visitor.send()
        await visitor.order("POST", "clock", advance_s=1)

        exception = answer.get("exception", {}).get("message")
        assert (code, exception) == (
            status,
            "2 UNKNOWN: server returned error 463" if engine == "GOWS" else None,
        )
        told = await listener.hears("message.ack", len(acks))
        assert [one["payload"]["ackName"] for one in told] == acks
        assert [one["ack"] for one in await visitor.chat()] == acks


async def test_noweb_says_in_the_ack_until_when_it_is_locked(visit, listener):
    async with visit(engine="NOWEB") as visitor:
        await visitor.log_in(webhooks=[listener.hook("message.ack")])
        await visitor.order("POST", "accounts", phone=SELLER, locked_s=600)

        await visitor.send()
        (told,) = await listener.hears("message.ack")

        error = told["payload"]["error"]
        assert (error["code"], error["blocked"], error["reason"]) == (
            "463",
            True,
            "account_restricted",
        )


async def test_a_locked_account_may_answer_who_wrote(visitor):
    await visitor.log_in()
    await visitor.order("POST", "accounts", phone=SELLER, locked_s=600)
    await visitor.order("POST", "messages", **{"from": BUYER, "text": "Бар ма?"})

    status, _ = await visitor.send("Бар")

    assert status == 201


async def test_writing_on_into_a_lock_makes_it_longer_and_time_opens_it(visitor):
    await visitor.log_in()
    await visitor.order("POST", "accounts", phone=SELLER, locked_s=600)
    await visitor.send()

    await visitor.order("POST", "clock", advance_s=601)
    _, longer = await visitor.get("/api/sessions/default/timelock")
    await visitor.order("POST", "clock", advance_s=3_600)
    _, free = await visitor.get("/api/sessions/default/timelock")
    status, _ = await visitor.send()

    assert (longer["isActive"], free["isActive"], status) == (True, False, 201)
    assert await visitor.status() == "WORKING"


async def test_a_lock_is_told_when_it_begins_and_when_it_ends(visitor, listener):
    await visitor.log_in(webhooks=[listener.hook("session.status")])
    await listener.hears("session.status", 3)

    await visitor.order("POST", "accounts", phone=SELLER, locked_s=600)
    await listener.hears("session.status", 4)
    await visitor.order("POST", "clock", advance_s=601)

    told = locked(await listener.hears("session.status", 5))
    assert [one["payload"]["status"] for one in told] == ["WORKING", "WORKING"]
    locks = [one["payload"]["data"]["reachoutTimelock"] for one in told]
    assert [lock["isActive"] for lock in locks] == [True, False]
    assert [one["me"]["reachoutTimelock"] for one in told] == locks


async def test_a_lock_is_told_again_after_a_restart(visitor, listener):
    await visitor.log_in(webhooks=[listener.hook("session.status")])
    await visitor.order("POST", "settings", lock_after=1)
    await visitor.send()

    await visitor.post("/api/sessions/default/restart")

    begun, again = locked(await listener.hears("session.status", 7))
    assert again["payload"]["data"] == begun["payload"]["data"]


async def test_too_many_first_messages_within_a_day_lock_the_account(visitor):
    await visitor.order("POST", "settings", lock_after=3)
    await visitor.log_in()

    sent = [await visitor.send(to=f"7701000010{number}") for number in range(4)]

    assert [status for status, _ in sent] == [201, 201, 201, 500]


async def test_a_lock_may_show_only_in_the_error(visitor):
    await visitor.log_in()
    await visitor.order("POST", "settings", lock_is_told=False)
    await visitor.order("POST", "accounts", phone=SELLER, locked_s=600)

    _, told = await visitor.get("/api/sessions/default/timelock")
    _, session = await visitor.get("/api/sessions/default")
    status, _ = await visitor.send()

    assert (told["isActive"], session["me"]["reachoutTimelock"], status) == (False, None, 500)


async def test_a_used_up_quota_stops_new_chats_and_not_the_others(visitor):
    await visitor.log_in()
    await visitor.order("POST", "accounts", phone=SELLER, quota=1)

    sent = [await visitor.send(to=phone) for phone in (BUYER, BUYER, "77010000002")]
    _, told = await visitor.get("/api/sessions/default/capping")

    assert [status for status, _ in sent] == [201, 201, 500]
    assert (told["cappingStatus"], told["totalQuota"], told["usedQuota"]) == ("CAPPED", 1, 1)


@pytest.mark.parametrize(
    ("engine", "status", "message"),
    [
        ("GOWS", 500, f"2 UNKNOWN: no LID found for {NOBODY}@s.whatsapp.net from server"),
        ("NOWEB", 201, None),
        ("WEBJS", 500, "No LID for user"),
    ],
)
async def test_a_number_that_is_not_on_whatsapp_gets_nothing(visit, engine, status, message):
    async with visit(engine=engine) as visitor:
        await visitor.log_in()

        code, answer = await visitor.send(to=NOBODY)
        _, told = await visitor.get(f"/api/contacts/check-exists?session=default&phone=%2B{NOBODY}")

        assert (code, answer.get("exception", {}).get("message")) == (status, message)
        assert told == {"numberExists": False}


@pytest.mark.parametrize("engine", ["NOWEB", "WEBJS"])
async def test_quotas_are_told_by_one_engine_only(visit, engine):
    async with visit(engine=engine) as visitor:
        await visitor.log_in()

        status, _ = await visitor.get("/api/sessions/default/capping")

        assert status == 501


async def test_who_types_is_seen_until_the_text_is_there(visitor):
    await visitor.log_in()
    chat = {"session": "default", "chatId": f"{BUYER}@c.us"}

    seen, _ = await visitor.post("/api/sendSeen", **chat)
    typing, _ = await visitor.post("/api/startTyping", **chat)
    during = await visitor.order("GET", "sessions")
    await visitor.send()
    stopped, _ = await visitor.post("/api/stopTyping", **chat)
    after = await visitor.order("GET", "sessions")

    assert (seen, typing, stopped) == (201, 201, 201)
    assert [one["sessions"][0]["typing"] for one in (during, after)] == [[f"{BUYER}@c.us"], []]
