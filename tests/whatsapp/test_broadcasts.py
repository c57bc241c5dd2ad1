import pytest

from tests.factories import NOW, make_user
from tests.whatsapp.chatting import make_chat
from tests.whatsapp.connecting import make_connection
from whatsapp.models import Broadcast, Contact, Message
from whatsapp.services.broadcasts import end_finished

pytestmark = pytest.mark.db
PEOPLE = ["8 701 111 22 01", "+7 701 111 22 02", "77011112203"]


@pytest.fixture
def connection(seller):
    return make_connection(user=seller, session_status="WORKING")


def draft(api, **fields):
    body = {"name": "Скидки", "text": "Новинки!", "to": PEOPLE, "has_consent": True, **fields}
    return api.post("/whatsapp/broadcasts", body)


def states():
    return sorted(Message.rows.values_list("state", flat=True))


def test_a_draft_says_what_it_would_be_and_sends_nothing(connection, seller, api, broker):
    Contact.rows.create(user=seller, phone="77011112202", opted_out_at=NOW, created_at=NOW)

    made = draft(api, to=[*PEOPLE, "8 (701) 111 22 01"])

    assert made.status_code == 201
    assert (made.json()["state"], made.json()["skipped"]) == ("draft", 2)
    assert made.json()["progress"] == {
        "total": 2,
        "waiting": 2,
        "takes_s": 100,
        "by_state": {"waiting": 2},
    }
    assert broker.take() == []


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"has_consent": False}, "consent-missing"),
        ({"to": ["shop"]}, "phone-unreadable"),
        ({"to": []}, "min_length"),
        ({"text": " "}, "blank"),
        ({"to": ["77011112201"] * 1001}, "max_length"),
    ],
)
def test_what_makes_no_broadcast_is_a_problem(connection, api, fields, code):
    refused = draft(api, **fields)

    problem = refused.json()
    codes = {problem["code"], *(one["code"] for one in problem.get("errors", []))}
    assert (refused.status_code, code in codes) == (422, True)
    assert (Broadcast.rows.count(), Message.rows.count()) == (0, 0)


def test_only_people_who_opted_out_are_nobody(connection, seller, api):
    Contact.rows.create(user=seller, phone="77011112203", opted_out_at=NOW, created_at=NOW)

    refused = draft(api, to=["77011112203"])

    assert (refused.status_code, refused.json()["code"]) == (422, "recipients-missing")
    assert Broadcast.rows.count() == 0


def test_it_is_begun_held_gone_on_with_and_ended(connection, api):
    address = f"/whatsapp/broadcasts/{draft(api).json()['id']}"

    moved = [api.post(f"{address}/{verb}") for verb in ("start", "pause", "start", "end")]
    again = api.post(f"{address}/start")

    assert [one.json()["state"] for one in moved] == ["running", "paused", "running", "ended"]
    assert moved[-1].json()["progress"]["by_state"] == {"dropped": 3}
    assert (again.status_code, again.json()["code"]) == (409, "broadcast-not-so")


def test_somebody_elses_is_not_there(connection, api):
    stranger = make_user()
    make_connection(user=stranger)
    row = Broadcast.rows.create(user=stranger, name="a", text="a", created_at=NOW)

    assert api.post(f"/whatsapp/broadcasts/{row.pk}/start").status_code == 404


@pytest.mark.flow
@pytest.mark.django_db(transaction=True)
def test_it_goes_one_by_one_while_it_runs_and_then_is_over(gateway, seller, api, broker):
    chat = make_chat(user=seller, gateway=gateway)
    address = f"/whatsapp/broadcasts/{draft(api).json()['id']}"
    chat.run()
    drafted = states()
    api.post(f"{address}/start")
    Message.rows.update(due_at=chat.now, expires_at=None)
    chat.run(steps=3)
    api.post(f"{address}/pause")
    chat.run(steps=10)
    held = states()
    api.post(f"{address}/start")
    Message.rows.filter(state="WAITING").update(due_at=chat.now, expires_at=None)
    chat.run()
    before_the_end = end_finished(now=chat.now)

    assert drafted == ["WAITING"] * 3
    assert held.count("WAITING") in (1, 2)
    assert states() == ["SENT"] * 3
    assert (before_the_end, Broadcast.rows.get().state) == (1, "ENDED")
    assert len(chat.sent()) == 3
