import pytest

from tests.factories import NOW, make_user
from tests.whatsapp.connecting import make_connection
from whatsapp.models import Contact, Message, MessageKind, MessageState, Template
from whatsapp.services.contacts import contact_of_phone
from whatsapp.services.outbox import put

pytestmark = pytest.mark.db
SEND = {"to": "8 701 111 22 33", "text": "Здравствуйте!"}
TEXTS = {"ru": "Заказ {order} отправлен, {buyer}.", "kk": "{buyer}, {order} жолда."}


@pytest.fixture
def connection(seller):
    return make_connection(user=seller, session_status="WORKING")


@pytest.fixture
def template(api):
    return api.post("/whatsapp/templates", {"name": "Отправлен", "texts": TEXTS}).json()


def test_a_message_is_written_into_the_outbox_and_followed(connection, api, broker):
    asked = api.post("/whatsapp/send", SEND)
    listed = api.get("/whatsapp/messages").json()["results"]
    one = api.get(f"/whatsapp/messages/{asked.json()['id']}").json()

    assert (asked.status_code, asked.json()["state"]) == (202, "waiting")
    assert (one["contact"]["phone"], one["text"], one["is_ours"]) == (
        *("77011112233", "Здравствуйте!"),
        True,
    )
    assert listed == [one]


def test_one_key_makes_one_message(connection, api):
    key = {"HTTP_IDEMPOTENCY_KEY": "order-17"}

    first, again = (api.post("/whatsapp/send", SEND, **key) for _ in range(2))
    other = api.post("/whatsapp/send", {**SEND, "text": "Другое"}, **key)

    assert first.json()["id"] == again.json()["id"]
    assert (other.status_code, other.json()["code"]) == (409, "message-key-reused")
    assert Message.rows.count() == 1


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        ({**SEND, "to": "shop"}, 422, "phone-unreadable"),
        ({**SEND, "to": "12"}, 422, "phone-unreadable"),
        ({**SEND, "text": "   "}, 422, "blank"),
        ({**SEND, "text": "а" * 4097}, 422, "text-too-long"),
        ({"to": SEND["to"]}, 422, "invalid"),
        ({**SEND, "template_id": 1}, 422, "invalid"),
        ({"to": SEND["to"], "template_id": 10**9}, 404, "template-missing"),
        ({**SEND, "media": "x"}, 422, "unknown-field"),
        ({**SEND, "text": "a\x00b"}, 422, "null_characters_not_allowed"),
    ],
)
def test_what_cannot_be_sent_is_a_problem_and_nothing_is_kept(connection, api, body, status, code):
    refused = api.post("/whatsapp/send", body)

    problem = refused.json()
    codes = {problem["code"], *(one["code"] for one in problem.get("errors", []))}
    assert refused.status_code == status
    assert code in codes
    assert (Message.rows.count(), Contact.rows.count()) == (0, 0)


def test_without_a_connection_nothing_is_written(seller, api):
    refused = api.post("/whatsapp/send", SEND)

    assert (refused.status_code, refused.json()["code"]) == (404, "whatsapp-not-connected")
    assert Contact.rows.count() == 0


def test_who_opted_out_is_not_written_to(connection, seller, api):
    contact = contact_of_phone(user=seller, phone="77011112233", now=NOW)
    Contact.rows.filter(pk=contact.pk).update(opted_out_at=NOW)

    refused = api.post("/whatsapp/send", SEND)

    assert (refused.status_code, refused.json()["code"]) == (409, "contact-opted-out")
    assert Message.rows.count() == 0


def test_what_was_not_begun_can_be_taken_back(connection, seller, api):
    contact = contact_of_phone(user=seller, phone="77011112233", now=NOW)
    kinds = {"user": seller, "contact": contact, "kind": MessageKind.BY_HAND, "now": NOW}
    waiting, going = (put(text=text, **kinds) for text in ("a", "b"))
    Message.rows.filter(pk=going.pk).update(state=MessageState.SENDING)

    taken = api.delete(f"/whatsapp/messages/{waiting.pk}")
    refused = api.delete(f"/whatsapp/messages/{going.pk}")

    assert (taken.status_code, taken.json()["state"], taken.json()["reason"]) == (
        *(200, "dropped"),
        "taken-back",
    )
    assert (refused.status_code, refused.json()["code"]) == (409, "message-under-way")


def test_people_are_listed_and_a_strangers_are_not(connection, seller, api):
    mine = contact_of_phone(user=seller, phone="77011112233", now=NOW, name="Аружан")
    contact_of_phone(user=make_user(), phone="77011112233", now=NOW)

    found = api.get("/whatsapp/contacts?phone=7701").json()["results"]

    assert [one["id"] for one in found] == [mine.pk]


