"""What a plan has of WhatsApp, where plans count."""

import pytest

from billing.services import entitlements
from news.models import EventKind
from news.services.telling import tell
from tests.billing.selling import open_plans
from tests.factories import NOW
from tests.whatsapp.connecting import make_connection
from whatsapp.models import Broadcast, Message, Preferences

pytestmark = pytest.mark.db


@pytest.fixture(autouse=True)
def plans(db, settings):
    settings.BILLING_MODE = "on"
    open_plans()
    entitlements.forget_all()
    yield
    entitlements.forget_all()


@pytest.mark.parametrize(
    ("address", "body"),
    [
        ("/whatsapp/send", {"to": "87011112233", "text": "a"}),
        (
            "/whatsapp/broadcasts",
            {"name": "a", "text": "a", "to": ["87011112233"], "has_consent": True},
        ),
    ],
)
def test_who_has_not_bought_it_writes_to_no_buyer(seller, api, address, body):
    make_connection(user=seller, session_status="WORKING")

    refused = api.post(address, body)

    assert (refused.status_code, refused.json()["code"]) == (402, "feature-not-in-plan")
    assert refused.json()["feature"] == "whatsapp_to_buyers"
    assert (Message.rows.count(), Broadcast.rows.count()) == (0, 0)


@pytest.mark.parametrize(("mode", "told"), [("on", 0), ("off", 1)])
def test_who_has_not_bought_alerts_is_not_told_by_whatsapp(seller, settings, mode, told):
    settings.BILLING_MODE = mode
    make_connection(user=seller, phone="77017654321")
    Preferences.rows.create(user=seller, alerts=["PRICE_WAR"])

    tell(user_id=seller.pk, kind=EventKind.WAR_BEGUN, payload={"title": "Стул"}, now=NOW)

    assert Message.rows.count() == told
