"""Reading: chats, messages, and who is behind an address."""

import pytest

from tests.sandbox.waha.visitor import BUYER

pytestmark = pytest.mark.flow

OTHER = "77010000002"


async def written(visitor, *texts: str, by: str = BUYER) -> None:
    for text in texts:
        await visitor.order("POST", "messages", **{"from": by, "text": text})
        await visitor.order("POST", "clock", advance_s=10)


async def test_chats_are_listed_with_their_latest_message_first(visitor):
    await visitor.log_in()
    await written(visitor, "a", "b")
    await written(visitor, "c", by=OTHER)

    _, overview = await visitor.get("/api/default/chats/overview")
    _, chats = await visitor.get("/api/default/chats?limit=1")

    assert [(one["id"], one["lastMessage"]["body"]) for one in overview] == [
        (f"{OTHER}@c.us", "c"),
        (f"{BUYER}@c.us", "b"),
    ]
    assert [one["id"] for one in chats] == [f"{OTHER}@c.us"]


async def test_one_chat_can_be_asked_for(visitor):
    await visitor.log_in()
    await written(visitor, "a")
    await written(visitor, "b", by=OTHER)

    _, overview = await visitor.get(f"/api/default/chats/overview?ids={BUYER}@c.us")

    assert [one["id"] for one in overview] == [f"{BUYER}@c.us"]


async def test_messages_since_a_moment_are_read_page_by_page(visitor):
    await visitor.log_in()
    await written(visitor, "a", "b", "c", "d")
    at = f"/api/default/chats/{BUYER}@c.us/messages?sortOrder=asc"
    since = int((await visitor.chat())[1]["time"])

    _, first = await visitor.get(f"{at}&limit=2&filter.timestamp.gte={since}")
    _, rest = await visitor.get(f"{at}&limit=2&offset=2&filter.timestamp.gte={since}")
    _, before = await visitor.get(f"{at}&limit=9&filter.timestamp.lte={since}")

    assert [one["body"] for one in (*first, *rest)] == ["b", "c", "d"]
    assert [one["body"] for one in before] == ["a", "b"]


async def test_messages_are_filtered_by_whose_they_are_and_how_far(visitor):
    await visitor.log_in()
    await written(visitor, "a")
    await visitor.send("b")
    await visitor.order("POST", "messages/ack", id=(await visitor.chat())[1]["id"], ack="READ")
    at = f"/api/default/chats/{BUYER}@c.us/messages?limit=9"

    _, mine = await visitor.get(f"{at}&filter.fromMe=true")
    _, seen = await visitor.get(f"{at}&filter.ack=READ")

    assert [[one["body"] for one in found] for found in (mine, seen)] == [["b"], ["b"]]


async def test_a_chat_is_one_under_both_addresses_unless_they_are_kept_apart(visitor):
    await visitor.log_in()
    await written(visitor, "under the linked id")
    await visitor.send("to the number")
    person = await visitor.order("GET", f"people?phone={BUYER}")
    lid = person["lid"].replace("@", "%40")

    _, merged = await visitor.get(f"/api/default/chats/{lid}/messages?limit=9")
    _, apart = await visitor.get(f"/api/default/chats/{lid}/messages?limit=9&merge=false")

    assert (len(merged), [one["body"] for one in apart]) == (2, ["under the linked id"])


async def test_noweb_reads_nothing_without_its_store(visit):
    async with visit(engine="NOWEB") as visitor:
        await visitor.log_in("bare")
        store = {"enabled": True, "fullSync": False}
        await visitor.log_in("stored", noweb={"markOnline": False, "store": store})

        refused, _ = await visitor.get("/api/bare/chats/overview")
        read, _ = await visitor.get("/api/stored/chats/overview")

        assert (refused, read) == (400, 200)


async def test_gows_keeps_no_messages_if_told_so(visitor):
    await visitor.log_in(gows={"storage": {"messages": False}})
    await written(visitor, "a")

    _, read = await visitor.get(f"/api/default/chats/{BUYER}@c.us/messages?limit=9")

    assert read == []


async def test_linked_ids_and_numbers_lead_to_each_other(visitor):
    await visitor.log_in()
    await written(visitor, "a")

    _, by_number = await visitor.get(f"/api/default/lids/pn/{BUYER}")
    lid = by_number["lid"].replace("@", "%40")
    _, by_lid = await visitor.get(f"/api/default/lids/{lid}")
    _, unknown = await visitor.get("/api/default/lids/1%40lid")
    _, known = await visitor.get("/api/default/lids")

    assert by_lid == by_number == {"lid": by_number["lid"], "pn": f"{BUYER}@c.us"}
    assert unknown == {"lid": "1@lid", "pn": None}
    assert known == [by_number]


async def test_who_hides_the_number_stays_a_linked_id(visitor):
    await visitor.log_in()
    person = await visitor.order("POST", "people", phone=BUYER, hides_number=True)

    _, told = await visitor.get(f"/api/default/lids/{person['lid'].partition('@')[0]}")

    assert told == {"lid": person["lid"], "pn": None}


async def test_reading_a_chat_puts_the_ticks_on_it(visitor):
    await visitor.log_in()
    await written(visitor, "a", "b")

    _, first = await visitor.post(f"/api/default/chats/{BUYER}@c.us/messages/read")
    _, again = await visitor.post(f"/api/default/chats/{BUYER}@c.us/messages/read")

    assert (len(first["ids"]), again) == (2, {"ids": []})


async def test_whether_somebody_is_there_can_be_asked(visitor):
    await visitor.log_in()
    await visitor.order("POST", "people", phone=BUYER, is_online=False)

    _, told = await visitor.get(f"/api/default/presence/{BUYER}")
    status, _ = await visitor.post("/api/default/presence", presence="online")

    assert (told["presences"][0]["lastKnownPresence"], status) == ("offline", 201)


@pytest.mark.parametrize(
    ("phone", "is_there"),
    [(BUYER, True), ("%2B7 701 000 00 01", True), ("77010000404", False), ("123", False)],
)
async def test_whether_a_number_is_on_whatsapp_can_be_asked(visitor, phone, is_there):
    await visitor.log_in()

    _, told = await visitor.get(f"/api/contacts/check-exists?session=default&phone={phone}")

    assert told["numberExists"] is is_there
