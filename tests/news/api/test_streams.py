import pytest

from accounts.models import ApiKey, SignIn, User
from news.models import Event
from news.places import Place
from news.seats import SEATS
from tests.factories import NOW, make_helper, make_user
from tests.news.reading import blocks_of, prices

pytestmark = pytest.mark.db
BEFORE_ALL = "0-0"


@pytest.fixture(autouse=True)
def _short(settings):
    """A stream shows what there is, and ends."""
    settings.EVENT_STREAM_S = 0.0


def follow(client, last_id=BEFORE_ALL):
    return client.get("/events", HTTP_ACCEPT="text/event-stream", HTTP_LAST_EVENT_ID=last_id)


def test_a_stream_has_what_was_told_in_the_format_of_the_standard(api, told):
    told(90_000)

    response = follow(api)

    event = Event.rows.get()
    assert (response.status_code, response["Content-Type"]) == (200, "text/event-stream")
    assert blocks_of(response) == [
        {"id": BEFORE_ALL, "retry": "3000"},
        {
            "id": f"{event.xact}-{event.pk}",
            "event": "price_applied",
            "data": {
                "id": event.pk,
                "kind": "price_applied",
                "told_at": "2026-03-02T09:00:00Z",
                "payload": {"price_tiyn": 90_000},
            },
        },
    ]


def test_a_stream_goes_on_behind_the_last_event_that_arrived(api, told):
    told(1, 2, 3)
    last = Event.rows.order_by("pk")[1]

    assert prices(follow(api, str(last.place))) == [3]


def test_without_a_last_event_a_stream_begins_with_what_comes(api, told):
    Event.rows.update(xact=1)

    response = api.get("/events")

    first = blocks_of(response)[0]
    assert Place.read(first["id"]) > Place(1, 0)


def test_what_holds_a_line_break_stays_one_event(api, told, seller):
    told("two\nlines")

    assert prices(follow(api)) == ["two\nlines"]


def test_a_seller_hears_nothing_of_a_stranger(api, told, seller, stranger):
    told(1, user=stranger)
    told(2)

    assert prices(follow(api)) == [2]


def test_a_helper_hears_the_sellers_events(client_of, told, seller):
    membership = make_helper(seller=seller)
    told(1)

    assert prices(follow(client_of(membership.helper))) == [1]


@pytest.mark.parametrize("last_id", ["7", "a-b", "1-2-3", "-1-2", "9999999999999999999-1"])
def test_what_is_no_id_of_an_event_is_a_problem(api, last_id):
    response = follow(api, last_id)

    assert (response.status_code, response.json()["code"]) == (422, "event-id-unreadable")
    assert SEATS.taken() == 0


def test_a_problem_is_json_though_a_stream_was_asked_for(anyone):
    response = follow(anyone)

    assert (response.status_code, response["Content-Type"]) == (401, "application/problem+json")


def test_a_look_at_the_headers_takes_no_seat(api):
    response = api.head("/events")

    assert (response.status_code, response.content, SEATS.taken()) == (200, b"", 0)


def test_the_fourth_stream_of_a_seller_is_told_when_to_come_back(api, client_of, stranger):
    streams = [follow(api) for _ in range(3)]

    refused, other = follow(api), follow(client_of(stranger))

    assert (refused.status_code, refused.json()["code"]) == (429, "too-many-streams")
    assert 1 <= int(refused["Retry-After"]) <= 15
    assert other.status_code == 200
    for stream in (*streams, other):
        blocks_of(stream)
    assert SEATS.taken() == 0


def test_where_all_seats_are_taken_whoever_comes_is_sent_away(api, client_of, stranger, settings):
    settings.EVENT_STREAMS = 1
    stream = follow(client_of(stranger))

    refused = follow(api)

    assert (refused.status_code, refused.json()["code"]) == (503, "streams-full")
    assert int(refused["Retry-After"]) >= 1
    blocks_of(stream)
    assert blocks_of(follow(api))


def blocked(seller):
    User.objects.filter(pk=seller.pk).update(is_active=False)


def logged_out(seller):
    SignIn.rows.filter(user=seller).update(ended_at=NOW)


@pytest.mark.parametrize("out", [blocked, logged_out])
def test_a_stream_ends_before_the_next_event_for_whoever_may_no_longer_come(api, told, seller, out):
    told(1)
    response = follow(api)

    out(seller)

    assert prices(response) == []


@pytest.mark.parametrize("is_revoked", [True, False])
def test_a_script_follows_as_long_as_its_key_opens(api, anyone, told, is_revoked):
    key = api.post("/auth/api-keys", {"name": "Alerts", "scope": "read"}).json()["key"]
    told(1)
    anyone.credentials(HTTP_AUTHORIZATION=f"Api-Key {key}")
    response = follow(anyone)

    ApiKey.rows.update(revoked_at=NOW if is_revoked else None)

    assert prices(response) == ([] if is_revoked else [1])


@pytest.mark.parametrize("end", ["sent away", "seller blocked"])
def test_a_helper_who_was_sent_away_hears_no_more(client_of, told, seller, end):
    membership = make_helper(seller=seller, helper=make_user(email="helper@example.kz"))
    told(1)
    response = follow(client_of(membership.helper))

    if end == "sent away":
        User.objects.filter(email="helper@example.kz").update(default_membership=None)
        membership.delete()
    else:
        blocked(seller)

    assert prices(response) == []


def test_recent_events_come_by_pages_the_newest_first(api, told, stranger):
    told(1, 2)
    told(3, user=stranger)

    results = api.get("/events/recent").json()["results"]

    newest = Event.rows.filter(payload={"price_tiyn": 2}).get()
    assert [one["payload"]["price_tiyn"] for one in results] == [2, 1]
    assert results[0] == {
        "id": newest.pk,
        "event_id": str(newest.place),
        "kind": "price_applied",
        "told_at": "2026-03-02T09:00:00Z",
        "payload": {"price_tiyn": 2},
    }


@pytest.mark.parametrize("number", [1, 3])
def test_the_queries_for_recent_events_do_not_grow(api, told, number, django_assert_num_queries):
    told(*range(number))

    with django_assert_num_queries(2):
        assert len(api.get("/events/recent").json()["results"]) == number
