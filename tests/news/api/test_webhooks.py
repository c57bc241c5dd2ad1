import pytest

from accounts.models import AuditEntry
from news.models import Delivery, Event, Webhook
from news.services.webhooks import MOST
from tests.factories import NOW

pytestmark = pytest.mark.db
URL = "https://example.com/hook"


def make(api, **body):
    return api.post("/webhooks", {"url": URL, **body})


def test_the_secret_is_shown_once_and_sealed(api):
    response = make(api, kinds=["price_applied", "war_begun", "war_begun"])

    made, row = response.json(), Webhook.rows.get()
    secret = made.pop("signing_secret")
    assert (response.status_code, secret[:6], row.signing_key.reveal()) == (201, "whsec_", secret)
    assert made == {
        "id": row.pk,
        "url": URL,
        "kinds": ["price_applied", "war_begun"],
        "made_at": made["made_at"],
        "stopped_at": None,
        "rests_until": None,
    }
    assert api.get(f"/webhooks/{row.pk}").json() == made
    assert api.get("/webhooks").json()["results"] == [made]
    assert AuditEntry.rows.latest("pk").action == "webhook.made"
    assert secret not in str(list(AuditEntry.rows.values()))


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({"url": "http://example.com/"}, "address-refused"),
        ({"url": "https://169.254.169.254/latest"}, "address-refused"),
        ({"url": 5}, "invalid"),
        ({"kinds": ["price_guessed"]}, "invalid"),
        ({"kinds": ["webhook_stopped"]}, "invalid"),
        ({"secret": "mine"}, "unknown-field"),
    ],
)
def test_what_makes_no_sense_is_refused(api, body, code):
    response = make(api, **body)

    assert (response.status_code, response.json()["code"]) == (422, code)
    assert Webhook.rows.count() == 0


def test_a_local_run_may_send_to_itself(api, settings):
    settings.WEBHOOKS_GO_ANYWHERE = True

    assert make(api, url="http://127.0.0.1:9000/hook").status_code == 201


def test_nobody_has_more_than_some(api):
    for _ in range(MOST):
        make(api)

    response = make(api)

    assert (response.status_code, response.json()["code"]) == (409, "too-many-webhooks")
    assert Webhook.rows.count() == MOST


def test_a_webhook_is_stopped_and_goes_on_afresh(api):
    address = f"/webhooks/{make(api).json()['id']}"

    stopped = api.patch(address, {"is_stopped": True}).json()
    Webhook.rows.update(silences=3, rests_until=NOW)
    going = api.patch(address, {"is_stopped": False, "kinds": ["war_ended"]}).json()

    assert stopped["stopped_at"] is not None
    assert (going["stopped_at"], going["rests_until"]) == (None, None)
    assert going["kinds"] == ["war_ended"]
    assert Webhook.rows.get().silences == 0


def test_a_new_address_is_judged_like_the_first(api):
    address = f"/webhooks/{make(api).json()['id']}"

    response = api.patch(address, {"url": "https://10.0.0.1/"})

    assert (response.status_code, response.json()["code"]) == (422, "address-refused")
    assert Webhook.rows.get().url == URL


def test_a_removed_webhook_is_gone_with_what_was_sent(api, told):
    address = f"/webhooks/{make(api).json()['id']}"
    told(1)

    response = api.delete(address)

    assert (response.status_code, Webhook.rows.count(), Delivery.rows.count()) == (204, 0, 0)
    assert api.get(address).json()["code"] == "webhook-missing"


def test_the_log_says_what_became_of_each_event(api, told):
    address = f"/webhooks/{make(api).json()['id']}"
    told(1)
    Delivery.rows.update(tries=2, tried_at=NOW, status=503, failure="receiver-refused")

    results = api.get(f"{address}/deliveries").json()["results"]

    assert results == [
        {
            "id": Delivery.rows.get().pk,
            "event_id": Event.rows.get().pk,
            "kind": "price_applied",
            "state": "waiting",
            "tries": 2,
            "next_try_at": "2026-03-02T09:00:00Z",
            "tried_at": "2026-03-02T09:00:00Z",
            "status": 503,
            "failure": "receiver-refused",
        }
    ]


@pytest.mark.parametrize("number", [1, 3])
def test_the_queries_do_not_grow_with_rows(api, told, number, django_assert_num_queries):
    ids = [make(api).json()["id"] for _ in range(number)]
    told(*range(number))

    with django_assert_num_queries(2):
        assert len(api.get("/webhooks").json()["results"]) == number
    with django_assert_num_queries(3):
        assert len(api.get(f"/webhooks/{ids[0]}/deliveries").json()["results"]) == number


def test_a_new_secret_is_shown_once_and_noted_without_it(api):
    made = make(api).json()

    rotated = api.post(f"/webhooks/{made['id']}/rotate-secret").json()

    row = Webhook.rows.get()
    assert rotated["signing_secret"] == row.signing_key.reveal() != made["signing_secret"]
    assert row.old_signing_key.reveal() == made["signing_secret"]
    assert AuditEntry.rows.latest("pk").action == "webhook.secret-rotated"
    assert rotated["signing_secret"] not in str(list(AuditEntry.rows.values()))
    assert "signing_secret" not in api.get(f"/webhooks/{made['id']}").json()


def test_a_test_is_a_delivery_to_be_followed(api, broker, django_capture_on_commit_callbacks):
    webhook_id = make(api).json()["id"]

    with django_capture_on_commit_callbacks(execute=True):
        response = api.post(f"/webhooks/{webhook_id}/test")

    sent = response.json()
    assert (response.status_code, sent["kind"], sent["state"]) == (202, "webhook_test", "waiting")
    assert api.get(f"/webhooks/{webhook_id}/deliveries").json()["results"] == [sent]
    assert [message.arguments for message in broker.take()] == [{"webhook_id": webhook_id}]


def test_nothing_is_tried_at_a_stopped_webhook(api):
    webhook_id = make(api).json()["id"]
    api.patch(f"/webhooks/{webhook_id}", {"is_stopped": True})

    response = api.post(f"/webhooks/{webhook_id}/test")

    assert (response.status_code, response.json()["code"]) == (409, "webhook-stopped")
    assert Event.rows.count() == 0