def test_a_template_is_filled_in_and_sent(connection, api, template):
    said = {"variables": {"order": "17", "buyer": "{order} Аружан"}, "language": "ru"}

    shown = api.post(f"/whatsapp/templates/{template['id']}/preview", said)
    sent = api.post("/whatsapp/send", {"to": SEND["to"], "template_id": template["id"], **said})

    assert template["variables"] == ["buyer", "order"]
    assert shown.json() == {"text": "Заказ 17 отправлен, {order} Аружан."}
    assert sent.json()["text"] == shown.json()["text"]


def test_a_missing_variable_is_a_problem_and_nothing_is_sent(connection, api, template):
    body = {"to": SEND["to"], "template_id": template["id"], "variables": {"buyer": "Аружан"}}

    refused = api.post("/whatsapp/send", body)

    assert (refused.status_code, refused.json()["code"]) == (422, "variable-missing")
    assert "order" in refused.json()["detail"]
    assert Message.rows.count() == 0


@pytest.mark.parametrize(
    ("texts", "code"),
    [
        ({"ru": "Заказ {order"}, "template-unreadable"),
        ({"ru": "Заказ {0}"}, "template-unreadable"),
        ({"ru": "Заказ {order!r}"}, "template-unreadable"),
        ({"ru": "Заказ {order:>10}"}, "template-unreadable"),
        ({"ru": "Заказ {order.__class__}"}, "template-unreadable"),
        ({"ru": "Заказ {{order}}"}, "template-unreadable"),
        ({"ru": "Заказ {order}", "kk": "Тапсырыс"}, "template-variables-differ"),
        ({"ru": " "}, "blank"),
        ({}, "invalid"),
        ({"de": "Hallo"}, "invalid"),
    ],
)
def test_a_template_that_cannot_be_filled_is_refused(connection, api, texts, code):
    refused = api.post("/whatsapp/templates", {"name": "x", "texts": texts})

    problem = refused.json()
    codes = {problem["code"], *(one["code"] for one in problem.get("errors", []))}
    assert (refused.status_code, code in codes) == (422, True)
    assert Template.rows.count() == 0


def test_a_template_is_changed_and_forgotten(connection, api, template):
    address = f"/whatsapp/templates/{template['id']}"

    taken = api.post("/whatsapp/templates", {"name": "Отправлен", "texts": TEXTS})
    changed = api.patch(address, {"texts": {"ru": "В пути"}})
    listed = api.get("/whatsapp/templates").json()["results"]
    gone = api.delete(address)

    assert (taken.status_code, taken.json()["code"]) == (409, "template-name-taken")
    assert changed.json()["variables"] == []
    assert [one["texts"] for one in listed] == [{"ru": "В пути"}]
    assert (gone.status_code, api.get(address).status_code) == (204, 404)


def test_preferences_have_defaults_and_are_changed(seller, api):
    before = api.get("/whatsapp/preferences").json()
    changed = api.patch(
        "/whatsapp/preferences",
        {
            "opens_at": "10:30",
            "alerts": ["price-war", "session-lost", "price-war"],
            "alert_phone": "8 701 765 43 21",
            "order_events": ["shipped"],
        },
    )

    assert (before["opens_at"], before["closes_at"], before["alerts"]) == ("09:00", "21:00", [])
    assert changed.json() == api.get("/whatsapp/preferences").json()
    assert changed.json()["alerts"] == ["price-war", "session-lost"]
    assert (changed.json()["opens_at"], changed.json()["alert_phone"]) == ("10:30", "77017654321")


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({"opens_at": "22:00"}, "hours-upside-down"),
        ({"opens_at": "25:00"}, "invalid"),
        ({"alerts": ["everything"]}, "invalid_choice"),
        ({"alert_phone": "shop"}, "phone-unreadable"),
        ({"most_an_hour": 0}, "min_value"),
        ({"most_a_day": "many"}, "invalid"),
    ],
)
def test_preferences_that_make_no_sense_are_refused(seller, api, body, code):
    refused = api.patch("/whatsapp/preferences", body)

    problem = refused.json()
    codes = {problem["code"], *(one["code"] for one in problem.get("errors", []))}
    assert (refused.status_code, code in codes) == (422, True)


@pytest.mark.parametrize("rows", [1, 3])
def test_a_list_of_messages_is_read_at_once(
    connection, seller, api, rows, django_assert_num_queries
):
    for number in range(rows):
        contact = contact_of_phone(user=seller, phone=f"7701111220{number}", now=NOW)
        put(user=seller, contact=contact, text="a", kind=MessageKind.BY_HAND, now=NOW)

    with django_assert_num_queries(2):
        listed = api.get("/whatsapp/messages")

    assert len(listed.json()["results"]) == rows
