import pytest

from ai.models import Conversation
from billing.services import entitlements
from tests.billing.selling import open_plans

pytestmark = pytest.mark.db


def test_who_has_not_bought_assistants_is_told_which_plan_has_them(api, seller, provider, settings):
    settings.BILLING_MODE = "on"
    open_plans()
    entitlements.forget_all()

    refused = api.post("/ai/chat", {"assistant": "accountant", "text": "Сколько останется?"})

    entitlements.forget_all()
    assert (refused.status_code, refused.json()["code"]) == (402, "feature-not-in-plan")
    assert (refused.json()["feature"], refused.json()["plan"]) == ("assistants", "premium")
    assert Conversation.rows.count() == 0
